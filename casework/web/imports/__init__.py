"""Import pages (导入): choose, upload, preview, write, look back."""
