"""Whatever the order and however often receipts come, a message ends where it would have ended."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from callcentre import db, outbox
from outbox.posting import ACCEPTED, NOW, SECOND, again, claim_one, hear, post

REPORTS = {"delivered": ("sent", "sent", "delivered"), "failed": ("sent", "failed")}


@pytest.fixture(scope="module")
def transaction(schema: None) -> Iterator[Session]:
    """One connection for all examples; each one is rolled back."""
    with db._sessions()() as opened:
        yield opened
        opened.rollback()


@st.composite
def heard(draw: st.DrawFn, final: str) -> list[str]:
    """All reports of a message at least once, in any order, some of them again."""
    reports = REPORTS[final]
    more = draw(st.lists(st.sampled_from(reports), max_size=4))
    return draw(st.permutations([*reports, *more]))


@pytest.mark.parametrize("final", list(REPORTS))
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_receipts_in_any_order_and_number_end_in_the_same_state(
    transaction: Session, final: str, data: st.DataObject
) -> None:
    statuses = data.draw(heard(final))
    answered_after = data.draw(st.integers(0, len(statuses)))

    with transaction.begin_nested() as example:
        message = post(transaction, "law")
        sent = claim_one(transaction)
        settled = []
        for place, status in enumerate(statuses):
            if place == answered_after:
                settled += outbox.record(transaction, sent, ACCEPTED, NOW + place * SECOND)
            settled += hear(transaction, status, now=NOW + place * SECOND)
        if answered_after == len(statuses):
            settled += outbox.record(transaction, sent, ACCEPTED, NOW + 60 * SECOND)

        assert again(transaction, message).status == final
        assert settled == [message.id]
        example.rollback()


@settings(deadline=None, max_examples=30)
@given(statuses=st.lists(st.sampled_from(["sent", "delivered", "failed"]), max_size=6))
def test_the_first_final_report_stands_whatever_the_network_says_after_it(
    transaction: Session, statuses: list[str]
) -> None:
    finals = [status for status in statuses if status != "sent"]
    with transaction.begin_nested() as example:
        message = post(transaction, "law")
        outbox.record(transaction, claim_one(transaction), ACCEPTED, NOW)
        for status in statuses:
            hear(transaction, status)
        assert again(transaction, message).status == (finals[0] if finals else "sent")
        example.rollback()
