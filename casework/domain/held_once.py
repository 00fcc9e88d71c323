"""What one owner only may hold: the kinds of claims, and what the claims of a file follow from."""

STUDENT_NO = "student_no"
CERTIFICATE = "certificate"
PERSON = "person"
LETTER_NUMBER = "letter_number"
VISIT_NUMBER = "visit_number"
