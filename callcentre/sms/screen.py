"""A reply as text: one USSD screen, or the words of a question in an SMS.

A screen and its prefix (`CON `, `END `) hold at most 160 GSM-7 characters; nothing a citizen has
to choose from, and no ticket number, is ever clipped. Handsets differ (Africa's Talking's help
centre, article 1284096, names 160 and 184); 160 is what all of them show.
"""

from collections.abc import Iterator
from datetime import date

from callcentre import phrases
from callcentre.dialogue.engine import Question, Step, has_next_page, page_of
from callcentre.phrases import gsm

LIMIT = 160
PREFIX = 4  # "CON " and "END " count: nobody has said that they do not


def text(step: Step, today: date | None = None) -> str:
    """What the citizen reads at this step, in the step's language, without the prefix."""
    if step.ends is not None:
        return _fit(step.ends.key, step, today)
    question = step.asks
    assert question is not None
    if question.wants == "read":
        return _page(question, step, today)
    options = "".join(f"\n{line}" for line in _options(question, step, today))
    key = question.phrase or f"ask.{question.key}"
    screen = gsm.plain(_fit(key, step, today, len(options)) + options)
    if not step.invalid:
        return screen
    brief = gsm.plain(phrases.say(key, step.language, question.values, brief=True) + options)
    short = phrases.say("nav.invalid_short", step.language)
    return _first_that_fits(
        f"{phrases.say('nav.invalid', step.language)}\n{screen}",
        f"{short} {screen}",
        f"{short} {brief}",
        screen,
    )


def _fit(key: str, step: Step, today: date | None, besides: int = 0) -> str:
    """The phrase, with the days' names left out of its dates where they would not fit."""
    values = step.ends.values if step.ends else step.asks.values if step.asks else {}
    whole = phrases.say(key, step.language, values, today=today)
    if len(whole) + besides + PREFIX <= LIMIT:
        return whole
    return phrases.say(key, step.language, values, today=today, brief=True)


def _options(question: Question, step: Step, today: date | None) -> Iterator[str]:
    language = step.language
    for option in page_of(question, step.page) if question.options else ():
        if option.hidden:
            continue
        label = option.text or phrases.say(
            option.label or f"choice.{question.key}.{option.code}",
            language,
            option.values,
            today=today,
        )
        yield f"{option.digit}. {label}"
    if question.dont_know:
        yield f"8. {phrases.say('nav.dont_know', language)}"
    if question.options and question.skip:
        yield f"9. {phrases.say('nav.read_on', language)}"
    if has_next_page(question, step.page):
        yield f"9. {phrases.say('nav.next_page', language)}"
    if question.options and question.back and step.taken:
        yield f"0. {phrases.say('nav.back', language)}"


def _page(question: Question, step: Step, today: date | None) -> str:
    """One page of a long text; after the last comes the first again."""
    body = phrases.say(
        question.phrase or f"ask.{question.key}", step.language, question.values, today=today
    )
    on = f"\n9. {phrases.say('nav.read_on', step.language)}"
    back = f"\n0. {phrases.say('nav.back', step.language)}"
    pages = _split(gsm.only(body), LIMIT - PREFIX - len(on) - len(back))
    return pages[step.page % len(pages)] + (on if len(pages) > 1 else "") + back


def _split(body: str, size: int) -> list[str]:
    """Pages of whole words; only a word longer than a page is cut."""
    pages, page = [], ""
    for word in body.split():
        for piece in _pieces(word, size):
            longer = f"{page} {piece}" if page else piece
            if (gsm.septets(longer) or 0) <= size:
                page = longer
            else:
                pages.append(page)
                page = piece
    return [*pages, page]


def _pieces(word: str, size: int) -> Iterator[str]:
    piece = ""
    for character in word:
        if (gsm.septets(piece + character) or 0) > size:
            yield piece
            piece = ""
        piece += character
    yield piece


def _first_that_fits(*screens: str) -> str:
    for screen in screens:
        if (gsm.septets(screen) or LIMIT) + PREFIX <= LIMIT:
            return screen
    return screens[-1]
