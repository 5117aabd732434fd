"""Words on screen: English sentences in the code, Vietnamese first for readers.

Catalogues of the project are `locale/LOCALE/LC_MESSAGES/kiosk.po`, those added at a point `TAG.po`
in the folder of the setting `languages`; they are compiled in memory at start. A sentence that an
added language lacks is shown in Vietnamese. A reader's choice is kept in a cookie on their phone;
without one the point's own locale holds.
"""

import gettext
import io
import logging

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, current_app, g, request
from jinja2.ext import InternationalizationExtension

from kiosk.config import LOCALES
from kiosk.languages import (
    BUILT_IN,
    DOMAIN,
    LanguageError,
    added_tags,
    catalogue_file,
    read_catalogue,
)

COOKIE = "locale"
logger = logging.getLogger(__name__)


def init_i18n(app: Flask, default: str, added: str = "") -> None:
    """Give `app` the catalogues of every locale, and each request its own.

    Args:
        default: Locale of readers who have not chosen.
        added: Folder of languages added at this point; "" for none.
    """
    catalogues = {locale: load_catalogue(locale) for locale in LOCALES}
    for tag in added_tags(added):
        try:
            found = _compiled(read_catalogue(catalogue_file(added, tag)))
        except LanguageError as error:
            logger.warning("a language is left out: %s", error)
        else:
            found.add_fallback(catalogues["vi"])
            catalogues[tag] = found
    app.extensions["locales"] = tuple(catalogues)

    def choose_locale() -> None:
        chosen = request.cookies.get(COOKIE, "")
        g.locale = chosen if chosen in catalogues else default
        g.translations = catalogues.get(g.locale, catalogues["vi"])

    app.before_request(choose_locale)
    app.jinja_env.add_extension(InternationalizationExtension)
    # The extension's own calls, looked up anew in every request.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=translate, ngettext=translate_plural, newstyle=True
    )
    app.jinja_env.globals["locale"] = lambda: g.locale


def locales() -> tuple[str, ...]:
    """Return the tags of the languages that readers can choose here."""
    found: tuple[str, ...] = current_app.extensions["locales"]
    return found


def load_catalogue(locale: str) -> gettext.NullTranslations:
    """Return the translations of a built-in locale; English is the words themselves."""
    path = BUILT_IN / locale / "LC_MESSAGES" / f"{DOMAIN}.po"
    return _compiled(read_catalogue(path)) if path.is_file() else gettext.NullTranslations()


def _compiled(catalogue: Catalog) -> gettext.NullTranslations:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(sentence: str) -> str:
    """Return a sentence in the reader's language."""
    found: gettext.NullTranslations = g.translations
    return found.gettext(sentence) if sentence else ""


def translate_plural(one: str, many: str, number: int) -> str:
    """Return the sentence that suits `number` in the reader's language."""
    found: gettext.NullTranslations = g.translations
    return found.ngettext(one, many, number)
