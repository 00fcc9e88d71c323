"""查阅记录: who read what, when."""
