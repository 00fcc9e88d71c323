"""The weekly report and the children behind its numbers (周监测报告)."""
