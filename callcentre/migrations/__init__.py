"""Numbered changes of the schema. `run` applies and checks them."""
