"""Write Vietnamese as it was typed before Unicode."""

import unicodedata

from content.builder.encoding import TCVN3

TONES = "\u0300\u0301\u0303\u0309\u0323"


def tcvn3(text: str) -> bytes:
    """Return the text, lower case, as .VnTime fonts had it."""
    back = {letter: byte for byte, letter in TCVN3.items()}
    return bytes(back.get(letter, ord(letter)) for letter in text.lower())


def windows_1258(text: str) -> bytes:
    """Return the text with its tones as marks of their own where the code page has no letter."""
    out = b""
    for letter in text:
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            base = unicodedata.normalize("NFD", letter)
            kept = unicodedata.normalize("NFC", "".join(c for c in base if c not in TONES))
            tone = "".join(c for c in base if c in TONES)
            out += (kept + tone).encode("cp1258")
    return out
