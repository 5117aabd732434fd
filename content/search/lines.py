"""A text as one line of folded words, made quickly: a byte a letter, folded by a table.

The best hits of every query are read whole, three texts to a hundred, to see what stands together
in them. A text with letters that the table does not know is folded word by word.
"""

from codecs import charmap_build, charmap_decode, charmap_encode
from collections.abc import Collection
from string import printable

from content.search.analysis import exact_words, folded_word, folded_words, line
from content.search.query import Words
from content.vietnamese import VOWELS, normalize

_TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
_SIGNS = "–—‘’“”…•·«»°\u00a0"
_LOWER = ["đ", *(normalize(vowel + tone) for vowel in sorted(VOWELS) for tone in _TONES)]
_OTHERS = [*(form for one in _LOWER for form in (one, one.upper()) if not one.isascii()), *_SIGNS]
_FREE = iter(_OTHERS)
# What is printed in ASCII keeps its code; the others take those that are left. Python makes a table
# of it, and not a dictionary, when 0 stays 0.
_CHARACTERS = "".join(
    chr(code) if chr(code) in f"\0{printable}" else next(_FREE, "\ufffe") for code in range(0x100)
)
_CODES = charmap_build(_CHARACTERS)
_SPACES = bytes(code for code, one in enumerate(_CHARACTERS) if one.isspace())
_TO_SPACE = bytes.maketrans(_SPACES, b" " * len(_SPACES))
_FORMS = [" " if one.isspace() else folded_word(one.lower()) for one in _CHARACTERS]
_NO_WORD = bytes(code for code, form in enumerate(_FORMS) if not form)
_FOLDED = "".join(form or " " for form in _FORMS).encode("ascii")


class TextLine:
    """What stands in a text, word beside word.

    Words are parted at spaces only, which is quicker; `a-b` is one word then.

    Attributes:
        plain: The folded words as `analysis.line` says them.
    """

    def __init__(self, text: str) -> None:
        self._words: list[str] = []
        try:
            codes: bytes = charmap_encode(text, "strict", _CODES)[0]
        except UnicodeEncodeError:
            self._words = text.lower().split()
            self.plain = line(folded_words(self._words))
            return
        codes = codes.translate(_TO_SPACE)
        if b"  " in codes:
            codes = b" ".join(codes.split())
        # A letter for a letter: what is found in one is spelt at the same place of the other.
        self._spelt = b" %b " % codes.translate(None, _NO_WORD)
        self.plain = self._spelt.translate(_FOLDED).decode("ascii")

    def share(self, words: Words) -> float:
        """Return the share, 0 to 1, of each two neighbours of a query that stand together here."""
        return _share_in(self.plain, words.together)

    def exact_share(self, words: Words) -> float:
        """Return the share of those that stand together here in the accents that were typed."""
        wanted = words.exact_together
        if self._words:
            return _share_in(line(exact_words(self._words)), wanted)
        return sum([self._holds(plain, exact) for exact, plain in wanted.items()]) / len(wanted)

    def _holds(self, plain: str, exact: str) -> bool:
        at = self.plain.find(plain)
        while at >= 0:
            spelt = charmap_decode(self._spelt[at : at + len(plain)], "strict", _CHARACTERS)[0]
            if line(exact_words(spelt.lower().split())) == exact:
                return True
            at = self.plain.find(plain, at + 1)
        return False


def _share_in(text: str, wanted: Collection[str]) -> float:
    return sum([one in text for one in wanted]) / len(wanted)
