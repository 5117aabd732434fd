"""What a language is called by those who speak it."""

from babel import Locale, UnknownLocaleError

# Spoken in Lai Châu and not named by CLDR; with the Vietnamese name, for who looks for that.
_OWN = {
    "blt": "ꪼꪕꪒꪾ (Thái)",
    "hmn": "Hmoob (Mông)",
    "hni": "Haqniq (Hà Nhì)",
}


def own_name(tag: str) -> str:
    """Return the name of a language in that language; the tag itself when nobody knows it.

    Args:
        tag: BCP 47.
    """
    if tag in _OWN:
        return _OWN[tag]
    try:
        name = Locale.parse(tag, sep="-").get_display_name()
    except (UnknownLocaleError, ValueError):
        return tag
    return name[:1].upper() + name[1:] if name else tag
