"""Tickets: opened, promised, answered, kept or broken."""
