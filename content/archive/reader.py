"""Read one ZIM archive: entries, redirects, content; everything in it may be hostile.

libzim raises RuntimeError for damage of any kind; here it becomes an `ArchiveError` that names the
archive and what to do. Content is a view of libzim's memory, never a copy: a sound of 300 MB costs
nothing until it is sent.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from libzim.reader import Archive
from libzim.reader import Entry as ZimEntry
from libzim.search import Query, Searcher
from libzim.suggestion import SuggestionSearcher

from content.errors import ArchiveError, EntryNotFoundError
from content.vietnamese import fold, spellings_of_d

_ILLUSTRATION = re.compile(r"Illustration_(\d{1,4})x\1@1")
MAX_REDIRECTS = 10
RANDOM_TRIES = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an archive.

    Args:
        path: Path in the archive, as written there.
        media_type: IANA media type with its parameters, as written there.
        size: Bytes of the content.
        redirect_to: Path this entry only points to, or "".
        index: Number of the entry in the archive's table, for `direct.DirectAccess`.
    """

    path: str
    title: str
    media_type: str
    size: int
    index: int = -1
    redirect_to: str = ""
    _source: ZimEntry | None = field(default=None, repr=False, compare=False)

    @property
    def content(self) -> memoryview:
        """The bytes of the entry, as a view; empty for a redirect.

        Raises:
            ArchiveError: The archive is damaged there.
        """
        if self._source is None:
            return memoryview(b"")
        try:
            return memoryview(self._source.get_item().content)
        except RuntimeError as error:
            raise ArchiveError(f"{self.path}: damaged in the archive; add it anew") from error

    def read(self) -> bytes:
        """Return a copy of the bytes, for small entries."""
        return bytes(self.content)


class ArchiveReader:
    """An open archive.

    Args:
        path: The `.zim` file.

    Raises:
        ArchiveError: It cannot be opened: cut short, damaged, or no ZIM archive.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._archive = Archive(path)
        except RuntimeError as error:
            raise ArchiveError(
                f"{path.name}: is not a whole ZIM archive ({error}); copy it again"
            ) from error

    @property
    def uuid(self) -> str:
        """The UUID of the archive."""
        return str(self._archive.uuid)

    @property
    def entry_count(self) -> int:
        """How many entries readers can reach."""
        return int(self._archive.entry_count)

    @property
    def article_count(self) -> int:
        """How many entries are articles, as libzim counts them."""
        return int(self._archive.article_count)

    @property
    def media_count(self) -> int:
        """How many entries are pictures, sounds or films, as libzim counts them."""
        return int(self._archive.media_count)

    @cached_property
    def has_full_text(self) -> bool:
        """Whether it carries a full-text index."""
        return bool(self._archive.has_fulltext_index)

    def check(self) -> bool:
        """Return whether every checksum is right; reads the whole file."""
        try:
            return bool(self._archive.check())
        except RuntimeError:
            return False

    def metadata(self) -> dict[str, bytes]:
        """Return all openZIM metadata of text, by name."""
        found = {}
        for name in self._archive.metadata_keys:
            try:
                found[name] = bytes(self._archive.get_metadata(name))
            except RuntimeError as error:
                raise ArchiveError(f"{self.path.name}: metadata {name} is damaged") from error
        return found

    def illustration(self, size: int = 48) -> bytes | None:
        """Return the archive's own picture as PNG, or None."""
        try:
            if not self._archive.has_illustration(size):
                return None
            return bytes(self._archive.get_illustration_item(size).content)
        except RuntimeError:
            return None

    def illustration_sizes(self) -> tuple[int, ...]:
        """Return the widths of its square pictures at scale 1, smallest first."""
        try:
            names = map(_ILLUSTRATION.fullmatch, self._archive.metadata_keys)
        except RuntimeError:
            return ()
        return tuple(sorted(int(one[1]) for one in names if one))

    def main_path(self) -> str:
        """Return the path of the main entry with redirects followed, or ""."""
        try:
            if not self._archive.has_main_entry:
                return ""
            entry = self._archive.main_entry
            for _ in range(MAX_REDIRECTS):
                if not entry.is_redirect:
                    return str(entry.path)
                entry = entry.get_redirect_entry()
        except RuntimeError:
            pass
        return ""

    def has(self, path: str) -> bool:
        """Return whether there is an entry at `path`."""
        try:
            return bool(self._archive.has_entry_by_path(path))
        except RuntimeError:
            return False

    def entry(self, path: str) -> Entry:
        """Return the entry at `path`; a redirect is returned as such, with its final target.

        Raises:
            EntryNotFoundError: There is none.
            ArchiveError: The archive is damaged there.
        """
        try:
            if not self._archive.has_entry_by_path(path):
                raise EntryNotFoundError(f"{self.path.name}: has no entry {path[:200]!r}")
            source = self._archive.get_entry_by_path(path)
            if source.is_redirect:
                return self._redirect(path, source)
            item = source.get_item()
            return Entry(
                path=str(source.path),
                title=str(source.title),
                media_type=str(item.mimetype),
                size=int(item.size),
                index=int(source._index),  # noqa: SLF001 -- libzim names no other way
                _source=source,
            )
        except RuntimeError as error:
            raise ArchiveError(f"{self.path.name}: {path[:200]}: damaged; add it anew") from error

    def _redirect(self, path: str, source: ZimEntry) -> Entry:
        target = source
        for _ in range(MAX_REDIRECTS):
            if not target.is_redirect:
                return Entry(
                    path=path,
                    title=str(source.title),
                    media_type="",
                    size=0,
                    redirect_to=str(target.path),
                )
            target = target.get_redirect_entry()
        raise EntryNotFoundError(f"{self.path.name}: {path[:200]!r} points in a circle")

    def title_of(self, path: str) -> str:
        """Return the title of the entry at `path`, without unpacking anything; "" if unknown."""
        try:
            return str(self._archive.get_entry_by_path(path).title)
        except (RuntimeError, KeyError):
            return ""

    def random_path(self) -> str:
        """Return the path of some HTML entry; "" when none was found."""
        try:
            for _ in range(RANDOM_TRIES):
                entry = self._archive.get_random_entry()
                for _ in range(MAX_REDIRECTS):
                    if not entry.is_redirect:
                        break
                    entry = entry.get_redirect_entry()
                if not entry.is_redirect and entry.get_item().mimetype.startswith("text/html"):
                    return str(entry.path)
        except (RuntimeError, KeyError):
            pass
        return ""

    # Making one opens the archive's index, which costs more than most searches.
    @cached_property
    def _searcher(self) -> Searcher:
        return Searcher(self._archive)

    @cached_property
    def _suggester(self) -> SuggestionSearcher:
        return SuggestionSearcher(self._archive)

    def full_text(self, words: str, count: int) -> tuple[int, tuple[str, ...]]:
        """Return how many entries have all `words`, and the paths of the first `count`.

        Nothing is found without an index, or for words that libzim cannot read.
        """
        if not words.strip() or not self.has_full_text:
            return 0, ()
        try:
            search = self._searcher.search(Query().set_query(words))
            paths = tuple(search.getResults(0, count))
            # The index only estimates how many there are; all that were given were counted.
            total = int(search.getEstimatedMatches()) if len(paths) == count else len(paths)
        except RuntimeError:
            return 0, ()
        return total, paths

    def titles(self, words: str, *, limit: int, offset: int = 0) -> tuple[tuple[str, str], ...]:
        """Return titles that begin like `words` with their paths, from the archive's own index.

        libzim folds no đ, so both spellings are tried.
        """
        found: dict[str, str] = {}
        for spelling in dict.fromkeys((words, fold(words), *spellings_of_d(words))):
            try:
                search = self._suggester.suggest(spelling)
                for path in search.getResults(0, offset + limit):
                    found.setdefault(path, str(self._archive.get_entry_by_path(path).title))
            except RuntimeError:
                continue
        return tuple((title, path) for path, title in found.items())[offset : offset + limit]
