"""`callcentre ticket ...`, as typed."""

import re

import pytest
from sqlalchemy import select
from tickets.making import ASHA, NOW

from callcentre import audit, db, outbox
from callcentre.clock import EAT
from callcentre.outbox import Receipt, Result
from callcentre.tickets import delivery, intake
from callcentre.tickets.model import Task
from cli.command import data, fault, run, said, ticket

pytestmark = pytest.mark.usefixtures("lines")

MASKED = "+2557*****678"


def events(ref: str) -> list[tuple[str, str]]:
    with db.session() as session:
        ticket_id = intake.locked(session, ref).id
        query = select(audit.Event).where(audit.Event.ticket_id == ticket_id)
        found = session.scalars(query.order_by(audit.Event.seq))
        return [(event.kind, event.actor) for event in found]


def test_list_has_the_shape_others_build_on() -> None:
    ref = ticket().ref
    assert data("ticket", "list") == [
        {
            "ref": ref,
            "kind": "complaint",
            "institution": "sengerema",
            "unit": "8.8",
            "status": "received",
            "opened_at": "2026-11-23T10:00:00+03:00",
            "next_due_at": "2026-12-02T15:30:00+03:00",
        }
    ]


def test_list_begins_with_what_is_due_first() -> None:
    slow = ticket(institution="kilosa", topic="land", number=None).ref
    fast = ticket(institution="morogoro", topic="road", number=None).ref
    said("ticket", "assign", slow, "--to", "mary")  # it has found its office
    assert [row["ref"] for row in data("ticket", "list")] == [fast, slow]
    assert [row["ref"] for row in data("ticket", "list", "--limit", "1")] == [fast]


@pytest.mark.parametrize(
    ("narrowed", "count"),
    [
        (["--institution", "sengerema"], 1),
        (["--institution", "kilosa"], 0),
        (["--status", "received"], 1),
        (["--status", "closed"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_list_can_be_narrowed(narrowed: list[str], count: int) -> None:
    ticket()
    assert len(data("ticket", "list", *narrowed)) == count


def test_list_can_be_read() -> None:
    assert "(none)" in said("ticket", "list")
    ref = ticket().ref
    assert re.search(rf"^{ref}  complaint  sengerema +8\.8", said("ticket", "list"), re.M)


def test_show_has_the_shape_others_build_on() -> None:
    made = ticket(by_sms=True)
    with db.session() as session:
        (sent,) = outbox.claim(session, NOW)
        outbox.record(session, sent, Result("accepted", provider_id="A1", code="101"), NOW)
        settled = outbox.receive(session, Receipt("africastalking", "A1", "delivered"), NOW)
        delivery.settle(session, settled, NOW)

    shown = data("ticket", "show", made.ref)
    now = NOW.astimezone(EAT).isoformat()
    assert {key: value for key, value in shown.items() if not isinstance(value, list)} == {
        "ref": made.ref,
        "kind": "complaint",
        "institution": "sengerema",
        "unit": "8.8",
        "topic": "water",
        "place": None,
        "identity": "secret",
        "channel": "sms",
        "status": "acknowledged",
        "outcome": None,
        "opened_at": now,
        "words": "Hakuna maji tangu Jumatatu",
    }
    acknowledge, answer = shown["promises"]
    clause, why = acknowledge.pop("clause"), acknowledge.pop("explain")
    assert why["en"] == "received Mon 23 Nov; 7th working day = Wed 2 Dec 15:30"
    assert (clause["document"], clause["line"], clause["basis"]) == ("001", 400, "stated")
    assert acknowledge == {
        "kind": "acknowledge",
        "due_at": "2026-12-02T15:30:00+03:00",
        "kept_at": now,
        "kept_by": "receipt",
        "broken_at": None,
        "internal": False,
    }
    assert (answer["kind"], answer["kept_at"]) == ("answer", None)
    message, _ = shown["messages"]  # and the question for the place
    assert made.ref in message.pop("text")
    assert message == {
        "key": f"ticket:{made.id}:acknowledge",
        "to": MASKED,
        "parts": 1,
        "status": "delivered",
        "attempts": [
            {
                "provider": "africastalking",
                "accepted_at": now,
                "delivered_at": now,
                "failed_at": None,
                "code": "101",
            }
        ],
    }
    assert [event["kind"] for event in shown["events"]] == ["opened", "promise_kept"]
    assert set(shown["events"][0]) == {"at", "kind", "actor", "body"}


def test_show_masks_the_number_and_leaves_no_trace() -> None:
    ref = ticket().ref
    shown = run("ticket", "show", ref)
    assert (MASKED in shown.output, ASHA in shown.output) == (True, False)
    assert [kind for kind, _ in events(ref)] == ["opened"]


def test_show_reveals_the_number_and_that_is_on_record() -> None:
    ref = ticket().ref
    assert data("ticket", "show", ref, "--reveal")["messages"][0]["to"] == ASHA
    ((kind, actor),) = events(ref)[1:]
    assert (kind, actor.startswith("cli:")) == ("number_seen", True)
    with db.session() as session:
        assert audit.faults(session) == []


def test_a_reference_is_understood_as_people_write_it() -> None:
    ref = ticket().ref
    assert data("ticket", "show", ref.replace("-", " "))["ref"] == ref


def test_assign_gives_the_ticket_to_a_unit_and_to_somebody() -> None:
    ref = ticket().ref
    assert said("ticket", "assign", ref, "--unit", "8.1", "--to", "mary") == f"{ref} assigned\n"
    (listed,) = data("ticket", "list")
    assert (listed["unit"], listed["status"]) == ("8.1", "assigned")


@pytest.mark.parametrize(
    ("by_sms", "way"),
    [(True, "goes out by SMS"), (False, "must be given by a person")],
    ids=["a number that is confirmed", "a number that nobody confirmed"],
)
def test_answer_says_how_it_goes_to_the_citizen(by_sms: bool, way: str) -> None:
    ref = ticket(by_sms=by_sms).ref
    assert way in said("ticket", "answer", ref, "Bomba limetengenezwa")
    assert data("ticket", "show", ref)["status"] == "answered"


def test_resolve_answers_with_what_was_found() -> None:
    ref = ticket(by_sms=True).ref
    assert "goes out by SMS" in said("ticket", "resolve", ref, "partly_proved", "Bomba moja tu")
    assert data("ticket", "show", ref)["outcome"] == "partly_proved"


def test_close_ends_an_answered_ticket() -> None:
    ref = ticket(by_sms=True).ref
    said("ticket", "answer", ref, "Tayari")
    assert said("ticket", "close", ref, "--reason", "fixed") == f"{ref} closed\n"
    assert data("ticket", "show", ref)["events"][-1]["body"] == {"reason": "fixed"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["close"], "cannot close {ref}: it is received, and must be one of: answered"),
        (["answer", " "], "an answer needs words"),
        (["assign"], "name a unit (--unit) or a person (--to)"),
        (["assign", "--unit", "9.9"], "sengerema has no unit '9.9'; it has: 8.1, 8.2"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_said_in_one_line(words: list[str], says: str) -> None:
    ref = ticket().ref
    assert fault("ticket", words[0], ref, *words[1:]).startswith(says.format(ref=ref))


@pytest.mark.parametrize(
    "words", [["show"], ["assign", "--to", "x"], ["answer", "x"], ["close"]], ids=lambda w: w[0]
)
def test_a_reference_that_is_none_and_one_that_is_not_there_are_told_apart(
    words: list[str],
) -> None:
    assert "the last a check digit" in fault("ticket", words[0], "26-00123455", *words[1:])
    assert "no ticket 26-00123454" in fault("ticket", words[0], "26-00123454", *words[1:])


def test_an_institution_nobody_knows_is_named_with_those_there_are() -> None:
    assert "the known ones are: kilosa" in fault("ticket", "list", "--institution", "mwanza")


def test_a_refused_command_changes_nothing() -> None:
    ref = ticket().ref
    fault("ticket", "assign", ref, "--unit", "9.9")
    assert [kind for kind, _ in events(ref)] == ["opened"]
    with db.session() as session:
        assert session.scalars(select(Task)).all() == []
