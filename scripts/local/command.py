"""scripts/callcentre: the callcentre command, seeing what scripts/run has running."""

import os
import sys
from pathlib import Path

from scripts.local.settings import is_running, kept, read_note

NEED_NOTHING = ("charter", "due", "-h", "--help")


def main() -> int:
    arguments = sys.argv[1:]
    data = Path(os.environ["CALLCENTRE_HOME"])
    settings = kept(data)
    if is_running(data) and (note := read_note(data)):
        settings |= note.settings
    elif not os.environ.get("DATABASE_URL") and arguments and not needs_nothing(arguments):
        print("Nothing is running here: start scripts/run first.", file=sys.stderr)
        return 1
    environment = settings | {name: value for name, value in os.environ.items() if value}
    command = [sys.executable, "-P", "-m", "callcentre", *arguments]
    os.execve(sys.executable, command, environment)


def needs_nothing(arguments: list[str]) -> bool:
    return arguments[0] in NEED_NOTHING or not {"-h", "--help"}.isdisjoint(arguments)


if __name__ == "__main__":
    sys.exit(main())
