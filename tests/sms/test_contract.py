"""What every provider of text does alike: the same table of cases, for each of them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from conversations.provider import ASHA, JSON, Api, answered, at, serving

from callcentre.outbox import Outgoing
from callcentre.sms.providers import PROVIDERS, africastalking, twilio
from callcentre.sms.providers.contract import TextProvider


@dataclass(frozen=True)
class Way:
    """A provider, and its own words for the same things."""

    provider: TextProvider
    incoming: dict[str, str]
    report: dict[str, str]
    words: dict[str, str]  # ours, and what its report says for it
    taken: str
    number_field: str

    @property
    def letter(self) -> Outgoing:
        return Outgoing(1, 7, self.provider.NAME, "15001", ASHA, "Tumepokea", None)


WAYS = [
    Way(
        africastalking,  # type: ignore[arg-type]
        {"from": ASHA, "to": "15001", "text": "Maji", "id": "A1", "date": ""},
        {"id": "A1", "phoneNumber": ASHA},
        {"sent": "Sent", "delivered": "Success", "failed": "Failed", "none": "Nonsense"},
        answered(101),
        "phoneNumber",
    ),
    Way(
        twilio,  # type: ignore[arg-type]
        {"From": ASHA, "To": "15001", "Body": "Maji", "MessageSid": "A1"},
        {"MessageSid": "A1", "To": ASHA},
        {"sent": "sent", "delivered": "delivered", "failed": "failed", "none": "nonsense"},
        json.dumps({"sid": "ATXid_1", "status": "queued"}),
        "To",
    ),
]
STATUS = {"africastalking": "status", "twilio": "MessageStatus"}

each_provider = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.provider.NAME)


@pytest.fixture
def api(schema: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with serving(monkeypatch) as api:
        yield api


def test_every_provider_is_tried_here() -> None:
    assert {way.provider.NAME for way in WAYS} == set(PROVIDERS)


@each_provider
def test_an_sms_is_who_wrote_what_where_under_which_id(way: Way) -> None:
    heard = way.provider.parse_message(way.incoming)
    assert (heard.number, heard.address, heard.text, heard.id) == (ASHA, "15001", "Maji", "A1")
    assert heard.provider == way.provider.NAME


@each_provider
@pytest.mark.parametrize("status", ["sent", "delivered", "failed"])
def test_a_report_says_one_of_three_things(way: Way, status: str) -> None:
    form = way.report | {STATUS[way.provider.NAME]: way.words[status]}
    receipt = way.provider.parse_receipt(form).receipt
    assert receipt is not None
    assert (receipt.status, receipt.provider_id, receipt.to) == (status, "A1", ASHA)


@each_provider
def test_a_report_in_an_unknown_word_says_nothing_and_is_kept(way: Way) -> None:
    form = way.report | {STATUS[way.provider.NAME]: way.words["none"]}
    report = way.provider.parse_receipt(form)
    assert report.receipt is None
    assert way.words["none"] in report.kept.values()


@each_provider
def test_no_number_is_kept_with_a_report(way: Way) -> None:
    form = way.report | {STATUS[way.provider.NAME]: way.words["sent"]}
    assert way.number_field not in way.provider.parse_receipt(form).kept


@each_provider
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        pytest.param(lambda way: (201, way.taken, JSON), "accepted", id="taken"),
        pytest.param(lambda way: (201, "<html>", "text/html"), "unknown", id="nonsense"),
        pytest.param(lambda way: (201, "{}", JSON), "unknown", id="an empty answer"),
        pytest.param(lambda way: (401, "no", "text/plain"), "ours", id="wrong credentials"),
        pytest.param(lambda way: (403, "no", "text/plain"), "ours", id="forbidden"),
        pytest.param(lambda way: (429, "slow", "text/plain"), "again", id="too many requests"),
        pytest.param(lambda way: (500, "oh", "text/plain"), "again", id="a fault of theirs"),
        pytest.param(lambda way: (503, "oh", "text/plain"), "again", id="down"),
        pytest.param(lambda way: (400, "what", "text/plain"), "never", id="not understood"),
    ],
)
def test_each_answer_to_a_send_has_its_class(
    api: Api, way: Way, answer: Callable[[Way], Any], outcome: str
) -> None:
    api.answer = answer(way)
    assert way.provider.send(way.letter).outcome == outcome


@each_provider
def test_what_was_taken_is_known_by_the_providers_id(api: Api, way: Way) -> None:
    api.answer = (201, way.taken, JSON)
    assert way.provider.send(way.letter).provider_id == "ATXid_1"


@each_provider
def test_a_connection_that_was_refused_is_safe_to_try_again(
    schema: None, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    with at(monkeypatch, "http://127.0.0.1:9"):
        assert way.provider.send(way.letter).outcome == "again"
