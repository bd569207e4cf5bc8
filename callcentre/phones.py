"""Telephone numbers: what a citizen or a provider wrote becomes E.164, or nothing.

Service codes (`*149*50#`, `15001`) are not telephone numbers and are never parsed as such.
Prefixes say nothing about the network a number is on: numbers have been portable in Tanzania
since 1 March 2017.
"""

import re
import unicodedata
from functools import lru_cache

import phonenumbers

REGION = "TZ"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_SERVICE_CODE = re.compile(r"\*[0-9]{2,6}(\*[0-9]+)*#|[0-9]{3,6}")
_GROUPED = re.compile(r"\+?\d(?:[ ()./-]{0,2}\d){6,}")
_WRITTEN = re.compile(r"\+?[0-9 ()./-]{4,24}")


@lru_cache(maxsize=4096)
def parse(written: str, region: str = REGION) -> str | None:
    """The E.164 form (`+255712345678`) of a number as written, or None if it is not one.

    A plus lost in a form (it arrives as a space) is put back, `00` becomes `+`
    (libphonenumber knows only Tanzania's own `000`), and anything but plain digits and
    the usual marks is refused: letters, Arabic-Indic digits, `whatsapp:+255...`.
    """
    number = written.rstrip()
    if re.match(r" [1-9][0-9]{7,}", number):
        number = "+" + number[1:]
    number = number.strip()
    if number.startswith("00") and not number.startswith("000"):
        number = "+" + number[2:]
    if not _WRITTEN.fullmatch(number) or is_service_code(number):
        return None
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def stands_in(text: str) -> bool:
    """Whether a telephone number stands somewhere in a text, written together or in groups."""
    plain = unicodedata.normalize("NFKC", text)
    if any(phonenumbers.PhoneNumberMatcher(plain, REGION)):
        return True
    return any(parse(group) for group in _GROUPED.findall(plain))


def is_e164(number: str) -> bool:
    """Whether the text has the shape of E.164; cheap, for places that parse nothing."""
    return _E164.match(number) is not None


def is_service_code(text: str) -> bool:
    """Whether the text is a USSD code or a short code, as dialled."""
    return _SERVICE_CODE.fullmatch(text) is not None


def is_tanzanian(number: str) -> bool:
    """Whether an E.164 number is one of Tanzania's."""
    return number.startswith("+255")


@lru_cache(maxsize=4096)
def is_premium(number: str) -> bool:
    """Whether calling or writing to an E.164 number costs more than a usual one.

    Of one in no country's plan nobody knows what it costs: so it may.
    """
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number, REGION))
    except phonenumbers.NumberParseException:
        return True
    return kind in (
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
    )


def national(number: str) -> str:
    """An E.164 number as a Tanzanian dials it (`0712345678`); foreign ones unchanged."""
    return "0" + number[4:] if is_tanzanian(number) else number


def mask(number: str) -> str:
    """The number as it may stand in a log, a list or an alert: `+2557*****678`."""
    return number[:5] + "*" * max(0, len(number) - 8) + number[-3:] if len(number) > 8 else "***"


@lru_cache(maxsize=4096)
def takes_sms(number: str) -> bool:
    """Whether an E.164 number is a Tanzanian mobile one: the only ones we write to unasked."""
    parsed = phonenumbers.parse(number, REGION)
    return (
        phonenumbers.region_code_for_number(parsed) == REGION
        and phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
    )
