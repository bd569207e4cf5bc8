"""The local network in a process of its own, which nobody kills: it keeps the record.

python -m scripts.kill.network network HOST PORT. Besides all that callcentre.network answers,
`/sending?patience=5` answers as soon as a message is being handed over: {"sending": how many}.
"""

import sys
import threading

from flask import Flask, Response, jsonify, request

from callcentre import config, logs, network

AT_ONCE = 48  # hooks called at the same time
THREADS = 4 * AT_ONCE
HAND_OVERS = {"network.africastalking.messaging", "network.twilio.create"}


class HandOvers:
    """How many messages are being handed over now."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def change(self, by: int) -> None:
        with self._changed:
            self._count += by
            self._changed.notify_all()

    def wait(self, seconds: float) -> int:
        """The count, as soon as there is one or the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self._count, seconds)
            return self._count


def create_app() -> Flask:
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(network.blueprint(config.load(), AT_ONCE))
    hand_overs = HandOvers()

    @app.before_request
    def begins() -> None:
        if request.endpoint in HAND_OVERS:
            hand_overs.change(+1)

    @app.teardown_request
    def ends(_: BaseException | None) -> None:
        if request.endpoint in HAND_OVERS:
            hand_overs.change(-1)

    @app.get("/sending")
    def sending() -> Response:
        return jsonify(sending=hand_overs.wait(request.args.get("patience", 5.0, type=float)))

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="alive")

    return app


def main() -> None:
    from granian import Granian
    from granian.constants import Interfaces

    logs.start(config.load().log_level)
    Granian(
        "scripts.kill.network:create_app",
        factory=True,
        address=sys.argv[2],
        port=int(sys.argv[3]),
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    main()
