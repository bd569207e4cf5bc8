"""The kill test: the whole system under load while its processes are killed, and then the count."""
