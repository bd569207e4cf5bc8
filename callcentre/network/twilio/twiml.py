"""The TwiML with which a service answers Twilio's calls: from "TwiML for Programmable Voice".

Of its verbs, those that a call centre speaks; an unknown one, or one without what it needs, makes
the whole answer useless (error 12100 or 12200 there).
"""

from collections.abc import Callable
from xml.etree import ElementTree

from callcentre.network.verbs import (
    Callee,
    Dequeue,
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Pause,
    Play,
    Prompt,
    Record,
    Redirect,
    Reject,
    Say,
    Unusable,
    Verb,
)

ANY_KEY = "0123456789*#"
MOST_SECONDS = 14_400.0
LONGEST_NAME = 64

Element = ElementTree.Element


def read(answer: bytes) -> list[Verb]:
    """The verbs in order. Raises Unusable."""
    try:
        root = ElementTree.fromstring(answer)
    except ElementTree.ParseError as wrong:
        raise Unusable(f"The answer is not XML: {wrong}") from None
    if root.tag != "Response":
        raise Unusable(f"The answer is a {root.tag}, not a Response")
    return [_verb(element) for element in root]


def _verb(element: Element) -> Verb:
    reader = _READERS.get(element.tag)
    if reader is None:
        raise Unusable(f"There is no verb {element.tag}")
    return reader(element)


def _say(element: Element) -> Say:
    return Say(" ".join("".join(element.itertext()).split()))


def _play(element: Element) -> Play | Pause:
    """A clip; keys that are played to the caller last no time."""
    if element.get("digits"):
        return Pause(0)
    return Play(_url(element), times=int(_number(element, "loop", 1)) or 1)


def _pause(element: Element) -> Pause:
    return Pause(_number(element, "length", 1))


def _gather(element: Element) -> Gather:
    most = element.get("numDigits")
    return Gather(
        _prompts(element),
        most=None if most is None else int(_number(element, "numDigits", 1)),
        finish=element.get("finishOnKey", "#"),
        timeout=_number(element, "timeout", 5),
        action=element.get("action", ""),
        even_empty=_is_true(element, "actionOnEmptyResult"),
    )


def _record(element: Element) -> Record:
    return Record(
        (),
        finish=element.get("finishOnKey", ANY_KEY),
        timeout=_number(element, "timeout", 5),
        longest=_number(element, "maxLength", 3600),
        action=element.get("action", ""),
        notify=element.get("recordingStatusCallback", ""),
    )


def _dial(element: Element) -> Dial | Dequeue:
    action = element.get("action")
    queue = element.find("Queue")
    if queue is not None:
        return Dequeue(_words(queue), action=action)
    numbers = [
        Callee(_words(child), whisper=child.get("url", ""))
        for child in element
        if child.tag in ("Number", "Client", "Sip")
    ]
    plain = (element.text or "").strip()
    if plain:
        numbers.insert(0, Callee(plain))
    if not numbers:
        raise Unusable("Dial rings nobody")
    return Dial(
        tuple(numbers),
        in_turn=_is_true(element, "sequential"),
        record=element.get("record", "do-not-record") not in ("do-not-record", "false"),
        timeout=_number(element, "timeout", 30),
        action=action,
        caller=element.get("callerId", ""),
        notify=element.get("recordingStatusCallback", ""),
    )


def _enqueue(element: Element) -> Enqueue:
    name = _words(element)
    if not 0 < len(name) <= LONGEST_NAME:
        raise Unusable(f"The name of a queue has 1 to {LONGEST_NAME} characters")
    return Enqueue(name, wait=element.get("waitUrl") or None, action=element.get("action"))


def _redirect(element: Element) -> Redirect:
    return Redirect(_url(element))


def _reject(element: Element) -> Reject:
    return Reject(busy=element.get("reason", "rejected") == "busy")


def _leave(element: Element) -> Leave:
    return Leave()


def _hangup(element: Element) -> Hangup:
    return Hangup()


_PROMPTS: dict[str, Callable[[Element], Prompt]] = {"Say": _say, "Play": _play, "Pause": _pause}
_READERS: dict[str, Callable[[Element], Verb]] = {
    **_PROMPTS,
    "Gather": _gather,
    "Record": _record,
    "Dial": _dial,
    "Enqueue": _enqueue,
    "Redirect": _redirect,
    "Reject": _reject,
    "Leave": _leave,
    "Hangup": _hangup,
}


def _prompts(element: Element) -> tuple[Prompt, ...]:
    for child in element:
        if child.tag not in _PROMPTS:
            raise Unusable(f"{element.tag} cannot hold {child.tag}")
    return tuple(_PROMPTS[child.tag](child) for child in element)


def _words(element: Element) -> str:
    return (element.text or "").strip()


def _url(element: Element) -> str:
    url = _words(element)
    if not url:
        raise Unusable(f"{element.tag} has no address")
    return url


def _number(element: Element, name: str, default: float) -> float:
    written = element.get(name)
    if written is None:
        return default
    if not written.isdecimal() or int(written) > MOST_SECONDS:
        raise Unusable(f"{name} of {element.tag} must be a whole number")
    return int(written)


def _is_true(element: Element, name: str) -> bool:
    return element.get(name, "false").lower() == "true"
