"""What an institution promises and what a caller may ask of it, in its charter's own sentences."""

from collections.abc import Iterator

from callcentre.charters import Charter
from callcentre.dialogue import rights as written
from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import Dialogue, End, Option
from callcentre.dialogue.spoken import Part, Phrase, Words
from callcentre.dialogue.voice.asking import DONE, ask

_SAID = {"rights": "voice.rights", "duties": "voice.duties", "unsatisfied": "voice.levels"}


def rights(context: Context) -> Dialogue[End]:
    """Say what is chosen until nothing more is."""
    charter = context.charters[context.keeper]
    options = [Option(code, str(digit)) for digit, code in enumerate(written.SECTIONS, 1)]
    read: tuple[Part, ...] = ()
    while True:
        parts = (*read, Phrase("voice.rights_menu"))
        chosen = yield from ask("rights", options, parts, silence=DONE, after=2)
        if chosen == DONE:
            return End("voice.bye")
        read = (_promises(charter),) if chosen == "promises" else tuple(_read(charter, chosen))


def _promises(charter: Charter) -> Phrase:
    told = {rule.kind: rule for rule in charter.promises() if not rule.internal}
    name = {"sw": charter.title, "en": charter.name_en}
    if not {"answer", "acknowledge"} <= told.keys():
        return Phrase("voice.promises_none", {"taasisi": name})
    return Phrase(
        "voice.promises",
        {
            "taasisi": name,
            "ahadi": charter.wording,
            "kupokea": written.period(told["acknowledge"].period),
            "kujibu": written.period(told["answer"].period),
        },
    )


def _read(charter: Charter, section: str) -> Iterator[Part]:
    clauses = charter.rights if section == "rights" else charter.duties
    said: list[Part] = [Words(one.clean) for one in clauses]
    if section == "unsatisfied":
        said = [Words(level.name) for level in charter.appeal]
    if not said:
        yield Phrase("voice.no_rights")
        return
    yield Phrase(_SAID[section])
    yield from said
