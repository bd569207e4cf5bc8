"""A browser without JavaScript, at ten o'clock on Monday 23 November 2026."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from reading import Page, check

from callcentre import clock

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
Visit = Callable[..., Page]


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def visit(client: Any) -> Visit:
    """Open a page that must be there and without fault."""

    def open_page(address: str, **query: str) -> Page:
        answer = client.get(address, query_string=query or None)
        assert answer.status_code == 200, answer.status
        page = Page(answer.text)
        check(page)
        return page

    return open_page
