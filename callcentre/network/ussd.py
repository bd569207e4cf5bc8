"""USSD: the operator's side of a session, from dialling a code to the end event.

A session belongs to one phone. It goes on while the service answers `CON`, and is over when the
service answers `END`, when the person cancels or dials again, or when an answer cannot be used.
"""

import re
import secrets

from callcentre import clock
from callcentre.network.africastalking import wire
from callcentre.network.africastalking.provider import AfricasTalking
from callcentre.network.door import Door
from callcentre.network.faults import Switchboard
from callcentre.network.later import Later, Room
from callcentre.network.phones import Phone, Phones, Session
from callcentre.network.refusals import Refused

OPERATOR_ERROR = "Tatizo la mtandao au MMI code si sahihi."
MOST_TYPED = 1000

_CODE = re.compile(r"(\*[0-9]{1,6}(?:\*[0-9]{1,6})?)((?:\*[0-9]{1,20}){0,20})#")


def split(code: str) -> tuple[str, str]:
    """A dialled code as the service code and the keys already given after it.

    `*149*50*2*2600123454#` is the code `*149*50#` with the keys `2*2600123454`.
    """
    match = _CODE.fullmatch(code.strip())
    if match is None:
        raise Refused(f"{code[:40]!r} is not a USSD code; one looks like *149*50#")
    return match[1] + "#", match[2].removeprefix("*")


class Ussd:
    def __init__(
        self,
        phones: Phones,
        switchboard: Switchboard,
        *,
        provider: AfricasTalking,
        door: Door,
        later: Later,
        room: Room,
    ) -> None:
        self._phones = phones
        self._switchboard = switchboard
        self._provider = provider
        self._door = door
        self._later = later
        self._room = room

    def dial(self, number: str, code: str) -> Phone:
        """Open a session and show the service's first screen."""
        service_code, keys = split(code)
        with self._room.enter():
            with self._phones.lock:
                phone = self._phones.get(number)
                self._hang_up(phone)
                session = Session(
                    id=f"ATUid_{secrets.token_hex(16)}",
                    number=number,
                    code=service_code,
                    inputs=[keys] if keys else [],
                )
                phone.session, phone.screen = session, ""
            self._limit(phone, session)
            self._hop(phone, session, typed=code.strip())
            return phone

    def type(self, number: str, text: str) -> Phone:
        """Answer the screen and show the next one."""
        if len(text) > MOST_TYPED:
            raise Refused(f"An answer may have at most {MOST_TYPED} characters")
        with self._room.enter():
            with self._phones.lock:
                phone = self._phones.get(number)
                session = phone.session
                if session is None or not session.active:
                    raise Refused(f"{number} has no open session; dial a code first")
                if session.waiting:
                    raise Refused(f"{number} is still waiting for an answer")
                session.inputs.append(text)
                session.waiting = True
            self._hop(phone, session, typed=text)
            return phone

    def cancel(self, number: str) -> Phone:
        """Press the red key: the session, if there is one, is over and the screen is empty."""
        with self._phones.lock:
            phone = self._phones.get(number)
            self._hang_up(phone)
            phone.screen = ""
            return phone

    def _hop(self, phone: Phone, session: Session, *, typed: str) -> None:
        answer = self._ask(session)
        with self._phones.lock:
            session.waiting = False
            if not session.active:  # the person left before the answer came
                return
            session.hops += 1
            session.last_answer = answer.raw
            session.echo = answer.metadata
            if answer.metadata is not None:
                session.metadata.append(answer.metadata)
            phone.screen = OPERATOR_ERROR if answer.error else answer.text
            session.transcript.append((typed, phone.screen))
            if answer.error:
                self._end(session, "Failed", error=answer.error)
            elif answer.ends:
                self._end(session, "Success")

    def _ask(self, session: Session) -> wire.UssdAnswer:
        faults = self._switchboard.faults
        session.waiting = True
        headers = {}
        if session.echo is not None and faults.hop_metadata:
            headers[wire.HOP_METADATA] = session.echo
        hook = self._provider.hook("ussd", wire.ussd_hop(session), headers)
        deadline = faults.ussd_deadline_s
        for _ in range(2 if self._switchboard.happens(faults.duplicate_hooks) else 1):
            asked = clock.monotonic()
            response = self._door.post(hook, timeout=deadline)
            if clock.monotonic() - asked > deadline:
                response = None
        return wire.read_ussd(response)

    def _limit(self, phone: Phone, session: Session) -> None:
        seconds = self._switchboard.faults.session_limit_s
        if seconds:
            self._later.after(seconds, lambda: self._cut(phone, session))

    def _cut(self, phone: Phone, session: Session) -> None:
        with self._phones.lock:
            if session.active:
                self._end(session, "Incomplete", error="Session timed out")
                if phone.session is session:
                    phone.screen = OPERATOR_ERROR

    def _hang_up(self, phone: Phone) -> None:
        if phone.session is not None and phone.session.active:
            self._end(phone.session, "Incomplete")

    def _end(self, session: Session, status: str, *, error: str | None = None) -> None:
        session.ended = status
        faults = self._switchboard.faults
        if not faults.end_events:
            return
        event = wire.ussd_ended(session, error, clock.now())
        for _ in range(2 if self._switchboard.happens(faults.duplicate_hooks) else 1):
            self._later.after(faults.end_event_delay_s, lambda: self._tell(event))

    def _tell(self, event: dict[str, str]) -> None:
        self._door.post(self._provider.hook("ussd/ended", event))
