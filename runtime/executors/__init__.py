"""How steps are scheduled: inline, or as Ray tasks."""
