"""提醒: my messages, what was sent to whom and why, and where people and groups are reached."""
