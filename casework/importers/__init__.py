"""Workbooks in: reading a county's Excel, and taking its rows through the same commands as any page."""
