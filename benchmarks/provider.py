"""Africa's Talking's way of sending, as lean as can be: it takes, answers, and reports delivery.

    python -m benchmarks.provider --port P [--answer-after S] [--hook URL]

Every send is answered after so many seconds. With `--hook` each is then reported as Sent after half
a second and as Success a second later, over a few connections that are kept. `GET /counts` tells
how many were handed over and how the reports were answered, `GET /handed` when each number was
handed over. It runs in a process of its own, on the cores of what is measured: what it uses is
missing there.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

SENT_AFTER, SUCCESS_AFTER = 0.5, 1.5  # seconds, from the answer to the reports
CONNECTIONS = 16  # of reports


@dataclass(slots=True)
class Record:
    """What was handed over, as number and moment (seconds of the epoch), and what was reported."""

    handed: list[tuple[str, float]] = field(default_factory=list)
    reported: int = 0
    refused: int = 0
    last_report: float = 0.0

    def counts(self) -> dict[str, float]:
        return {
            "handed": len(self.handed),
            "reported": self.reported,
            "refused": self.refused,
            "last_report": self.last_report,
        }


class Reports:
    """Delivery reports on their way to the hook."""

    def __init__(self, hook: str, record: Record) -> None:
        self.hook, self.record = urlsplit(hook), record
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue()
        self.carriers = [asyncio.create_task(self._carry()) for _ in range(CONNECTIONS)]

    def promise(self, message_id: str, number: str) -> None:
        """Report a message as sent soon, and as delivered a second later."""
        later = asyncio.get_running_loop().call_later
        later(SENT_AFTER, self._report, message_id, number, "Sent")
        later(SUCCESS_AFTER, self._report, message_id, number, "Success")

    def _report(self, message_id: str, number: str, status: str) -> None:
        form = urlencode(
            {
                "id": message_id,
                "status": status,
                "phoneNumber": number,
                "networkCode": "64004",
                "retryCount": "0",
            }
        )
        self.waiting.put_nowait(
            f"POST {self.hook.path} HTTP/1.1\r\nHost: {self.hook.netloc}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(form)}\r\n\r\n{form}".encode()
        )

    async def _carry(self) -> None:
        reader, writer = await asyncio.open_connection(self.hook.hostname, self.hook.port)
        while True:
            writer.write(await self.waiting.get())
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            if head.startswith(b"HTTP/1.1 200"):
                self.record.reported += 1
                self.record.last_report = time.time()
            else:
                self.record.refused += 1


class Door(asyncio.Protocol):
    """One connection, kept, on which one request follows the answer to the last."""

    def __init__(self, record: Record, answer_after: float, reports: Reports | None) -> None:
        self.record, self.answer_after, self.reports = record, answer_after, reports
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        for head, body in self._requests():
            if head.startswith(b"POST "):
                self._take(body.decode())
            elif head.startswith(b"GET /counts "):
                self._answer(b"200 OK", json.dumps(self.record.counts()).encode())
            elif head.startswith(b"GET /handed "):
                self._answer(b"200 OK", json.dumps(self.record.handed).encode())
            else:
                self._answer(b"404 Not Found", b"")

    def _requests(self) -> Iterator[tuple[bytes, bytes]]:
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head, start = self.received[:end], end + 4
            end = start + _length(head)
            if len(self.received) < end:
                return
            body, self.received = self.received[start:end], self.received[end:]
            yield head, body

    def _take(self, form: str) -> None:
        number = parse_qs(form)["to"][0]
        self.record.handed.append((number, time.time()))
        message_id = f"ATXid_{len(self.record.handed):032x}"
        asyncio.get_running_loop().call_later(self.answer_after, self._taken, message_id, number)

    def _taken(self, message_id: str, number: str) -> None:
        recipient = {
            "statusCode": 101,
            "number": number,
            "status": "Success",
            "cost": "TZS 22.0000",
            "messageId": message_id,
        }
        told = {"Message": "Sent to 1/1 Total Cost: TZS 22.0000", "Recipients": [recipient]}
        self._answer(b"201 Created", json.dumps({"SMSMessageData": told}).encode())
        if self.reports is not None:
            self.reports.promise(message_id, number)

    def _answer(self, status: bytes, body: bytes) -> None:
        self.transport.write(
            b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (status, len(body), body)
        )


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(b"\r\ncontent-length:")
    return int(lower[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def serve(port: int, answer_after: float, hook: str) -> None:
    record = Record()
    reports = Reports(hook, record) if hook else None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Door(record, answer_after, reports), "127.0.0.1", port
    )
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--answer-after", type=float, default=0.2)
    parser.add_argument(
        "--hook", default="", help="where the reports go; without it there are none"
    )
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.answer_after, options.hook))


if __name__ == "__main__":
    main()
