"""到校检查: whether a child who came back sits in class."""
