"""Words on screen: English sentences in the code, Vietnamese first for readers.

The catalogues are `locale/LOCALE/LC_MESSAGES/kiosk.po`, compiled in memory at start. A reader's
choice is kept in a cookie on their phone; without one the point's own locale holds.
"""

import gettext
import io
from collections.abc import Callable
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, current_app, g, request
from jinja2.ext import InternationalizationExtension

from kiosk.config import LOCALES

COOKIE = "locale"
DOMAIN = "kiosk"
LOCALE_FOLDER = Path(__file__).parent / "locale"


def init_i18n(app: Flask, default: Callable[[], str]) -> None:
    """Give `app` the catalogues of every locale, and each request its own.

    Args:
        default: Returns the locale of readers who have not chosen.
    """
    catalogues = {locale: load_catalogue(locale) for locale in LOCALES}

    def use(locale: str) -> None:
        g.locale = locale if locale in catalogues else default()
        g.translations = catalogues[g.locale]

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


def translate(sentence: str) -> str:
    """Return a sentence in the reader's language."""
    found: gettext.NullTranslations = g.translations
    return found.gettext(sentence) if sentence else ""


def translate_plural(one: str, many: str, number: int) -> str:
    """Return the sentence that suits `number` in the reader's language."""
    found: gettext.NullTranslations = g.translations
    return found.ngettext(one, many, number)
