"""Being put through, step by step on both providers' wires: what is answered, and what is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from calls.agents import PHONES, be, hire, state, waiting
from conversations.phone import (
    ASHA,
    JUMA,
    NAMELESS_TO_THE_WORDS,
    NOW,
    Phone,
    everything,
    number_of,
    the_task,
    the_ticket,
)
from ivr.caller import KILOSA, WIRES, Caller, Rung
from people.staff import entry, put
from werkzeug.test import Client

from callcentre import config, db
from callcentre.audit import Event
from callcentre.calls import agents, connections
from callcentre.calls.model import Call, Connection
from callcentre.conversations import calling
from callcentre.conversations.calling import MOST_ROUNDS
from callcentre.dialogue.voice.connecting import MOST_RUNG
from callcentre.ivr import audio, speech
from callcentre.ivr.clips import Clip
from callcentre.ivr.reply import HOLD
from callcentre.tickets import tasks
from callcentre.tickets.model import Task, Ticket

FIRST, SECOND, THIRD = PHONES
DUTY = "+255712001109"
MINUTE = timedelta(minutes=1)
SUNDAY = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


@pytest.fixture(params=WIRES)
def caller(request: pytest.FixtureRequest, client: Client) -> Caller:
    return Caller(client, request.param)


def the_connection() -> Connection:
    found: list[Connection] = list(everything(Connection))
    assert len(found) == 1
    return found[0]


def person(caller: Caller) -> list[str]:
    caller.call()
    return caller.press("0")


def xml(caller: Caller) -> str:
    """The answer, with the addresses that are not the matter of a test left out."""
    assert caller.answer is not None
    prolog = '<?xml version="1.0" encoding="UTF-8"?>'
    return caller.answer.text.removeprefix(prolog).replace(config.load().public_url, "")


def clip(*names: str, lead: bool = False) -> str:
    """The address of clips, after the pauses of a queue where they `lead`."""
    parts = [*(HOLD if lead else ()), *(Clip(name, "") for name in names)]
    return audio.url_of(parts).replace(config.load().public_url, "")


def said(key: str, *, hold: str = "", **values: int) -> str:
    """The address of a phrase in Swahili; `hold` is where the pauses of a queue stand."""
    found = [one for one in speech.say(key, "sw", values) if isinstance(one, Clip)]
    before, after = (HOLD if hold == which else [] for which in ("before", "after"))
    return audio.url_of([*before, *found, *after]).replace(config.load().public_url, "")


# ---- This step, exactly this answer ----------------------------------------------------------

AT_HOOK, TWILIO_HOOK = "/hooks/africastalking/new-secret/voice", "/hooks/twilio/voice"


def test_a_ring_is_exactly_this_at_africas_talking(client: Client) -> None:
    hire()
    caller = Caller(client)
    person(caller)
    assert xml(caller) == (
        f'<Response><Play url="{said("voice.connecting")}" />'
        f'<Dial record="false" sequential="true" phoneNumbers="{FIRST}" callerId="{KILOSA}"'
        f' maxDuration="3600" /><Redirect>{AT_HOOK}?step=2</Redirect></Response>'
    )


def test_a_ring_is_exactly_this_at_twilio(client: Client) -> None:
    hire()
    caller = Caller(client, "twilio")
    person(caller)
    assert xml(caller) == (
        f"<Response><Play>{said('voice.connecting')}</Play>"
        f'<Dial action="{TWILIO_HOOK}?step=2" answerOnBridge="true" callerId="{caller.to}"'
        f' sequential="true" timeLimit="3600" timeout="20">'
        f'<Number url="{TWILIO_HOOK}?step=0">{FIRST}</Number></Dial></Response>'
    )


def queued(client: Client, wire: str) -> Caller:
    """A caller who heard his place, while the only agent is in a call."""
    [post] = hire()
    be(post, agents.IN_CALL)
    caller = Caller(client, wire)
    person(caller)
    return caller


def test_a_queue_is_exactly_this_at_africas_talking(client: Client) -> None:
    caller = queued(client, "africastalking")
    assert xml(caller) == (
        f'<Response><GetDigits numDigits="1" timeout="3" callbackUrl="{AT_HOOK}?step=2">'
        f'<Play url="{said("voice.queue", nafasi=1)}" /></GetDigits>'
        f"<Redirect>{AT_HOOK}?step=2</Redirect></Response>"
    )
    caller.wait()
    assert xml(caller) == (
        f'<Response><Enqueue holdMusic="{said("voice.connecting", hold="after")}"'
        ' name="kilosa" /></Response>'
    )


def test_a_queue_is_exactly_this_at_twilio(client: Client) -> None:
    caller = queued(client, "twilio")
    caller.wait()
    assert xml(caller) == (
        f'<Response><Enqueue action="{TWILIO_HOOK}?step=3"'
        f' waitUrl="{TWILIO_HOOK}?step=3&amp;waits=1">kilosa</Enqueue></Response>'
    )
    caller.url = f"{TWILIO_HOOK}?step=3&waits=1"
    caller.ask({"QueuePosition": "1", "CurrentQueueSize": "1"})
    assert xml(caller) == (
        f'<Response><Gather action="{TWILIO_HOOK}?step=3&amp;waits=1"'
        ' actionOnEmptyResult="true" finishOnKey="" input="dtmf" numDigits="1" timeout="1">'
        f"<Play>{said('voice.hold', hold='before', nafasi=1)}</Play></Gather>"
        f"<Redirect>{TWILIO_HOOK}?step=3&amp;waits=1</Redirect></Response>"
    )
    caller.press("1")
    assert xml(caller) == "<Response><Leave /></Response>"


def test_a_whisper_is_exactly_this_at_twilio(client: Client) -> None:
    hire()
    caller = Caller(client, "twilio")
    person(caller)
    agent = Rung(client, "twilio", FIRST, parent=caller.id)
    agent.take(caller)
    assert xml(agent) == (
        f'<Response><Gather action="{TWILIO_HOOK}?step=1" actionOnEmptyResult="true"'
        ' finishOnKey="" input="dtmf" numDigits="1" timeout="5">'
        f"<Play>{said('voice.whisper_new')}</Play></Gather>"
        f"<Redirect>{TWILIO_HOOK}?step=1</Redirect></Response>"
    )
    agent.press("1")
    assert xml(agent) == "<Response />"


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        (
            "africastalking",
            f'<Response><Dequeue phoneNumber="{KILOSA}" name="kilosa" /></Response>',
        ),
        (
            "twilio",
            f'<Response><Dial action="{TWILIO_HOOK}?step=2"><Queue>kilosa</Queue></Dial>'
            "</Response>",
        ),
    ],
)
def test_taking_the_first_of_the_queue_is_exactly_this(
    client: Client, wire: str, expected: str
) -> None:
    agent = called(queued_and_waiting(client, wire))
    agent.press("1")
    assert xml(agent) == expected


def queued_and_waiting(client: Client, wire: str) -> Caller:
    caller = queued(client, wire)
    caller.wait()
    return caller


def called(caller: Caller) -> Rung:
    """The agent answers the call that tells him of the queue."""
    with db.session() as session:
        be_free()
        [offer] = connections.offers(session, NOW)
    agent = Rung(caller.client, caller.wire, FIRST, request=offer.request)
    agent.take(caller)
    return agent


def be_free() -> None:
    with db.session() as session:
        for row in session.query(agents.Agent).all():
            row.state, row.connection_id = agents.AVAILABLE, None


# ---- Ringing in turn -------------------------------------------------------------------------


def test_after_the_last_who_may_be_rung_it_is_enough(caller: Caller) -> None:
    hire(3)
    person(caller)
    rung = []
    while caller.rings:
        rung.append(caller.rings)
        caller.rung("no-answer")
    assert (rung, len(rung)) == ([FIRST, SECOND, THIRD], MOST_RUNG)
    assert caller.heard[0].startswith("sw/callback")


def test_after_a_talk_the_agent_has_notes_to_write(caller: Caller) -> None:
    [post] = hire()
    person(caller)
    assert caller.rung("answered", 75) == ["sw/bye"]
    connection = the_connection()
    assert (connection.outcome, connection.seconds, connection.post_id) == ("talked", 75, post.id)
    assert state(post) == agents.AFTER_CALL
    caller.hang_up()
    assert everything(Task) == []


def test_while_two_talk_the_answer_is_empty(client: Client) -> None:
    hire()
    caller = Caller(client)
    person(caller)
    dialled = caller.rings
    caller.url = caller.steps[-1][0]
    assert caller.ask({"dialDestinationNumber": dialled, "callSessionState": "Bridged"}) == []
    assert xml(caller) == "<Response />"
    assert the_connection().taken_at == NOW


def test_while_two_talk_the_answer_is_empty_even_without_a_database(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from conversations.phone import take_away_the_database

    hire()
    caller = Caller(client)
    person(caller)
    dialled = caller.rings
    take_away_the_database(monkeypatch)
    caller.ask({"dialDestinationNumber": dialled, "callSessionState": "Bridged"})
    assert xml(caller) == "<Response />"


def test_a_request_made_twice_is_answered_twice_and_claims_once(caller: Caller) -> None:
    one, other = hire(2)
    person(caller)
    for _ in range(2):
        caller.again()
        assert caller.rings == FIRST
    assert (state(one), state(other)) == (agents.IN_CALL, agents.AVAILABLE)
    caller.rung("busy")
    assert caller.rings == SECOND
    caller.again()
    assert caller.rings == SECOND
    assert (state(one), state(other)) == (agents.AFTER_CALL, agents.IN_CALL)


def test_while_a_phone_rings_the_answer_is_empty(client: Client) -> None:
    hire()
    caller = Caller(client)
    person(caller)
    caller.url = caller.steps[-1][0]
    assert caller.ask({"callSessionState": "Dialing"}) == []
    assert xml(caller) == "<Response />"


def test_a_call_that_comes_round_for_ever_is_led_on(caller: Caller) -> None:
    hire()
    person(caller)
    step = caller.steps[-1]
    for _ in range(MOST_ROUNDS + 1):
        caller._send(*step)
        caller._read(caller.answer)
    assert caller.rings == ""
    assert caller.heard[0].startswith("sw/callback")


def test_who_hangs_up_before_anybody_came_is_called_back(caller: Caller) -> None:
    [post] = hire()
    person(caller)
    caller.hang_up()
    assert (the_task().kind, number_of(the_task())) == ("call_back", ASHA)
    assert (the_connection().outcome, state(post)) == ("hung_up", agents.AVAILABLE)


def test_a_talk_of_a_moment_was_none(caller: Caller) -> None:
    hire()
    person(caller)
    with db.session() as session:
        [call] = everything(Call)
        connections.reached(session, call.id, NOW)
    caller.at = NOW + timedelta(seconds=2)
    caller.hang_up()
    assert the_task().kind == "call_back"


# ---- Whom, and when --------------------------------------------------------------------------


def test_with_nobody_on_shift_a_call_is_promised_as_ever(caller: Caller) -> None:
    hire(1, opens=12)
    assert person(caller)[0] == "sw/call_me.1"
    assert everything(Connection) == []


def test_out_of_hours_nobody_is_rung(caller: Caller) -> None:
    hire(1, everyday=True)
    caller.at = SUNDAY
    caller.call()
    assert caller.press("0")[0] == "sw/unrecorded_call_me"
    assert everything(Connection) == []


def test_who_will_not_be_recorded_is_put_through(caller: Caller) -> None:
    hire()
    caller.call()
    caller.press("1")
    assert (caller.press("0"), caller.rings) == (["sw/unrecorded"], FIRST)


def test_who_stays_silent_before_the_tone_rings_nobody(caller: Caller) -> None:
    hire()
    caller.call()
    caller.press("1")
    caller.wait()
    caller.say(0)
    assert caller.say(0)[0] == "sw/call_me.1"


def test_an_agent_hears_the_reference_of_a_complaint(client: Client) -> None:
    [post] = hire()
    caller = Caller(client, "twilio")
    caller.call()
    caller.press("1")
    caller.wait()
    caller.say()
    caller.press("0")
    agent = Rung(client, "twilio", FIRST, parent=caller.id)
    assert agent.take(caller)[0] == "sw/whisper.1"
    agent.press("1")
    caller.rung("answered", 60)
    ticket = the_ticket()
    with db.session() as session:
        [call] = connections.of_ticket(session, session.get_one(Ticket, ticket.id))
    assert (call["post"], call["seconds"], call["waited"], call["outcome"]) == (
        post.id,
        60,
        0,
        "talked",
    )
    [taken] = [one for one in everything(Event) if one.kind == "call_taken"]
    assert (taken.ticket_id, taken.actor) == (ticket.id, f"post:{post.id}")


def test_a_talk_about_a_nameless_ones_ticket_is_not_on_it(client: Client) -> None:
    Phone(client).dial("*149*53#", *NAMELESS_TO_THE_WORDS, "Rushwa hospitali", "1234")
    ticket = the_ticket()
    hire()
    caller = Caller(client, "twilio", JUMA)
    caller.call()
    caller.press("2")
    caller.press(f"{ticket.ref.replace('-', '')}#")
    caller.press("1234#")
    caller.press("0")
    assert caller.rings == FIRST
    assert the_connection().ticket_id is None


def test_a_call_of_whose_end_nobody_tells_keeps_no_agent(caller: Caller) -> None:
    [post] = hire()
    person(caller)
    later = NOW + timedelta(hours=4)
    with db.session() as session:
        assert calling.end_silent(session, later) == 1
    assert (state(post), the_task().kind) == (agents.AVAILABLE, "call_back")


# ---- The queue -------------------------------------------------------------------------------


def test_the_place_in_the_queue_is_heard(caller: Caller) -> None:
    [post] = hire()
    be(post, agents.IN_CALL)
    waiting(NOW - MINUTE)
    assert person(caller) == ["sw/queue.1", "sw/ordinal.2", "sw/queue.2"]


def test_who_comes_later_does_not_overtake(caller: Caller) -> None:
    hire()
    waiting(NOW - MINUTE)
    person(caller)
    assert (caller.rings, caller.heard[0]) == ("", "sw/queue.1")


def test_a_queue_too_long_is_not_joined(caller: Caller) -> None:
    [post] = hire()
    be(post, agents.IN_CALL)
    for _ in range(connections.AHEAD):
        waiting()
    assert person(caller)[0].startswith("sw/callback")


def test_who_will_not_wait_is_called_back(caller: Caller) -> None:
    [post] = hire()
    be(post, agents.IN_CALL)
    person(caller)
    assert caller.press("1")[0] == "sw/call_me.1"
    assert the_connection().outcome == "left"
    caller.press("3")
    caller.hang_up()
    assert the_task().outcome == "cancelled"


def test_each_who_waits_has_one_agent_rung_for_him(client: Client) -> None:
    queued_and_waiting(client, "africastalking")
    be_free()
    with db.session() as session:
        assert [offer.number for offer in connections.offers(session, NOW)] == [FIRST]
    with db.session() as session:
        assert connections.offers(session, NOW) == []


def test_a_caller_who_was_not_reached_waits_on(caller: Caller) -> None:
    [post] = hire()
    be(post, agents.IN_CALL)
    person(caller)
    caller.wait()
    agent = called(caller)
    agent.press("1")
    agent.hang_up(seconds=1)
    connection = the_connection()
    assert (connection.taken_at, connection.post_id, connection.ended_at) == (None, None, None)
    assert state(post) == agents.AFTER_CALL


def test_an_agent_who_will_not_take_him_is_left_alone(caller: Caller) -> None:
    [post] = hire()
    be(post, agents.IN_CALL)
    person(caller)
    caller.wait()
    agent = called(caller)
    agent.wait()
    agent.wait()
    assert agent.waits == "nothing"
    agent.hang_up()
    assert (state(post), the_connection().ended_at) == (agents.AFTER_CALL, None)


# ---- Danger ----------------------------------------------------------------------------------


@pytest.fixture
def duty(client: Client) -> None:
    with db.session() as session:
        put(
            session,
            entry(institution="kilosa", role="supervisor", unit=None, title="Zamu", number=DUTY),
        )


@pytest.mark.usefixtures("duty")
def test_in_danger_who_is_on_duty_is_rung_at_once(caller: Caller) -> None:
    caller.call()
    assert (caller.press("9"), caller.rings) == (["sw/danger_connecting"], DUTY)
    assert caller.rung("answered", 90) == ["sw/bye"]
    assert (the_connection().danger, the_connection().ticket_id) == (True, the_ticket().id)


@pytest.mark.usefixtures("duty")
def test_danger_has_its_key_out_of_hours_too(caller: Caller) -> None:
    caller.at = SUNDAY
    assert "sw/danger" in caller.call()
    assert (caller.press("9"), caller.rings) == (["sw/danger_connecting"], DUTY)


@pytest.mark.usefixtures("duty")
def test_in_danger_with_nobody_there_the_words_are_recorded(caller: Caller) -> None:
    caller.call()
    caller.press("9")
    assert caller.rung("no-answer")[:2] == ["sw/danger_nobody", "sw/danger_numbers.1"]
    caller.wait()
    assert caller.waits == "recording"
    assert the_connection().outcome == "nobody"


@pytest.mark.usefixtures("duty")
def test_in_danger_who_put_the_phone_down_at_once_was_not_there(caller: Caller) -> None:
    caller.call()
    caller.press("9")
    assert caller.rung("answered", 2)[0] == "sw/danger_nobody"


@pytest.mark.usefixtures("duty")
def test_in_danger_the_agent_hears_that(client: Client) -> None:
    caller = Caller(client, "twilio")
    caller.call()
    caller.press("9")
    assert Rung(client, "twilio", DUTY, parent=caller.id).take(caller) == ["sw/whisper_danger"]


@pytest.mark.usefixtures("duty")
def test_who_hangs_up_in_danger_is_not_called_unasked(caller: Caller) -> None:
    caller.call()
    caller.press("9")
    caller.hang_up()
    assert "call_back" not in {task.kind for task in everything(Task)}


def test_whoever_spoke_to_an_agent_is_not_rung_for_what_he_asked_before(caller: Caller) -> None:
    hire()
    with db.session() as session:
        tasks.ask_call(session, institution="kilosa", number=ASHA, promised=False, now=NOW)
    person(caller)
    caller.rung("answered", 90)
    assert the_task().outcome == "served"
