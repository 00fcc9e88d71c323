"""What keeps a county's data safe beside its daily work (运维): backup, restore, moving elsewhere."""
