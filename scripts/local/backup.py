"""scripts/backup and scripts/restore: those commands, with the database and keys of scripts/run."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from scripts.local import servers
from scripts.local.servers import ServerError
from scripts.local.settings import is_running, kept, read_note

UNUSED = {
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "REDIS_URL": "unix:///nowhere",
    "LOCAL_NETWORK": "1",
}


def main() -> int:
    data = Path(os.environ["CALLCENTRE_HOME"])
    given = {name: value for name, value in os.environ.items() if value}
    settings, path = kept(data), [os.environ.get("PATH", os.defpath), str(servers.programs())]
    try:
        with ExitStack() as stack:
            if "DATABASE_URL" not in given and not {"-h", "--help"}.intersection(sys.argv):
                settings |= UNUSED | own_database(data, sys.argv[1], stack)
                path.reverse()
            command = [sys.executable, "-P", "-m", "callcentre", *sys.argv[1:]]
            environment = settings | given | {"PATH": os.pathsep.join(path)}
            return subprocess.run(command, env=environment).returncode
    except (ServerError, OSError) as fault:
        print(fault, file=sys.stderr)
        return 1


def own_database(data: Path, command: str, stack: ExitStack) -> dict[str, str]:
    """The database in the data folder: as it runs, or started for this command alone."""
    if not (data / "settings.env").exists():
        raise ServerError(
            f"{data} has no settings.env: put that of the system which was backed up there first"
            if command == "restore"
            else f"There is nothing in {data} to back up: scripts/run has never run there."
        )
    if is_running(data):
        note = read_note(data)
        if command == "backup" and note:
            return note.settings
        raise ServerError(f"scripts/run is running on {data}: stop it first (Ctrl-C).")
    stack.enter_context(servers.locked(data / "run.lock"))
    server = servers.postgres(data / "postgres", servers.socket_folder(data))
    stack.callback(server.stop)
    server.start()
    return {"DATABASE_URL": server.url}


if __name__ == "__main__":
    sys.exit(main())
