"""Twilio as its documentation describes it, for this network."""
