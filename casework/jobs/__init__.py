"""Work beside the pages (后台任务): done by whichever process gets to it, and safe to be done again."""
