"""Languages of the screens and their catalogues: sentences in the code are English."""

import gettext
import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = ("vi", "en")
DOMAIN = "kiosk"
BUILT_IN = Path(__file__).parent.parent / "locale"


def load_catalogue(locale: str) -> gettext.NullTranslations:
    """Return the translations of a built-in locale; English is the words themselves."""
    path = BUILT_IN / locale / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.is_file():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        return compiled(read_po(file, locale=locale))


def compiled(catalogue: Catalog) -> gettext.NullTranslations:
    """Return a catalogue ready for use."""
    data = io.BytesIO()
    write_mo(data, catalogue)
    data.seek(0)
    return gettext.GNUTranslations(data)
