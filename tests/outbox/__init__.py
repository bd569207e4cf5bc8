"""The outbox: posted with its fact, claimed once, sent, proven."""
