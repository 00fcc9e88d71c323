"""我的学生: who is out, what is next, and everyone in the class."""
