"""Run a command beside throw-away servers: python -m scripts.local.throwaway COMMAND ..."""

import os
import subprocess
import sys

from scripts.local.servers import throwaway
from scripts.local.settings import MADE_UP


def main() -> int:
    settings = {name: make() for name, make in MADE_UP.items()}
    settings |= {"PUBLIC_URL": "http://127.0.0.1:8000", "LOCAL_NETWORK": "1"}
    with throwaway() as urls:
        environment = settings | os.environ | urls.environment()
        return subprocess.run(sys.argv[1:], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
