"""Workbooks and papers out (导出): one way to write each."""
