"""`callcentre simulate`: dial a code, send an SMS or call from the terminal, by the real doors; and
run the clock forward.

The hooks are called in this process, at the moment given by --at, with the settings of the
running system: what is posted is then sent by its worker. Refused outside the local network,
where it would open real tickets.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import click
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from callcentre import clock, config, db, outbox, phones
from callcentre.app import create_app
from callcentre.cli import forward
from callcentre.cli.show import Fault, Moment
from callcentre.cli.simulated_call import HANG_UP, SAY, WAIT, Heard, SimulatedCall
from callcentre.cli.transcripts import Transcript
from callcentre.conversations.walking import Hop
from callcentre.lines import newest
from callcentre.providers import twilio
from callcentre.sms.providers import africastalking

MARK = africastalking.HOP_METADATA
FROM = "+255712000001"


at_option = click.option("--at", type=Moment(), help="When, with its zone (default: now).")
from_option = click.option("--from", "number", default=FROM, show_default=True, help="Whose phone.")


@click.group()
def simulate() -> None:
    """Be a citizen, in the terminal."""


@simulate.command()
@click.option("--code", default="*149*50#", show_default=True)
@from_option
@at_option
@click.option("--save", type=click.Path(path_type=Path), help="Write the exchange as a test.")
@click.argument("answers", nargs=-1)
def ussd(
    code: str, number: str, at: datetime | None, save: Path | None, answers: tuple[str, ...]
) -> None:
    """Dial a code and give the ANSWERs; without any, be asked for them.

    Example: callcentre simulate ussd --code '*149*52#' 1 1 1 'Maji hakuna tangu Juni' 1 9
    """
    client = _client()
    with clock.at(at) if at else nullcontext():
        session = _Session(client, code, number)
        transcript = Transcript(code, number)
        for typed in _typed(answers, session):
            session.send(typed)
            click.echo(f"{session.screen}\n")
            transcript.add(session.hop(), typed, session.marks[-1:])
        session.end()
    if save is not None:
        save.write_text(transcript.text(), encoding="utf-8")
        click.echo(f"saved to {save}")


def _typed(answers: tuple[str, ...], session: "_Session") -> Iterator[str | None]:
    """None for the dialling, then what is typed; stops when the session has ended."""
    yield None
    if answers:
        for answer in answers:
            if session.over:
                return
            yield answer
        return
    while not session.over:
        typed = click.prompt("", prompt_suffix="> ", default="", show_default=False)
        if typed == "":
            return
        yield typed


@dataclass
class _Session:
    """A USSD session as Africa's Talking tells it: the transcript grows, the header is echoed."""

    client: FlaskClient
    code: str
    number: str
    id: str = field(default_factory=lambda: f"ATUid_{uuid4().hex}")
    inputs: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    screen: str = ""
    over: bool = False

    def hop(self) -> Hop:
        return Hop("africastalking", self.id, self.number, self.code, "*".join(self.inputs))

    def send(self, typed: str | None) -> None:
        if typed is not None:
            self.inputs.append(typed)
        answer = self.client.post(
            f"{_path()}/ussd",
            data={
                "sessionId": self.id,
                "phoneNumber": self.number,
                "networkCode": "64004",
                "serviceCode": self.code,
                "text": "*".join(self.inputs),
            },
            headers={MARK: self.marks[-1]} if self.marks else {},
        )
        if answer.status_code != 200:
            raise Fault(f"the hook answered {answer.status_code}: {answer.text.strip()}")
        if MARK in answer.headers:
            self.marks.append(answer.headers[MARK])
        self.over, self.screen = answer.text.startswith("END "), answer.text[4:]

    def end(self) -> None:
        """The event after the session, unless the local network's are switched off."""
        if not _end_events():
            return
        self.client.post(
            f"{_path()}/ussd/ended",
            data={
                "date": clock.now().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
                "sessionId": self.id,
                "serviceCode": self.code,
                "networkCode": "64004",
                "phoneNumber": self.number,
                "status": "Success" if self.over else "Incomplete",
                "hopsMetadata": "|".join(self.marks),
                "input": "*".join(self.inputs),
            },
        )


@simulate.command()
@click.option("--to", default="15001", show_default=True, help="A line's short code or number.")
@from_option
@at_option
@click.argument("text")
def sms(to: str, number: str, at: datetime | None, text: str) -> None:
    """Send an SMS, and see what is written back."""
    client = _client()
    with db.session() as session:
        by_twilio = newest(session).find("twilio", "sms", to) is not None
    with clock.at(at) if at else nullcontext():
        now = clock.now()
        send = _by_twilio if by_twilio else _by_africastalking
        answer = send(client, number, to, text, now)
    if answer.status_code != 200:
        raise Fault(f"the hook answered {answer.status_code}: {answer.text.strip()}")
    with db.session() as session:
        replies = outbox.posted_to(session, number, since=now)
    for reply in replies:
        click.echo(reply.text)
    if not replies:
        click.echo("(no answer)")


def _by_africastalking(
    client: FlaskClient, number: str, to: str, text: str, now: datetime
) -> TestResponse:
    form = {
        "date": now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "from": number,
        "id": str(uuid4()),
        "text": text,
        "to": to,
        "networkCode": "64004",
    }
    return client.post(f"{_path()}/sms", data=form)


def _by_twilio(client: FlaskClient, number: str, to: str, text: str, now: datetime) -> TestResponse:
    """Signed as Twilio signs."""
    path, settings = "/hooks/twilio/sms", config.load()
    form = {
        "MessageSid": f"SM{uuid4().hex}",
        "AccountSid": settings.twilio_account_sid,
        "From": number,
        "To": to,
        "Body": text,
        "NumMedia": "0",
    }
    signature = twilio.sign(f"{settings.public_url}{path}", form)
    return client.post(path, data=form, headers={"X-Twilio-Signature": signature})


@simulate.command()
@click.option("--code", "to", help="The hotline called (default: the first).")
@from_option
@at_option
@click.argument("answers", nargs=-1)
def voice(to: str | None, number: str, at: datetime | None, answers: tuple[str, ...]) -> None:
    """Call a hotline and give the ANSWERs; without any, be asked for them.

    An answer is keys, `wait` for silence, `say` for words after the tone, or `hangup`. Printed is
    what is heard, with the clips that say it and their seconds.

    Example: callcentre simulate voice --code 0262160240 1 wait say wait wait
    """
    client = _client()
    with db.session() as session:
        lines = [one for one in newest(session).lines if one.channel == "voice"]
    to = phones.parse(to) or to if to else next((one.address for one in lines), None)
    if to is None:
        raise Fault("there is no hotline; see `callcentre line add voice`")
    with clock.at(at) if at else nullcontext():
        call = SimulatedCall(client, to, phones.parse(number) or number)
        _print_heard(call.begin())
        for what in _answers(answers, call):
            click.echo(f"> {what}")
            if what == HANG_UP:
                break
            _print_heard(call.do(what))
        if call.asks != "nothing":
            call.hang_up()
    click.echo(f"({call.seconds:.1f} s of prompts)")


def _answers(answers: tuple[str, ...], call: SimulatedCall) -> Iterator[str]:
    given = iter(answers)
    while call.asks != "nothing":
        if answers:
            what = next(given, HANG_UP)
        else:
            what = click.prompt("", prompt_suffix="> ", default=HANG_UP, show_default=False)
        if call.asks == "words" and what not in (SAY, HANG_UP, WAIT):
            raise Fault(f"after the tone there is `say`, `wait` or `hangup`, not {what}")
        yield what


def _print_heard(heard: list[Heard]) -> None:
    for one in heard:
        clip = f"  [{one.clip} {one.seconds:.1f} s]" if one.clip else "  [no clip]"
        click.echo(f"{one.text}{clip}")


@simulate.command("time")
@click.option("--to", type=Moment(), required=True, help="Until when, with its zone.")
def time_(to: datetime) -> None:
    """Run the clock forward over what is there, and see the ladder happen.

    From one moment at which something is due to the next, all that the clock and the workers would
    do then is done at once: messages really go to the local network, and each thing that happens is
    a line. Run it again to a later moment, and it goes on from there.

    The worker and the clock of scripts/run go on by the true time meanwhile and do no harm: what
    lies ahead is not due for them. What the network reports is written down with the true time; and
    until the true time has come to the moment simulated, new events are not sealed by it.

    Example: callcentre simulate time --to 2026-12-24T08:00+03:00
    """
    _check_local()
    now = clock.now()
    if to <= now:
        raise Fault(f"{to.isoformat()} has passed; the clock runs forward only")
    for line in forward.run(now, to):
        click.echo(line)


def _client() -> FlaskClient:
    _check_local()
    return create_app().test_client()


def _check_local() -> None:
    if not config.load().local_network:
        raise Fault("simulations open real tickets: use them with scripts/run only")


def _path() -> str:
    return f"/hooks/africastalking/{config.load().africastalking_hook_secrets[0]}"


def _end_events() -> bool:
    """Whether the running local network sends them; it does unless told otherwise."""
    try:
        faults = requests.get(f"{config.load().public_url}/network/faults", timeout=2).json()
    except (requests.RequestException, ValueError):
        return True
    return bool(faults.get("end_events", True))
