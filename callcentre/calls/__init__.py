"""Calls: what is kept of each one, and of what was recorded in it. Nothing here commits."""
