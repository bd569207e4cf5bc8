"""A whole life of one complaint: every SMS to citizen and posts, in order, word for word.

The citizen's SMS come in by the hook, the clock's work is done at each moment at which something is
due, and what is posted is claimed, taken and delivered five seconds later.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import clock, config, db, outbox, sweeps
from callcentre.clock import EAT
from callcentre.lines import newest
from callcentre.outbox import Receipt, Result
from callcentre.tickets import delivery, ladder, promises, work
from callcentre.tickets.model import Ticket
from tickets.making import ASHA, NOW
from tickets.posts import PHONES, WATER, whole_line

SECOND = timedelta(seconds=1)
NAMES = {ASHA: "citizen"} | {number: role for role, number in PHONES.items()}


@dataclass
class Life:
    """Everything that the phones received so far: when, who, what."""

    client: FlaskClient
    now: datetime = NOW
    received: list[tuple[str, str, str]] = field(default_factory=list)

    def sms(self, text: str) -> None:
        """The citizen writes to the shared number."""
        secret = config.load().africastalking_hook_secrets[0]
        form = {
            "date": f"{self.now:%Y-%m-%d %H:%M:%S}",
            "from": ASHA,
            "to": "15001",
            "id": f"in {self.now.isoformat()}",
            "text": text,
            "networkCode": "64004",
        }
        with clock.at(self.now):
            done = self.client.post(f"/hooks/africastalking/{secret}/sms", data=form)
        assert done.status_code == 200
        self._deliver()

    def office(self, act: Any, **said: Any) -> None:
        """Somebody at the office does something with the ticket, at ten in the morning."""
        with db.session() as session:
            ticket = session.scalars(select(Ticket).with_for_update()).one()
            act(session, ticket, now=self.now, by="test", **said)
        self._deliver()

    def until(self, moment: str) -> None:
        """Let time pass: what is due is done at its moment, a second late."""
        end = datetime.fromisoformat(f"{moment}+03:00")
        while (due := self._next()) is not None and due < end:
            self.now = due + SECOND
            with clock.at(self.now):
                sweeps.mark_broken()
                self._climb()
            self._deliver()
        self.now = end

    def _next(self) -> datetime | None:
        with db.session() as session:
            seen = self.now - SECOND
            found = (promises.next_due(session, seen), outbox.next_due(session, seen))
        return min((due for due in found if due is not None), default=None)

    def _climb(self) -> None:
        with db.session() as session:
            ladder.climb(session, ladder.due(session, self.now, 100), self.now)

    def _deliver(self) -> None:
        """Until nothing waits: a delivered message may ask for the next."""
        with db.session() as session:
            claimed = outbox.claim(session, self.now)
        for message in claimed:
            at = f"{self.now.astimezone(EAT):%a %d %b %H:%M}"
            self.received.append((at, NAMES[message.to], _shown(message.text)))
            self._arrives(message)
        if claimed:
            self._deliver()

    def _arrives(self, message: outbox.Outgoing) -> None:
        id, later = f"ATXid_{message.message_id}", self.now + 5 * SECOND
        with db.session() as session:
            outbox.record(session, message, Result("accepted", provider_id=id), self.now)
            settled = outbox.receive(session, Receipt("africastalking", id, "delivered"), later)
            delivery.settle(session, settled, later)

    def take(self) -> list[tuple[str, str, str]]:
        """What came since this was asked last."""
        new, self.received = self.received, []
        return new


def _shown(text: str) -> str:
    """The text with its reference and codes, which nobody can foresee, left open."""
    text = re.sub(r"\b26-\d{8}\b", "{ref}", text)
    return re.sub(r"(?<=\b[124] )\d{3}\b", "{msimbo}", text)


K = "lalamiko Na. {ref} (Ujenzi, Maji na Ardhi)"
TODAY = f"KUMBUSHO: {K} linatakiwa kujibiwa LEO kabla ya ofisi kufungwa. Kulisoma piga *149*52*99#."


def remind(day: str, left: int) -> str:
    return (
        f"KUMBUSHO: {K}. Mwisho wa kujibu ni {day}; siku zilizobaki: {left}."
        " Kulisoma piga *149*52*99#."
    )


def breach(days: int) -> str:
    return (
        f"TAHADHARI: {K} limechelewa siku {days}. Tuma kwenda 15001:"
        " 1 {msimbo} nimeona, 2 {msimbo} na jina kukabidhi."
    )


def up(days: int) -> str:
    return (
        f"LIMEKUFIKIA: {K} limechelewa siku {days}. Tuma kwenda 15001:"
        " 2 {msimbo} na jina ukabidhi, 4 {msimbo} ulichukue."
    )


def late(who: str, day: str) -> str:
    return (
        f"Samahani, lalamiko Na. {{ref}} limepita muda tulioahidi. Sasa lipo kwa {who}."
        f" Utajulishwa; mwisho ni {day}. Simu 0282590162."
    )


def answered(words: str) -> str:
    return (
        f"Majibu, lalamiko Na. {{ref}}: {words}. Umeridhika?"
        " Tuma 1 Ndiyo au 2 Hapana kwenda 15001, au piga 0282590162."
    )


def higher(who: str, day: str) -> str:
    return (
        "Samahani hatukukuridhisha. Lalamiko Na. {ref} sasa lipo kwa "
        f"{who}. Utajulishwa; mwisho ni {day}."
    )


def test_a_whole_life_from_the_first_sms_to_the_commissions_address(client: FlaskClient) -> None:
    with db.session() as session:
        whole_line(session)
    life = Life(client)

    life.sms("SENGEREMA Hakuna maji kijijini tangu Jumatatu")
    life.until("2026-11-24T10:00")
    assert life.take() == [
        ("Mon 23 Nov 10:00", "citizen",
         "H/W ya Sengerema: tumepokea lalamiko lako Na. {ref}. Utajibiwa au kuelezwa lilipofikia;"
         " mwisho ni Jumatano 23/12. Kufuatilia piga *149*50#. Asante."),
        ("Mon 23 Nov 10:00", "citizen",
         "Lalamiko Na. {ref}: tafadhali tuambie ni kijiji au mtaa gani, kata gani."
         " Tuma jibu kwenda 15001. Asante."),
        ("Mon 23 Nov 10:30", "complaints",
         "KUMBUSHO: lalamiko Na. {ref} halijapelekwa kwa wahusika. Lipeleke sasa;"
         " kulisoma piga *149*52*99#."),
    ]  # fmt: skip

    life.office(work.assign, unit=WATER, to=None)
    life.until("2026-12-23T15:30")
    assert life.take() == [
        ("Tue 24 Nov 10:00", "citizen",
         "Lalamiko lako Na. {ref} sasa lipo kwa wahusika wa malalamiko. Utajibiwa au kuelezwa"
         " lilipofikia; mwisho ni Jumatano 23/12. Asante kwa subira."),
        ("Tue 08 Dec 08:45", "officer", remind("Jumatano 23/12", 15)),
        ("Thu 17 Dec 12:48", "officer", remind("Jumatano 23/12", 6)),
        ("Thu 17 Dec 12:48", "head", remind("Jumatano 23/12", 6)),
        ("Wed 23 Dec 07:45", "officer", TODAY),
    ]  # fmt: skip

    life.until("2026-12-30T10:00")
    assert life.take() == [
        ("Wed 23 Dec 15:30", "head", breach(1)),
        ("Wed 23 Dec 15:30", "citizen", late("mkuu wa wahusika", "Alhamisi 24/12")),
        ("Thu 24 Dec 15:30", "complaints", up(1)),
        ("Thu 24 Dec 15:30", "citizen", late("mkuu wa malalamiko", "Jumanne 29/12")),
        ("Tue 29 Dec 15:30", "executive", up(6)),
        ("Tue 29 Dec 15:30", "citizen", late("Mkurugenzi Mtendaji", "Jumatano 6/1")),
    ]  # fmt: skip

    # What a post answers by SMS to its alert belongs here, between an alert and the step after it.

    life.office(_answer, words="Bomba limetengenezwa")
    life.until("2026-12-30T12:00")
    life.sms("2")
    life.until("2027-01-29T15:30")
    assert life.take() == [
        ("Wed 30 Dec 10:00", "citizen", answered("Bomba limetengenezwa")),
        ("Wed 30 Dec 12:00", "citizen", higher("mkuu wa malalamiko", "Ijumaa 29/1")),
        ("Fri 15 Jan 13:45", "complaints", remind("Ijumaa 29/1", 14)),
        ("Mon 25 Jan 14:48", "complaints", remind("Ijumaa 29/1", 4)),
        ("Fri 29 Jan 07:45", "complaints", TODAY),
    ]  # fmt: skip

    life.until("2027-02-08T10:00")
    assert life.take() == [
        ("Fri 29 Jan 15:30", "complaints", breach(1)),
        ("Fri 29 Jan 15:30", "citizen", late("mkuu wa malalamiko", "Jumatatu 1/2")),
        ("Mon 01 Feb 15:30", "complaints", up(3)),
        ("Mon 01 Feb 15:30", "citizen", late("mkuu wa malalamiko", "Jumatano 3/2")),
        ("Wed 03 Feb 15:30", "executive", up(5)),
        ("Wed 03 Feb 15:30", "citizen", late("Mkurugenzi Mtendaji", "Jumatano 10/2")),
    ]  # fmt: skip

    life.office(_answer, words="Fundi amebadilisha pampu")
    life.until("2027-02-08T12:00")
    life.sms("2")
    life.until("2027-02-10T10:00")
    life.office(_answer, words="Kisima kipya kitachimbwa Mei")
    life.until("2027-02-10T12:00")
    life.sms("2")
    life.until("2027-06-10T12:00")
    assert life.take() == [
        ("Mon 08 Feb 10:00", "citizen", answered("Fundi amebadilisha pampu")),
        ("Mon 08 Feb 12:00", "citizen", higher("Mkurugenzi Mtendaji", "Ijumaa 12/3")),
        ("Wed 10 Feb 10:00", "citizen", answered("Kisima kipya kitachimbwa Mei")),
        ("Wed 10 Feb 12:00", "citizen",
         "Hujaridhika? Nenda Tume ya Haki za Binadamu na Utawala Bora: S.L.P. 2643, Dar es Salaam,"
         " simu 0222110607. Ngazi inayofuata ni mahakama."),
    ]  # fmt: skip


def _answer(session: Session, ticket: Ticket, **said: Any) -> None:
    work.answer(session, ticket, edition=newest(session), **said)
