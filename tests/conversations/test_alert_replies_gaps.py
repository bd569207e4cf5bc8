"""Replies to alerts that are easily taken for something else: no code, an old telephone."""

from datetime import datetime

import pytest
from sqlalchemy import update
from werkzeug.test import Client

from callcentre import db, vault
from callcentre.clock import EAT
from callcentre.people import Holding, PostRow
from callcentre.tickets.model import Ticket
from conversations.phone import everything
from conversations.test_alert_replies import (
    DAY,
    DUE,
    ELSEWHERE,
    MINUTE,
    alerts,
    climb,
    code,
    last,
    late,
    line,
    ref,
    staff,
)

__all__ = ["line", "ref"]  # the fixtures


@pytest.mark.parametrize("text", ["3 Maji yatatoka kesho asubuhi", "2 Juma Ali Mwinuka"])
def test_a_reply_without_its_code_opens_no_complaint(client: Client, ref: str, text: str) -> None:
    staff(client).text(text)
    assert len(everything(Ticket)) == 1
    assert last().startswith("Hatukuelewa.")


def test_a_code_needs_no_blank_before_it(client: Client, ref: str) -> None:
    staff(client).text(f"1{code()}")
    assert alerts()[0].seen_at is not None


def test_words_from_a_telephone_the_post_has_no_more_open_no_complaint(
    client: Client, ref: str, line: dict[str, int]
) -> None:
    new = {"sealed_number": vault.seal(ELSEWHERE), "number_print": vault.fingerprint(ELSEWHERE)}
    with db.session() as session:
        session.execute(update(PostRow).where(PostRow.id == line["head"]).values(new))
    staff(client).text(f"3 {code()} Maji yatatoka kesho asubuhi")
    assert len(everything(Ticket)) == 1


def test_who_stands_in_for_a_head_may_do_what_the_head_may(
    client: Client, line: dict[str, int]
) -> None:
    away = {"away_from": DUE - DAY, "away_until": DUE + 20 * DAY}
    with db.session() as session:
        stands_in = update(PostRow).where(PostRow.id == line["head"])
        session.execute(stands_in.values(deputy_id=line["officer"]))
        session.execute(update(Holding).where(Holding.post_id == line["head"]).values(away))
    late()
    climb(DUE + MINUTE)
    staff(client, "officer").text(f"2 {code()} afya")
    assert "limekabidhiwa" in last("officer")


def test_the_level_above_hears_that_it_was_seen_and_not_answered(client: Client, ref: str) -> None:
    staff(client).text(f"1 {code()}")
    climb(datetime(2026, 12, 28, 15, 31, tzinfo=EAT))
    assert last("complaints").startswith(
        f"LIMEKUFIKIA Na. {ref} (Ujenzi, Maji na Ardhi): limeonwa bila jibu"
    )


def test_a_name_nobody_has_is_not_answered_like_a_text_nobody_understands(
    client: Client, ref: str
) -> None:
    staff(client).text(f"2 {code()} Xyz Abc")
    assert last().startswith("Jina hilo halikupatikana")


@pytest.mark.parametrize("text", ["2021 mwaka wote maji hayatoki", "3 200 shilingi ziliibwa"])
def test_a_citizen_may_begin_with_figures(client: Client, ref: str, text: str) -> None:
    staff(client, ELSEWHERE).text(text)
    assert [one.words for one in everything(Ticket)][1:] == [text]
