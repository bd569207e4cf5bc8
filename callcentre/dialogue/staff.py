"""The staff door: what waits for a post, read and answered on any phone, after its PIN.

Who telephones from a number of no post hears what everybody hears who dials a wrong code. The PIN
is checked the moment it is typed; the dialogue learns only whether it was right.
"""

from datetime import date
from typing import Any

from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import Dialogue, End, Option, Question, choose, do, look, tell
from callcentre.phrases import Value

TRIES = 3
LISTS = ("overdue", "today", "all")
ABSENCES = ("day", "days", "week", "weeks", "month")
AS_IS = "as_is"


def staff(context: Context) -> Dialogue[End]:
    """Let in who knows his PIN, and do what he asks until he hangs up."""
    posts = yield from look("staff_posts")
    if not posts:
        return End("end.unknown_code")
    post = posts[0]["post"]
    if len(posts) > 1:
        chosen = yield from choose("staff_post", [_post(one) for one in posts], back=False)
        post = _chosen(chosen)
    if not (yield from _knows_pin(post)):
        return End("end.staff_locked")
    while True:
        yield from _menu(post)


def _post(found: dict[str, Any]) -> Option:
    return Option(f"post:{found['post']}", text=found["title"])


def _chosen(code: str) -> int:
    return int(code.removeprefix("post:"))


def _knows_pin(post: int) -> Dialogue[bool]:
    for tried in range(TRIES):
        phrase = "ask.staff_pin_other" if tried else "ask.staff_pin"
        values = {"post": post}
        said = yield Question("staff_pin", "pin", phrase=phrase, values=values, back=False)
        if said == "right":
            return True
    return False


def _menu(post: int) -> Dialogue[None]:
    found = yield from look("staff_counts", post=post)
    options = [
        *(Option(one, values={"n": found[one]}) for one in LISTS),
        Option("find"),
        Option("returned" if found["away"] else "away"),
    ]
    chosen = yield from choose("staff", options, back=False)
    if chosen == "find":
        yield from _find(post)
    elif chosen == "away":
        yield from _away(post)
    elif chosen == "returned":
        yield from do("staff_return", post=post)
        yield from choose("staff_saved", ("go_on",), back=False)
    else:
        yield from _list(post, chosen)


def _list(post: int, which: str) -> Dialogue[None]:
    found = yield from look("staff_list", post=post, which=which)
    if not found:
        yield from choose("staff_none", ("go_on",))
        return
    chosen = yield from choose("staff_list", [_ticket(one) for one in found])
    yield from _open(post, chosen)


def _ticket(found: dict[str, Any]) -> Option:
    values: dict[str, Value] = {"ref": found["ref"]}
    if not found["due"]:
        return Option(found["ref"], label="choice.staff_list.undated", values=values)
    values["tarehe"] = date.fromisoformat(found["due"])
    return Option(found["ref"], label="choice.staff_list.ticket", values=values)


def _find(post: int) -> Dialogue[None]:
    typed = yield from tell("staff_find", "reference")
    yield from _open(post, typed)


def _open(post: int, ref: str) -> Dialogue[None]:
    """One ticket, and what this post may do with it; a ticket it may not see is none."""
    found = yield from look("staff_ticket", post=post, ref=ref)
    if found is None:
        yield from choose("staff_missing", ("go_on",))
        return
    phrase, values = _heading(found)
    acts = {"read": "1", "answer": "2", "assign": "3", "ask": "4", "not_mine": "5"}
    options = [Option(act, digit) for act, digit in acts.items() if act in found["acts"]]
    while True:
        chosen = yield Question("staff_one", options=tuple(options), phrase=phrase, values=values)
        if chosen != "read":
            break
        words = yield from look("staff_words", post=post, ref=found["ref"])
        yield from tell("staff_words", "read", phrase="ask.answer", majibu=words)
    outcome = yield from _ACTS[chosen](post, found)
    yield from _told(found["ref"], chosen, outcome)


def _heading(found: dict[str, Any]) -> tuple[str, dict[str, Value]]:
    values: dict[str, Value] = {"ref": found["ref"]}
    if found["late"]:
        return "ask.staff_one", values | {"n": found["late"]}
    if found["due"]:
        return "ask.staff_one_other", values | {"tarehe": date.fromisoformat(found["due"])}
    return "ask.staff_one_plain", values


def _told(ref: str, act: str, outcome: dict[str, Any]) -> Dialogue[None]:
    if outcome["done"]:
        yield from choose("staff_done", ("go_on",), back=False, ref=ref)
        return
    phrase = "ask.staff_refused_other" if act == "ask" else "ask.staff_refused"
    yield from choose("staff_refused", ("go_on",), phrase=phrase, back=False, ref=ref)


def _answer(post: int, found: dict[str, Any]) -> Dialogue[dict[str, Any]]:
    words = yield from tell("staff_answer", ref=found["ref"])
    outcome: dict[str, Any] = yield from do(
        "staff_answer", post=post, ref=found["ref"], words=words
    )
    return outcome


def _ask(post: int, found: dict[str, Any]) -> Dialogue[dict[str, Any]]:
    words = yield from tell("staff_ask", ref=found["ref"])
    outcome: dict[str, Any] = yield from do("staff_ask", post=post, ref=found["ref"], words=words)
    return outcome


def _assign(post: int, found: dict[str, Any]) -> Dialogue[dict[str, Any]]:
    receivers = yield from look("staff_receivers", post=post, ref=found["ref"])
    if not receivers:
        return {"done": False}
    to = yield from choose("staff_to", [_post(one) for one in receivers])
    outcome: dict[str, Any] = yield from do(
        "staff_assign", post=post, ref=found["ref"], to=_chosen(to)
    )
    return outcome


def _not_mine(post: int, found: dict[str, Any]) -> Dialogue[dict[str, Any]]:
    """Another unit's goes back to the complaints unit, another institution's to that one."""
    whose = "institution"
    if found["unit"] is not None:
        whose = yield from choose("staff_not_mine", ("unit", "institution"))
    to = None
    if whose == "institution":
        offices = [Option(one["id"], text=one["label"]) for one in found["elsewhere"]]
        to = yield from choose("staff_where", offices)
    reason = yield from tell("staff_reason")
    outcome: dict[str, Any] = yield from do(
        "staff_not_mine", post=post, ref=found["ref"], to=to, reason=reason
    )
    return outcome


_ACTS = {"answer": _answer, "ask": _ask, "assign": _assign, "not_mine": _not_mine}


def _away(post: int) -> Dialogue[None]:
    until = yield from choose("staff_away", ABSENCES)
    deputies = yield from look("staff_deputies", post=post)
    chosen = yield from choose("staff_deputy", [Option(AS_IS), *(_post(one) for one in deputies)])
    deputy = None if chosen == AS_IS else _chosen(chosen)
    outcome = yield from do("staff_away", post=post, until=until, deputy=deputy)
    phrase = "ask.staff_saved" if outcome["done"] else "ask.staff_saved_other"
    yield from choose("staff_saved", ("go_on",), phrase=phrase, back=False)
