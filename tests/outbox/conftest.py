"""A transaction on the newest schema. It is rolled back, so there is nothing to clear away."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from callcentre import db


@pytest.fixture
def session(schema: None) -> Iterator[Session]:
    with db._sessions()() as opened:
        yield opened
        opened.rollback()
