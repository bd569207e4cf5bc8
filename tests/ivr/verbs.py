"""Verbs as Hypothesis draws them, and what an answer holds of their texts."""

from collections.abc import Iterator

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from callcentre.ivr.providers.contract import (
    Dequeue,
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Verb,
    run,
)

law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

texts = st.text(
    st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S", "Zs")), min_size=1
)
_seconds = st.integers(1, 600)
_prompts = texts | texts.map(Say)
_keys = st.sampled_from(["", "#", "*"])

answers: st.SearchStrategy[list[Verb]] = st.lists(
    st.one_of(
        texts.map(Say),
        st.lists(texts, min_size=1, max_size=3).map(lambda urls: Play(tuple(urls))),
        st.builds(Gather, _prompts, texts, st.none() | st.integers(1, 12), _seconds, _keys),
        st.builds(Record, _prompts, texts, _seconds, _seconds, _keys, st.booleans()),
        st.builds(Enqueue, texts, texts, texts, texts),
        st.builds(Dequeue, texts, texts, texts),
        st.builds(
            Dial,
            st.tuples(texts) | st.tuples(texts, texts),
            texts,
            texts,
            st.booleans(),
            _seconds,
            _seconds,
            st.none() | texts,
        ),
        texts.map(Redirect),
        st.sampled_from([Leave(), Reject(), Hangup()]),
    ),
    max_size=5,
)


def prompts(verbs: list[Verb]) -> Iterator[str]:
    """The clips and words that are heard, in order."""
    for verb in run(verbs):
        match verb:
            case Play(urls):
                yield from urls
            case Say(text):
                yield text
            case Gather(prompt=prompt) | Record(prompt=prompt):
                yield prompt.text if isinstance(prompt, Say) else prompt
