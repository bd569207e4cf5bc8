"""An exchange written down by keys, as tests/dialogues holds them."""

from callcentre.conversations import Hop


class Transcript:
    def __init__(self, code: str) -> None:
        self.lines: list[str] = [f"> dial {code}"]

    def add(self, hop: Hop, typed: str | None) -> None:
        pass

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"
