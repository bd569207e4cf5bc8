"""How many SMS a text is cut into: 3GPP TS 23.038 (alphabets) and 23.040 (joined parts)."""

# The 7-bit alphabet in one part of 160; what is outside makes parts of 70.
_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = set("^{}\\[~]|€\f")


def parts(text: str) -> int:
    """How many SMS the text is cut into."""
    if all(letter in _GSM or letter in _GSM_TWICE for letter in text):
        size = len(text) + sum(letter in _GSM_TWICE for letter in text)
        one, each = 160, 153
    else:
        size = len(text.encode("utf-16-be")) // 2
        one, each = 70, 67
    return 1 if size <= one else -(-size // each)
