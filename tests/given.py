"""What all tests are given: a moment, and settings under which nothing leaves the machine."""

from datetime import UTC, datetime

DATA_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
HOOK_SECRET = "old-secret-still-valid"
SETTINGS = {
    "SECRET_KEY": "only for tests",
    "DATA_KEY": DATA_KEY,
    "PUBLIC_URL": "http://127.0.0.1:9",  # nobody listens: what is sent in these tests waits
    "AFRICASTALKING_USERNAME": "sandbox",
    "AFRICASTALKING_API_KEY": "test-key",
    "AFRICASTALKING_HOOK_SECRET": f"new-secret,{HOOK_SECRET}",
    "TWILIO_ACCOUNT_SID": f"AC{32 * 'a'}",
    "TWILIO_AUTH_TOKEN": "test-token",
    "LOCAL_NETWORK": "1",
}

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # Monday, 10:00 in Dar es Salaam
