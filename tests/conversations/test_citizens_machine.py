"""Citizens at both doors, in any order: no word lost, none told to a stranger, nothing sent twice.

A machine of Hypothesis plays citizens who share phones, networks that repeat, cut and lose, the
worker, the office and the clock. It reads screens as a citizen does, so it knows what each answer
meant; the database and the network must agree with it.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select, text
from werkzeug.test import Client, TestResponse

from callcentre import audit, clock, db, lines, outbox, phrases, sweeps, vault
from callcentre.cli.processes import ABROAD
from callcentre.network.parts import parts
from callcentre.outbox import Attempt, Message, Outgoing, Result
from callcentre.tickets import delivery, intake, work
from callcentre.tickets.model import Addition, Ticket
from conversations.phone import (
    KILOSA,
    NOW,
    SENGEREMA,
    SHARED,
    SMS,
    Phone,
    bring,
    bring_signed,
    claimed,
    everything,
)

ASHA, JUMA, NEEMA, BABU = "+255712345678", "+255754000009", "+255765000003", "+255688000004"
NUMBERS = (ASHA, JUMA, NEEMA, BABU)
CODES = (SHARED, KILOSA, SENGEREMA)
HUNG_UP_AFTER = timedelta(minutes=3)  # no network keeps a silent session longer
NAMELESS_FOR = timedelta(minutes=10)  # sessions of the nameless are remembered
REPEATED_FOR = timedelta(hours=20)  # sessions are remembered for a day
KNOWN_FOR = timedelta(minutes=50)  # receipts come within the hour, or never
TROUBLES = ("unknown", "again", "never", "killed", "undelivered")
TOKEN = re.compile(r"kw[a-p]{4}wk")
REF = re.compile(r"\b\d\d-\d{8}\b")

_AT_THE_WORDS = {False: "what_happened", True: "what_happened_nameless"}
FILES = {"what_happened", "what_happened_nameless", "what_happened_other"}
ADDS = {"more_words", "place", "before", "name", "evidence", "remedy"}
ENOUGH = " na sisi sote tunaumia sana"  # a shorter text may be the place that was asked for

WORDS = (
    "Maji hayatoki {t}",
    "Bomba * limevunjika * mtaa wa {t}",
    "{t} bei imepanda \U0001f600\U0001f6b0",
    "\u0663 watoto {t} ni wagonjwa",
    "\u200fMaji {t}\u200e hayatoki\u200f",
    "4 watu wamefariki {t}",
    "1 {t} hatuna maji",
    "9. Daraja {t} limevunjika",
    "  Maji   {t}  mengi ",
    "Maji {t}*",
    "# Zahanati {t} imefungwa, 50% ya dawa & vifaa = hakuna + rushwa",
)
WORDS_LIKE_KEYS = ("1*4 watu wamefariki {t}", "5*{t} maji * 3", "9*8*{t} hakuna")
TEXTS = (
    "LALAMIKO {t} maji hayatoki",
    "MAONI: {t} ongezeni madawati",
    "NIPIGIE simu {t} haraka",
    "ACHA kuiba {t} jamani",
    "HALI ya {t} ni mbaya",
    "ONGEZA maji {t} mtaani",
    "{t} " + 78 * "Maji hayatoki kabisa " + "1",
    "{t}\nMstari wa pili\r\nwa tatu",
)
COMMANDS = ("ACHA", "ANZA", "NIPIGIE", "MSAADA", "HAKI", "Habari", "ok", "", "   ", "\u200f")


def asked(shown: str) -> str:
    """Which question a screen asks, by its words; empty for none of those that matter."""
    body = shown.removeprefix("CON ")
    if not shown.startswith("CON "):
        return ""
    for language in phrases.LANGUAGES:
        for again in ("nav.invalid", "nav.invalid_short"):
            body = body.removeprefix(phrases.say(again, language)).lstrip()
    return next((key for key, pattern in _QUESTIONS if pattern.match(body)), "")


def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    found = []
    for language in phrases.LANGUAGES:
        for key, phrase in phrases.everything(language).items():
            if key.startswith("ask.") and key != "ask.answer":
                said = re.sub(r"\\\{\w+\\\}", "[^\n]+?", re.escape(phrase))
                found.append((key.removeprefix("ask."), re.compile(said)))
    return sorted(found, key=lambda one: -len(one[1].pattern))


_QUESTIONS = _patterns()


def bare(words: str) -> str:
    """What of words must be kept: all but blanks, control characters and marks of direction."""
    kept = (c for c in words if not c.isspace() and unicodedata.category(c)[0] != "C")
    return "".join(kept)


def is_words(typed: str) -> bool:
    return sum(map(str.isalpha, typed)) >= 3


def dressed(key: str) -> st.SearchStrategy[str]:
    """Ways to type a key, all of which mean it."""
    arabic = "".join(chr(0x660 + int(c)) if c.isdigit() else c for c in key)
    return st.sampled_from([key, key, key, key, f" {key}", f"\u200f{key}", arabic])


@dataclass
class Complaint:
    """What the citizens know about one ticket. `number` is the one that it goes by."""

    ref: str
    id: int
    number: str | None
    anonymous: bool
    confirmed: str | None = None
    code: str | None = None
    wrong_codes: int = 0
    answer: str = ""
    closed: bool = False
    silent_since: datetime | None = None  # taken back, or to be written nowhere


@dataclass
class Talk:
    """One USSD session as the phone's holder sees it."""

    phone: Phone
    shown: str = ""
    asked: str = ""
    complaint: Complaint | None = None
    looked_at: str = ""  # the reference typed or shown last
    known: set[str] = field(default_factory=set)  # references whose code was given here
    for_ticket: bool = False  # the number asked for is where its acknowledgement goes
    heard: list[str] = field(default_factory=list)  # transcripts of its hops
    cut: bool = False

    @property
    def goes_on(self) -> bool:
        return self.shown.startswith("CON ") and not self.cut

    @property
    def is_after_filing(self) -> bool:
        return self.goes_on and self.asked in ("done_ask", "done_ask_plain", "more")


@dataclass
class Text:
    provider: str
    id: str
    number: str
    words: str
    at: datetime


@dataclass
class Report:
    """A delivery report that the network still has to give."""

    message: Outgoing
    id: str
    status: str
    until: datetime


class Machine(RuleBasedStateMachine):
    client: Client

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.made = 0  # words so far
        self.talks: dict[str, Talk] = {}
        self.complaints: list[Complaint] = []
        self.said: dict[str, tuple[str, Complaint]] = {}  # what must be kept, by its token
        self.owners: dict[str, Complaint] = {}  # of every word: the citizen's and the office's
        self.texts: list[Text] = []
        self.stopped: set[str] = set()
        self.withdrawn: set[str] = set()
        self.handed = Counter[int]()
        self.unanswered = Counter[int]()
        self.owner: dict[str, int] = {}
        self.reports: list[Report] = []
        _empty()

    # What citizens do at a phone

    @rule(
        number=st.sampled_from(NUMBERS),
        code=st.sampled_from(CODES),
        nameless=st.sampled_from([False, False, True]),
        how=st.sampled_from(
            ["straight", "wavering", "deep", "twice at once", "no further", "dials"]
        ),
        echoes=st.sampled_from([True, True, False]),
        data=st.data(),
    )
    def somebody_complains(
        self, number: str, code: str, nameless: bool, how: str, echoes: bool, data: st.DataObject
    ) -> None:
        """And may hold a borrowed phone: then the answer goes to another, or to none."""
        talk = self._dial(number, code, echoes=echoes)
        if how == "dials":
            return
        start = ["1", *(["2"] if code == SHARED else []), "1"]
        way = {False: ["1"], True: ["3", "1"]}  # past the question of the name, to the words
        words = self._words(data, WORDS if how == "deep" else (*WORDS, *WORDS_LIKE_KEYS))
        if how == "deep":
            talk.asked = _AT_THE_WORDS[nameless]
            self._answer(talk, "*".join([*start, *way[nameless], words]), words)
        else:
            for key in start:
                self._answer(talk, key, key)
            if how == "wavering":
                slips = data.draw(st.lists(st.sampled_from(["7", "", "?!"]), max_size=2))
                back = ["0" for _ in way[not nameless]]
                for key in (*way[not nameless], *slips, *back):
                    self._answer(talk, key, key)
            for key in way[nameless]:
                self._answer(talk, key, key)
            assert talk.asked == _AT_THE_WORDS[nameless]
            if how == "no further":
                return
            both = self._twice_at_once(talk, words) if how == "twice at once" else []
            self._answer(talk, words, words)
            assert all(shown == talk.shown for shown in both)
        for _ in range(data.draw(st.sampled_from([0, 0, 1, 3, 5]))):
            if talk.goes_on:
                meant, typed = self._draw_answer(data, talk)
                self._answer(talk, typed, meant)

    @precondition(lambda self: any(talk.is_after_filing for talk in self.talks.values()))
    @rule(
        data=st.data(),
        whose=st.sampled_from(["1", "1", "2", "3"]),
        does=st.sampled_from(["1", "2", "3", "4", "4", "9"]),
    )
    def somebody_says_whose_phone_it_is_and_goes_on(
        self, data: st.DataObject, whose: str, does: str
    ) -> None:
        talk = self._some_talk(data, lambda one: one.is_after_filing)
        if talk.asked != "more":
            self._answer(talk, whose, whose)
        if talk.asked == "number":
            number = data.draw(st.sampled_from(NUMBERS))
            self._answer(talk, number, number)
        self._answer(talk, does, does)
        while talk.asked in ADDS:
            words = self._words(data, (*WORDS, *WORDS_LIKE_KEYS))
            self._answer(talk, words, words)
        if talk.asked in ("code", "withdraw_sure"):
            then = {"code": "1234", "withdraw_sure": "1"}[talk.asked]
            self._answer(talk, then, then)

    @precondition(lambda self: any(talk.goes_on for talk in self.talks.values()))
    @rule(data=st.data(), count=st.integers(1, 6))
    def somebody_answers(self, data: st.DataObject, count: int) -> None:
        talk = self._some_talk(data, lambda one: one.goes_on)
        for _ in range(count):
            if talk.goes_on:
                meant, typed = self._draw_answer(data, talk)
                self._answer(talk, typed, meant)

    @precondition(lambda self: self.talks)
    @rule(data=st.data(), status=st.sampled_from(["Success", "Incomplete", "Failed", ""]))
    def a_session_is_cut(self, data: st.DataObject, status: str) -> None:
        """And the network says so with this status, perhaps again later; or never."""
        talk = self._some_talk(data)
        talk.cut = True
        if not status:
            return
        drafts = self._count(Message, Message.key.startswith("draft:"))
        assert talk.phone.end(status).status_code == 200
        after = self._count(Message, Message.key.startswith("draft:"))
        assert after == drafts or (
            talk.asked in FILES - {"what_happened_nameless"}
            and talk.phone.number not in self.stopped
        )

    @precondition(lambda self: any(talk.heard for talk in self.talks.values()))
    @rule(data=st.data(), later=st.sampled_from([0, 20, 3600]))
    def the_last_hop_comes_again(self, data: st.DataObject, later: int) -> None:
        self._pass(later)
        talk = self._some_talk(data)
        if self.now - talk.phone.at > REPEATED_FOR:
            return
        mark = talk.phone.marks[-2] if len(talk.phone.marks) > 1 else ""
        repeat = replace(talk.phone, mark=mark, marks=[], at=self.now)
        shown = self._sound(repeat.hop(talk.heard[-1]), talk)
        over = [f"END {phrases.say('end.over', language)}" for language in phrases.LANGUAGES]
        if talk.phone.echoes:
            late = self.now - talk.phone.at > NAMELESS_FOR
            assert shown == talk.shown or (shown in over and late)

    @precondition(lambda self: any(len(talk.heard) > 1 for talk in self.talks.values()))
    @rule(data=st.data())
    def an_old_hop_comes_again(self, data: st.DataObject) -> None:
        talk = self._some_talk(data, lambda one: len(one.heard) > 1)
        if self.now - talk.phone.at > REPEATED_FOR:
            return
        at = data.draw(st.integers(0, len(talk.heard) - 2))
        stale = replace(talk.phone, mark=talk.phone.marks[at - 1] if at else "", marks=[])
        self._sound(stale.hop(talk.heard[at]), talk)

    @precondition(lambda self: any(one.code or one.answer for one in self.complaints))
    @rule(data=st.data(), owns=st.booleans(), right=st.booleans())
    def somebody_reads_with_a_code(self, data: st.DataObject, owns: bool, right: bool) -> None:
        answered = [one for one in self.complaints if one.answer]
        complaint = data.draw(
            st.sampled_from(answered or [one for one in self.complaints if one.code])
        )
        number = (owns and complaint.number) or data.draw(st.sampled_from(NUMBERS))
        talk = self._dial(number, data.draw(st.sampled_from(CODES)))
        self._answer(talk, "2", "2")
        self._answer(talk, complaint.ref.replace("-", ""), complaint.ref.replace("-", ""))
        code = complaint.code if right and complaint.code else "9753"
        untouched = complaint.wrong_codes == 0
        if talk.asked == "st_pin":
            self._answer(talk, code, code)
        if talk.asked.startswith("st") and complaint.answer and complaint.ref in talk.shown:
            self._answer(talk, "4", "4")
            if talk.asked == "st_pin":
                self._answer(talk, code, code)
            if right and untouched and complaint.code:
                assert set(TOKEN.findall(complaint.answer)) <= set(TOKEN.findall(talk.shown))

    # What citizens write

    @rule(
        number=st.sampled_from(NUMBERS),
        provider=st.sampled_from(["africastalking", "twilio"]),
        nameless=st.sampled_from([False, False, True]),
        data=st.data(),
    )
    def somebody_texts_words(
        self, number: str, provider: str, nameless: bool, data: st.DataObject
    ) -> None:
        words = self._words(data, (*WORDS, *WORDS_LIKE_KEYS, *(() if nameless else TEXTS))) + ENOUGH
        self._text(number, provider, f"BILA JINA {words}" if nameless else words)
        complaint = self._filed(words, None if nameless else number, nameless)
        if nameless:
            letter = everything(Message)[-1]
            complaint.code = re.findall(r"(?<![\d*-])\d{4}(?![\d#-])", letter.text)[0]
        else:
            complaint.confirmed = number

    @rule(
        number=st.sampled_from(NUMBERS),
        provider=st.sampled_from(["africastalking", "twilio"]),
        command=st.sampled_from(COMMANDS),
    )
    def somebody_texts_a_command(self, number: str, provider: str, command: str) -> None:
        self._text(number, provider, command)
        if command == "ACHA":
            self.stopped.add(number)
        elif command == "ANZA":
            self.stopped.discard(number)

    @precondition(lambda self: self.complaints)
    @rule(
        number=st.sampled_from(NUMBERS),
        provider=st.sampled_from(["africastalking", "twilio"]),
        keyword=st.sampled_from(["HALI", "Kwanini", "ONGEZA", "ongeza"]),
        coded=st.sampled_from(["", "right", "wrong"]),
        data=st.data(),
    )
    def somebody_texts_about_a_ticket(
        self, number: str, provider: str, keyword: str, coded: str, data: st.DataObject
    ) -> None:
        complaint = data.draw(st.sampled_from(self.complaints))
        if keyword.upper() == "ONGEZA":
            words = self._words(data, WORDS)
            self._text(number, provider, f"{keyword} {complaint.ref} {words}")
            if complaint.number == number and not self._is_withdrawn(complaint):
                self._keep(words, complaint)
            return
        code = {"": "", "right": complaint.code or "", "wrong": "9753"}[coded]
        self._text(number, provider, f"{keyword} {complaint.ref} {code}")
        if coded == "wrong" and number != complaint.number:
            complaint.wrong_codes += 1

    @precondition(lambda self: self.texts)
    @rule(data=st.data())
    def an_sms_comes_again(self, data: st.DataObject) -> None:
        again = data.draw(st.sampled_from(self.texts[-3:]))
        if self.now - again.at > timedelta(days=29):
            return
        before = self._count(Ticket), self._count(Message), self._count(Addition)
        self._bring(again)
        assert (self._count(Ticket), self._count(Message), self._count(Addition)) == before

    # What the office, the worker, the network and the clock do

    @precondition(lambda self: self.complaints)
    @rule(data=st.data(), closes=st.booleans(), finding=st.booleans())
    def the_office_answers(self, data: st.DataObject, closes: bool, finding: bool) -> None:
        complaint = self._some_complaint(
            data,
            lambda one: not one.closed and not self._is_withdrawn(one),
        )
        if complaint is None:
            return
        words = f"Limetatuliwa {self._token()} karibu ofisini"
        with db.session() as session:
            ticket = intake.locked(session, complaint.ref)
            work.answer(
                session,
                ticket,
                words,
                edition=lines.newest(session),
                by="afisa",
                now=self.now,
                finding="not_proved" if finding and ticket.kind == "complaint" else None,
            )
            session.flush()
            session.refresh(ticket)
            if closes:
                work.close(session, ticket, by="afisa", reason="confirmed", now=self.now)
        complaint.answer, complaint.closed = words, closes
        self.owners[TOKEN.findall(words)[0]] = complaint

    @rule(data=st.data(), fates=st.sampled_from(["well", "any"]))
    def the_worker_runs(self, data: st.DataObject, fates: str) -> None:
        some = ["accepted"] if fates == "well" else ["accepted", "early", *TROUBLES]
        for message in claimed(self.now):
            self._send(message, data.draw(st.sampled_from(some)))

    @precondition(lambda self: self.reports)
    @rule(data=st.data(), again=st.booleans())
    def a_receipt_comes(self, data: st.DataObject, again: bool) -> None:
        report = data.draw(st.sampled_from(self.reports))
        if not again:
            self.reports.remove(report)
        self._report(report)

    @rule(
        seconds=st.sampled_from([0, 40, 95, 95, 700, 700, 3600, 86_400, 3 * 86_400]),
        sweeps=st.booleans(),
    )
    def time_passes(self, seconds: int, sweeps: bool) -> None:
        self._pass(seconds)
        if sweeps:
            self._sweep()

    # What must always hold

    @invariant()
    def there_is_one_ticket_for_each_complaint(self) -> None:
        assert self._count(Ticket) == len(self.complaints)

    @invariant()
    def nothing_is_handed_over_more_than_once_and_once_for_each_lost_answer(self) -> None:
        for message, times in self.handed.items():
            assert times <= 1 + self.unanswered[message]

    def teardown(self) -> None:
        """From now on all is well: what waits is sent, and then everything is looked at."""
        for _ in range(12):
            with db.session() as session:
                if not outbox.waiting(session, 1):
                    break
            self._pass(3 * 3600)  # a number that has had enough for a day waits for the next
            self._sweep()
            for message in claimed(self.now):
                self._send(message, "accepted")
        with db.session() as session:
            assert outbox.waiting(session, 10) == []
            assert audit.faults(session) == []
            for id, message in session.execute(
                select(Attempt.provider_id, Attempt.message_id).where(
                    Attempt.provider_id.is_not(None)
                )
            ):
                assert self.owner[id] == message
        keys = [message.key for message in everything(Message)]
        for complaint in self.complaints:
            acknowledged = keys.count(intake.acknowledgement_key(complaint.id))
            assert acknowledged == (not complaint.anonymous)
        self._every_word_is_kept_once()
        self.there_is_one_ticket_for_each_complaint()
        self.nothing_is_handed_over_more_than_once_and_once_for_each_lost_answer()

    def _every_word_is_kept_once(self) -> None:
        kept: list[tuple[int, str]] = [(one.id, one.words) for one in everything(Ticket)]
        added = [one for one in everything(Addition) if one.what != "decision"]
        kept += [(one.ticket_id, one.words) for one in added]
        kept += [(one.id, vault.unseal(one.name)) for one in everything(Ticket) if one.name]
        found = Counter(token for _, words in kept for token in TOKEN.findall(words))
        assert found == Counter(dict.fromkeys(self.said, 1))
        for token, (words, complaint) in self.said.items():
            [(ticket, whole)] = [(id, stored) for id, stored in kept if token in stored]
            assert ticket == complaint.id
            assert bare(words) in bare(whole)

    # A session

    def _dial(self, number: str, code: str, *, echoes: bool = True) -> Talk:
        phone = Phone(self.client, number=number, at=self.now, echoes=echoes)
        phone.dial(code)
        # `dial` gives the text alone: its hop is sent once more, which changes nothing
        talk = self.talks[number] = Talk(phone)
        phone.marks, phone.mark = [], ""
        self._hop(talk, "")
        return talk

    def _hop(self, talk: Talk, transcript: str) -> None:
        talk.phone.at, talk.phone.transcript = self.now, transcript
        talk.shown = self._sound(talk.phone.hop(transcript), talk)
        talk.asked = asked(talk.shown)
        talk.heard.append(transcript)
        if talk.asked.startswith("st") and (ref := REF.search(talk.shown)):
            talk.looked_at = ref[0]

    def _twice_at_once(self, talk: Talk, typed: str) -> list[str]:
        """What two processes answer to the same hop."""
        transcript = f"{talk.phone.transcript}*{typed}"
        twins = [
            replace(talk.phone, client=self.client.application.test_client(), marks=[])
            for _ in range(2)
        ]
        start = Barrier(2)

        def hop(twin: Phone) -> str:
            start.wait()
            return twin.hop(transcript).text

        with ThreadPoolExecutor(2) as both:
            return list(both.map(hop, twins))

    def _sound(self, answer: TestResponse, talk: Talk) -> str:
        """A screen that any handset shows, with nobody's words unless their code was given."""
        assert answer.status_code == 200
        assert answer.text.startswith(("CON ", "END "))
        assert parts(answer.text) == 1
        for token in TOKEN.findall(answer.text):
            assert self.owners[token].ref in talk.known
        return answer.text

    def _answer(self, talk: Talk, typed: str, meant: str) -> None:
        """Type something; what it meant to the question that was shown is what must happen."""
        question, transcript = talk.asked, talk.phone.transcript
        if question in ("st_ask", "own_list") and len(meant) >= 8:
            talk.looked_at = f"{meant[:2]}-{meant[2:]}"
        if question == "st_pin":
            self._code_given(talk, meant)
        self._hop(talk, f"{transcript}*{typed}" if transcript else typed)
        if question in FILES and is_words(typed):
            nameless = question == "what_happened_nameless"
            talk.complaint = self._filed(meant, None if nameless else talk.phone.number, nameless)
            assert talk.complaint.ref in talk.shown
        elif question in ADDS and is_words(typed):
            self._added(talk, meant)
        elif question in ("done_ask", "done_ask_plain"):
            talk.for_ticket = meant == "2"
            if meant in ("1", "3"):
                self._go_to(talk, talk.phone.number if meant == "1" else None)
        elif question == "number" and talk.for_ticket:
            if meant in NUMBERS or meant == "9":
                self._go_to(talk, meant if meant in NUMBERS else None)
                talk.for_ticket = False
        elif question in ("code", "pin_choose") and len(meant) == 4 and talk.complaint:
            talk.complaint.code, talk.complaint.wrong_codes = meant, 0
        elif question == "withdraw_sure" and meant == "1":
            self._take_back(talk)
        elif question == "late_no" and meant == "1":  # a level up, the answer is none any more
            for one in self.complaints:
                if one.ref == talk.looked_at:
                    one.answer, one.closed = "", False

    def _take_back(self, talk: Talk) -> None:
        complaint = talk.complaint
        assert complaint is not None
        if not complaint.closed:
            complaint.silent_since = self.now
            self.withdrawn.add(complaint.ref)

    def _code_given(self, talk: Talk, code: str) -> None:
        found = next((one for one in self.complaints if one.ref == talk.looked_at), None)
        if found is None or len(code) != 4:
            return
        if found.code == code:
            talk.known.add(found.ref)
        else:
            found.wrong_codes += 1

    def _added(self, talk: Talk, words: str) -> None:
        complaint = talk.complaint or next(
            one for one in self.complaints if one.ref == talk.looked_at
        )
        if not self._is_withdrawn(complaint):
            self._keep(words, complaint)

    def _go_to(self, talk: Talk, number: str | None) -> None:
        complaint = talk.complaint
        assert complaint is not None
        complaint.number = complaint.confirmed = number
        if number is None:
            complaint.silent_since = self.now

    def _draw_answer(self, data: st.DataObject, talk: Talk) -> tuple[str, str]:
        """What is meant, and how it is typed."""
        if talk.asked in FILES | ADDS and data.draw(st.integers(0, 4)):
            words = self._words(data, (*WORDS, *WORDS_LIKE_KEYS))
            return words, words
        if talk.asked == "number":
            number = data.draw(st.sampled_from([*NUMBERS, "9", "0", "123", "+1900555"]))
            local = "0" + number[4:] if number in NUMBERS else number
            return number, data.draw(st.sampled_from([number, local]))
        keys = {
            "done_ask": ["1", "2", "3", "7"],
            "done_ask_plain": ["1", "2", "3", "7"],
            "more": ["1", "2", "3", "3", "4", "4", "9"],
            "withdraw_sure": ["1", "1", "2"],
            "code": ["1234", "4321", "12"],
            "pin_choose": ["1234", "4321", "12"],
            "st_pin": ["1234", "4321", "9753", *(one.code or "0" for one in self.complaints)],
            "st_ask": ["2600123454", *(one.ref.replace("-", "") for one in self.complaints)],
        }.get(talk.asked, ["1", "2", "3", "4", "5", "8", "9", "0"])
        if data.draw(st.integers(0, 9)) == 9:
            slip = data.draw(st.sampled_from(["", "7", "?!", "00", "#", "\U0001f600", "\u200f"]))
            return slip, slip
        key = data.draw(st.sampled_from(keys))
        return key, data.draw(dressed(key))

    def _some_talk(
        self, data: st.DataObject, which: Callable[[Talk], bool] = lambda one: bool(one.heard)
    ) -> Talk:
        return data.draw(st.sampled_from([one for one in self.talks.values() if which(one)]))

    # Words and tickets

    def _token(self) -> str:
        self.made += 1
        letters = "".join("abcdefghijklmnop"[int(digit, 16)] for digit in f"{self.made:04x}")
        return f"kw{letters}wk"

    def _words(self, data: st.DataObject, templates: tuple[str, ...]) -> str:
        return data.draw(st.sampled_from(templates)).replace("{t}", self._token())

    def _keep(self, words: str, complaint: Complaint) -> None:
        token = TOKEN.findall(words)[0]
        self.said[token], self.owners[token] = (words, complaint), complaint

    def _filed(self, words: str, number: str | None, anonymous: bool) -> Complaint:
        """The ticket that these words must have opened, the newest of all."""
        with db.session() as session:
            ticket = session.scalars(select(Ticket).order_by(Ticket.id.desc()).limit(1)).one()
        assert TOKEN.findall(words)[0] in ticket.words
        assert (ticket.identity == "anonymous") == anonymous
        assert (vault.unseal(ticket.sealed_number) if ticket.sealed_number else None) == number
        complaint = Complaint(ticket.ref, ticket.id, number, anonymous)
        self.complaints.append(complaint)
        self._keep(words, complaint)
        return complaint

    def _is_withdrawn(self, complaint: Complaint) -> bool:
        return complaint.ref in self.withdrawn

    def _some_complaint(
        self, data: st.DataObject, which: Callable[[Complaint], bool]
    ) -> Complaint | None:
        found = [one for one in self.complaints if which(one)]
        return data.draw(st.sampled_from(found)) if found else None

    # Texts

    def _text(self, number: str, provider: str, words: str) -> None:
        self.made += 1
        sent = Text(provider, f"id-{self.made}", number, words, self.now)
        self._bring(sent)
        self.texts.append(sent)

    def _bring(self, sent: Text) -> None:
        if sent.provider == "twilio":
            form = {"MessageSid": sent.id, "From": sent.number, "To": ABROAD, "Body": sent.words}
            answer = bring_signed(self.client, "/hooks/twilio/sms", form, at=self.now)
        else:
            form = {"id": sent.id, "from": sent.number, "to": SMS, "text": sent.words, "date": ""}
            answer = bring(self.client, "sms", form, at=self.now)
        assert answer.status_code == 200

    # The network, the clock and the database

    def _send(self, message: Outgoing, fate: str) -> None:
        """The network gets a message, or not; and the worker writes down what it heard of it."""
        if fate in ("again", "never"):
            self._record(message, Result(fate, code="500"))
            return
        self._take(message)
        id = f"id-{len(self.owner)}"
        self.owner[id] = message.message_id
        for status in ("sent", "failed" if fate == "undelivered" else "delivered"):
            self.reports.append(Report(message, id, status, self.now + KNOWN_FOR))
        if fate == "early":
            self._report(self.reports[-1])
        if fate in ("unknown", "killed"):
            self.unanswered[message.message_id] += 1
        if fate == "unknown":
            self._record(message, Result("unknown", code="no answer"))
        elif fate != "killed":
            self._record(message, Result("accepted", provider_id=id))

    def _take(self, message: Outgoing) -> None:
        """Nobody is told another's words; who wants to hear nothing hears nothing."""
        self.handed[message.message_id] += 1
        with db.session() as session:
            row = session.get_one(Message, message.message_id)
        for token in TOKEN.findall(message.text):
            assert self.owners[token].confirmed == message.to
        for complaint in self.complaints:
            if row.ticket_id == complaint.id:
                assert not complaint.anonymous
                assert complaint.silent_since is None
            elif complaint.anonymous and complaint.ref in message.text:
                assert row.key.startswith(("nameless:", "reply:"))

    def _record(self, message: Outgoing, result: Result) -> None:
        with db.session() as session:
            settled = outbox.record(session, message, result, self.now)
            delivery.settle(session, settled, self.now)

    def _report(self, report: Report) -> None:
        """By the provider's own door."""
        message = report.message
        if message.provider == "twilio":
            form = {"MessageSid": report.id, "MessageStatus": report.status, "To": message.to}
            path = f"/hooks/twilio/sms/status?attempt={message.attempt_id}"
            answer = bring_signed(self.client, path, form, at=self.now)
        else:
            if report.status == "failed":
                self.unanswered[message.message_id] += 1  # then it goes by the next route
            status = {"delivered": "Success", "failed": "Failed", "sent": "Sent"}[report.status]
            form = {"id": report.id, "status": status, "phoneNumber": message.to}
            answer = bring(self.client, "sms/receipt", form, at=self.now)
        assert answer.status_code == 200

    def _pass(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.reports = [one for one in self.reports if one.until > self.now]
        for talk in self.talks.values():
            talk.cut = talk.cut or self.now - talk.phone.at > HUNG_UP_AFTER

    def _sweep(self) -> None:
        """What `jobs.tick` does, but for the sending."""
        with clock.at(self.now):
            sweeps.expire_claims()
            sweeps.expire()
            sweeps.move_promises()
            sweeps.mark_broken()
            sweeps.seal()
            sweeps.forget()

    def _count(self, model: type[Any], *which: Any) -> int:
        with db.session() as session:
            return session.scalar(select(func.count()).select_from(model).where(*which)) or 0


def _empty() -> None:
    """All rows go but the lines'."""
    kept = {"lines", "editions"}
    tables = [one.name for one in db.Base.metadata.sorted_tables if one.name not in kept]
    with db.session() as session:
        session.execute(text("SET LOCAL ROLE NONE"))
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for table in tables:
            session.execute(text(f"DELETE FROM {table}"))


def test_whatever_citizens_do_no_word_is_lost_and_none_goes_astray(client: Client) -> None:
    Machine.client = client
    played = settings(max_examples=25, stateful_step_count=40, deadline=None)
    try:
        run_state_machine_as_test(Machine, settings=played)
    except FlakyStrategyDefinition:  # a reference or a code that the service drew led elsewhere
        run_state_machine_as_test(Machine, settings=played)
