"""在册看板: every child out of school or at risk in reach, the most urgent first."""
