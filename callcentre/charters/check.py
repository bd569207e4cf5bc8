"""Whether every quotation of a charter stands where it says: on its line of its document."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from callcentre.charters.model import Charter, Clause, Contacts, Service

_MARKUP = re.compile("<[^>]*>|\N{BULLET}")  # left behind where a cell was a list


def check(charters: Charter | Iterable[Charter], documents: Path | None) -> list[str]:
    """The faults found, one line each: file, key, document and line, and what stands there.

    `documents` is the folder with the plain text of the printed charters. With None nothing
    can be compared and there are no faults: say so, rather than that all is well.
    """
    if documents is None:
        return []
    every = [charters] if isinstance(charters, Charter) else charters
    return [fault for charter in every for fault in _check(charter, documents)]


def quotations(charter: Charter) -> Iterator[tuple[str, Clause]]:
    """Every clause of a charter with the key it has in the file, the rules by kind and unit.

    The rows of the tables are not among them: see `stands_as_row`.
    """
    yield "in_force", charter.in_force.source
    if charter.hours.source is not None:
        yield "hours", charter.hours.source
    yield from _of_contacts("", charter.contacts)
    for unit in charter.units:
        yield f"units {unit.code}", unit.source
        yield from _of_contacts(f"units {unit.code} ", unit.contacts)
    for detail in charter.details:
        yield f"details {detail.key}", detail.source
    for rule in charter.rules:
        units = " ".join(rule.units or ())
        yield f"rules {rule.kind} {rule.for_kind} {units}".rstrip(), rule.clause
    for level in charter.appeal:
        yield f"appeal {level.key}", level.source
        yield from _of_contacts(f"appeal {level.key} ", level.contacts)
    for ladder in charter.ladders:
        if ladder.source is not None:
            yield f"ladder {' '.join(ladder.kinds)}", ladder.source
    for standard in charter.standards:
        yield f"standards {standard.key}", standard.source
    for key, statements in _statements(charter):
        for place, statement in enumerate(statements, start=1):
            yield f"{key}[{place}]", statement


def stands_in(quoted: str, lines: list[str], line: int) -> bool:
    """Whether words stand on a line (counted from 1), or begin on it and end on the next one.

    Space counts alike, whatever it is made of, and empty lines do not count. `[...]` stands
    for anything left out, on one line.
    """
    parts = (re.escape(_plain(part)) for part in quoted.split("[...]"))
    whole_words = ".*".join(rf"(?<!\w){part}(?!\w)" for part in parts)  # no "Siku 1" in "Siku 14"
    here = _plain("".join(lines[line - 1 : line]))
    if re.search(whole_words, here):
        return True
    after = next((_plain(text) for text in lines[line:] if text.strip()), "")
    found = re.search(whole_words, f"{here} {after}")
    return found is not None and "[...]" not in quoted and found.start() < len(here)


def stands_as_row(service: Service, lines: list[str]) -> bool:
    """Whether a line holds a row of a table and nothing else: its number, text and time.

    The text of a row that is split over two pages ends on the line `continued`, alone there.
    """
    head = service.source.text
    if service.continued is not None:
        rest = _row(lines, service.continued)
        if not rest or not head.endswith(f" {rest}"):
            return False
        head = head.removesuffix(f" {rest}")
    cells = (service.number, head, service.period_raw)
    return _row(lines, service.source.line) == " ".join(cell for cell in cells if cell)


def _row(lines: list[str], line: int) -> str:
    return _plain(_MARKUP.sub(" ", "".join(lines[line - 1 : line])))


def _check(charter: Charter, folder: Path) -> Iterator[str]:
    file = f"{charter.id}-{charter.version}.toml"
    texts: dict[str, list[str]] = {}
    for document in charter.documents:
        path = folder / document.file
        if path.is_file():
            texts[document.id] = _lines(path)
        else:
            yield f"{file}: documents {document.id}: no file {document.file} in {folder}"
    for key, clause in quotations(charter):
        lines = texts.get(clause.document)
        if lines is not None and not stands_in(clause.text, lines, clause.line):
            yield f"{file}: {key}: {_found(clause, lines)}"
    for service in charter.services:
        lines = texts.get(service.source.document)
        if lines is not None and not stands_as_row(service, lines):
            yield f"{file}: services {service.id}: {_row_found(service, lines)}"


def _found(clause: Clause, lines: list[str]) -> str:
    place = f"{clause.document}:{clause.line}"
    if clause.line > len(lines):
        return f"{place} does not exist; the document has {len(lines)} lines"
    elsewhere = [n for n in range(1, len(lines) + 1) if stands_in(clause.text, lines, n)]
    hint = f" (it stands on line {elsewhere[-1]})" if elsewhere else ""
    return f"{clause.text!r} is not on {place}{hint}; there stands {lines[clause.line - 1]!r}"


def _row_found(service: Service, lines: list[str]) -> str:
    """What stands where a row should; of a split row, both lines."""
    document = service.source.document
    places = [service.source.line, *([service.continued] if service.continued else [])]
    shown = " and ".join(repr(_row(lines, line)) for line in places)
    where = " and ".join(f"{document}:{line}" for line in places)
    return f"row {service.number!r} is not {where}; there stands {shown}"


def _statements(charter: Charter) -> Iterator[tuple[str, Iterable[Clause]]]:
    yield "rights", charter.rights
    yield "duties", charter.duties
    yield "complaints_unit_duties", charter.complaints_unit_duties
    yield "reporting", charter.reporting
    yield "review", charter.review
    yield "facts", (fact.source for fact in charter.facts)


def _of_contacts(prefix: str, contacts: Contacts) -> Iterator[tuple[str, Clause]]:
    for contact in contacts.entries:
        yield f"{prefix}contacts {contact.value}", contact.source


def _lines(path: Path) -> list[str]:
    # Not splitlines: it would also break at the odd characters that a scan leaves behind.
    return path.read_text(encoding="utf-8").split("\n")


def _plain(text: str) -> str:
    return " ".join(text.split())
