"""What the run came to: figures, and each claim with what it was looked at on. Markdown."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scripts.kill.compare import Check, Matched, attempt_of
from scripts.kill.facts import Facts

MOST_WRONG = 20  # lines told of one claim that does not hold


@dataclass(frozen=True, slots=True)
class Run:
    """How the test was run; `citizens` are all who took up a phone, `troubles` hops in vain."""

    title: str
    seed: int
    minutes: float
    rate: int
    citizens: int
    troubles: int
    whole_seconds: float


def write(run: Run, facts: Facts, found: Sequence[Check], hooks: dict[str, dict[str, int]]) -> str:
    """The whole report."""
    passed = all(not check.wrong for check in found)
    lines = [
        f"# {run.title}: {'passed' if passed else 'FAILED'}",
        "",
        f"{run.minutes:g} minutes of load, {run.rate} citizens a minute, seed {run.seed};"
        f" {run.whole_seconds:.0f} s with start, waiting and count.",
        "",
        "| claim | looked at | wrong |",
        "|---|---|---|",
        *(f"| {one.claim} | {one.count} | {len(one.wrong) or 'none'} |" for one in found),
        "",
        "| figure | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in _figures(run, facts)),
        "",
        *_kills(facts),
        "",
        "| hook | answers |",
        "|---|---|",
        *(f"| {hook} | {_told(counts)} |" for hook, counts in sorted(hooks.items())),
    ]
    return "\n".join([*lines, *_wrong(found), ""])


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{status}: {count}" for status, count in sorted(counts.items()))


def _figures(run: Run, facts: Facts) -> Iterator[tuple[str, object]]:
    matched = Matched(facts)
    kinds = Counter(said.kind for said in facts.said if said.answered)
    yield "citizens who took up a phone", run.citizens
    yield "complaints answered", kinds.total()
    for kind, count in sorted(kinds.items()):
        yield f"- {kind}", count
    yield "sessions that failed under a citizen's hands", run.troubles
    yield "tickets", len(facts.tickets)
    yield "messages in the outbox", len(facts.messages)
    for status, count in Counter(one.status for one in facts.messages).most_common():
        yield f"- {status}", count
    yield "messages on the network", len(facts.sent)
    twice = sum(len(sent) > 1 for sent in matched.sent.values())
    yield "sent twice", twice
    yield "events on record, seals", f"{facts.events}, {facts.seals}"
    yield "from release to the provider, p50 / p95", _spread(_from_release(facts, matched))
    yield "from complaint to delivery, p50 / p95", _spread(_to_delivery(facts, matched))


def _from_release(facts: Facts, matched: Matched) -> Iterator[float]:
    """Seconds until the network first took it; what was tried before counts from its first try.

    What went with the clock moved forward has no time of its own.
    """
    for message in facts.messages:
        sent = matched.sent.get(message.id)
        if not sent or not message.attempts:
            continue
        attempt = attempt_of(sent[0], message)
        first = message.attempts[0].started_at
        released = message.next_at if len(message.attempts) == 1 else first
        if attempt is not None and max(attempt.started_at, released) <= sent[0].at:
            yield (sent[0].at - released).total_seconds()


def _to_delivery(facts: Facts, matched: Matched) -> Iterator[float]:
    for ticket in facts.tickets:
        delivered = [sent.delivered_at for sent in matched.about.get(ticket.id, [])]
        first = min(filter(None, delivered), default=None)
        if first is not None:
            yield (first - ticket.opened_at).total_seconds()


def _spread(seconds: Iterator[float]) -> str:
    ordered = sorted(seconds)
    if not ordered:
        return "none"
    half, most = (ordered[math.ceil(len(ordered) * share) - 1] for share in (0.5, 0.95))
    return f"{half:.1f} s / {most:.1f} s"


def _kills(facts: Facts) -> Iterator[str]:
    yield "| killed | times | of these | longest until it answered |"
    yield "|---|---|---|---|"
    for part in sorted({outage.part for outage in facts.outages}):
        those = [outage for outage in facts.outages if outage.part == part and not outage.by_itself]
        hows = Counter(how for outage in those for how in outage.how.split(", ") if how)
        longest = max(((each.back - each.at).total_seconds() for each in those), default=0.0)
        special = ", ".join(f"{count} {how}" for how, count in sorted(hows.items())) or "-"
        yield f"| {part} | {len(those)} | {special} | {longest:.1f} s |"


def _wrong(found: Sequence[Check]) -> Iterator[str]:
    for check in found:
        if not check.wrong:
            continue
        yield from ("", f"## Not so: {check.claim}", "")
        yield from (f"- {line}" for line in check.wrong[:MOST_WRONG])
        if len(check.wrong) > MOST_WRONG:
            yield f"- and {len(check.wrong) - MOST_WRONG} more"
