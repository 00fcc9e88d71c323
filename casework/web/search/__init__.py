"""查找学生: one child by name, spelling or number."""
