"""转学: asking, releasing, accepting; who waits for whom."""
