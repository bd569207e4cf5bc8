"""Citizens' pages, in Swahili; they work without JavaScript, on any phone."""

from flask import Blueprint, render_template

from callcentre import charters, config, db, phones
from callcentre.lines import newest

blueprint = Blueprint(
    "portal", __name__, template_folder="templates", static_folder="static",
    static_url_path="/portal",
)  # fmt: skip


@blueprint.get("/")
def front() -> str:
    """How to complain: the codes and numbers of each institution."""
    with db.session() as session:
        edition = newest(session)
    shared = next((line for line in edition.lines if line.channel == "ussd" and line.shared), None)
    rows = [
        {
            "name": charter.title,
            "hours": charter.hours,
            "ussd": _address(edition.first("ussd", charter.id)),
            "sms": _address(edition.first("sms", charter.id)),
            "phone": phones.national(_address(edition.first("voice", charter.id))),
        }
        for charter in charters.all_current().values()
        if edition.first("ussd", charter.id)
    ]
    return render_template(
        "front.html", rows=rows, shared=shared, has_handset=config.load().local_network
    )


def _address(line: object) -> str:
    return getattr(line, "address", "")
