"""Every syllable that Vietnamese spelling allows, and the ways to type it; for property tests."""

from functools import cache

from content.vietnamese import parted, with_tone

_RHYMES = {
    "a": " c ch i m n ng nh o p t u y",
    "ă": "c m n ng p t",
    "â": "c m n ng p t u y",
    "e": " c m n ng o p t",
    "ê": " ch m n nh p t u",
    "i": " a ch m n nh p t u",
    "iê": "c m n ng p t u",
    "o": " a c e i m n ng p t",
    "ô": " c i m n ng p t",
    "ơ": " i m n p t",
    "u": " a c i m n ng p t y",
    "uô": "c i m n ng t",
    "ư": " a c i m n ng t u",
    "ươ": "c i m n ng p t u",
    "oa": "c ch i m n ng nh o p t y",
    "oă": "c m n ng t",
    "oe": "n o t",
    "uâ": "n ng t y",
    "uê": " ch n nh",
    "uơ": " ",
    "uy": "a ch n nh t u",
    "uyê": "n t",
    "y": " ",
}
_ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh ph r s t th tr v x".split()
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
TELEX_TONES = dict(zip(TONES[1:], "frxsj", strict=True))
TELEX_LETTERS = {"đ": "dd", "â": "aa", "ê": "ee", "ô": "oo", "ă": "aw", "ơ": "ow", "ư": "uw"}


@cache
def syllables() -> tuple[str, ...]:
    """Return them all, the tone where the old spelling puts it."""
    found = []
    for nucleus, codas in _RHYMES.items():
        for coda in codas.split(" "):
            rhyme = nucleus + coda
            for onset in ("", "qu", *_ONSETS):
                if _fits(onset, rhyme):
                    stops = coda in {"c", "ch", "p", "t"}
                    found += [
                        with_tone(onset + rhyme, one) for one in (TONES[-2:] if stops else TONES)
                    ]
    return tuple(dict.fromkeys(found))


def telex(syllable: str) -> str:
    """Return its keys, the tone last."""
    bare, tone = parted(syllable)
    return "".join(TELEX_LETTERS.get(one, one) for one in bare) + TELEX_TONES.get(tone, "")


def new_placement(syllable: str) -> str:
    """Return it as schools teach it, `hoà`."""
    bare, tone = parted(syllable)
    return with_tone(bare, tone, is_old=False)


def _fits(onset: str, rhyme: str) -> bool:
    is_front = rhyme[0] in "eêiy"
    if onset in {"k", "gh", "ngh"}:
        return is_front
    if onset in {"c", "g", "ng"}:
        return not is_front
    if onset == "gi":
        return rhyme[0] not in "iy"
    if onset == "qu":
        return rhyme[0] in "aăâeêi" and not rhyme.startswith("ia")
    return bool(onset) or rhyme[0] != "i" or len(rhyme) < 3
