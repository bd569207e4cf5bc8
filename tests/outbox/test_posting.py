"""Posting: once by key, with its fact or not at all; held, released, cancelled."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from callcentre import db, outbox, vault
from callcentre.outbox import Draft, Message, Route
from outbox.posting import ACCEPTED as SENT
from outbox.posting import (
    ASHA,
    AT,
    DAY,
    JUMA,
    MINUTE,
    NOW,
    SECOND,
    again,
    claim,
    claim_one,
    post,
    tried,
)

HOLD = timedelta(seconds=90)


@pytest.fixture
def wakes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the process is told after a commit."""
    heard: list[str] = []
    monkeypatch.setattr(outbox, "on_commit", lambda: heard.append("wake"))
    return heard


def posted(session: Session, key: str, **changes: object) -> int | None:
    given = {
        "sealed_to": vault.seal(ASHA), "text": "Habari", "parts": 1, "institution": "morogoro",
        "routes": (Route(AT, "15001"),),
    }  # fmt: skip
    return outbox.post(session, Draft(key=key, **given | changes), NOW)


def to_juma() -> Draft:
    return Draft("other", vault.seal(JUMA), "Namba 1", 2, "morogoro", (Route(AT, "15001"),))


def test_a_message_is_posted_once_by_its_key(session: Session) -> None:
    first = posted(session, "ticket:1:acknowledge")
    assert first is not None
    assert posted(session, "ticket:1:acknowledge", text="Tofauti") is None
    assert session.get_one(Message, first).text == "Habari"


def test_the_number_is_sealed(session: Session) -> None:
    message = post(session)
    assert ASHA.encode() not in message.sealed_to
    assert vault.unseal(message.sealed_to) == ASHA


@pytest.mark.parametrize(
    ("kind", "priority", "lives"),
    [
        ("urgent", 0, DAY),
        ("reply", 1, 3 * DAY),
        ("alert", 2, 3 * DAY),
        ("notice", 3, 3 * DAY),
    ],
)
def test_each_class_has_its_priority_and_its_life(
    session: Session, kind: str, priority: int, lives: timedelta
) -> None:
    message = post(session, kind=kind)
    assert (message.priority, message.expires_at) == (priority, NOW + lives)


@pytest.mark.parametrize(
    ("kind", "hour", "wait"),
    [
        pytest.param("notice", 6, 1, id="a notice before seven waits for seven"),
        pytest.param("notice", 19, 0, id="a notice until eight in the evening"),
        pytest.param("notice", 20, 11, id="a notice after eight waits for the morning"),
        pytest.param("reply", 3, 0, id="a reply at any hour"),
        pytest.param("urgent", 3, 0, id="the urgent at any hour"),
    ],
)
def test_a_notice_rings_in_nobodys_pocket_at_night(
    session: Session, kind: str, hour: int, wait: int
) -> None:
    moment = NOW.replace(hour=hour)
    assert post(session, kind=kind, now=moment).next_at == moment + wait * 60 * MINUTE


def test_an_alert_goes_when_its_writer_says(session: Session) -> None:
    opens = NOW.replace(hour=20) + 11 * 60 * MINUTE
    message = post(session, kind="alert", now=NOW.replace(hour=20), not_before=opens)
    assert (message.next_at, message.expires_at, message.held) == (opens, opens + 3 * DAY, False)


def test_a_message_lives_and_dies_with_the_transaction_that_posts_it(database: None) -> None:
    with pytest.raises(ZeroDivisionError), db.session() as session:
        posted(session, "dies")
        _ = 1 / 0
    with db.session() as session:
        posted(session, "lives")
    with db.session() as session:
        assert [message.key for message in outbox.waiting(session, 10)] == ["lives"]


def test_workers_are_woken_after_the_commit_and_not_before(
    database: None, wakes: list[str]
) -> None:
    with db.session() as session:
        posted(session, "one")
        posted(session, "two")
        assert wakes == []
    assert wakes == ["wake"]


def test_what_is_rolled_back_wakes_nobody_even_later(database: None, wakes: list[str]) -> None:
    with db._sessions()() as session:
        posted(session, "one")
        session.rollback()
        session.commit()
    assert wakes == []


def test_a_held_message_wakes_nobody_until_it_is_released(database: None, wakes: list[str]) -> None:
    with db.session() as session:
        posted(session, "held", hold=HOLD)
    assert wakes == []
    with db.session() as session:
        outbox.release(session, "held", now=NOW)
    assert wakes == ["wake"]


def test_a_held_message_waits_for_its_answer_or_for_its_time(session: Session) -> None:
    message = post(session, hold=HOLD)
    assert message.status == "held"
    assert claim(session, NOW + HOLD - SECOND) == []
    assert claim_one(session, NOW + HOLD).message_id == message.id


def test_released_it_goes_at_once(session: Session) -> None:
    message = post(session, hold=HOLD)
    assert outbox.release(session, message.key, now=NOW + SECOND)
    assert again(session, message).status == "queued"
    sent = claim_one(session, NOW + SECOND)
    assert (sent.to, sent.text) == (ASHA, "Limepokelewa")


def test_released_with_other_words_to_another_number_that_is_what_goes(session: Session) -> None:
    message = post(session, hold=HOLD)
    outbox.release(session, message.key, now=NOW, instead=to_juma())
    sent = claim_one(session)
    assert (sent.to, sent.text, again(session, message).parts) == (JUMA, "Namba 1", 2)


def test_cancelled_it_never_goes_and_its_number_is_forgotten(session: Session) -> None:
    message = post(session, hold=HOLD)
    assert outbox.cancel(session, message.key, now=NOW)
    assert (again(session, message).status, message.sealed_to) == ("cancelled", None)
    assert claim(session, NOW + DAY) == []


def test_what_was_released_is_not_released_again(session: Session) -> None:
    message = post(session, hold=HOLD)
    outbox.release(session, message.key, now=NOW)
    assert not outbox.release(session, message.key, now=NOW, instead=to_juma())
    assert claim_one(session).to == ASHA


@pytest.mark.parametrize("hold", [None, HOLD], ids=["never held", "released"])
def test_until_a_worker_takes_it_up_a_message_can_be_cancelled(
    session: Session, hold: timedelta | None
) -> None:
    message = post(session, hold=hold)
    outbox.release(session, message.key, now=NOW)
    assert outbox.cancel(session, message.key, now=NOW)
    assert claim(session, NOW + DAY) == []


@pytest.mark.parametrize(
    "result",
    [outbox.Result("again"), outbox.Result("unknown")],
    ids=lambda result: result.outcome,
)
def test_what_no_network_is_known_to_have_is_not_tried_again_once_it_is_cancelled(
    session: Session, result: outbox.Result
) -> None:
    message = tried(session, result)
    assert outbox.cancel(session, message.key, now=NOW)
    assert claim(session, NOW + DAY) == []


@pytest.mark.parametrize(
    "result", [SENT, outbox.Result("never")], ids=lambda result: result.outcome
)
def test_what_is_gone_or_given_up_is_not_cancelled(session: Session, result: outbox.Result) -> None:
    message = tried(session, result)
    assert not outbox.cancel(session, message.key, now=NOW)
    assert again(session, message).cancelled_at is None


def test_what_is_cancelled_is_cancelled_once(session: Session) -> None:
    message = post(session)
    outbox.cancel(session, message.key, now=NOW)
    assert not outbox.cancel(session, message.key, now=NOW + MINUTE)
    assert again(session, message).cancelled_at == NOW


def test_what_is_on_its_way_can_be_neither_released_nor_cancelled(session: Session) -> None:
    message = post(session, hold=HOLD)
    claim_one(session, NOW + HOLD)
    assert not outbox.release(session, message.key, now=NOW + HOLD, instead=to_juma())
    assert not outbox.cancel(session, message.key, now=NOW + HOLD)


@pytest.mark.parametrize(
    ("act", "listed"),
    [
        pytest.param(None, True, id="queued"),
        pytest.param("claim", True, id="sending"),
        pytest.param("accepted", False, id="with the network"),
        pytest.param("never", False, id="given up"),
    ],
)
def test_waiting_are_those_that_no_network_has(
    session: Session, act: str | None, listed: bool
) -> None:
    message = post(session)
    if act is not None:
        sent = claim_one(session)
        if act != "claim":
            outbox.record(session, sent, outbox.Result(act, provider_id=act), NOW)
    session.flush()
    assert (message in outbox.waiting(session, 10)) is listed


# An operator sends it again


@pytest.mark.parametrize(
    "failed",
    [
        pytest.param(outbox.Result("never", code="403"), id="refused by the provider"),
        pytest.param(SENT, id="failed in the network"),
    ],
)
def test_a_failed_message_can_be_sent_again_with_a_new_life(
    session: Session, failed: outbox.Result
) -> None:
    message = tried(session, failed)
    if failed is SENT:
        outbox.receive(session, outbox.Receipt("africastalking", "ATXid_1", "failed"), NOW)
    later = NOW + 4 * DAY
    assert outbox.retry(session, message.id, now=later)
    assert (again(session, message).status, message.tries) == ("queued", 0)
    assert message.expires_at == later + 3 * DAY
    assert claim_one(session, later).message_id == message.id


def test_a_waiting_message_can_be_sent_now(session: Session) -> None:
    message = tried(session, outbox.Result("again"))
    assert claim(session, NOW + SECOND) == []
    assert outbox.retry(session, message.id, now=NOW + SECOND)
    assert claim_one(session, NOW + SECOND).message_id == message.id


def test_what_is_with_the_network_or_on_its_way_or_gone_is_not_sent_again(
    session: Session,
) -> None:
    away = tried(session, SENT)
    sending = post(session)
    claim_one(session)
    cancelled = post(session, hold=HOLD)
    outbox.cancel(session, cancelled.key, now=NOW)
    for message in (away, sending, cancelled):
        assert not outbox.retry(session, message.id, now=NOW + MINUTE)
    assert not outbox.retry(session, 0, now=NOW)
