"""A telephone network for one laptop: phones, USSD, SMS, calls, the providers' APIs, over HTTP.

It lives in the same web process as the service it calls, so that process needs at least sixteen
threads, and there must be only one of it: the network's state is in its memory. Nothing in it is
real, nothing leaves the machine, and nothing in the service knows the difference.
"""

import ipaddress

from flask import Blueprint, Response, abort, jsonify, request

from callcentre.config import Config
from callcentre.network import api, handset
from callcentre.network.africastalking import api as africastalking
from callcentre.network.africastalking import voice_api as africastalking_voice
from callcentre.network.africastalking.provider import AfricasTalking
from callcentre.network.africastalking.voice import AfricasTalkingVoice
from callcentre.network.asking import Asker
from callcentre.network.calls import Calls
from callcentre.network.courier import Courier
from callcentre.network.course import Course
from callcentre.network.door import Door
from callcentre.network.exchange import Exchange
from callcentre.network.faults import Switchboard
from callcentre.network.later import Later, Room
from callcentre.network.phones import Phones
from callcentre.network.record import Record
from callcentre.network.refusals import Busy, Refused
from callcentre.network.texts import Texts
from callcentre.network.twilio import api as twilio
from callcentre.network.twilio import voice_api as twilio_voice
from callcentre.network.twilio.provider import Twilio
from callcentre.network.twilio.voice import TwilioVoice
from callcentre.network.ussd import Ussd

MOST_BYTES = 256 * 1024


def blueprint(config: Config, at_once: int = 4) -> Blueprint:
    """Everything under `/network/` and `/handset/`.

    `at_once` is how many hooks it calls at the same time, and how many citizens wait for theirs;
    in a process that does nothing else there may be many.
    """
    phones, switchboard, record, calls = Phones(), Switchboard(), Record(), Calls()
    door, later, room = Door(record), Later(at_once), Room(at_once, at_once)
    at, abroad = AfricasTalking(config), Twilio(config)
    at_voice = AfricasTalkingVoice(config, switchboard)
    abroad_voice = TwilioVoice(config, switchboard)
    courier = Courier(switchboard, door=door, later=later)
    ussd = Ussd(phones, switchboard, provider=at, door=door, later=later, room=room)
    texts = Texts(
        phones,
        switchboard,
        providers=(abroad, at),
        courier=courier,
        room=room,
        record=record,
    )
    voices = (abroad_voice, at_voice)
    course = Course(
        phones,
        switchboard,
        voices=voices,
        asker=Asker(phones, switchboard, door),
        courier=courier,
        later=later,
        calls=calls,
    )
    exchange = Exchange(phones, switchboard, voices=voices, course=course, later=later, room=room)

    network = Blueprint("network", __name__)
    network.register_blueprint(
        api.blueprint(
            phones,
            switchboard,
            ussd=ussd,
            texts=texts,
            exchange=exchange,
            record=record,
            calls=calls,
            later=later,
        )
    )
    network.register_blueprint(
        africastalking_voice.blueprint(
            config, switchboard, voice=at_voice, exchange=exchange, calls=calls
        )
    )
    network.register_blueprint(
        twilio_voice.blueprint(
            config, switchboard, voice=abroad_voice, exchange=exchange, calls=calls
        )
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
