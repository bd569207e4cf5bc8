"""The network's own record, and what citizens saw, against the database. Pure.

Each check counts what it looked at and names what is wrong; docs/kill-test.md says why each bound
is what it is.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from callcentre.phones import mask
from scripts.kill.facts import Attempt, Facts, Message, Outage, Sent, Ticket

COMMIT = timedelta(seconds=2)
"""The longest from the network's answer to the end of the commit that notes it, machine loaded."""
NOTICE = timedelta(seconds=5)
"""The longest in which a process still finds a connection of a database that was killed."""
SENDING = ("worker", "PostgreSQL", "worker's host")
"""The parts whose end leaves a message handed over and not noted."""
DATABASE = ("PostgreSQL", "web's host")
"""The parts without which the web has no database."""
REFERENCE = re.compile(r"\b\d\d-\d{8}\b")


@dataclass(frozen=True, slots=True)
class Check:
    """What was claimed, how many things it was looked at on, and those of which it is not true."""

    claim: str
    count: int
    wrong: Sequence[str]


def checks(facts: Facts) -> list[Check]:
    """Every claim of the test, each with what contradicts it."""
    matched = Matched(facts)
    return [
        _answered_is_a_ticket(facts),
        _somebody_asked(facts),
        _acknowledged(facts, matched),
        _known_to_the_outbox(facts, matched),
        _known_to_the_network(facts),
        _ended(facts),
        _sent_within_the_bound(facts, matched),
        Check("all chains and seals are valid", facts.events, facts.record_faults),
        _no_server_error(facts),
        _no_apology(facts),
        _nothing_ended_by_itself(facts),
    ]


class Matched:
    """Which message of the outbox each one on the network is; None for one that is none."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    @cached_property
    def of(self) -> Mapping[str, Message | None]:
        by_id = {
            attempt.provider_id: message
            for message in self._facts.messages
            for attempt in message.attempts
            if attempt.provider_id
        }
        by_words = {(each.number, each.text): each for each in self._facts.messages}
        by_key = {each.key: each for each in self._facts.messages}
        nameless = {each.ref: each.nameless_key for each in self._facts.tickets}

        def find(sent: Sent) -> Message | None:
            ref = REFERENCE.search(sent.text)
            return (
                by_id.get(sent.id)
                or by_words.get((sent.to, sent.text))
                or by_key.get(nameless.get(ref[0], "") if ref else "")
            )

        return {sent.id: find(sent) for sent in self._facts.sent}

    @cached_property
    def sent(self) -> Mapping[int, list[Sent]]:
        """What the network has of each message, by its id, oldest first."""
        found: dict[int, list[Sent]] = defaultdict(list)
        for sent in sorted(self._facts.sent, key=lambda each: each.at):
            if message := self.of[sent.id]:
                found[message.id].append(sent)
        return found

    @cached_property
    def about(self) -> Mapping[int, list[Sent]]:
        """What the network has about each ticket."""
        found: dict[int, list[Sent]] = defaultdict(list)
        for message in self._facts.messages:
            if message.ticket_id is not None:
                found[message.ticket_id] += self.sent.get(message.id, [])
        return found


def _answered_is_a_ticket(facts: Facts) -> Check:
    by_words = _by_words(facts)
    wrong = []
    for said in facts.said:
        refs = [ticket.ref for ticket in by_words.get(said.words, [])]
        if said.answered and len(refs) != 1:
            wrong.append(f"{said.kind} of {mask(said.number)} at {said.at:%T}: tickets {refs}")
        elif said.ref and said.ref not in refs:
            wrong.append(f"{said.kind} of {mask(said.number)}: saw {said.ref}, filed as {refs}")
    claim = "every complaint answered, by a reference or by 200, is one ticket with its words"
    return Check(claim, sum(said.answered for said in facts.said), wrong)


def _somebody_asked(facts: Facts) -> Check:
    asked = {said.words for said in facts.said}
    wrong = [
        f"{ticket.ref}: nobody said it" for ticket in facts.tickets if ticket.words not in asked
    ]
    for tickets in _by_words(facts).values():
        wrong += [f"{ticket.ref}: said once, filed again" for ticket in tickets[1:]]
    return Check("no ticket that nobody asked for", len(facts.tickets), wrong)


def _acknowledged(facts: Facts, matched: Matched) -> Check:
    """A ticket is let off if the network has all that was sent about it and told nothing of it."""
    named = {said.words for said in facts.said if said.named}
    wrong, count = [], 0
    for ticket in facts.tickets:
        if ticket.words not in named:
            continue
        about = matched.about.get(ticket.id, [])
        if ticket.acknowledged or not about or any(sent.receipts for sent in about):
            count += 1
            if not ticket.acknowledged:
                wrong.append(f"{ticket.ref}: {len(about)} messages on the network, none proved")
    return Check("every named ticket is acknowledged, but where the network lost it", count, wrong)


def _known_to_the_outbox(facts: Facts, matched: Matched) -> Check:
    wrong = []
    for sent in facts.sent:
        message = matched.of[sent.id]
        if message is None:
            wrong.append(f"{sent.id}: at {sent.at:%T} to {mask(sent.to)}, in no outbox")
        elif message.text and (sent.to, sent.text) != (message.number, message.text):
            wrong.append(f"{sent.id}: is not what message {message.id} says, or to whom")
    return Check("no message on the network that is not in the outbox", len(facts.sent), wrong)


def _known_to_the_network(facts: Facts) -> Check:
    there = {sent.id for sent in facts.sent}
    accepted = [attempt for attempt in _attempts(facts) if attempt.accepted]
    wrong = [
        f"message {attempt.message_id}: {attempt.provider_id} is not on the network"
        for attempt in accepted
        if attempt.provider_id not in there
    ]
    return Check("no acceptance on file that the network does not know", len(accepted), wrong)


def _ended(facts: Facts) -> Check:
    wrong = [
        f"message {one.id} ({one.key}): {one.status}" for one in facts.messages if not one.ended
    ]
    return Check("no message is left lying", len(facts.messages), wrong)


def _sent_within_the_bound(facts: Facts, matched: Matched) -> Check:
    wrong = []
    for message in facts.messages:
        sent = matched.sent.get(message.id, [])
        excused = sum(_was_cut_off(each, message, facts.outages) for each in sent[:-1])
        if len(sent) > 1 + excused:
            times = ", ".join(f"{each.at:%T}" for each in sent)
            wrong.append(f"message {message.id}: sent at {times}; {excused} kills between")
    claim = "each message is sent at most 1 + the kills between its hand-over and its commit"
    return Check(claim, len(matched.sent), wrong)


def _was_cut_off(sent: Sent, message: Message, outages: Sequence[Outage]) -> bool:
    """Whether worker or database was away between claiming this send and noting its answer."""
    attempt = attempt_of(sent, message)
    start = min(attempt.started_at, sent.at) if attempt else sent.at
    end = (sent.answered_at or sent.at) + COMMIT
    return any(each.part in SENDING and each.meets(start, end) for each in outages)


def attempt_of(sent: Sent, message: Message) -> Attempt | None:
    """The attempt that made this send: by the network's id, else the last that was without one."""
    for attempt in message.attempts:
        if attempt.provider_id == sent.id:
            return attempt
    before = [
        attempt
        for attempt in message.attempts
        if attempt.provider_id is None and attempt.started_at <= sent.at
    ]
    return max(before, key=lambda attempt: attempt.started_at, default=None)


def _no_server_error(facts: Facts) -> Check:
    answered = [call for call in facts.failed_calls if call.status is not None]
    wrong = [
        f"{call.hook} answered {call.status} at {call.at:%T}"
        for call in answered
        if not (call.status == 503 and _database_was_away(facts, call.at, call.until))
    ]
    claim = "no hook is answered with an error, but for 503 while the database was away"
    return Check(claim, len(answered), wrong)


def _no_apology(facts: Facts) -> Check:
    wrong = [
        f"a screen apologised at {each.until:%T}"
        for each in facts.apologies
        if not _database_was_away(facts, each.at, each.until)
    ]
    claim = "no screen apologises, but while the database was away"
    return Check(claim, len(facts.apologies), wrong)


def _database_was_away(facts: Facts, start: datetime, end: datetime) -> bool:
    return any(each.part in DATABASE and each.meets(start - NOTICE, end) for each in facts.outages)


def _nothing_ended_by_itself(facts: Facts) -> Check:
    wrong = [f"{each.part} at {each.at:%T}" for each in facts.outages if each.by_itself]
    return Check("no process ended that was not killed", len(facts.outages), wrong)


def enough_kills(outages: Sequence[Outage], parts: Sequence[str], wanted: int) -> Check:
    """That each part was killed as often as the test was asked to."""
    counts = Counter(each.part for each in outages if not each.by_itself)
    wrong = [f"{part}: {counts[part]}" for part in parts if counts[part] < wanted]
    return Check(f"each part was killed at least {wanted} times", counts.total(), wrong)


def _by_words(facts: Facts) -> Mapping[str, list[Ticket]]:
    found = defaultdict(list)
    for ticket in facts.tickets:
        found[ticket.words].append(ticket)
    return found


def _attempts(facts: Facts) -> Iterator[Attempt]:
    for message in facts.messages:
        yield from message.attempts
