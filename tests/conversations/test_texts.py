"""The keyword rule: one SMS, and what is understood by it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcentre.charters.model import COMMANDS, TicketKind
from callcentre.dialogue import texts
from callcentre.dialogue.texts import Text, readable, understand

REF = "26-00123454"


@pytest.mark.parametrize(
    "text", ["ACHA", "acha", " Acha. ", "STOP", "Stop!", "ONDOA", "SITAKI", "\ufeffACHA", "acha\n"]
)
def test_to_stop_is_the_whole_message(text: str) -> None:
    assert understand(text) == Text("stop")


@pytest.mark.parametrize("text", ["ANZA", "anza!", "Start"])
def test_to_start_again_is_the_whole_message(text: str) -> None:
    assert understand(text) == Text("start")


@pytest.mark.parametrize("text", ["MSAADA", "msaada?", "Help"])
def test_to_ask_for_help_is_the_whole_message(text: str) -> None:
    assert understand(text) == Text("help")


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        pytest.param("HALI Na. 26-00123454", "26-00123454", id="as our own SMS writes it"),
        pytest.param("KWANINI 2600123", "2600123", id="too few digits: it is not found"),
        pytest.param("KWANINI 26001234549", "26001234549", id="too many: it is not found"),
    ],
)
def test_a_number_after_the_key_word_is_a_reference(text: str, reference: str) -> None:
    assert understand(text).reference == reference


@pytest.mark.parametrize("text", ["HAKI", "ahadi?", " Ahadi "])
def test_to_ask_for_rights_and_promises_is_the_whole_message(text: str) -> None:
    assert understand(text) == Text("rights")


@pytest.mark.parametrize("text", ["NIPIGIE", "nipigie!", "Nipigie simu", "Tafadhali nipigie"])
def test_to_ask_for_a_call_is_the_whole_message(text: str) -> None:
    assert understand(text) == Text("call")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Acha kunidanganya, maji hayatoki", id="stop within a sentence"),
        pytest.param("Mwambie daktari stop kuchelewa", id="stop later on"),
        pytest.param("Anza ujenzi wa daraja", id="start"),
        pytest.param("Msaada wa chakula haujafika", id="help"),
        pytest.param("Nipigie kuhusu kiwanja changu", id="call me"),
        pytest.param("Hali ya barabara ni mbaya", id="status without a reference"),
        pytest.param("Kwanini maji hayatoki", id="why without a reference"),
        pytest.param("Ongeza walimu shuleni", id="add without a reference"),
        pytest.param("Nina swali kuhusu hati", id="a kind that is not the first word"),
        pytest.param("Bila jinamizi hatulali", id="nameless only as words of their own"),
        pytest.param("Sina jina, bila jina", id="nameless only at the start"),
        pytest.param("Maji hakuna 😡⚡", id="emoji"),
        pytest.param("مياه مقطوعة في القرية", id="another script"),
        pytest.param('=HYPERLINK("http://x","bofya")', id="a formula"),
        pytest.param("1*2*3 maji hayatoki", id="stars"),
    ],
)
def test_every_other_text_is_words_kept_whole(text: str) -> None:
    assert understand(text) == Text("words", text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("LALAMIKO maji hayatoki", "complaint"),
        ("Malalamiko: maji hayatoki", "complaint"),
        ("MAONI boresheni huduma", "opinion"),
        ("MAONI\nboresheni huduma", "opinion"),
        ("maoni, boresheni huduma", "opinion"),
        ("Pongezi kwa muuguzi wa zahanati", "compliment"),
        ("SWALI: hati inagharimu kiasi gani?", "enquiry"),
    ],
)
def test_a_kind_is_told_by_the_first_word(text: str, kind: str) -> None:
    assert understand(text) == Text("words", text, kind, marked=True)


@pytest.mark.parametrize(
    "text", ["LALAMIKO", "  malalamiko\n", "Maoni!", "PONGEZI", "swali?", "MAONI je", "BILA JINA"]
)
def test_a_kind_alone_gets_help(text: str) -> None:
    assert understand(text) == Text("help")


@pytest.mark.parametrize(
    ("text", "words", "kind"),
    [
        ("BILA JINA Daktari anaomba rushwa", "Daktari anaomba rushwa", "complaint"),
        ("bila  jina: daktari anaomba rushwa", "daktari anaomba rushwa", "complaint"),
        ("Bila jina\nDaktari anaomba rushwa", "Daktari anaomba rushwa", "complaint"),
        ("BILA JINA MAONI boresheni afya", "MAONI boresheni afya", "opinion"),
    ],
)
def test_bila_jina_first_makes_it_nameless(text: str, words: str, kind: str) -> None:
    assert understand(text) == Text("words", words, kind, nameless=True, marked=True)


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        (f"HALI {REF}", Text("status", reference=REF)),
        ("hali: 2600123454", Text("status", reference="2600123454")),
        ("Hali 26 0012 3454", Text("status", reference="26 0012 3454")),
        ("HALI ٢٦٠٠١٢٣٤٥٤", Text("status", reference="2600123454")),
        ("Status 2600123454", Text("status", reference="2600123454")),
        (f"HALI {REF} 1234", Text("status", "1234", reference=REF, code="1234")),
        (f"ONGEZA {REF} Bado maji", Text("add", "Bado maji", reference=REF)),
        (f"ongeza {REF}\nBado maji\nna umeme", Text("add", "Bado maji\nna umeme", reference=REF)),
        (f"ONGEZA {REF}", Text("help")),
        (f"ONGEZA {REF} 1234", Text("help")),
        (f"ONGEZA {REF} 5 watu", Text("add", "5 watu", reference=REF)),
        (f"ONGEZA {REF} ٥ watu", Text("add", "٥ watu", reference=REF)),
        (f"ONGEZA {REF} ١٢٣٤", Text("help")),
        (f"KWANINI {REF}", Text("why", reference=REF)),
        (f"kwa nini {REF}?", Text("why", "?", reference=REF)),
    ],
)
def test_a_reference_after_its_keyword_is_asked_about(text: str, understood: Text) -> None:
    assert understand(text) == understood


@pytest.mark.parametrize(
    "text", ["Habari", "habari yako", "Habari za asubuhi", "Hujambo?", "Mambo vipi", "Asante sana!"]
)
def test_a_greeting_is_greeted(text: str) -> None:
    assert understand(text) == Text("greeting")


@pytest.mark.parametrize(
    ("text", "digit", "reference"),
    [
        ("1", "1", ""), ("2.", "2", ""), (" 1 ", "1", ""), ("NDIYO", "1", ""), ("Ndio!", "1", ""),
        ("hapana", "2", ""), ("\N{ARABIC-INDIC DIGIT TWO}", "2", ""),
        ("1 2600123454", "1", "2600123454"),
        ("2 26-00123454", "2", "26 00123454"), ("2 na 2600123454", "2", "2600123454"),
    ],
)  # fmt: skip
def test_a_bare_digit_or_yes_and_no_answer_a_question(
    text: str, digit: str, reference: str
) -> None:
    assert understand(text) == Text("judge", digit=digit, reference=reference)


@pytest.mark.parametrize("text", ["Si yangu", "SIYO MIMI", "Namba si yangu.", "wrong number"])
def test_whoever_has_nothing_to_do_with_it_may_say_so(text: str) -> None:
    assert understand(text) == Text("not_mine")


@pytest.mark.parametrize("text", ["Maji", "ok", "3", "12345678", "???", "😡😡", "a b c d"])
def test_under_five_letters_open_nothing(text: str) -> None:
    assert understand(text) == Text("greeting")


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\0\x1b", "\u200e\ufeff"])
def test_nothing_readable_is_empty(text: str) -> None:
    assert understand(text) == Text("empty")


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        pytest.param("a\0b", "ab", id="NUL"),
        pytest.param("a\x1bb", "ab", id="a control character"),
        pytest.param("maji\thayatoki", "maji hayatoki", id="a tab stays a blank"),
        pytest.param("maji\rhayatoki", "maji hayatoki", id="an old line end stays a blank"),
        pytest.param("maji\r\nhayatoki", "maji\nhayatoki", id="a line end of two"),
        pytest.param("  maji   hayatoki  ", "maji hayatoki", id="blanks"),
        pytest.param("\nmaji\n\nhayatoki\n", "maji\n\nhayatoki", id="lines"),
        pytest.param("\u202emaji\u200f", "maji", id="marks of direction"),
        pytest.param("Ng’ombe “wawili”", "Ng’ombe “wawili”", id="curly quotes stay"),
        pytest.param("watu ٢٣", "watu ٢٣", id="digits of another script stay in words"),
    ],
)
def test_words_are_stored_readable(text: str, stored: str) -> None:
    assert readable(text) == stored


@given(st.text(max_size=300))
def test_any_text_is_understood_and_no_letter_of_words_is_lost(text: str) -> None:
    understood = understand(text)
    if understood.asks == "words" and not understood.nameless:
        assert letters(understood.words) == letters(text)


KEYWORDS = {"kilosa": "kilosa", "utumishi": "utumishi"}


@pytest.mark.parametrize(
    ("text", "kind", "institution"),
    [
        ("KILOSA maji hayatoki", "complaint", "kilosa"),
        ("kilosa: maji hayatoki", "complaint", "kilosa"),
        ("Kilosa:maji hayatoki", "complaint", "kilosa"),
        ("Kilosa, maji hayatoki", "complaint", "kilosa"),
        ("KILOSA\nmaji hayatoki", "complaint", "kilosa"),
        ("KILOSA - maji hayatoki", "complaint", "kilosa"),
        ("UTUMISHI mshahara umechelewa", "complaint", "utumishi"),
        ("KILOSA MAONI boresheni huduma", "opinion", "kilosa"),
        ("MAONI KILOSA boresheni huduma", "opinion", "kilosa"),
        ("Pongezi: Kilosa: kwa muuguzi", "compliment", "kilosa"),
        ("KILOSA UTUMISHI hawafiki", "complaint", "kilosa"),
        ("Maji Kilosa hayatoki", "complaint", None),
        ("KILOSANI maji hayatoki", "complaint", None),
        ("SENGEREMA maji hayatoki", "complaint", None),
    ],
)
def test_a_keyword_first_names_the_institution_and_no_word_is_lost(
    text: str, kind: TicketKind, institution: str | None
) -> None:
    assert understand(text, KEYWORDS) == Text(
        "words", text, kind, institution=institution, marked=institution is not None
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("BILA JINA KILOSA daktari anaomba rushwa", "KILOSA daktari anaomba rushwa"),
        ("KILOSA BILA JINA daktari anaomba rushwa", "KILOSA BILA JINA daktari anaomba rushwa"),
    ],
)
def test_a_keyword_and_bila_jina_stand_in_any_order(text: str, words: str) -> None:
    told = Text("words", words, nameless=True, institution="kilosa", marked=True)
    assert understand(text, KEYWORDS) == told


@pytest.mark.parametrize(
    "text", ["KILOSA", " kilosa: ", "KILOSA je", "MAONI KILOSA", "BILA JINA KILOSA", "KILOSA!"]
)
def test_a_keyword_alone_gets_help(text: str) -> None:
    assert understand(text, KEYWORDS) == Text("help")


@pytest.mark.parametrize("text", ["KILOSA maji hayatoki", "MAONI KILOSA boresheni huduma"])
def test_without_keywords_they_are_words_like_others(text: str) -> None:
    assert understand(text).institution is None
    assert understand(text).words == text


def test_no_keyword_of_an_institution_can_mean_anything_else() -> None:
    known = [*texts._WHOLE, *texts._KINDS, *texts._ASKS, "bila jina"]
    assert {word for one in known for word in one.split()} <= set(COMMANDS)


@given(st.text(max_size=300))
def test_what_is_readable_stays_as_it_is(text: str) -> None:
    assert readable(readable(text)) == readable(text)


def letters(text: str) -> str:
    return "".join(filter(str.isalpha, text))
