"""申报与审批: asking for a closure, a deferral, home teaching; deciding it; what waits for whom."""
