"""The hotline: calls heard and answered, with prompts from recorded clips."""
