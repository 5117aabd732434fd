"""The point's shelf of paper books: read from a table, kept in the generation as `shelf.json`.

A paper book with the identifier of a digital work is one more copy of it; any other is a record of
its own with the form `print`.
"""

import csv
import hashlib
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from content.errors import CatalogueError
from content.files import atomic_write
from content.store.generation import SHELF_FILE
from content.terms import Audience, Form, Record, is_safe_identifier
from content.vietnamese import fold, normalize

MAX_BOOKS = 100_000
MAX_BYTES = 32 * 1024 * 1024

_COLUMNS = {
    "identifier": "identifier",
    "ma": "identifier",
    "ma so": "identifier",
    "title": "title",
    "nhan de": "title",
    "ten sach": "title",
    "creator": "creator",
    "author": "creator",
    "tac gia": "creator",
    "shelf_mark": "shelf_mark",
    "shelf mark": "shelf_mark",
    "ky hieu": "shelf_mark",
    "ky hieu xep gia": "shelf_mark",
    "copies": "copies",
    "so ban": "copies",
    "so luong": "copies",
    "subject": "subject",
    "chu de": "subject",
    "audience": "audience",
    "doi tuong": "audience",
    "date": "date",
    "nam": "date",
    "nam xuat ban": "date",
    "publisher": "publisher",
    "nha xuat ban": "publisher",
}


@dataclass(frozen=True, slots=True)
class PaperBook:
    """One title on a shelf of paper books.

    Args:
        place: Where it stands, in words.
        copies: How many, at least 1.
        added: UTC date it was entered here.
    """

    identifier: str
    title: str
    place: str
    creator: tuple[str, ...] = ()
    shelf_mark: str = ""
    copies: int = 1
    subject: tuple[str, ...] = ()
    audience: str = "general"
    date: str = ""
    publisher: str = ""
    added: str = ""


def read_shelf_table(path: Path, *, place: str, added: str) -> tuple[PaperBook, ...]:
    """Return the books of a CSV or TSV table; the first line names the columns.

    Raises:
        CatalogueError: The table cannot be read, or a line lacks what it must have; nothing of it
            is used then.
    """
    if path.stat().st_size > MAX_BYTES:
        raise CatalogueError(f"{path.name}: larger than {MAX_BYTES >> 20} MB; split it")
    text = _decode(path.read_bytes(), path.name)
    head = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    columns = [_COLUMNS.get(fold(name), "") for name in next(reader, [])]
    if "title" not in columns:
        raise CatalogueError(
            f"{path.name}, line 1: no column is called 'title' or 'Nhan đề'; "
            "the first line must name the columns"
        )
    books = []
    for cells in reader:
        if any(cell.strip() for cell in cells):
            pairs = zip(columns, cells, strict=False)
            row = {name: normalize(cell).strip() for name, cell in pairs if name}
            books.append(_book(row, f"{path.name}, line {reader.line_num}", place, added))
    if len(books) > MAX_BOOKS:
        raise CatalogueError(f"{path.name}: more than {MAX_BOOKS} books; split it")
    return tuple(books)


def _book(row: dict[str, str], where: str, place: str, added: str) -> PaperBook:
    title = row.get("title", "")
    if not title:
        raise CatalogueError(f"{where}: the title is missing")
    copies = row.get("copies") or "1"
    if not copies.isdigit() or not 1 <= int(copies) <= 10_000:
        raise CatalogueError(f"{where}: the number of copies is {copies!r}, not a whole number")
    creator = tuple(name.strip() for name in row.get("creator", "").split(";") if name.strip())
    identifier = row.get("identifier", "")
    if identifier and not is_safe_identifier(identifier):
        raise CatalogueError(
            f"{where}: the identifier {identifier!r} may hold only letters, digits, '.', '_', '-'"
        )
    children = fold(row.get("audience", "")) in {"children", "thieu nhi", "tre em"}
    return PaperBook(
        identifier=identifier or _identifier(title, creator),
        title=title,
        place=place,
        creator=creator,
        shelf_mark=row.get("shelf_mark", ""),
        copies=int(copies),
        subject=tuple(one.strip() for one in row.get("subject", "").split(";") if one.strip()),
        audience=str(Audience.CHILDREN if children else Audience.GENERAL),
        date=row.get("date", ""),
        publisher=row.get("publisher", ""),
        added=added,
    )


def as_record(book: PaperBook) -> Record:
    """Return the record of a book that is here on paper only."""
    return Record(
        identifier=book.identifier,
        title=book.title,
        form=Form.PRINT,
        creator=book.creator,
        subject=book.subject,
        audience=Audience(book.audience),
        date=book.date,
        publisher=book.publisher,
        language=("vi",),
    )


def load_shelf(folder: Path) -> tuple[PaperBook, ...]:
    """Return the paper books of a generation."""
    path = folder / SHELF_FILE
    if not path.is_file():
        return ()
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return tuple(
            PaperBook(**{**one, "creator": tuple(one["creator"]), "subject": tuple(one["subject"])})
            for one in raw["books"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CatalogueError(f"{path}: the paper shelf cannot be read: {error}") from error


def save_shelf(folder: Path, books: tuple[PaperBook, ...]) -> None:
    """Write the paper books of a generation."""
    data = {"version": 1, "books": [asdict(book) for book in books]}
    atomic_write(folder / SHELF_FILE, json.dumps(data, ensure_ascii=False).encode())


def _identifier(title: str, creator: tuple[str, ...]) -> str:
    words = fold(" ".join([title, *creator]))
    return "paper-" + hashlib.sha256(words.encode()).hexdigest()[:12]


def _decode(data: bytes, name: str) -> str:
    for encoding in (
        ("utf-8-sig", "utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",)
    ):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CatalogueError(f"{name}: is not written in UTF-8; save it as 'CSV UTF-8' and try again")
