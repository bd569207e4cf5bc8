"""What Africa's Talking takes for an answer to a call, written from its documentation.

https://developers.africastalking.com/docs/voice/actions: which elements there are, how their
attributes are spelt, which may stand in which, and in what order.
"""

from dataclasses import dataclass
from xml.etree.ElementTree import Element, fromstring


@dataclass(frozen=True)
class Rule:
    allowed: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    text: bool = False
    children: tuple[str, ...] = ()  # exactly one of them


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


RULES = {
    "Say": Rule(_words("voice playBeep"), text=True),
    "Play": Rule(_words("url"), _words("url")),
    "GetDigits": Rule(
        _words("numDigits timeout finishOnKey callbackUrl"), children=("Say", "Play")
    ),
    "Record": Rule(
        _words("finishOnKey maxLength timeout trimSilence playBeep callbackUrl"),
        children=("Say", "Play"),
    ),
    "Dial": Rule(
        _words("phoneNumbers record sequential callerId ringBackTone ringbackTone maxDuration"),
        _words("phoneNumbers"),
    ),
    "Enqueue": Rule(_words("holdMusic name")),
    "Dequeue": Rule(_words("phoneNumber name"), _words("phoneNumber")),
    "Redirect": Rule(text=True),
    "Reject": Rule(),
}
NEVER_LAST = ("GetDigits", "Record")  # no input calls nobody back: what stands next is done


def faults(xml: bytes) -> list[str]:
    """What is wrong with an answer, in short words; nothing for a good one."""
    root = fromstring(xml)
    found = [] if (root.tag, root.attrib) == ("Response", {}) else ["root"]
    names = [child.tag for child in root]
    for child in root:
        found += _faults(child)
    if "Reject" in names and len(names) > 1:
        found.append("Reject is not alone")
    if names and names[-1] in NEVER_LAST:
        found.append(f"nothing after {names[-1]}")
    if "Redirect" in names[:-1]:
        found.append("something after Redirect")
    return found


def _faults(element: Element) -> list[str]:
    rule = RULES.get(element.tag)
    if rule is None:
        return [f"no element {element.tag}"]
    given = set(element.attrib)
    found = [f"{element.tag} has no {name}" for name in sorted(given - rule.allowed)]
    found += [f"{element.tag} needs {name}" for name in sorted(rule.needed - given)]
    if bool(element.text) != rule.text:
        found.append(f"text of {element.tag}")
    children = [child.tag for child in element]
    if rule.children and (len(children) != 1 or children[0] not in rule.children):
        found.append(f"children of {element.tag}")
    if children and not rule.children:
        found.append(f"children of {element.tag}")
    for child in element:
        found += _faults(child)
    return found
