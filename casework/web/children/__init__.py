"""The list of open files (在册重点学生)."""
