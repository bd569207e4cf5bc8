"""`charter check` says which text of a charter is too long, for a screen or an SMS."""

from dataclasses import replace

import pytest

from callcentre import charters
from callcentre.cli import fit

EVERYONE = list(charters.all_current().values())


def test_the_deployed_charters_fit() -> None:
    assert fit.faults(EVERYONE) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"short": "Halmashauri ya Wilaya ya Sengerema"}, "shorten `short`", id="SMS"),
        pytest.param({"title": "Halmashauri ya Wilaya " * 4}, "the screen main is", id="screen"),
    ],
)
def test_a_text_that_is_too_long_is_named(change: dict[str, str], said: str) -> None:
    longer = replace(charters.get("sengerema"), **change)  # type: ignore[arg-type]
    assert any(said in fault for fault in fit.faults([longer]))


def test_names_that_do_not_fit_on_one_menu_are_named() -> None:
    longer = [replace(one, label="Halmashauri ya Wilaya ya " + one.label) for one in EVERYONE]
    assert any("a shared line: the screen which_institution" in one for one in fit.faults(longer))
