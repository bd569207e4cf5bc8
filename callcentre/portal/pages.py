"""The pages: how to complain (`/`), what the offices promise (`/ahadi`), and one office's own;
what they answered the nameless (`/matangazo`), and what is kept of a citizen (`/faragha`).
"""

from typing import Any

from flask import Response, abort, make_response, render_template, request

from callcentre import bodies, charters, clock, config
from callcentre.charters import Charter, UnknownCharter, UnknownUnit
from callcentre.clock import EAT
from callcentre.phrases import swahili_clock
from callcentre.portal import board, promises, search, ways, words

MINUTES_KEPT = 5  # in a telephone; a code or a date on a page is never older than that


def front() -> Response:
    """How to complain: the codes and numbers of each institution."""
    edition = ways.edition()
    shared = next((line for line in edition.lines if line.channel == "ussd" and line.shared), None)
    offices = [
        {**_office(charter), "ways": ways.lines(edition, charter.id)}
        for charter in charters.all_current().values()
        if edition.first("ussd", charter.id)
    ]
    return _page("front.html", offices=offices, shared=shared, local=config.load().local_network)


def all_promises() -> Response:
    """What each office promises; with `?q=` also how many of its services have those words."""
    edition = ways.edition()
    asked = search.question(request.args.get("q", ""))
    offices = [
        {
            **_office(charter),
            "ways": ways.lines(edition, charter.id),
            "promises": [each for each in promises.told(charter) if not each.units],
            "found": search.find(charter, asked, None).total if asked else 0,
        }
        for charter in charters.all_current().values()
    ]
    total = sum(office["found"] for office in offices)
    return _page("promises.html", offices=offices, asked=asked, total=total)


def promises_of(institution: str) -> Response:
    """One office's promises, or with `?q=` or `?unit=` the services that were asked for."""
    charter = _known(institution)
    asked, unit = search.question(request.args.get("q", "")), request.args.get("unit", "")
    found = {
        **_office(charter),
        "ways": ways.lines(ways.edition(), charter.id),
        "topics": search.topics(charter),
        "counts": search.counts(charter.id, charter.version),
        "asked": asked,
        "asked_unit": None,
    }
    if asked or unit:
        return _services(charter, asked, unit, found)
    return _page("charter.html", **found, **_whole(charter))


def notices(institution: str = "") -> tuple[Response, int]:
    """The answers to the nameless, newest first: of all offices, of one, or of `?taasisi=`."""
    asked = institution or request.args.get("taasisi", "")
    charter = _known(asked) if asked else None
    number = request.args.get("ukurasa", 1, type=int)
    found = board.page(charter, number, clock.now())
    return _board("notices.html", found, charter=charter, offices=charters.all_current())


def printed_notices(institution: str) -> tuple[Response, int]:
    """The notice to pin up: one office's answers of the last `?siku=` days, on A4."""
    charter = _known(institution)
    days = board.days(request.args.get("siku", board.USUAL_DAYS, type=int))
    sheet = board.sheet(charter, ways.edition(), days, clock.now())
    return _board("notice_sheet.html", sheet, charter=charter, days=days)


def privacy() -> Response:
    """What is kept of a citizen, for how long, and who sees it."""
    return _page(
        "privacy.html",
        offices=charters.all_current().values(),
        commission=bodies.find("commission"),
    )


def missing(_: Exception) -> tuple[str, int]:
    """The answer to an address that is none: where the visitor can go from here."""
    return render_template("portal/missing.html", known=charters.all_current().values()), 404


def _services(charter: Charter, asked: str, code: str, found: dict[str, Any]) -> Response:
    try:
        unit = charter.unit(code) if code else None
    except UnknownUnit:
        return _page("services.html", **found, unknown_unit=True)
    number = request.args.get("page", 1, type=int)
    return _page(
        "services.html",
        **{**found, "asked_unit": unit},
        counting=words.counting(("days", "working_days"), charter.hours),
        unit_promises=promises.told_by(charter, unit.code) if unit else [],
        unit_ways=ways.contacts(unit.contacts) if unit else [],
        results=search.find(charter, asked, unit.code if unit else None, number),
    )


def _whole(charter: Charter) -> dict[str, Any]:
    """What the page of an office holds besides its services."""
    told, now, calendar = promises.told(charter), clock.now(), ways.calendar(charter)
    rows = search.rows(charter.id, charter.version)
    return {
        "promises": told,
        "counting": words.counting((each.period.unit for each in told), charter.hours),
        "examples": promises.examples(charter, calendar, now) if calendar else [],
        "today": words.day(now.astimezone(EAT).date(), now.astimezone(EAT).date()),
        "standards": [row for row in rows if row.unit is None],
        "inside": [level for level in charter.appeal if level.inside],
        "outside": [level for level in charter.appeal if not level.inside and level.level],
        "advice": [level for level in charter.appeal if level.level is None],
        "contacts": ways.contacts(charter.contacts),
        "ways_of": ways.of_level,
    }


def _known(institution: str) -> Charter:
    try:
        return charters.get(institution)
    except UnknownCharter:
        abort(404)


def _office(charter: Charter) -> dict[str, Any]:
    hours = charter.hours
    opens, closes = swahili_clock.spoken(hours.open), swahili_clock.spoken(hours.close)
    return {
        "charter": charter,
        "days": words.office_days(hours.days),
        "hours": swahili_clock.span(hours.open, hours.close),
        "hours_assumed": hours.basis != "stated",
        "hours_spoken": f"{opens} hadi {closes}",
    }


def _board(template: str, found: Any, **values: Any) -> tuple[Response, int]:
    """A page of notices; while the database is down one that says so, which nobody keeps."""
    if found is None:
        return make_response(render_template("portal/notices_away.html")), 503
    return _page(template, found=found, **values), 200


def _page(template: str, **values: Any) -> Response:
    """A page that a telephone may keep for a while, and asks for again only if it changed."""
    response = make_response(render_template(f"portal/{template}", **values))
    response.cache_control.public = True
    response.cache_control.max_age = 60 * MINUTES_KEPT
    response.add_etag()
    response.make_conditional(request)
    return response
