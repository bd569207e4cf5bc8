"""A phone in front of the doors."""

import pytest
from werkzeug.test import Client

from conversations.phone import Phone


@pytest.fixture
def phone(client: Client) -> Phone:
    return Phone(client)
