"""The transcripts: each is played in both languages, and together they reach all there is."""

from pathlib import Path
from typing import Any

import pytest

from dialogue import player, reach

FOLDER = Path(__file__).parents[1] / "dialogues"
PATHS = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("language", ["sw", "en"])
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_conversation_goes_as_its_transcript_says(client: Any, path: Path, language: str) -> None:
    player.play(client, path, language)


def test_every_question_option_key_and_end_is_reached_by_a_transcript() -> None:
    missed = reach.all_there_is() - reach.reached(map(player.read, PATHS))

    assert not missed, "no transcript has:\n" + "\n".join(sorted(missed))


def test_transcripts_name_only_what_there_is() -> None:
    named = reach.reached(map(player.read, PATHS)) - reach.all_there_is()

    assert {one for one in named if not one.endswith(("> typed", "> hangup"))} == set()
