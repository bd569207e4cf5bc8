"""A telephone network for one laptop: phones, USSD, SMS and the providers' APIs, over real HTTP.

It lives in the same web process as the service it calls, so that process needs at least sixteen
threads, and there must be only one of it: the network's state is in its memory. Nothing in it is
real, nothing leaves the machine, and nothing in the service knows the difference.
"""

import ipaddress

from flask import Blueprint, Response, abort, jsonify, request

from callcentre.config import Config
from callcentre.network import api, handset
from callcentre.network.africastalking import api as africastalking
from callcentre.network.africastalking.provider import AfricasTalking
from callcentre.network.door import Door
from callcentre.network.faults import Switchboard
from callcentre.network.later import Later, Room
from callcentre.network.phones import Phones
from callcentre.network.record import Record
from callcentre.network.refusals import Busy, Refused
from callcentre.network.texts import Texts
from callcentre.network.twilio import api as twilio
from callcentre.network.twilio.provider import Twilio
from callcentre.network.ussd import Ussd

MOST_BYTES = 256 * 1024


def blueprint(config: Config, at_once: int = 4) -> Blueprint:
    """Everything under `/network/` and `/handset/`.

    `at_once` is how many hooks it calls at the same time, and how many citizens wait for theirs;
    in a process that does nothing else there may be many.
    """
    phones, switchboard, record = Phones(), Switchboard(), Record()
    door, later, room = Door(record), Later(at_once), Room(at_once, at_once)
    at, abroad = AfricasTalking(config), Twilio(config)
    ussd = Ussd(phones, switchboard, provider=at, door=door, later=later, room=room)
    texts = Texts(
        phones,
        switchboard,
        providers=(abroad, at),
        door=door,
        later=later,
        room=room,
        record=record,
    )

    network = Blueprint("network", __name__)
    network.register_blueprint(
        api.blueprint(phones, switchboard, ussd=ussd, texts=texts, record=record, later=later)
    )
    network.register_blueprint(
        africastalking.blueprint(config, switchboard, provider=at, texts=texts)
    )
    network.register_blueprint(
        twilio.blueprint(switchboard, provider=abroad, texts=texts, record=record)
    )
    network.register_blueprint(handset.blueprint(phones, switchboard, record))

    @network.before_request
    def guard() -> None:
        request.max_content_length = MOST_BYTES
        if not config.local_network and not _is_this_machine(request.remote_addr):
            abort(403)

    @network.errorhandler(Refused)
    def refused(error: Refused) -> tuple[Response, int]:
        return jsonify(error=str(error)), 400

    @network.errorhandler(Busy)
    def busy(error: Busy) -> tuple[Response, int]:
        return jsonify(error=str(error)), 503

    return network


def _is_this_machine(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
