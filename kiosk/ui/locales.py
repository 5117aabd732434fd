"""Languages of the screens and their catalogues: sentences in the code are English."""

import gettext
import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = ("vi", "en")
DOMAIN = "kiosk"
LOCALE_FOLDER = Path(__file__).parent.parent / "locale"


def load_catalogue(locale: str) -> gettext.NullTranslations:
    """Return the translations of a locale; English is the words themselves."""
    path = LOCALE_FOLDER / locale / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.is_file():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=locale)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
