"""EPUB 2 and 3 to chapters of clean HTML with their pictures; the original as a download."""

from content.builder.chapters import Chapters
from content.builder.encoding import decode
from content.builder.epub_package import Package, join, read_package
from content.builder.language import agreed, title_remark
from content.builder.safe_zip import SafeZip
from content.builder.spool import Details, SourceJob, Spool
from content.errors import SourceError
from content.vietnamese import fold

MEDIA_TYPE = "application/epub+zip"
MAX_CHAPTER_SOURCE = 24 * 1024 * 1024


def read_epub(job: SourceJob, spool: Spool) -> Details:
    """Fill the spool from one EPUB and return what it says of itself.

    Raises:
        SourceError: It is locked, damaged beyond reading, or no EPUB.
    """
    path = job.files[0]
    book = SafeZip(path)
    try:
        package = read_package(book)
        for name in package.missing[:5]:
            spool.problem(path.name, f"names a page {name!r} that it does not hold")
        sample = _read_chapters(book, package, path.name, spool)
        _keep_cover(book, package, path.name, spool)
    finally:
        book.close()
    if job.options.originals:
        spool.add_asset("book.epub", MEDIA_TYPE, path, filename=_filename(job, package))
    details = package.details
    language, remark = agreed(details.language, sample)
    for one in (remark, title_remark(details.title)):
        if one and not job.title:
            spool.problem(path.name, one, "put it right in the catalogue")
    known = {**{name: getattr(details, name) for name in Details.__dataclass_fields__}}
    return Details(**{**known, "language": language})


def _read_chapters(book: SafeZip, package: Package, file: str, spool: Spool) -> str:
    """Add every chapter; return the beginning of the text."""
    numbers = {name: number for number, name in enumerate(package.spine)}
    titles: dict[str, tuple[str, int]] = {}
    for line in package.contents:
        titles.setdefault(line.name, (line.title, line.level))

    def document(number: int, reference: str) -> int | None:
        name = book.find(join(package.spine[number], reference)) if reference else None
        return numbers.get(name) if name else None

    def picture(number: int, reference: str) -> tuple[str, bytes] | None:
        name = book.find(join(package.spine[number], reference))
        if name is None or name.lower().endswith((".svg", ".xhtml", ".html")):
            return None
        return name, book.read(name)

    chapters = Chapters(spool, file, picture, document)
    sample = ""
    for number, name in enumerate(package.spine):
        text = decode(book.read(name, MAX_CHAPTER_SOURCE)).text
        sample += text[:4000] if len(sample) < 40_000 else ""
        title, level = titles.get(name, ("", 1))
        chapters.add(number, text, title, level)
    if not chapters.finish(package.details.title):
        raise SourceError(
            "its pages are empty", remedy="open it in a reading app; get another copy"
        )
    return sample


def _keep_cover(book: SafeZip, package: Package, file: str, spool: Spool) -> None:
    if not package.cover or package.cover.lower().endswith((".svg", ".xhtml", ".html")):
        return
    try:
        content = book.read(package.cover)
    except SourceError as error:
        spool.problem(file, f"its cover cannot be read: {error.reason}")
        return
    suffix = package.cover.rpartition(".")[2].lower()
    kind = {"png": "image/png", "gif": "image/gif", "webp": "image/webp"}.get(suffix, "image/jpeg")
    spool.set_cover(spool.add_asset("img/cover", kind, content))


def _filename(job: SourceJob, package: Package) -> str:
    title = job.title or package.details.title or job.files[0].stem
    plain = "".join(letter if letter.isalnum() or letter in " -" else " " for letter in title)
    return " ".join(plain.split())[:80].strip() + ".epub" if fold(plain).strip() else "book.epub"
