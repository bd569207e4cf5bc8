"""What SMS and calls have in common at a provider: its account, its connection, its faults."""
