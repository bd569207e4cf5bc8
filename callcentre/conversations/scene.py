"""Where something is read or done for a dialogue."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from callcentre.lines import Edition, Line


@dataclass(frozen=True, slots=True)
class Scene:
    """Where it happens: the line, the language, and the phone (None once it is nameless)."""

    session: Session
    line: Line
    language: str
    edition: Edition
    number: str | None
    now: datetime
    channel: str
