"""Sample requests of Africa's Talking, as a test sends them (tests/payloads.json)."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from werkzeug.test import Client, TestResponse

from conversations.phone import add_line, bring

ROWS: dict[str, Any] = {
    row["id"]: row
    for row in json.loads((Path(__file__).parents[1] / "payloads.json").read_text("utf-8"))
}
HOOKS = {
    "ussd_callback": "ussd",
    "ussd_event": "ussd/ended",
    "sms_incoming": "sms",
    "sms_delivery_report": "sms/receipt",
}
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)  # two seconds after the date in the rows
MOBILE, ROAMER = "+255754000001", "+254700000001"  # the numbers in the rows


def add_the_lines_of_the_rows() -> None:
    for code in ("*384*000#", "*384*001#", "*149*46#"):
        add_line(code, "kilosa")
    add_line("21512", "kilosa", channel="sms")


def play(client: Client, name: str) -> TestResponse:
    """Send a row as it stands, to its hook."""
    row = ROWS[name]
    hook, body = HOOKS[row["kind"]], row["body"].encode()
    return bring(client, hook, body, at=NOW, content_type=row["headers"]["Content-Type"])


def form(name: str) -> dict[str, str]:
    """The fields of a row, decoded."""
    return dict(ROWS[name]["form"])
