"""Telex that was left in a query: `ddieenj bieen` is `điện biên`.

People type Telex when the keyboard's Vietnamese is off. A word is read as Telex only when it is
no Vietnamese syllable as it stands, reads as one that way, and the library does not hold it:
`class`, `book` and `as` stay.
"""

from collections.abc import Callable

from content.vietnamese import VOWELS, is_syllable, parted, with_tone

_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_ROOFED = {"a": "â", "e": "ê", "o": "ô"}
_HORNED = {"a": "ă", "o": "ơ", "u": "ư"}
# English words that Telex reads as Vietnamese ones.
_ENGLISH = frozenset(
    "air arms as bar bear beer bees best boss bus buy car cars chair class cost days dear "
    "door dress ear eggs far fees feet for four gas glass guess guy hair has hear her hers "
    "his host how if is its keep keeps last law less list loss lost low man mars mass max "
    "miss mix moss most near new next now of off or our pair pass past per poor post press "
    "rest see seen sees sex six some soon sos star tar tax taxi tear test text their three "
    "too tree two us war was wax wear who year your".split()
)


def from_telex(word: str, *, is_known: Callable[[str], bool]) -> str:
    """Return what a lower-case word says in Telex, or the word itself."""
    if not (word.isascii() and word.isalpha() and 3 <= len(word) <= 12) or word in _ENGLISH:
        return word
    if is_syllable(word) or is_known(word):
        return word
    read = read_telex(word)
    return read if read != word and is_syllable(read) and not _is_stopped_short(read) else word


def read_telex(keys: str) -> str:
    """Return what the lower-case `keys` write in Telex, the tone where the old spelling has it."""
    letters: list[str] = []
    tone = ""
    for key in keys:
        has_vowel = any(letter in VOWELS for letter in letters)
        if key in _TONES and has_vowel:
            tone = _TONES[key]
        elif key == "z" and has_vowel:
            tone = ""
        elif not _mark(letters, key):
            letters.append(key)
    bare = "".join(letters)
    if bare.endswith("ươ"):  # only before a final letter: đường, but thuở
        bare = bare[:-2] + "uơ"
    return with_tone(bare, tone)


def _is_stopped_short(syllable: str) -> bool:
    """Return whether a syllable that ends in c, ch, p or t has a tone that none of these has."""
    bare, tone = parted(syllable)
    return bare.endswith(("c", "ch", "p", "t")) and tone in {"\u0300", "\u0309", "\u0303"}


def _mark(letters: list[str], key: str) -> bool:
    """Put a mark on a letter typed before; return whether the key was one."""
    if key == "d" and letters and letters[0] == "d":
        letters[0] = "đ"
        return True
    vowels = [place for place, letter in enumerate(letters) if letter in VOWELS]
    if key in _ROOFED and vowels and letters[vowels[-1]] == key:
        letters[vowels[-1]] = _ROOFED[key]
        return True
    if key == "w":
        return _horn(letters)
    return False


def _horn(letters: list[str]) -> bool:
    text = "".join(letters)
    if "uo" in text and not text.startswith("quo"):
        place = text.index("uo")
        letters[place : place + 2] = ["ư", "ơ"]
        return True
    if "ưo" in text:
        letters[text.index("ưo") + 1] = "ơ"
        return True
    for place in range(len(letters) - 1, -1, -1):
        if letters[place] in _HORNED and not (
            letters[place] == "u" and place > 0 and letters[place - 1] == "q"
        ):
            letters[place] = _HORNED[letters[place]]
            return True
    return False
