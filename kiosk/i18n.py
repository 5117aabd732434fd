"""Words on screen: English sentences in the code, Vietnamese first for readers.

The catalogues are `locale/LOCALE/LC_MESSAGES/kiosk.po`, compiled in memory at start. A reader's
choice is kept in a cookie on their phone; without one the point's own locale holds.
"""

import gettext

from flask import Flask, g, request
from jinja2.ext import InternationalizationExtension

from kiosk.ui.locales import LOCALES, load_catalogue

COOKIE = "locale"


def init_i18n(app: Flask, default: str) -> None:
    """Give `app` the catalogues of every locale, and each request its own.

    Args:
        default: Locale of readers who have not chosen.
    """
    catalogues = {locale: load_catalogue(locale) for locale in LOCALES}

    def choose_locale() -> None:
        chosen = request.cookies.get(COOKIE, "")
        g.locale = chosen if chosen in catalogues else default
        g.translations = catalogues[g.locale]

    app.before_request(choose_locale)
    app.jinja_env.add_extension(InternationalizationExtension)
    # The extension's own calls, looked up anew in every request.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=translate, ngettext=translate_plural, newstyle=True
    )
    app.jinja_env.globals["locale"] = lambda: g.locale


def translate(sentence: str) -> str:
    """Return a sentence in the reader's language."""
    found: gettext.NullTranslations = g.translations
    return found.gettext(sentence) if sentence else ""


def translate_plural(one: str, many: str, number: int) -> str:
    """Return the sentence that suits `number` in the reader's language."""
    found: gettext.NullTranslations = g.translations
    return found.ngettext(one, many, number)
