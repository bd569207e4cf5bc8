"""Bodies outside the office: whole, reachable, and replaced by a deployment's own file."""

from datetime import date
from pathlib import Path

import pytest

from callcentre import bodies
from callcentre.bodies import BadBodies, Body

WHOLE = "\n".join(f'[{key}]\nname = "{key}"' for key in bodies.NEEDED)


def written(folder: Path, text: str) -> Path:
    path = folder / "bodies.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_those_that_come_with_the_program_are_the_printed_ones() -> None:
    shipped = bodies.load(bodies.SHIPPED)
    assert shipped["commission"].reached == "S.L.P. 2643, Dar es Salaam, simu 0222110607"
    assert shipped["takukuru"].reached == "simu 113"
    assert shipped["court"].reached == ""


def test_nothing_is_confirmed_before_somebody_asked() -> None:
    assert all(body.confirmed_on is None for body in bodies.load(bodies.SHIPPED).values())


def test_a_deployment_names_a_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = WHOLE + '\naddress = "Dodoma"\nphones = ["026 2321122"]\nconfirmed_on = 2026-11-02'
    monkeypatch.setenv("OUTSIDE_BODIES", str(written(tmp_path, own)))
    bodies.every.cache_clear()
    try:
        assert bodies.find("child") == Body(
            "child", "child", "Dodoma", ("+255262321122",), date(2026, 11, 2)
        )
    finally:
        bodies.every.cache_clear()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("= 1", "cannot be read", id="no TOML"),
        pytest.param(WHOLE.replace("[court]", "[kourt]"), "court: is missing", id="one is missing"),
        pytest.param(WHOLE + "\nfax = 1", "child.fax: is not known", id="a key nobody knows"),
        pytest.param(WHOLE.replace('name = "court"', ""), "court.name: is missing", id="no name"),
        pytest.param(WHOLE + "\nname = 3", "cannot be read", id="a name twice"),
        pytest.param(WHOLE + '\nphones = "112"', "child.phones: must be a list", id="no list"),
        pytest.param(WHOLE + '\nphones = ["mia"]', "'mia' is no telephone number", id="no number"),
        pytest.param(
            WHOLE + '\nconfirmed_on = "juzi"', "child.confirmed_on: must be a date", id="no date"
        ),
        pytest.param("court = 1", "court: must be a table", id="no table"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadBodies, match=said):
        bodies.load(written(tmp_path, text))
