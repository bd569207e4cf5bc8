"""Whether every quotation of a charter stands where it says: on its line of its document."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from callcentre.charters.model import Charter, Clause, Contacts


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
    """Every clause of a charter with the key it has in the file, the rules by kind and unit."""
    yield "in_force", charter.in_force.source
    if charter.hours.source is not None:
        yield "hours", charter.hours.source
    yield from _of_contacts("", charter.contacts)
    for unit in charter.units:
        yield f"units {unit.code}", unit.source
        yield from _of_contacts(f"units {unit.code} ", unit.contacts)
    for rule in charter.rules:
        units = " ".join(rule.units or ())
        yield f"rules {rule.kind} {rule.for_kind} {units}".rstrip(), rule.clause
    for level in charter.appeal:
        yield f"appeal {level.key}", level.source
        yield from _of_contacts(f"appeal {level.key} ", level.contacts)
    for key, statements in (("rights", charter.rights), ("duties", charter.duties)):
        for place, statement in enumerate(statements, start=1):
            yield f"{key}[{place}]", statement
    for service in charter.services:
        yield f"services {service.id}", service.source


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


def _found(clause: Clause, lines: list[str]) -> str:
    place = f"{clause.document}:{clause.line}"
    if clause.line > len(lines):
        return f"{place} does not exist; the document has {len(lines)} lines"
    elsewhere = [n for n in range(1, len(lines) + 1) if stands_in(clause.text, lines, n)]
    hint = f" (it stands on line {elsewhere[-1]})" if elsewhere else ""
    return f"{clause.text!r} is not on {place}{hint}; there stands {lines[clause.line - 1]!r}"


def _of_contacts(prefix: str, contacts: Contacts) -> Iterator[tuple[str, Clause]]:
    for contact in contacts.entries:
        yield f"{prefix}contacts {contact.value}", contact.source


def _lines(path: Path) -> list[str]:
    # Not splitlines: it would also break at the odd characters that a scan leaves behind.
    return path.read_text(encoding="utf-8").split("\n")


def _plain(text: str) -> str:
    return " ".join(text.split())
