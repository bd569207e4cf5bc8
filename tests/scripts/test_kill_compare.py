"""The count at the end of the kill test: a true record passes, and each doctored one is caught."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scripts.kill.compare import checks, enough_kills
from scripts.kill.facts import (
    Apology,
    Attempt,
    Call,
    Facts,
    Message,
    Outage,
    Said,
    Sent,
    Ticket,
)

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
ASHA, JUMA, MBALI = "+255712000001", "+255712000002", "+254712000003"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def a_ticket(number: int, words: str, *, acknowledged: bool = True) -> Ticket:
    ref = f"26-0000000{number}"
    return Ticket(number, ref, words, acknowledged, at(0), f"nameless:{ref}")


def sent_once(message: Message, network_id: str, seconds: float, receipts: int = 2) -> Sent:
    number, text = message.number or MBALI, message.text or "Andika: Na. 26-00000003"
    return Sent(network_id, number, text, at(seconds), at(seconds + 0.3), at(seconds), receipts)


def a_message(
    number: int, ticket: int | None, key: str, to: str | None, *attempts: Attempt
) -> Message:
    text = f"Na. 26-0000000{number}" if to else None
    return Message(number, key, ticket, to, text, "sent", True, at(1), attempts)


def true() -> Facts:
    """Three complaints: one by USSD, one by SMS sent twice for a kill, one without a name."""
    first = a_message(1, 1, "ticket:1:acknowledge", ASHA, Attempt(1, "ATX1", at(1), True))
    second = a_message(
        2,
        2,
        "ticket:2:acknowledge",
        JUMA,
        Attempt(2, None, at(10), False),
        Attempt(2, "ATX3", at(700), True),
    )
    third = a_message(3, None, "nameless:26-00000003", None, Attempt(3, "ATX4", at(3), True))
    return Facts(
        said=[
            Said("USSD", ASHA, "maji", at(0), ref="26-00000001"),
            Said("SMS", JUMA, "taka", at(0), taken=True),
            Said("SMS, nameless", MBALI, "rushwa", at(0), named=False, taken=True),
        ],
        sent=[
            sent_once(first, "ATX1", 2),
            sent_once(second, "ATX2", 11),
            sent_once(second, "ATX3", 701),
            sent_once(third, "ATX4", 4),
        ],
        failed_calls=[
            Call("sms", at(20), at(20.5), 503),
            Call("ussd", at(30), at(30), None),
        ],
        apologies=[Apology(at(19), at(20))],
        outages=[
            Outage("worker", at(11.2), at(12)),
            Outage("PostgreSQL", at(19.5), at(22)),
            Outage("web", at(29), at(31)),
        ],
        tickets=[a_ticket(1, "maji"), a_ticket(2, "taka"), a_ticket(3, "rushwa")],
        messages=[first, second, third],
        events=9,
        seals=1,
    )


def wrong(facts: Facts) -> list[str]:
    return [line for check in checks(facts) for line in check.wrong]


def test_a_true_record_passes() -> None:
    assert wrong(true()) == []
    assert all(check.count for check in checks(true()))


def a_ticket_is_gone(facts: Facts) -> None:
    del facts.tickets[1]
    del facts.messages[1]
    del facts.sent[1:3]


def a_ticket_is_filed_twice(facts: Facts) -> None:
    facts.tickets.append(a_ticket(4, "maji"))


def another_reference_was_shown(facts: Facts) -> None:
    facts.said[0].ref = "26-00000009"


def the_words_are_other_words(facts: Facts) -> None:
    facts.tickets[0] = replace(facts.tickets[0], words="moto")


def nobody_said_it(facts: Facts) -> None:
    facts.tickets.append(a_ticket(4, "moto"))


def an_unanswered_complaint_is_filed_twice(facts: Facts) -> None:
    facts.said.append(Said("USSD", ASHA, "moto", at(0)))
    facts.tickets += [a_ticket(4, "moto"), a_ticket(5, "moto")]


def an_acknowledgement_is_not_proved(facts: Facts) -> None:
    facts.tickets[0] = replace(facts.tickets[0], acknowledged=False)


def an_acknowledgement_was_never_sent(facts: Facts) -> None:
    facts.tickets[0] = replace(facts.tickets[0], acknowledged=False)
    del facts.sent[0]
    facts.messages[0] = replace(facts.messages[0], attempts=[])


def the_network_has_what_nobody_wrote(facts: Facts) -> None:
    facts.sent.append(Sent("ATX9", ASHA, "Umeshinda!", at(5), at(5), at(5), 2))


def a_message_went_to_another_number(facts: Facts) -> None:
    facts.sent[0] = replace(facts.sent[0], to=JUMA)


def an_acceptance_was_made_up(facts: Facts) -> None:
    facts.messages[0] = replace(
        facts.messages[0],
        attempts=[*facts.messages[0].attempts, Attempt(1, "ATX8", at(5), True)],
    )


def a_message_is_left_lying(facts: Facts) -> None:
    facts.messages[0] = replace(facts.messages[0], ended=False, status="queued")


def it_went_twice_and_nobody_was_killed(facts: Facts) -> None:
    del facts.outages[0]


def it_went_twice_and_the_kill_came_later(facts: Facts) -> None:
    facts.outages[0] = Outage("worker", at(15), at(16))


def it_went_twice_and_the_kill_came_before(facts: Facts) -> None:
    facts.outages[0] = Outage("worker", at(8), at(9))


def it_went_twice_and_only_the_web_was_killed(facts: Facts) -> None:
    facts.outages[0] = Outage("web", at(11.2), at(12))


def it_went_three_times_for_one_kill(facts: Facts) -> None:
    facts.sent.append(sent_once(facts.messages[1], "ATX5", 1400))


def the_chain_is_broken(facts: Facts) -> None:
    facts.record_faults = ["event 4: was changed"]


def a_hook_answers_500(facts: Facts) -> None:
    facts.failed_calls.append(Call("sms", at(20), at(20.5), 500))


def a_hook_answers_503_while_the_database_is_there(facts: Facts) -> None:
    facts.failed_calls.append(Call("sms", at(60), at(60.5), 503))


def a_screen_apologises_while_the_database_is_there(facts: Facts) -> None:
    facts.apologies.append(Apology(at(60), at(60.5)))


def the_worker_ended_by_itself(facts: Facts) -> None:
    facts.outages.append(Outage("worker", at(80), at(81), by_itself=True))


@pytest.mark.parametrize(
    "doctor",
    [
        a_ticket_is_gone,
        a_ticket_is_filed_twice,
        another_reference_was_shown,
        the_words_are_other_words,
        nobody_said_it,
        an_unanswered_complaint_is_filed_twice,
        an_acknowledgement_is_not_proved,
        an_acknowledgement_was_never_sent,
        the_network_has_what_nobody_wrote,
        a_message_went_to_another_number,
        an_acceptance_was_made_up,
        a_message_is_left_lying,
        it_went_twice_and_nobody_was_killed,
        it_went_twice_and_the_kill_came_later,
        it_went_twice_and_the_kill_came_before,
        it_went_twice_and_only_the_web_was_killed,
        it_went_three_times_for_one_kill,
        the_chain_is_broken,
        a_hook_answers_500,
        a_hook_answers_503_while_the_database_is_there,
        a_screen_apologises_while_the_database_is_there,
        the_worker_ended_by_itself,
    ],
    ids=lambda doctor: doctor.__name__,
)
def test_a_doctored_record_is_caught(doctor: Callable[[Facts], None]) -> None:
    facts = true()
    doctor(facts)
    assert wrong(facts) != []


def test_what_the_network_took_and_kept_silent_about_need_not_be_acknowledged() -> None:
    facts = true()
    facts.tickets[0] = replace(facts.tickets[0], acknowledged=False)
    facts.sent[0] = replace(facts.sent[0], receipts=0)
    assert wrong(facts) == []


def test_a_complaint_whose_answer_never_came_may_or_may_not_be_a_ticket() -> None:
    facts = true()
    facts.said.append(Said("USSD", ASHA, "moto", at(0)))
    assert wrong(facts) == []
    facts.tickets.append(a_ticket(4, "moto"))
    assert wrong(facts) == []


def test_the_database_was_away_though_it_was_killed_before_the_hand_over() -> None:
    facts = true()
    facts.outages[0] = Outage("PostgreSQL", at(10.5), at(13))
    assert wrong(facts) == []


def test_too_few_kills_are_told() -> None:
    killed = [Outage("web", at(0), at(1)), Outage("web", at(5), at(6), by_itself=True)]
    assert enough_kills(killed, ["web"], 1).wrong == []
    assert enough_kills(killed, ["web"], 2).wrong == ["web: 1"]
