"""What readers type for words they have in mind: one way per kind of query."""

import random
import unicodedata
from collections.abc import Callable

from content.vietnamese import fold, is_syllable, parted, with_tone

_TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
_TELEX_TONES = {"\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0301": "s", "\u0323": "j"}
_TELEX = {"đ": "dd", "â": "aa", "ê": "ee", "ô": "oo", "ă": "aw", "ơ": "ow", "ư": "uw"}
_KEYS = "abcdeghiklmnopqrstuvxy"
Kind = Callable[[str, random.Random], str]


def exact(text: str, _chance: random.Random) -> str:
    """As it is spelt."""
    return text


def no_accents(text: str, _chance: random.Random) -> str:
    """Without marks."""
    return fold(text)


def nfd(text: str, _chance: random.Random) -> str:
    """As an old iPhone sends it."""
    return unicodedata.normalize("NFD", text)


def placement(text: str, _chance: random.Random) -> str:
    """Tones where the other school puts them: `hoà` for `hòa`."""
    return " ".join(_moved(word) for word in text.split())


def wrong_tone(text: str, chance: random.Random) -> str:
    """One syllable with another tone."""
    words = text.split()
    place = chance.randrange(len(words))
    bare, tone = parted(words[place])
    words[place] = with_tone(bare, chance.choice([one for one in _TONES if one != tone]))
    return " ".join(words)


def typo(text: str, chance: random.Random) -> str:
    """One letter missing, doubled, swapped or wrong, in a syllable of at least three."""
    words = text.split()
    long = [place for place, word in enumerate(words) if len(word) >= 3] or [0]
    place = chance.choice(long)
    word = words[place]
    at = chance.randrange(len(word))
    key = chance.choice(_KEYS)
    made = [
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
        word[:at] + key + word[at + 1 :],
    ]
    words[place] = chance.choice([one for one in made if fold(one) != fold(word)] or [word + key])
    return " ".join(words)


def telex(text: str, _chance: random.Random) -> str:
    """Typed in Telex while the keyboard's Vietnamese is off."""
    return " ".join(keys_of(word) for word in text.lower().split())


def prefix(text: str, _chance: random.Random) -> str:
    """Typed so far: without the last letters of the last word."""
    kept = max(6, len(text) * 2 // 3)
    return text[:kept].rstrip()


def keys_of(word: str) -> str:
    """Return the Telex keys of a syllable, the tone last."""
    bare, tone = parted(word)
    return "".join(_TELEX.get(letter, letter) for letter in bare) + _TELEX_TONES.get(tone, "")


def _moved(word: str) -> str:
    bare, tone = parted(word.lower())
    if not tone or not is_syllable(word):
        return word
    old, new = with_tone(bare, tone), with_tone(bare, tone, is_old=False)
    return new if word.lower() == old else old


KINDS: dict[str, Kind] = {
    "exact": exact,
    "no accents": no_accents,
    "NFD": nfd,
    "old/new placement": placement,
    "wrong tone": wrong_tone,
    "one typo": typo,
    "Telex": telex,
}
