"""The XML with which a service answers Africa's Talking: from "Voice / Actions" of its pages.

Names of actions and attributes are taken exactly as they are printed there; an action that is not
known, or one without what it needs, makes the whole answer useless.
"""

from collections.abc import Callable
from xml.etree import ElementTree

from callcentre.network.verbs import (
    Callee,
    Dequeue,
    Dial,
    Enqueue,
    Gather,
    Play,
    Prompt,
    Record,
    Redirect,
    Reject,
    Say,
    Unusable,
    Verb,
)

KEYS_S, SILENCE_S = 5.0, 5.0  # not said there: as at Twilio
LONGEST_S = 3600.0
RING_S = 30.0

Element = ElementTree.Element


def read(answer: bytes) -> list[Verb]:
    """The actions in order; those after one that is the last are never reached.

    Raises Unusable.
    """
    try:
        root = ElementTree.fromstring(answer)
    except ElementTree.ParseError as wrong:
        raise Unusable(f"The answer is not XML: {wrong}") from None
    if root.tag != "Response":
        raise Unusable(f"The answer is a {root.tag}, not a Response")
    verbs: list[Verb] = []
    for element in root:
        reader = _READERS.get(element.tag)
        if reader is None:
            raise Unusable(f"There is no action {element.tag}")
        verbs.append(reader(element))
        if _is_last(verbs[-1]):
            break
    return verbs


def _is_last(verb: Verb) -> bool:
    to_the_end = isinstance(verb, Record) and verb.to_the_end
    return to_the_end or isinstance(verb, Redirect | Reject | Enqueue | Dequeue)


def _say(element: Element) -> Say:
    words = " ".join("".join(element.itertext()).split())
    if not words:
        raise Unusable("Say has nothing to say")
    return Say(words)


def _play(element: Element) -> Play:
    return Play(_needed(element, "url"))


def _get_digits(element: Element) -> Gather:
    prompts = _prompts(element)
    if len(prompts) != 1:
        raise Unusable("GetDigits holds exactly one Say or Play")
    most = element.get("numDigits")
    return Gather(
        prompts,
        most=None if most is None else int(_number(element, "numDigits", 1)),
        finish=element.get("finishOnKey", ""),
        timeout=_number(element, "timeout", KEYS_S),
        action=element.get("callbackUrl", ""),
    )


def _record(element: Element) -> Record:
    """With nothing in it, it lasts to the end of the call."""
    prompts = _prompts(element)
    return Record(
        prompts,
        finish=element.get("finishOnKey", ""),
        timeout=_number(element, "timeout", SILENCE_S),
        longest=_number(element, "maxLength", LONGEST_S),
        action=element.get("callbackUrl", ""),
        to_the_end=not element.attrib and not prompts,
        even_empty=True,
    )


def _dial(element: Element) -> Dial:
    numbers = _needed(element, "phoneNumbers").split(",")
    return Dial(
        tuple(Callee(number.strip()) for number in numbers),
        in_turn=_is_true(element, "sequential"),
        record=_is_true(element, "record"),
        timeout=RING_S,
        action="",
        tone=element.get("ringBackTone") or element.get("ringbackTone") or "",
        caller=element.get("callerId", ""),
        tell_bridge=True,
        falls_through=True,
    )


def _enqueue(element: Element) -> Enqueue:
    return Enqueue(element.get("name", ""), music=element.get("holdMusic", ""))


def _dequeue(element: Element) -> Dequeue:
    return Dequeue(element.get("name", ""), line=_needed(element, "phoneNumber"))


def _redirect(element: Element) -> Redirect:
    url = (element.text or "").strip()
    if not url:
        raise Unusable("Redirect has no address")
    return Redirect(url)


def _reject(element: Element) -> Reject:
    return Reject()


_READERS: dict[str, Callable[[Element], Verb]] = {
    "Say": _say,
    "Play": _play,
    "GetDigits": _get_digits,
    "Record": _record,
    "Dial": _dial,
    "Enqueue": _enqueue,
    "Dequeue": _dequeue,
    "Redirect": _redirect,
    "Reject": _reject,
}


def _prompts(element: Element) -> tuple[Prompt, ...]:
    readers: dict[str, Callable[[Element], Prompt]] = {"Say": _say, "Play": _play}
    for child in element:
        if child.tag not in readers:
            raise Unusable(f"{element.tag} cannot hold {child.tag}")
    return tuple(readers[child.tag](child) for child in element)


def _needed(element: Element, name: str) -> str:
    value = element.get(name)
    if not value:
        raise Unusable(f"{element.tag} needs {name}")
    return value


def _number(element: Element, name: str, default: float) -> float:
    written = element.get(name)
    if written is None:
        return default
    try:
        value = float(written)
    except ValueError:
        value = 0
    if not 0 < value <= LONGEST_S:
        raise Unusable(f"{name} of {element.tag} must be a number up to {LONGEST_S:.0f}")
    return value


def _is_true(element: Element, name: str) -> bool:
    return element.get(name, "false").lower() == "true"
