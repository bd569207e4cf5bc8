"""Voice: calls that come in and go out."""
