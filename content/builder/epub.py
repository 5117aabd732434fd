"""EPUB 2 and 3 to chapters of clean HTML with their pictures; the original as a download."""

from dataclasses import dataclass, field, replace

from content.builder.chapter_cut import Mark
from content.builder.chapter_markup import Look, only_picture
from content.builder.chapters import Chapters
from content.builder.encoding import decode
from content.builder.epub_contents import is_only_contents
from content.builder.epub_package import PICTURE_ENDINGS, Package, read_package
from content.builder.html_text import parse
from content.builder.language import remarks, settled
from content.builder.safe_zip import DamagedEntryError, SafeZip
from content.builder.spool import Details, SourceJob, Spool
from content.builder.xml_text import join
from content.errors import SourceError
from content.vietnamese import fold, normalize

MEDIA_TYPE = "application/epub+zip"
MAX_CHAPTER_SOURCE = 16 * 1024 * 1024
MAX_STYLE_SHEET = 1024 * 1024
_STYLE_SHEETS = 40
_TOLD = 5


def read_epub(job: SourceJob, spool: Spool) -> Details:
    """Fill the spool from one EPUB and return what it says of itself.

    Raises:
        SourceError: It is locked, damaged beyond reading, or no EPUB.
    """
    path = job.files[0]
    book = SafeZip(path)
    try:
        package = read_package(book)
        reading = _Reading(book, package, path.name, spool)
        reading.read()
        reading.keep_cover()
    finally:
        book.close()
    if job.options.originals:
        spool.add_asset("book.epub", MEDIA_TYPE, path, filename=_filename(job, package))
    details = package.details
    for one in remarks(job, details.language, details.title, reading.sample):
        spool.problem(path.name, one, "put it right in the catalogue")
    return replace(details, language=settled(details.language, reading.sample))


@dataclass
class _Reading:
    """Reads the documents of one open book in order."""

    book: SafeZip
    package: Package
    file: str
    spool: Spool
    sample: str = ""
    _numbers: dict[str, int] = field(default_factory=dict)

    def read(self) -> None:
        """Hand every chapter to the spool."""
        package = self.package
        self._numbers = {name: number for number, name in enumerate(package.spine)}
        self._tell("names a page {!r} that it does not hold", package.missing)
        chapters = Chapters(
            self.spool,
            self.file,
            self._picture,
            self._document,
            look=self._look(),
            expected=len(package.spine),
        )
        titles, marks = self._titles()
        damaged = []
        for number, name in enumerate(package.spine):
            try:
                text = decode(self.book.read(name, MAX_CHAPTER_SOURCE)).text
            except DamagedEntryError as error:
                damaged.append(error.reason)
                continue
            if self._is_needless(name, text):
                continue
            title, level = titles.get(name, ("", 1))
            goes_on = bool(titles) and name not in titles and not package.is_fixed
            chapters.add(number, text, title, level, marks.get(name), goes_on=goes_on)
        self._tell("{}; this page is left out", damaged)
        if not chapters.finish(package.details.title):
            raise SourceError(
                "its pages are empty or damaged",
                remedy="open it in a reading app; get another copy",
            )
        self.sample = chapters.sample

    def keep_cover(self) -> None:
        """Keep the cover, or tell why not."""
        name = self.package.cover
        if not name:
            return
        try:
            content = self.book.read(name)
        except SourceError as error:
            self.spool.problem(self.file, f"its cover cannot be read: {error.reason}")
            return
        suffix = name.rpartition(".")[2].lower()
        kinds = {"png": "image/png", "gif": "image/gif", "webp": "image/webp"}
        kind = kinds.get(suffix, "image/jpeg")
        self.spool.set_cover(self.spool.add_asset("img/cover", kind, content))

    def _tell(self, words: str, things: list[str]) -> None:
        for one in things[:_TOLD]:
            self.spool.problem(self.file, words.format(one))
        if len(things) > _TOLD:
            self.spool.problem(self.file, f"and {len(things) - _TOLD} more like this")

    def _titles(self) -> tuple[dict[str, tuple[str, int]], dict[str, dict[str, Mark]]]:
        """Return the title of each document, and the places the contents point to inside it."""
        titles: dict[str, tuple[str, int]] = {}
        marks: dict[str, dict[str, Mark]] = {}
        for line in self.package.contents:
            titles.setdefault(line.name, (line.title, line.level))
            if line.anchor:
                inside = marks.setdefault(line.name, {})
                inside.setdefault(line.anchor, Mark(line.title, line.level))
        return titles, marks

    def _is_needless(self, name: str, text: str) -> bool:
        """Return whether a document only shows the cover or the contents, which are made anew."""
        package = self.package
        is_front = self._numbers[name] == 0 or name == package.cover_page
        if len(package.spine) < 2 or package.is_fixed or not (is_front or len(text) < 200_000):
            return False
        body = parse(text) if is_front or package.contents else None
        if body is None:
            return False
        if is_front and (address := only_picture(body)):
            found = self.book.find(join(name, address)[0]) or ""
            if not package.cover and found.lower().endswith(PICTURE_ENDINGS):
                package.cover = found
            return found == package.cover or name == package.cover_page
        return bool(package.contents) and is_only_contents(body)

    def _look(self) -> Look:
        look = Look()
        sheets = [one for one in self.book.names() if one.lower().endswith(".css")]
        for name in sheets[:_STYLE_SHEETS]:
            try:
                look.read(decode(self.book.read(name, MAX_STYLE_SHEET)).text)
            except SourceError:
                # A book without its looks is still read.
                continue
        return look

    def _document(self, number: int, reference: str) -> int | None:
        if ":" in reference:
            return None
        name = self.book.find(join(self.package.spine[number], reference)[0])
        return self._numbers.get(name) if name else None

    def _picture(self, number: int, reference: str) -> tuple[str, bytes] | None:
        if ":" in reference or reference.startswith("//"):
            return None
        name = self.book.find(join(self.package.spine[number], reference)[0])
        if name is None or not name.lower().endswith(PICTURE_ENDINGS):
            return None
        try:
            return name, self.book.read(name)
        except DamagedEntryError:
            return None


def _filename(job: SourceJob, package: Package) -> str:
    title = normalize(job.title or package.details.title or job.files[0].stem)
    plain = "".join(letter if letter.isalnum() or letter in " -" else " " for letter in title)
    return " ".join(plain.split())[:80].strip() + ".epub" if fold(plain).strip() else "book.epub"
