"""Benchmarks: `./run bench [--quick]`. Each figure stands beside a peer measured in the same run.

Nothing here is a test: a busy machine makes figures worse, never red.
"""
