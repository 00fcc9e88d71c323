"""Workbooks in: reading a county's Excel, judging its rows, taking them through the same commands as any page."""
