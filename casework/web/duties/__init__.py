"""待办: what each person owes today, what waits for others, excuses, and a unit's own duties."""
