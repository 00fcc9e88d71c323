"""法律措施决定 on pages."""
