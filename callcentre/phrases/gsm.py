"""GSM-7 and the parts of an SMS: what a text costs, and how to keep it cheap.

Alphabet and sizes: 3GPP TS 23.038 section 6.2.1 (basic table and extension) and TS 23.040 for
the concatenation header: 160 septets alone, 153 a part when joined; 70 and 67 in UCS-2.
"""

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "^{}\\[~]|€"  # two septets each

_SEPTETS = {**dict.fromkeys(BASIC, 1), **dict.fromkeys(EXTENSION, 2)}
_DOUBLE = set(EXTENSION)

# One typographic quote turns a message of one part into three; these say the same in GSM-7.
_PLAIN = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "ʼ": "'", "`": "'", "´": "'",
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "–": "-", "—": "-", "‑": "-", "−": "-", "…": "...", "•": "-",
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ", "\r": "",
        "\u200b": "", "\u200e": "", "\u200f": "", "\ufeff": "",
    }
)  # fmt: skip


def plain(text: str) -> str:
    """The text with quotes, dashes and blanks straightened, so that it counts as GSM-7."""
    return text.translate(_PLAIN)


def septets(text: str) -> int | None:
    """How many septets the text takes; None if a character is outside GSM-7."""
    used = set(text)
    if not used <= _SEPTETS.keys():
        return None
    return len(text) + sum(text.count(character) for character in used & _DOUBLE)


def parts(text: str) -> int:
    """How many SMS the text is sent as; an empty text is one. No character is cut in two."""
    if septets(text) is None:
        return _packed([2 if character > "\uffff" else 1 for character in text], 70, 67)
    return _packed([_SEPTETS[character] for character in text], 160, 153)


def _packed(sizes: list[int], alone: int, joined: int) -> int:
    if sum(sizes) <= alone:
        return 1
    count, filled = 1, 0
    for size in sizes:
        if filled + size > joined:
            count, filled = count + 1, 0
        filled += size
    return count


def only(text: str) -> str:
    """The text with what GSM-7 cannot show replaced by `?`; for screens, never for storage."""
    return "".join(character if character in _SEPTETS else "?" for character in plain(text))
