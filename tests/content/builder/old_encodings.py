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


# VNI-Windows writes a letter, then its marks as one more; these letters have a byte of their own.
VNI_LETTERS = {
    "ơ": "ô",
    "ư": "ö",
    "đ": "ñ",
    "ỵ": "î",
    "ỉ": "æ",
    "ĩ": "ó",
    "ị": "ò",
    "í": "í",
    "ì": "ì",
}
VNI_MARKS = {
    "\u0300": "ø", "\u0301": "ù", "\u0309": "û", "\u0303": "õ", "\u0323": "ï", "\u0302": "â",
    "\u0302\u0300": "à", "\u0302\u0301": "á", "\u0302\u0309": "å", "\u0302\u0303": "ã",
    "\u0323\u0302": "ä", "\u0306": "ê", "\u0306\u0300": "è", "\u0306\u0301": "é",
    "\u0306\u0309": "ú", "\u0306\u0303": "ü", "\u0323\u0306": "ë",
}  # fmt: skip


def vni(text: str) -> bytes:
    """Return the text, lower case, as VNI fonts had it."""
    out = ""
    for letter in text.lower():
        parts = unicodedata.normalize("NFD", letter)
        if letter in VNI_LETTERS:
            out += VNI_LETTERS[letter]
        elif len(parts) > 1 and "\u031b" in parts:
            tone = "".join(one for one in parts[1:] if one != "\u031b")
            out += VNI_LETTERS[unicodedata.normalize("NFC", parts[0] + "\u031b")]
            out += VNI_MARKS[tone] if tone else ""
        else:
            out += parts[0] + (VNI_MARKS[parts[1:]] if len(parts) > 1 else "")
    return out.encode("cp1252")
