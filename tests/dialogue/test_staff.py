"""The staff door's screens, in every world and both languages, and what becomes of a PIN."""

from dataclasses import replace

import pytest

from callcentre.dialogue import engine, hearing
from callcentre.dialogue.engine import Answer, Question, Step
from callcentre.phrases import gsm
from callcentre.sms import screen
from dialogue import reach
from dialogue.stubs import LANGUAGES, PIN


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_fits(language: str) -> None:
    for step in reach._everywhere():
        shown = screen.text(replace(step, language=language))
        assert (gsm.septets(shown) or 999) + screen.PREFIX <= screen.LIMIT, shown


def asked() -> Step:
    return Step("sw", (), asks=Question("staff_pin", "pin", back=False))


def test_a_pin_becomes_its_verdict() -> None:
    heard = hearing.hear(asked(), PIN)
    assert heard is not None
    kept = hearing.judged(heard, lambda typed: "right" if typed == PIN else "wrong")
    assert kept == (Answer("staff_pin", "right", "verdict"),)


@pytest.mark.parametrize("typed", ["123", "1234567", "Maji", "0", "9", "8", "1"])
def test_what_is_no_pin_is_not_tried(typed: str) -> None:
    assert hearing.hear(asked(), typed) is None


def test_a_verdict_cannot_be_gone_back_behind() -> None:
    taken = (Answer("look:staff_posts:1", [], "look"), Answer("staff_pin", "right", "verdict"))
    assert engine.back(Step("sw", taken)) == taken
