"""The commands against conflicts of interest and polished figures, as typed."""

import pytest
from people.staff import complaints, entry, put

from callcentre import db
from callcentre.tickets import hearers, intake
from cli.command import data, fault, said, ticket

pytestmark = pytest.mark.usefixtures("lines")
BECAUSE = ("--reason", "Ni jambo moja")


def a_post(made: object) -> int:
    with db.session() as session:
        return put(session, made).id  # type: ignore[arg-type]


def test_accuse_hides_a_complaint_from_a_post() -> None:
    ref, head = ticket().ref, a_post(entry())
    assert said("ticket", "accuse", ref, str(head)) == f"{ref}: hidden from post {head}\n"
    with db.session() as session:
        found = intake.locked(session, ref)
        assert [one.post_id for one in hearers.accused_of(session, [found.id])[found.id]] == [head]


def test_accuse_takes_the_centre_instead_of_a_post() -> None:
    ref = ticket().ref
    assert said("ticket", "accuse", ref, "--centre") == f"{ref}: hidden from the agents\n"
    assert fault("ticket", "accuse", ref).startswith("name the post")
    assert fault("ticket", "accuse", ref, "999999").startswith("no post 999999")


def test_kind_is_changed_by_the_complaints_unit() -> None:
    ref, unit, head = ticket().ref, a_post(complaints()), a_post(entry())
    command = ("ticket", "kind", ref, "opinion", *BECAUSE, "--post")
    assert fault(*command, str(head)).startswith("only the complaints unit")
    said(*command, str(unit))
    assert data("ticket", "show", ref)["kind"] == "opinion"


def test_merge_reads_as_a_sentence() -> None:
    one, other = ticket().ref, ticket().ref
    told = said("ticket", "merge", one, "into", other, *BECAUSE)
    assert told == f"{one} is worked on with {other}\n"
    assert fault("ticket", "merge", one, "into", other, *BECAUSE).endswith("merged already")


def test_a_letter_is_dated_and_answered() -> None:
    ref = ticket().ref
    letter = ("ticket", "letter", ref, "--from", "commission")
    assert fault(*letter).startswith("give the day")
    assert said(*letter, "--received", "2026-11-23").endswith("due 2027-02-22T15:30:00+03:00\n")
    assert said(*letter, "--answered") == f"{ref}: letter from the commission answered\n"


def test_appeal_takes_it_up_and_then_names_the_commission() -> None:
    ref = ticket().ref
    told = []
    for _ in range(3):
        said("ticket", "answer", ref, "Bomba limetengenezwa")
        told.append(said("ticket", "appeal", ref))
    assert [line.startswith(f"{ref} is now at: ") for line in told] == [True, True, False]
    assert "no level above; the Commission: S.L.P." in told[-1]


def test_fairness_is_a_table_or_json() -> None:
    ref = ticket().ref
    said("ticket", "answer", ref, "Bomba limetengenezwa")
    assert data("report", "fairness", "sengerema")["officers"][0]["answered"] == 1
    assert "not_ours_percent" in said("report", "fairness", "sengerema")
    assert "nowhere" in fault("report", "fairness", "nowhere")
