"""Every syllable that Vietnamese spelling allows, for tests: onset, rhyme and tone put together.

The rhymes are those of school spelling; syllables nobody uses are among them, because a keyboard
must write them too.
"""

import unicodedata
from collections.abc import Iterator

ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x".split()
RHYMES = """
a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ich im in inh ip it iu ia iêc iêm iên iêng iêp
iêt iêu o oc oi om on ong op ot oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng
oăt oe oen oeo oet ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u uc ui um un ung up ut ua uân uâng uât
uây uê uêch uênh uôc uôi uôm uôn uông uôt uơ uy uya uych uyn uynh uyp uyt uyu uyên uyêt ư ưc ưi ưm
ưn ưng ưt ưu ưa ươc ươi ươm ươn ương ươp ươt ươu y yêm yên yêng yêt yêu
""".split()
TONES = {"": "", "s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_STOPS = ("c", "ch", "p", "t")
_FRONT = tuple("eêiy")


def bare_syllables() -> Iterator[str]:
    """Yield every syllable without its tone."""
    for rhyme in RHYMES:
        yield rhyme
        for onset in ONSETS:
            if _fits(onset, rhyme):
                yield onset + rhyme


def tones_of(bare: str) -> tuple[str, ...]:
    """Return the Telex keys of the tones a syllable may have, "" for none."""
    return ("s", "j") if bare.endswith(_STOPS) else tuple(TONES)


def toned_letters(text: str) -> tuple[str, str]:
    """Return a syllable without its tone, and the Telex key of the tone, wherever it stands."""
    marks = {mark: key for key, mark in TONES.items() if mark}
    parts = unicodedata.normalize("NFD", text)
    key = next((marks[one] for one in parts if one in marks), "")
    rest = "".join(one for one in parts if one not in marks)
    return unicodedata.normalize("NFC", rest), key


def _fits(onset: str, rhyme: str) -> bool:
    if rhyme == "uơ":
        return onset in {"h", "kh", "th"}
    if onset in {"k", "gh", "ngh"}:
        return rhyme.startswith(_FRONT)
    if onset == "qu":
        return not rhyme.startswith(("o", "ô", "u", "ư", "i")) or rhyme == "i"
    if onset == "gi":
        return not rhyme.startswith(("i", "y"))
    if onset in {"c", "g", "ng"}:
        return not rhyme.startswith(_FRONT)
    return not rhyme.startswith("yê")
