"""Words on screen: English sentences in the code, Vietnamese first for readers.

Catalogues of the project are `locale/LOCALE/LC_MESSAGES/kiosk.po`, those added at a point `TAG.po`
in the folder of the setting `languages`; they are compiled in memory at start. A sentence that an
added language lacks is shown in Vietnamese. A reader's choice is kept in a cookie on their phone;
without one the point's own locale holds.
"""

import gettext
import logging
from collections.abc import Callable

from flask import Flask, current_app, g, request
from jinja2.ext import InternationalizationExtension

from kiosk.languages import (
    LanguageError,
    added_tags,
    catalogue_file,
    read_catalogue,
)
from kiosk.ui.locales import LOCALES, compiled, load_catalogue

COOKIE = "locale"
logger = logging.getLogger(__name__)


def init_i18n(app: Flask, default: Callable[[], str], added: str = "") -> None:
    """Give `app` the catalogues of every locale, and each request its own.

    Args:
        default: Returns the locale of readers who have not chosen.
        added: Folder of languages added at this point; "" for none.
    """
    catalogues = {locale: load_catalogue(locale) for locale in LOCALES}
    for tag in added_tags(added):
        try:
            found = compiled(read_catalogue(catalogue_file(added, tag)))
        except LanguageError as error:
            logger.warning("a language is left out: %s", error)
        else:
            found.add_fallback(catalogues["vi"])
            catalogues[tag] = found
    app.extensions["locales"] = tuple(catalogues)

    def use(locale: str) -> None:
        g.locale = locale if locale in catalogues else default()
        g.translations = catalogues.get(g.locale, catalogues["vi"])

    def choose_locale() -> None:
        use(request.cookies.get(COOKIE, ""))

    app.extensions["use_locale"] = use

    app.before_request(choose_locale)
    app.jinja_env.add_extension(InternationalizationExtension)
    # The extension's own calls, looked up anew in every request.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=translate, ngettext=translate_plural, newstyle=True
    )
    app.jinja_env.globals["locale"] = lambda: g.locale


def use_locale(locale: str) -> None:
    """Answer this request in a locale, whatever the cookie says; the point's own when unknown."""
    current_app.extensions["use_locale"](locale)


def locales() -> tuple[str, ...]:
    """Return the tags of the languages that readers can choose here."""
    found: tuple[str, ...] = current_app.extensions["locales"]
    return found


def translate(sentence: str) -> str:
    """Return a sentence in the reader's language."""
    found: gettext.NullTranslations = g.translations
    return found.gettext(sentence) if sentence else ""


def translate_plural(one: str, many: str, number: int) -> str:
    """Return the sentence that suits `number` in the reader's language."""
    found: gettext.NullTranslations = g.translations
    return found.ngettext(one, many, number)
