"""Building small counties for tests: a settable clock, and imports from rows instead of files."""
