"""What a dialogue knows before the first answer: whose line it is and what it promises."""

from collections.abc import Mapping
from dataclasses import dataclass

from callcentre.charters import Charter
from callcentre.dialogue.engine import Option
from callcentre.lines import Line

SECRET, OPEN, ANONYMOUS = "secret", "open", "anonymous"
KINDS = ("opinion", "compliment", "enquiry")


@dataclass(frozen=True)
class Context:
    """`charters` are those of the line's institutions, by id; `phone` is the number to ring."""

    line: Line
    charters: Mapping[str, Charter]
    phone: str

    @property
    def keeper(self) -> Charter:
        return self.charters[self.line.keeper]

    @property
    def name(self) -> str:
        """What the line calls itself on a screen: a shared one by its name, else in full."""
        return self.line.name if self.line.shared else self.keeper.title

    def topics(self, institution: str | None) -> tuple[Option, ...]:
        """The citizen's words for matters, in the charter's fixed order."""
        charter = self.charters[institution] if institution else self.keeper
        return tuple(Option(topic.key, label=f"topic.{topic.key}.menu") for topic in charter.topics)

    def institutions(self) -> tuple[Option, ...]:
        return tuple(
            Option(name, text=self.charters[name].label) for name in self.line.institutions
        )
