"""The player itself: it says where a transcript and the door differ."""

from pathlib import Path
from typing import Any

import pytest

from dialogue import player
from dialogue.player import Differs


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "exchange.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("exchange", "fault"),
    [
        pytest.param(
            ["> dial *149*52#", "< which_kind"],
            r"exchange.txt:2 \(sw\): expected which_kind, but the screen is main",
            id="another question",
        ),
        pytest.param(
            ["> dial *149*52#", "< main invalid"],
            "the screen does not say that a key is wrong",
            id="an answer that was none",
        ),
        pytest.param(
            ["> dial *149*52#", "< main", "> invalid", "< main"],
            "exchange.txt:4 .* the screen says that a key is wrong",
            id="a wrong key",
        ),
        pytest.param(
            ["> dial *149*52#", "< main", "> vote"],
            "there is no option vote on the screen",
            id="an unknown option",
        ),
        pytest.param(
            ["> dial *149*99#", "< main"],
            "expected main, but the screen is end.unknown_code",
            id="an end instead of a question",
        ),
        pytest.param(["> dial 149"], "dial a code like", id="no code"),
        pytest.param(["dial *149*52#"], "exchange.txt:1: begin with", id="no mark"),
        pytest.param(
            ["> dial *149*52#", "< main wrong"], "only `invalid` may stand", id="another word"
        ),
        pytest.param(
            ["! ticket show 26-00000000"],
            "`callcentre ticket show 26-00000000` failed",
            id="office",
        ),
    ],
)
def test_what_differs_is_named_with_its_line(
    client: Any, tmp_path: Path, exchange: list[str], fault: str
) -> None:
    with pytest.raises(Differs, match=fault):
        player.play(client, written(tmp_path, *exchange), "sw")


def test_empty_lines_and_remarks_are_for_readers(tmp_path: Path) -> None:
    path = written(tmp_path, "# a remark", "", "> dial *149*52#", "< main")

    assert [(line.number, line.mark, line.text) for line in player.read(path)] == [
        (3, ">", "dial *149*52#"),
        (4, "<", "main"),
    ]


@pytest.mark.parametrize(
    ("wording", "question"),
    [
        pytest.param("done_ask_plain", "done_ask", id="plain"),
        pytest.param("what_happened_nameless", "what_happened", id="nameless"),
        pytest.param("more_words", "more_words", id="a name of two words"),
    ],
)
def test_a_wording_is_one_of_its_question(wording: str, question: str) -> None:
    assert player.question_of(wording) == question
