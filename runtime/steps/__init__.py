"""What each step kind does, one file a kind."""
