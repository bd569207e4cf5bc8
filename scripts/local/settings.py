"""What scripts/run keeps in its data folder: the secrets it made up once, and a note of the run."""

import base64
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.local.servers import locked

HEAD = """\
# Made up by scripts/run. Keep this file: without DATA_KEY the complaints cannot be read again.
# What is set in the environment comes before what is written here.
"""
MADE_UP: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "DATA_KEY": lambda: base64.urlsafe_b64encode(os.urandom(32)).decode(),
    "AFRICASTALKING_USERNAME": lambda: "sandbox",
    "AFRICASTALKING_API_KEY": lambda: secrets.token_hex(32),
    "AFRICASTALKING_HOOK_SECRET": lambda: secrets.token_urlsafe(32),
    "TWILIO_ACCOUNT_SID": lambda: f"AC{secrets.token_hex(16)}",
    "TWILIO_AUTH_TOKEN": lambda: secrets.token_hex(16),
}


@dataclass(frozen=True, slots=True)
class Note:
    """What others may know of a run: `run` marks its processes, see processes.end_left_overs."""

    run: str
    address: str
    settings: dict[str, str]


def kept(data: Path) -> dict[str, str]:
    """The settings in settings.env. Comments and empty values count as absent."""
    path = data / "settings.env"
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = (line.partition("=") for line in lines if not line.lstrip().startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs if value.strip()}


def kept_or_made_up(data: Path) -> dict[str, str]:
    """The settings in settings.env, where those that were missing are written first."""
    settings = kept(data)
    missing = {name: make() for name, make in MADE_UP.items() if name not in settings}
    if missing:
        settings |= missing
        lines = (f"{name}={value}\n" for name, value in settings.items())
        _write(data / "settings.env", HEAD + "".join(lines))
    return settings


def write_note(data: Path, note: Note) -> None:
    _write(data / "run.json", json.dumps(asdict(note), indent=2))


def read_note(data: Path) -> Note | None:
    """The note of the last run, which may have ended or been killed since."""
    try:
        return Note(**json.loads((data / "run.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def is_running(data: Path) -> bool:
    """Whether a run holds this data folder now."""
    try:
        with locked(data / "run.lock"):
            return False
    except BlockingIOError:
        return True
    except OSError:
        return False


def _write(path: Path, text: str) -> None:
    """Readable by us alone, and whole or not at all."""
    half = path.with_name(path.name + ".new")
    half.unlink(missing_ok=True)
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    half.replace(path)
