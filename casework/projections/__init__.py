"""Read models, written in the same transaction as the events they come from: exactly once, never behind."""
