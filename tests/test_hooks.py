"""What every provider hook does the same: the size, the secret, the form."""

from urllib.parse import urlencode

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from callcentre import hooks
from callcentre.hooks import BODY_LIMIT, FIELD_LIMIT, Refused

FORM = "application/x-www-form-urlencoded"


def posted(body: bytes, content_type: str = FORM) -> Request:
    builder = EnvironBuilder(method="POST", data=body, content_type=content_type)
    return Request(builder.get_environ())


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        pytest.param(b"", {}, id="nothing"),
        pytest.param(b"text=Maji+hayatoki", {"text": "Maji hayatoki"}, id="plus is a blank"),
        pytest.param(b"from=%2B255754000001", {"from": "+255754000001"}, id="an escaped plus"),
        pytest.param(b"from=+255754000001", {"from": " 255754000001"}, id="a lost plus"),
        pytest.param(b"text=&linkId=", {"text": "", "linkId": ""}, id="blanks are kept"),
        pytest.param(b"text", {"text": ""}, id="a name alone"),
        pytest.param(b"text=1%2A2%2a3*4", {"text": "1*2*3*4"}, id="stars, escaped or not"),
        pytest.param(b"text=10%25", {"text": "10%"}, id="decoded once"),
        pytest.param(b"text=%2500", {"text": "%00"}, id="decoded once only"),
        pytest.param(b"text=a;b=c", {"text": "a;b=c"}, id="a semicolon parts nothing"),
        pytest.param(b"text=a=b", {"text": "a=b"}, id="an equals sign in a value"),
        pytest.param("text=Ng’ombe".encode(), {"text": "Ng’ombe"}, id="UTF-8 as it is"),
        pytest.param(b"text=%F0%9F%98%A1", {"text": "😡"}, id="outside the basic plane"),
        pytest.param(b"text=a%00b\x00", {"text": "ab"}, id="NUL is left out"),
        pytest.param(b"text=%0A%1B", {"text": "\n\x1b"}, id="control characters are not our job"),
    ],
)
def test_a_form_is_read_as_it_was_sent(body: bytes, fields: dict[str, str]) -> None:
    assert hooks.form(posted(body)) == fields


@pytest.mark.parametrize(
    "content_type",
    [FORM, f"{FORM}; charset=UTF-8", f"{FORM};charset=utf-8", "Application/X-WWW-Form-Urlencoded"],
)
def test_every_spelling_of_the_content_type_is_a_form(content_type: str) -> None:
    assert hooks.form(posted(b"text=1", content_type)) == {"text": "1"}


@pytest.mark.parametrize(
    ("body", "content_type", "status", "reason"),
    [
        pytest.param(b'{"text": ""}', "application/json", 415, "x-www-form", id="JSON"),
        pytest.param(b"text=1", "text/plain", 415, "x-www-form", id="plain text"),
        pytest.param(b"text=1", "", 415, "x-www-form", id="no content type"),
        pytest.param(b"text=1", "multipart/form-data; boundary=x", 415, "x-www-form", id="parts"),
        pytest.param(b"x" * (BODY_LIMIT + 1), FORM, 413, str(BODY_LIMIT), id="a byte too many"),
        pytest.param(
            b"x" * (BODY_LIMIT + 1), "application/json", 413, str(BODY_LIMIT), id="size comes first"
        ),
        pytest.param(b"text=\xff", FORM, 400, "UTF-8", id="a byte that is not UTF-8"),
        pytest.param(b"text=%FF", FORM, 400, "UTF-8", id="the same, escaped"),
        pytest.param(b"text=%ED%A0%80", FORM, 400, "UTF-8", id="half a surrogate pair"),
        pytest.param(b"text=1&text=2", FORM, 400, "twice", id="a field given twice"),
        pytest.param(b"text=1&t%65xt=1", FORM, 400, "twice", id="twice, once escaped"),
        pytest.param(b"a&" * FIELD_LIMIT + b"b", FORM, 400, str(FIELD_LIMIT), id="too many fields"),
    ],
)
def test_what_is_no_form_is_refused_with_a_reason(
    body: bytes, content_type: str, status: int, reason: str
) -> None:
    with pytest.raises(Refused, match=reason) as refused:
        hooks.form(posted(body, content_type))
    assert refused.value.status == status


def test_a_body_of_just_the_limit_is_read() -> None:
    body = b"text=" + b"x" * (BODY_LIMIT - 5)
    assert len(hooks.form(posted(body))["text"]) == BODY_LIMIT - 5


def test_as_many_fields_as_allowed_are_read() -> None:
    body = urlencode({f"field{place}": "1" for place in range(FIELD_LIMIT)}).encode()
    assert len(hooks.form(posted(body))) == FIELD_LIMIT


@pytest.mark.usefixtures("schema")
@pytest.mark.parametrize("given", ["new-secret", "old-secret-still-valid"])
def test_each_secret_in_force_is_accepted_while_rotating(given: str) -> None:
    hooks.secret(given)


@pytest.mark.usefixtures("schema")
@pytest.mark.parametrize(
    "given",
    [
        pytest.param("", id="empty"),
        pytest.param("guess", id="wrong"),
        pytest.param("new-secre", id="one letter short"),
        pytest.param("new-secret ", id="a blank too many"),
        pytest.param("NEW-SECRET", id="capitals"),
        pytest.param("new-secret,old-secret-still-valid", id="the whole setting"),
        pytest.param("siri-é-\ufffd", id="not ASCII"),
    ],
)
def test_any_other_secret_is_refused(given: str) -> None:
    with pytest.raises(Refused, match="wrong secret") as refused:
        hooks.secret(given)
    assert refused.value.status == 403


@pytest.mark.parametrize(
    "fields",
    [
        {"from": "+255754000001", "text": "Maji"},
        {"from": "", "text": ""},
        {"from": "", "text": "a", "id": "1"},
    ],
    ids=["given", "given but blank", "and others besides"],
)
def test_required_fields_that_are_there_are_enough(fields: dict[str, str]) -> None:
    hooks.required(fields, "from", "text")


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"text": "a"}, "missing: from$"),
        ({}, "missing: from, text$"),
        ({"From": "x", "text": "a"}, "missing: from$"),
    ],
    ids=["one", "all of them, in order", "names are exact"],
)
def test_missing_fields_are_named(fields: dict[str, str], missing: str) -> None:
    with pytest.raises(Refused, match=missing) as refused:
        hooks.required(fields, "from", "text")
    assert refused.value.status == 400
