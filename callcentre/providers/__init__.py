"""What SMS and calls have in common at a provider: its account, its connection, its faults."""

AT_ONCE = 96
"""Sends in the air from one worker, each on a connection: at 200 ms an answer some 350 a second."""
