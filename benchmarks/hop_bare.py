"""A bare Flask route behind the product's own web command: the same server, the same settings.

hop.py runs it as `python -m benchmarks.hop_bare --port ... --threads ...`.
"""

from typing import Any

import granian
from flask import Flask, Response

SCREEN = "CON Karibu Mkoa wa Morogoro\n1. Toa kero au lalamiko\n2. Fuatilia lalamiko"


def create_app() -> Flask:
    app = Flask(__name__, static_folder=None)

    @app.post("/hooks/africastalking/<secret>/ussd")
    def ussd(secret: str) -> Response:
        return Response(SCREEN, mimetype="text/plain")

    return app


class _Granian(granian.Granian):  # type: ignore[misc, valid-type]
    """Granian as the product's command sets it up, with the bare application instead."""

    def __init__(self, _target: str, **settings: Any) -> None:
        super().__init__("benchmarks.hop_bare:create_app", **settings)


if __name__ == "__main__":
    vars(granian)["Granian"] = _Granian
    from callcentre.cli.processes import web

    web()
