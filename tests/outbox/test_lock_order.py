"""A receipt and the answer to its send take the same rows in the same order."""

import threading

from sqlalchemy import select
from sqlalchemy import text as sql

from callcentre import db, outbox
from callcentre.outbox import Attempt, Message
from outbox.posting import ACCEPTED, NOW, claim_one, post
from outbox.surroundings import until


def waits(name: str) -> bool:
    query = sql(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE application_name = :name AND wait_event_type = 'Lock'"
    )
    with db.session() as session:
        session.execute(sql("SET LOCAL ROLE NONE"))  # who sees what others wait for
        return bool(session.scalar(query, {"name": name}))


def test_an_answer_leaves_the_message_to_a_receipt_that_has_its_attempt(database: None) -> None:
    with db.session() as session:
        message = post(session)
    with db.session() as session:
        sent = claim_one(session)

    def answer() -> None:
        with db.session() as other:
            other.execute(sql("SET LOCAL application_name = 'answer in order'"))
            outbox.record(other, sent, ACCEPTED, NOW)

    answering = threading.Thread(target=answer)
    with db.session() as receipt:  # which names the attempt by our own id, as Twilio's does
        receipt.scalars(
            select(Attempt).where(Attempt.id == sent.attempt_id).with_for_update()
        ).one()
        answering.start()
        until(lambda: waits("answer in order"), "the answer waits for the attempt")
        receipt.scalars(
            select(Message).where(Message.id == message.id).with_for_update(nowait=True)
        ).one()
    answering.join()

    with db.session() as session:
        assert session.get_one(Message, message.id).status == "sent"
