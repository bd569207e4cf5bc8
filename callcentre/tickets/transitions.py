"""What may be done with a ticket where it stands; one table, one check."""

from callcentre.tickets.model import Ticket, WrongStatus

OPEN = {"received", "acknowledged", "assigned", "escalated"}
ALLOWED = {
    "assign": OPEN | {"answered"},
    "answer": OPEN | {"answered"},
    "refer": OPEN,
    "close": {"answered"},
}


def check(ticket: Ticket, act: str) -> None:
    """Raises WrongStatus naming where the ticket stands and where it would have to."""
    if ticket.status not in ALLOWED[act]:
        allowed = ", ".join(sorted(ALLOWED[act]))
        raise WrongStatus(
            f"cannot {act} {ticket.ref}: it is {ticket.status}, and must be one of: {allowed}"
        )
