"""An SMS heard: stored with its raw event, acted on and answered in one commit."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from callcentre import callers, charters, db, vault
from callcentre.conversations import alert_replies
from callcentre.conversations.answers import ANSWERS
from callcentre.conversations.heard import Heard, Incoming
from callcentre.conversations.model import RawEvent
from callcentre.dialogue.texts import understand
from callcentre.lines import Edition, Line, newest

CLOCKS_DIFFER = timedelta(hours=1)
REPEATED_FOR = timedelta(hours=13)  # a provider repeats its hook for twelve

logger = logging.getLogger(__name__)


def receive(sms: Incoming, now: datetime) -> str:
    """Take one SMS; what became of it, in a word, for the log.

    A repeat (same provider, same id) does nothing. Words are never refused.
    """
    with db.session() as session:
        greeting = callers.greet(session, sms.number)
        edition = newest(session)
        line = edition.find(sms.provider, "sms", sms.address)
        said = understand(sms.text, _keywords(line))
        nameless = said.nameless and said.asks == "words"
        if not _is_new(session, sms, now, with_words=not nameless):
            return "repeat"
        if line is None:
            return "not_our_line"
        number = callers.number_of(sms.number)
        if number is None or _is_ours(edition, number):
            return "no_sender"
        if greeting.blocked:
            return "blocked"
        heard = Heard(session, sms, said, line, edition, greeting.language, now)
        if alert_replies.hear(heard):
            return "staff"
        ANSWERS[said.asks](heard)
        return said.asks


def receive_late(sms: Incoming, now: datetime) -> str:
    """Take an SMS that was fetched, unless a hook brought it; what became of it.

    Under another id it is known again by its sender and its words. What was sent without a name
    left neither: it is left alone.
    """
    if understand(sms.text).nameless:
        return "nameless"
    return "heard" if _was_heard(sms, now) else receive(sms, now)


def _was_heard(sms: Incoming, now: datetime) -> bool:
    """Whether the same number sent the same words around the same time."""
    at = sms.sent_at or now
    with db.session() as session:
        bodies = session.scalars(
            select(RawEvent.body).where(
                RawEvent.kind == "sms",
                RawEvent.provider == sms.provider,
                RawEvent.number_print == vault.fingerprint(sms.number),
                RawEvent.at > at - CLOCKS_DIFFER,
                RawEvent.at < at + REPEATED_FOR,
                RawEvent.body.is_not(None),
            )
        ).all()
    return any(vault.unseal(body) == sms.text.replace("\0", "") for body in bodies if body)


def _keywords(line: Line | None) -> dict[str, str]:
    """The words that name an institution on a shared line, each with its id."""
    if line is None or not line.shared:
        return {}
    return {charters.get(one).keyword.casefold(): one for one in line.institutions}


_KEEP = upsert(RawEvent.metadata.tables["raw_events"]).on_conflict_do_nothing().inline()


def keep_report(
    session: Session, provider: str, key: str, report: Mapping[str, str], now: datetime
) -> None:
    """Keep a delivery report for thirty days; without the number it is about."""
    body = vault.seal(json.dumps(dict(report)))
    row = {"provider": provider, "kind": "receipt", "key": key[:300], "body": body, "at": now}
    session.execute(_KEEP, row)


def opted_out(session: Session, number: str, now: datetime) -> None:
    """The provider says that this number wants no more bulk messages."""
    known = callers.number_of(number)
    if known is not None:
        callers.stop(session, known, now, by="provider")


def opted_in(session: Session, number: str, now: datetime) -> None:
    """The provider says that this number wants our messages again."""
    known = callers.number_of(number)
    if known is not None:
        callers.start(session, known, now, by="provider")


def _is_new(session: Session, sms: Incoming, now: datetime, *, with_words: bool) -> bool:
    return (
        session.execute(
            upsert(RawEvent)
            .values(
                provider=sms.provider,
                kind="sms",
                key=sms.key,
                number_print=vault.fingerprint(sms.number) if with_words else None,
                body=vault.seal(sms.text.replace("\0", "")) if with_words else None,
                at=now,
            )
            .on_conflict_do_nothing()
            .returning(RawEvent.id)
        ).scalar()
        is not None
    )


def _is_ours(edition: Edition, number: str) -> bool:
    """Whether an SMS comes from one of our own lines: answering it would go round for ever."""
    return any(line.address == number for line in edition.lines)
