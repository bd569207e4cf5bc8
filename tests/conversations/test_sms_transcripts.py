"""Exchanges by SMS, played in both languages through both providers: tests/texts/*.txt.

# a note
line 21512 kilosa         the exchange is on a short code of this office's own
> HALI {ref}              the citizen's text; {ref}, {ref2} are the references as they came,
                          {code} the last code; a blank line begins nothing new
< status                  the next message to him is the phrase sms.status, and no other came
! ticket answer {ref} ""  done at the office meanwhile, by the command `callcentre`
= delivered               all that waits is sent and arrives
= later                   an hour passes
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from werkzeug.test import Client

from callcentre import clock, config, db, lines, outbox, vault
from callcentre.callers import Caller
from callcentre.cli import callcentre
from callcentre.cli.processes import ABROAD
from callcentre.lines import Line
from callcentre.outbox import Message, Receipt, Result
from callcentre.phrases import LANGUAGES, everything
from callcentre.providers import twilio
from callcentre.tickets import delivery
from conversations.phone import ASHA, FORM, NOW, SMS, bring, number_of
from conversations.phone import everything as rows

FOLDER = Path(__file__).parents[1] / "texts"
PATHS = sorted(FOLDER.glob("*.txt"))
PROVIDERS = ("africastalking", "twilio")
AFTER_A_CALL = {"call_cut", "call_cut_plain"}  # tests/ivr/test_calls.py
FROM_THE_LADDER = {
    "late", "late_plain", "remind", "remind_today", "remind_ack", "remind_call", "remind_route",
    "target_passed", "breach", "breach_dial", "breach_ack", "breach_call", "escalate",
    "escalate_dial", "escalate_seen", "escalate_seen_dial", "alerts", "nobody_holds",
    "remind_letter", "breach_letter",
}  # fmt: skip
TO_STAFF = {
    "sup_seen",
    "sup_seen_again",
    "sup_assigned",
    "sup_assigned_untold",
    "sup_given",
    "sup_answered",
    "sup_answer_kept",
    "sup_taken",
    "sup_late",
    "sup_may_not",
    "sup_long",
    "sup_bad",
    "sup_name",
    "danger_ring",
    "today",
    "staff_check",
    "staff_check_post",
    "staff_yes",
    "staff_no",
    "digest_week",
    "digest_month",
}  # fmt: skip - tests/conversations/test_alert_replies.py, tests/tickets/test_today.py
FROM_THE_OFFICE = {
    "ack_confidential",
    "assigned",
    "ack_confidential_plain",
    "news_confidential",
    "draft_unknown",
    "progress",
    "paused",
    "appointment",
    "appointment_soon",
    "date_moved",
    "date_moved_back",
    "not_upheld",
    "not_upheld_dial",
    "answered_dial",
    "redirect",
    "feedback",
    "kind_changed",
    "kind_changed_dial",
    "kind_back",
    "kept_check",
    "reopened",
    "merged",
}  # fmt: skip - not the answer to a text; each has its test where the office does it
_ids = count(1)


@dataclass
class Exchange:
    client: Client
    provider: str
    language: str
    now: datetime = NOW
    to: str = ""
    seen: set[int] = field(default_factory=set)
    known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.to = {"africastalking": SMS, "twilio": ABROAD}[self.provider]
        with db.session() as session:
            session.add(Caller(number_print=vault.fingerprint(ASHA), language=self.language))

    def do(self, mark: str, text: str) -> None:
        {"line": self.own_line, ">": self.text, "<": self.expect, "!": self.office, "=": self.wait}[
            mark
        ](text)

    def own_line(self, text: str) -> None:
        address, institution = text.split()
        self.to = address if self.provider == "africastalking" else "+15005550007"
        line = Line(self.provider, "sms", self.to, (institution,), institution, "Kilosa")
        with db.session() as session:
            lines.add(session, line, NOW)

    def text(self, words: str) -> None:
        self.none_left()
        self.now += timedelta(seconds=20)
        words, id = self.filled(words), f"id-{next(_ids)}"
        if self.provider == "twilio":
            form = {"MessageSid": id, "From": ASHA, "To": self.to, "Body": words}
            url = f"{config.load().public_url}/hooks/twilio/sms"
            with clock.at(self.now):
                answer = self.client.post(
                    "/hooks/twilio/sms",
                    data=urlencode(form),
                    content_type=FORM,
                    headers={"X-Twilio-Signature": twilio.sign(url, form)},
                )
        else:
            form = {"id": id, "from": ASHA, "to": self.to, "text": words, "date": ""}
            answer = bring(self.client, "sms", form, at=self.now)
        assert answer.status_code == 200

    def new(self) -> list[Message]:
        unseen = [one for one in rows(Message) if one.id not in self.seen]
        return [one for one in unseen if number_of(one) == ASHA or one.wipe]

    def none_left(self) -> None:
        assert [one.text for one in self.new()] == []

    def expect(self, phrase: str) -> None:
        message = self.new()[0]
        self.seen.add(message.id)
        assert re.fullmatch(_pattern(phrase, self.language), message.text), message.text
        for ref in re.findall(r"\d\d-\d{8}", message.text):
            if ref not in self.known.values():
                place = sum(name.startswith("ref") for name in self.known) + 1
                self.known["ref" if place == 1 else f"ref{place}"] = ref
        if phrase == "ack_nameless":
            self.known["code"] = re.findall(r"(?<![\d*-])\d{4}(?![\d#-])", message.text)[0]

    def filled(self, text: str) -> str:
        for name, value in self.known.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def office(self, command: str) -> None:
        self.now += timedelta(seconds=20)
        with clock.at(self.now):
            done = CliRunner().invoke(callcentre, shlex.split(self.filled(command)))
        assert done.exit_code == 0, done.output

    def wait(self, what: str) -> None:
        self.now += timedelta(hours=1) if what == "later" else timedelta(minutes=11)
        while what == "delivered":
            with db.session() as session:
                sent = outbox.claim(session, self.now)
            if not sent:
                return
            for one in sent:
                id = f"id-{next(_ids)}"
                with db.session() as session:
                    outbox.record(session, one, Result("accepted", id), self.now)
                with db.session() as session:
                    told = outbox.receive(session, Receipt(one.provider, id, "delivered"), self.now)
                    delivery.settle(session, told, self.now)
            if self.new():
                return


@cache
def _pattern(phrase: str, language: str) -> str:
    text = re.escape(everything(language)[f"sms.{phrase}"])
    return re.sub(r"\\\{\w+\\\}", ".+?", text)


def read(path: Path) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        mark, _, text = line.partition(" ")
        if line and mark != "#":
            yield number, mark, text


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_an_exchange_goes_as_its_transcript_says(
    client: Client, path: Path, language: str, provider: str
) -> None:
    exchange = Exchange(client, provider, language)
    for number, mark, text in read(path):
        try:
            exchange.do(mark, text)
        except (AssertionError, IndexError, KeyError) as fault:
            raise AssertionError(f"{path.name}:{number} ({language}): {fault!r}") from None
    exchange.none_left()


def test_every_answer_to_a_text_is_reached_by_a_transcript() -> None:
    phrases = {key[4:] for key in everything("sw") if key.startswith("sms.")}
    reached: set[Any] = {text for path in PATHS for _, mark, text in read(path) if mark == "<"}
    elsewhere = FROM_THE_OFFICE | FROM_THE_LADDER | AFTER_A_CALL | TO_STAFF
    assert phrases - reached - elsewhere == set()
