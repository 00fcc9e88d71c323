"""缺勤: recording an absence and its end, reporting it, and the list of those away now."""
