"""Words of a PDF made with the fonts of before Unicode (.VnTime, VNI-Times), read as was meant.

Such a font draws ị where its table of letters says Þ. The page looks right; its text layer says
`LÞch sö`, which nobody searches for. What a page's words mean as a whole decides.
"""

from collections.abc import Sequence

from content.builder.encoding import TCVN3, decode, vietnamese_share
from content.vietnamese import is_syllable, normalize

# Below this share of Vietnamese among the marked words, the letters are not what they seem.
_IN_ORDER = 0.5
_FONTS = {"tcvn3", "vni"}
# So many words with marks are needed to judge by.
_LEAST = 5
_PUNCTUATION = ".,;:!?()[]\"'“”‘’…"


def read_legacy(words: Sequence[str]) -> list[str]:
    """Return the words as they were meant; those of a text in order stay as they are."""
    marked = [word for word in words if not word.isascii()]
    if len(marked) < _LEAST or vietnamese_share(" ".join(marked)) >= _IN_ORDER:
        return list(words)
    data = "\n".join(words).encode("cp1252", errors="replace")
    meant = decode(data)
    found = meant.text.split("\n")
    if meant.encoding not in _FONTS or not meant.confident or len(found) != len(words):
        return list(words)
    pairs = zip(words, found, strict=True)
    return [_word(old, new, meant.encoding) for old, new in pairs]


def _word(old: str, new: str, font: str) -> str:
    try:
        old.encode("cp1252")
    except UnicodeEncodeError:
        # It has letters that no such font has, so it is of another.
        return old
    if font == "tcvn3" and "-" in old:
        # The byte of ư is Latin-1's soft hyphen, which a PDF gives as a hyphen.
        guess = normalize(old.replace("-", "\xad").translate(TCVN3))
        if is_syllable(guess.strip(_PUNCTUATION)):
            return guess
    return new
