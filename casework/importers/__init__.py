"""Workbooks in (导入): any .xlsx or .csv becomes rows of text, rows become commands."""
