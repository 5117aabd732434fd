"""Languages added at a reading point: a table that a speaker fills in becomes a catalogue of words.

The table is a CSV file for any spreadsheet: the English sentence, the Vietnamese one, and a column
headed by the language's tag, empty where nothing is said yet. Catalogues are gettext's PO files,
`TAG.po` in the folder that the setting `languages` names. A sentence without words is shown in
Vietnamese.
"""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from content.errors import ContentError
from content.files import atomic_write
from content.vietnamese import normalize
from kiosk.ui.locales import BUILT_IN, DOMAIN, LOCALES

MAX_SHEET_BYTES = 2_000_000
# Languages of this province have no plural forms; gettext must be told.
PLURALS = "nplurals=1; plural=0;"
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_VALUE = re.compile(r"%\((\w+)\)s")
_HEADINGS = ("English", "Tiếng Việt")


class LanguageError(ContentError):
    """A table of words or its language cannot be used; the message says which line and why."""

    code = "language"
    exit_status = 61


@dataclass(frozen=True, slots=True)
class AddedLanguage:
    """A language added at this point, and how far it is.

    Args:
        tag: BCP 47.
        written: Sentences that have words.
        total: Sentences there are.
    """

    tag: str
    written: int
    total: int


def check_tag(tag: str) -> str:
    """Return `tag` when it can be the tag of a language added here.

    Raises:
        LanguageError: It is none, or built in.
    """
    if not _TAG.fullmatch(tag):
        raise LanguageError(
            f"{tag!r} is no tag of a language; take the ISO 639-3 code, such as blt, hmn or hni"
        )
    if tag in LOCALES:
        raise LanguageError(f"{tag!r} is built in; see docs/howto/translate.md to change it")
    return tag


def catalogue_file(folder: str, tag: str) -> Path:
    """Return where the catalogue of an added language is."""
    return Path(folder) / f"{tag}.po"


def added_tags(folder: str) -> tuple[str, ...]:
    """Return the tags of the languages in a folder; none without a folder."""
    if not folder or not Path(folder).is_dir():
        return ()
    tags = sorted(path.stem for path in Path(folder).glob("*.po"))
    return tuple(tag for tag in tags if _TAG.fullmatch(tag) and tag not in LOCALES)


def read_catalogue(file: Path) -> Catalog:
    """Return a catalogue of words.

    Raises:
        LanguageError: It cannot be read.
    """
    try:
        with file.open("rb") as source:
            return read_po(source, abort_invalid=True)
    except (OSError, ValueError, UnicodeError) as error:
        raise LanguageError(f"{file.name}: cannot be read: {error}") from error


def messages() -> list[Message]:
    """Return every sentence on screen with its Vietnamese words."""
    catalogue = read_catalogue(BUILT_IN / "vi" / "LC_MESSAGES" / f"{DOMAIN}.po")
    return [message for message in catalogue if message.id]


def words_of(message: Message) -> str:
    """Return the words of a message; the last form of a plural."""
    string = message.string or ""
    return string if isinstance(string, str) else string[-1]


def english(message: Message) -> str:
    """Return the sentence itself; the plural one of two."""
    return message.id if isinstance(message.id, str) else message.id[-1]


def write_sheet(tag: str, known: Catalog | None = None) -> bytes:
    """Return the table to fill in, with the words that `known` has already.

    UTF-8 with a mark at its start, because spreadsheets guess otherwise.
    """
    have = {english(one): words_of(one) for one in known or () if one.id}
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow([*_HEADINGS, check_tag(tag)])
    for message in messages():
        sentence = english(message)
        rows.writerow([sentence, words_of(message), have.get(sentence, "")])
    return out.getvalue().encode("utf-8-sig")


def read_sheet(data: bytes) -> tuple[str, dict[str, str]]:
    """Return the tag and the words by English sentence of a filled-in table.

    Raises:
        LanguageError: It is no such table, or a line's words leave out or invent a `%(name)s`.
    """
    if len(data) > MAX_SHEET_BYTES:
        raise LanguageError(f"the table is larger than {MAX_SHEET_BYTES // 1_000_000} MB")
    try:
        text = data.decode("utf-8-sig")
        # Spreadsheets of this country's Windows write semicolons.
        first = text.partition("\n")[0]
        rows = list(csv.reader(io.StringIO(text), delimiter=";" if ";" in first else ","))
    except (UnicodeDecodeError, csv.Error) as error:
        raise LanguageError(
            "the table is no CSV in UTF-8; save it as 'CSV UTF-8' in the spreadsheet"
        ) from error
    if not rows or len(rows[0]) < 3 or tuple(rows[0][:2]) != _HEADINGS:
        raise LanguageError(
            "the first line must be: English, Tiếng Việt, and the tag of the language; make the "
            "table with 'diemdoc language sheet'"
        )
    tag, words = check_tag(rows[0][2].strip()), {}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) >= 3 and row[2].strip():
            words[row[0]] = _checked(number, row[0], normalize(row[2].strip()))
    return tag, words


def make_catalogue(tag: str, words: dict[str, str]) -> bytes:
    """Return a PO file of the words whose sentences are on screen today."""
    # Babel asks a locale for the number of plural forms: one, as Vietnamese has.
    made = Catalog(locale="vi", project="diemdoc", charset="utf-8", fuzzy=False)
    for message in messages():
        found = words.get(english(message), "")
        is_plural = not isinstance(message.id, str)
        made.add(message.id, (found,) if is_plural else found, flags=message.flags)
    out = io.BytesIO()
    write_po(out, made, width=100, omit_header=True)
    head = (
        f'msgid ""\nmsgstr ""\n"Language: {tag}\\n"\n"Plural-Forms: {PLURALS}\\n"\n'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n\n'
    )
    return head.encode() + out.getvalue()


def add_language(folder: Path, tag: str, words: dict[str, str]) -> AddedLanguage:
    """Put a language in use; after a power cut the old catalogue is there or the new one.

    Raises:
        LanguageError: There are no words for any sentence on screen.
    """
    known = {english(message) for message in messages()}
    written = len(known & set(words))
    if not written:
        raise LanguageError("no line of the table has words for a sentence on screen")
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(catalogue_file(str(folder), tag), make_catalogue(tag, words))
    return AddedLanguage(tag, written, len(known))


def added(folder: str) -> tuple[AddedLanguage, ...]:
    """Return the languages added at this point.

    Raises:
        LanguageError: A catalogue cannot be read.
    """
    known = {english(message) for message in messages()}
    found = []
    for tag in added_tags(folder):
        catalogue = read_catalogue(catalogue_file(folder, tag))
        written = sum(1 for one in catalogue if one.id and words_of(one) and english(one) in known)
        found.append(AddedLanguage(tag, written, len(known)))
    return tuple(found)


def _checked(number: int, sentence: str, words: str) -> str:
    wanted, have = set(_VALUE.findall(sentence)), set(_VALUE.findall(words))
    if wanted != have:
        wrong = ", ".join(f"%({name})s" for name in sorted(wanted ^ have))
        raise LanguageError(
            f"line {number}: {wrong} must stand in both the English sentence and yours"
        )
    return words
