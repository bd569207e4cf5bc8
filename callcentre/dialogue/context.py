"""What a dialogue knows before the first answer: whose line it is and what it promises."""

from collections.abc import Mapping
from dataclasses import dataclass

from callcentre import bodies
from callcentre.charters import Charter
from callcentre.dialogue.engine import Option

SECRET, OPEN, ANONYMOUS = "secret", "open", "anonymous"
KINDS = ("opinion", "compliment", "enquiry")


@dataclass(frozen=True)
class Context:
    """The line that was dialled.

    `charters` are those of its institutions, by id in the order of its menu; `keeper` is the id
    of the one that takes what a citizen cannot place; `phone` is the number to ring.
    """

    address: str
    line_name: str
    charters: Mapping[str, Charter]
    keeper: str
    phone: str

    @property
    def commission(self) -> str:
        """How the Commission for Human Rights is reached."""
        body = bodies.find("commission")
        return body.reached if body else ""

    @property
    def police(self) -> str:
        return _phone_of("police")

    @property
    def child(self) -> str:
        """The helpline for children."""
        return _phone_of("child")

    @property
    def shared(self) -> bool:
        return len(self.charters) > 1

    @property
    def name(self) -> str:
        """What the line calls itself on a screen: a shared one by its name, else in full."""
        return self.line_name if self.shared else self.charters[self.keeper].title

    def topics(self, institution: str | None) -> tuple[Option, ...]:
        """The citizen's words for matters, in the charter's fixed order."""
        charter = self.charters[institution or self.keeper]
        return tuple(Option(topic.key, label=f"topic.{topic.key}.menu") for topic in charter.topics)

    def institutions(self) -> tuple[Option, ...]:
        return tuple(Option(name, text=charter.label) for name, charter in self.charters.items())


def _phone_of(key: str) -> str:
    body = bodies.find(key)
    return body.phone if body else ""
