"""One tick with the clock moved forward: python -m scripts.kill.later MINUTES.

For the short form, which does not wait the ten minutes after which a message that nobody knows
the fate of goes once more. Web, network and database keep their own time.
"""

import sys
from datetime import timedelta

from callcentre import clock, jobs


def main() -> int:
    with clock.at(clock.now() + timedelta(minutes=float(sys.argv[1]))):
        jobs.tick()
    return 0


if __name__ == "__main__":
    sys.exit(main())
