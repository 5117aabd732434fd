"""Dates, sizes, durations and numbers as readers of each language write them; pure."""

from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal

MINUTE_S = 60
HOUR_S = 3600
# Read aloud slowly: words a minute of someone who reads rarely.
SLOW_WORDS_A_MINUTE = 120


def known_locale(locale: str) -> str:
    """Return the locale whose numbers and dates a language uses: Vietnam's when CLDR lacks it."""
    try:
        Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        return "vi"
    return locale.replace("-", "_")


def format_size(size_bytes: int, locale: str) -> str:
    """Return a size in kB, MB or GB, decimal, one figure after the point below 10 MB."""
    if size_bytes < 1_000_000:
        return f"{format_decimal(max(1, round(size_bytes / 1000)), locale=known_locale(locale))} kB"
    unit, number = "MB", size_bytes / 1_000_000
    if number >= 10_000:
        unit, number = "GB", number / 1000
    pattern = "0.0" if number < 10 else "0"
    return f"{format_decimal(number, pattern, locale=known_locale(locale))} {unit}"


def format_clock(seconds: float) -> str:
    """Return a playing time as `4:05` or `1:02:03`."""
    whole = round(seconds)
    hours, rest = divmod(whole, HOUR_S)
    minutes, left = divmod(rest, MINUTE_S)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def format_number(number: int, locale: str) -> str:
    """Return a whole number with the locale's thousands mark."""
    return str(format_decimal(number, locale=known_locale(locale)))


def format_day(day: str, locale: str) -> str:
    """Return an ISO 8601 date as people write it; anything else as it is."""
    try:
        return str(format_date(date.fromisoformat(day), "long", locale=known_locale(locale)))
    except ValueError:
        return day


def reading_minutes(words: int) -> int:
    """Return about how many minutes a slow reader needs, at least 1."""
    return max(1, round(words / SLOW_WORDS_A_MINUTE))
