"""What operators see (运行情况): figures for Prometheus and log lines. Neither ever names a child.

Below everything that does something: the door, the store and the pages tell it what they did.
"""
