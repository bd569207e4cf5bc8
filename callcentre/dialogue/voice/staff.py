"""The staff door on a call: from the number of a post, after its PIN, at any hour.

What waits is said one by one; what was recorded is heard, and an answer is spoken after the tone.
What was written is read, and given to others, on a screen (dialogue/staff.py).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import Dialogue, End, Option, Question, do, look
from callcentre.dialogue.spoken import Part, Phrase, Sound, Spoken
from callcentre.dialogue.staff import LISTS, TRIES
from callcentre.dialogue.voice.asking import DONE, NOTHING, ask, key_in, record

CITIZEN, WORK, NEXT = "citizen", "work", "next"
SHORT = 3  # seconds: who calls on a matter of his own is not kept waiting


_MENU = {
    "overdue": "voice.staff_overdue",
    "today": "voice.staff_today",
    "all": "voice.staff_all",
    "find": "voice.staff_find",
    "away": "voice.staff_away",
    "returned": "voice.staff_returned",
}
_ACTS = {
    "hear": "voice.staff_to_hear",
    "answer": "voice.staff_to_answer",
    "take": "voice.staff_to_take",
    NEXT: "voice.staff_to_next",
}


def staff(context: Context, posts: list[int]) -> Dialogue[End | None]:
    """Let in who wants to work and knows his PIN; None for who calls as a citizen does."""
    parts = (Phrase("voice.staff_ask"),)
    options = (Option(WORK, "1"),)
    if (yield from ask("staff", options, parts, silence=CITIZEN, after=1, seconds=SHORT)) != WORK:
        return None
    post = posts[0] if len(posts) == 1 else (yield from _which(posts))
    if post is None or not (yield from _knows_pin(post)):
        return End("voice.staff_locked")
    said: tuple[Part, ...] = ()
    while True:
        chosen = yield from _menu(post, said)
        if chosen == DONE:
            return End("voice.bye")
        said = yield from _DO[chosen](post, chosen)


def _which(posts: list[int]) -> Dialogue[int | None]:
    """Which of several posts with this telephone, by its place among them."""
    parts = [
        Phrase("voice.staff_post", {"nafasi": place, "n": str(place)})
        for place in range(1, len(posts) + 1)
    ]
    options = [Option(str(place), str(place)) for place in range(1, len(posts) + 1)]
    chosen = yield from ask("staff_post", options, parts, silence=DONE, person=False)
    return None if chosen == DONE else posts[int(chosen) - 1]


def _knows_pin(post: int) -> Dialogue[bool]:
    for tried in range(TRIES):
        phrase = Phrase("voice.staff_pin_wrong" if tried else "voice.status_code")
        spoken = Spoken((phrase,), DONE, seconds=10, person=False)
        said = yield Question("staff_pin", "pin", values={"post": post}, spoken=spoken)
        if said == DONE:
            return False
        if said == "right":
            return True
    return False


def _menu(post: int, said: tuple[Part, ...]) -> Dialogue[str]:
    found = yield from look("staff_counts", post=post)
    codes = [*LISTS, "find", "returned" if found["away"] else "away"]
    parts = [Phrase(_MENU[code], {"n": found.get(code, 0)}) for code in codes]
    options = [Option(code, str(digit)) for digit, code in zip((1, 2, 3, 4, 6), codes, strict=True)]
    return (yield from ask("staff_menu", options, (*said, *parts), silence=DONE, person=False))


def _list(post: int, which: str) -> Dialogue[tuple[Part, ...]]:
    """One after the other, until one is dealt with or there are no more."""
    found = yield from look("staff_list", post=post, which=which)
    for number, one in enumerate(found, start=1):
        outcome = yield from _one(post, one["ref"], others=number < len(found))
        if outcome is not None:
            return outcome
    return (Phrase("voice.staff_none"),) if not found else ()


def _find(post: int, _: str) -> Dialogue[tuple[Part, ...]]:
    parts = (Phrase("voice.status_ask"),)
    ref = yield from key_in("staff_find", "reference", parts, silence=DONE, person=False)
    if ref == DONE:
        return ()
    return (yield from _one(post, ref, others=False)) or ()


def _one(post: int, ref: str, *, others: bool) -> Dialogue[tuple[Part, ...] | None]:
    """One ticket; what is said of what was done with it, None for the next one."""
    found = yield from look("staff_ticket", post=post, ref=ref)
    if found is None:
        return (Phrase("voice.not_found"),)
    offered = {"hear": "1", "answer": "2", "take": "3"}
    options = [
        Option(act, digit)
        for act, digit in offered.items()
        if act == "hear" or act in found["acts"]
    ]
    options += [Option(NEXT, "6")] if others else []
    said: tuple[Part, ...] = (_heading(found),)
    while True:
        parts = (*said, *(Phrase(_ACTS[option.code]) for option in options))
        chosen = yield from ask("staff_one", options, parts, silence=DONE, person=False)
        if chosen == NEXT:
            return None
        if chosen == DONE:
            return ()
        if chosen == "hear":
            said = tuple((yield from _heard(post, found["ref"])))
        elif chosen == "take":
            outcome = yield from do("staff_take", post=post, ref=found["ref"])
            return (Phrase("voice.staff_saved" if outcome["done"] else "voice.staff_refused"),)
        else:
            return (yield from _answer(post, found["ref"]))


def _heading(found: dict[str, Any]) -> Phrase:
    if found["late"]:
        return Phrase("voice.staff_one_late", {"ref": found["ref"], "n": found["late"]})
    if found["due"]:
        due = date.fromisoformat(found["due"])
        return Phrase("voice.staff_one", {"ref": found["ref"], "tarehe": due})
    return Phrase("voice.staff_one_plain", {"ref": found["ref"]})


def _heard(post: int, ref: str) -> Dialogue[Iterator[Part]]:
    found = yield from look("staff_sounds", post=post, ref=ref)
    return _sounds(found)


def _sounds(found: dict[str, Any]) -> Iterator[Part]:
    for recording in found["recordings"]:
        yield Sound(recording=recording)
    if found["written"]:
        yield Phrase("voice.staff_written")


def _answer(post: int, ref: str) -> Dialogue[tuple[Part, ...]]:
    said = yield from record("staff_answer", "staff_record")
    if said == NOTHING:
        return ()
    outcome = yield from do("staff_answer_spoken", post=post, ref=ref, recording=said["id"])
    return (Phrase("voice.staff_saved" if outcome["done"] else "voice.staff_refused"),)


def _away(post: int, _: str) -> Dialogue[tuple[Part, ...]]:
    options = (Option("day", "1"), Option("days", "2"), Option("week", "3"))
    parts = (Phrase("voice.staff_how_long"),)
    until = yield from ask("staff_away", options, parts, silence=DONE, person=False)
    if until == DONE:
        return ()
    outcome = yield from do("staff_away", post=post, until=until, deputy=None)
    return (Phrase("voice.staff_saved" if outcome["done"] else "voice.staff_refused"),)


def _returned(post: int, _: str) -> Dialogue[tuple[Part, ...]]:
    yield from do("staff_return", post=post)
    return (Phrase("voice.staff_saved"),)


_DO = {
    **dict.fromkeys(LISTS, _list),
    "find": _find,
    "away": _away,
    "returned": _returned,
}
