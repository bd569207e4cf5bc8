"""The handset page: phones side by side on which a person calls and texts as a citizen would.

The address holds which phones there are (`?simu=0712000001:Asha&simu=...`), so a link shows the
same ones again; what is on their screens is the network's state, which the page asks for.
"""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from callcentre.network import faults
from callcentre.network.api import number
from callcentre.network.faults import Switchboard
from callcentre.network.phones import Phone, Phones
from callcentre.network.record import Record
from callcentre.network.switches import GROUPS
from callcentre.phones import national, parse

MOST_SHOWN = 8
MOST_LETTERS = 16  # of a name
NAMES = ("Asha", "Juma", "Neema", "Baraka", "Rehema", "Salim", "Zawadi", "Tatu")
QUICK = (
    ("*149*50#", "Zote"),
    ("*149*51#", "Morogoro"),
    ("*149*52#", "Sengerema"),
    ("*149*53#", "Kilosa"),
    ("*149*54#", "Utumishi"),
)
ABROAD = "+15005550006"
HOTLINES = (
    ("0262160240", "Utumishi"),
    ("0232934305", "Morogoro"),
    ("0282590162", "Sengerema"),
    ("0232623093", "Kilosa"),
    (ABROAD, "Nje ya nchi"),
)
SHORT_CODE = "15001"


@dataclass(frozen=True, slots=True)
class Shown:
    """A phone as the page shows it."""

    number: str
    name: str

    @property
    def spoken(self) -> str:
        """The number in groups, as people write it: `0712 000 001`."""
        local = national(self.number)
        return f"{local[:4]} {local[4:7]} {local[7:]}" if local.startswith("0") else local

    @property
    def query(self) -> str:
        return f"{national(self.number)}:{self.name}"


def blueprint(phones: Phones, switchboard: Switchboard, record: Record) -> Blueprint:
    page = Blueprint(
        "handset",
        __name__,
        url_prefix="/handset",
        static_folder="static",
        static_url_path="/static",
        template_folder="templates",
    )

    @page.get("/")
    def show() -> str:
        shown = phones_in(request.args.getlist("simu"))
        return render_template(
            "network/handset.html",
            phones=shown,
            spare=spare(shown),
            link=lambda some: url_for(".show", simu=[each.query for each in some]),
            quick=QUICK,
            hotlines=HOTLINES,
            short_code=SHORT_CODE,
            abroad=ABROAD,
            groups=GROUPS,
            defaults=faults.as_json(faults.Faults()),
        )

    @page.get("/state")
    def state() -> Response:
        """Everything the page shows that changes, in one answer."""
        numbers = [number(written) for written in request.args.getlist("phone")[:MOST_SHOWN]]
        with phones.lock:
            views = [view(phones.get(each)) for each in numbers]
        counts = record.counts()
        return jsonify(phones=views, faults=faults.as_json(switchboard.faults), counts=counts)

    return page


def phones_in(wanted: list[str]) -> list[Shown]:
    """The phones an address names, each once; three of ours if it names none."""
    shown: dict[str, Shown] = {}
    for each in wanted:
        written, _, name = each.partition(":")
        number = parse(written)
        if number is not None and len(shown) < MOST_SHOWN:
            name = " ".join(name.split())[:MOST_LETTERS] or "Simu"
            shown.setdefault(number, Shown(number, name))
    return list(shown.values()) or [_ours(index) for index in range(3)]


def spare(shown: list[Shown]) -> Shown | None:
    """The phone to be added next, if there is room for one."""
    if len(shown) >= MOST_SHOWN:
        return None
    taken = {each.number for each in shown}
    return next(phone for phone in map(_ours, range(MOST_SHOWN)) if phone.number not in taken)


def view(phone: Phone) -> dict[str, Any]:
    """A phone with what only the page needs: how its session ended, what it sent, what is new."""
    session = phone.session
    return phone.as_json() | {
        "ended": session.ended if session else None,
        "waiting": bool(session and session.active and session.waiting),
        "received": phone.received,
        "sent": [
            {
                "to": text.other,
                "text": text.text,
                "at": text.at.isoformat(),
                "taken": bool(text.taken_at),
            }
            for text in phone.outbox
        ],
    }


def _ours(index: int) -> Shown:
    return Shown(f"+2557120000{index + 1:02}", NAMES[index])
