"""What a dialogue knows before the first answer: whose line it is and what it promises."""

from collections.abc import Mapping
from dataclasses import dataclass

from callcentre.charters import TOPIC_PAGES, Charter
from callcentre.dialogue.engine import OPTIONS_ON_A_PAGE, Option

SECRET, OPEN, ANONYMOUS = "secret", "open", "anonymous"
KINDS = ("opinion", "compliment", "enquiry")


@dataclass(frozen=True)
class Context:
    """The line that was dialled.

    `charters` are those of its institutions, by id; `keeper` is the id of the one that takes what
    a citizen cannot place; `phone` is the number to ring.
    """

    address: str
    line_name: str
    charters: Mapping[str, Charter]
    keeper: str
    phone: str

    @property
    def shared(self) -> bool:
        return len(self.charters) > 1

    @property
    def name(self) -> str:
        """What the line calls itself on a screen: a shared one by its name, else in full."""
        return self.line_name if self.shared else self.charters[self.keeper].title

    def topics(self, institution: str | None) -> tuple[Option, ...]:
        """The citizen's words for matters; each keeps its digit and page whatever is left out."""
        charter = self.charters[institution or self.keeper]
        offered = {topic.key for topic in charter.topics}
        return tuple(
            Option(topic, str(digit), f"topic.{topic}.menu", page=page)
            for page, digits in enumerate(TOPIC_PAGES)
            for topic, digit in digits.items()
            if topic in offered
        )

    def institutions(self) -> tuple[Option, ...]:
        """The institutions of the line by their digits: 1 to 5 on the first page of a menu."""
        return tuple(
            Option(name, str(one.digit), text=one.label, page=(one.digit - 1) // OPTIONS_ON_A_PAGE)
            for name, one in sorted(self.charters.items(), key=lambda named: named[1].digit)
        )
