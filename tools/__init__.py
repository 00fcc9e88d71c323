"""What is made of the project for those who must answer for it; no part of the program."""
