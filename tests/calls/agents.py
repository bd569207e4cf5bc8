"""Agents to ring: Kilosa's, whose phones are 0712001101 and on."""

from datetime import datetime
from typing import Any

from given import NOW
from people.staff import entry, put

from callcentre import db
from callcentre.calls.model import Agent, Connection
from callcentre.people import Post

PHONES = ("+255712001101", "+255712001102", "+255712001103")
NAMES = ("Asha Kombo", "Juma Mwinuka", "Neema Lukali")


def hire(count: int = 1, **changes: Any) -> list[Post]:
    """So many agents, or as many posts with something else about them."""
    with db.session() as session:
        return [
            put(
                session,
                entry(
                    **{
                        "institution": "kilosa",
                        "role": "agent",
                        "unit": None,
                        "name": NAMES[place],
                        "title": f"Mhudumu {place + 1}",
                        "number": PHONES[place],
                    }
                    | changes
                ),
            )
            for place in range(count)
        ]


def state(post: Post) -> str | None:
    with db.session() as session:
        found = session.get(Agent, post.id)
        return found.state if found else None


def be(post: Post, state: str, since: datetime = NOW) -> None:
    """The agent does this now, whatever he did before."""
    with db.session() as session:
        session.merge(Agent(post_id=post.id, state=state, since=since))


def waiting(at: datetime = NOW, **changes: Any) -> int:
    """A caller in Kilosa's queue, of a call that nobody can hear; its id."""
    with db.session() as session:
        said = {"institution": "kilosa", "danger": False, "asked_at": at, "queued_at": at}
        made = Connection(**said | changes)
        session.add(made)
        session.flush()
        return made.id
