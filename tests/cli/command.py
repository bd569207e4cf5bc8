"""The `callcentre` command as somebody types it, and a ticket to use it on."""

import json
from typing import Any

from click.testing import CliRunner, Result
from tickets.making import NOW, confirmed, open_ticket

from callcentre import db
from callcentre.cli import callcentre
from callcentre.lines import newest
from callcentre.tickets.model import Ticket


def run(*words: str) -> Result:
    return CliRunner().invoke(callcentre, [str(word) for word in words])


def said(*words: str) -> str:
    """What a command that succeeds prints."""
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def data(*words: str) -> Any:
    """What a command that succeeds prints as JSON."""
    return json.loads(said(*words, "--json"))


def fault(*words: str) -> str:
    """The one line that a command that is refused prints; it ends with status 2."""
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    return line.removeprefix("Error: ")


def ticket(*, by_sms: bool = False, **changes: Any) -> Ticket:
    """A ticket that stands in the database."""
    with db.session() as session:
        made = confirmed if by_sms else open_ticket
        return made(session, edition=newest(session), **{"now": NOW} | changes)
