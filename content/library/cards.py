"""A card for each archive in use: what catalogues for programs say of it; kept small.

A card is made when it is first asked for, one archive open at a time, and stays as long as its file
is in use: after an update only what is new is opened.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from content.archive.reader import ArchiveReader
from content.errors import ContentError
from content.library.books import Books
from content.store.generation import Generation, HeldArchive
from content.vietnamese import fold, normalize, sort_key

MAX_VALUE = 4_000
# After a disk gave nothing, it is asked again.
ASK_AGAIN_S = 5.0
# Kiwix's four tags that say what an archive holds, with what stands for them when they are absent.
_HOLDS = (("_ftindex", "no"), ("_pictures", "yes"), ("_videos", "yes"), ("_details", "yes"))
_OLD_TAGS = {
    "nopic": "_pictures:no",
    "novid": "_videos:no",
    "nodet": "_details:no",
    "_ftindex": "_ftindex:yes",
}


@dataclass(frozen=True, slots=True)
class ArchiveCard:
    """What an archive says of itself, as written in it.

    Args:
        book: Name in addresses.
        language: ISO 639-3 codes, between commas.
        date: ISO 8601, or "".
        sizes: Widths of its illustrations.
        is_whole: False when the disk did not give it.
    """

    uuid: str
    book: str
    title: str
    size_bytes: int
    name: str = ""
    description: str = ""
    language: str = ""
    flavour: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    creator: str = ""
    publisher: str = ""
    date: str = ""
    articles: int = 0
    media: int = 0
    sizes: tuple[int, ...] = ()
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Wish:
    """Which cards are wanted; empty values leave all.

    Args:
        words: All of them begin a word of title, description or name, marks forgiven.
        languages: Any of these.
        tags: All of these.
        without_tags: None of these.
        largest_bytes: 0 for any size.
    """

    words: str = ""
    languages: tuple[str, ...] = ()
    category: str = ""
    name: str = ""
    creator: str = ""
    publisher: str = ""
    tags: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()
    largest_bytes: int = 0

    def fits(self, card: ArchiveCard) -> bool:
        """Return whether a card is one of those wanted."""
        tags = {one.casefold() for one in card.tags}
        return (
            (not self.languages or bool(set(self.languages) & set(languages_of(card))))
            and (not self.category or self.category == card.category)
            and (not self.name or self.name == card.name)
            and (not self.creator or fold(self.creator) == fold(card.creator))
            and (not self.publisher or fold(self.publisher) == fold(card.publisher))
            and all(one.casefold() in tags for one in self.tags)
            and not any(one.casefold() in tags for one in self.without_tags)
            and (not self.largest_bytes or card.size_bytes <= self.largest_bytes)
            and _has_words(card, self.words)
        )


def languages_of(card: ArchiveCard) -> tuple[str, ...]:
    """Return the codes of an archive's languages."""
    return tuple(one.strip() for one in card.language.split(",") if one.strip())


class Cards:
    """The cards of the generation in use, sorted by title; for several threads."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._lock = threading.Lock()
        self._by_file: dict[str, ArchiveCard] = {}
        self._generation: Generation | None = None
        self._all: tuple[ArchiveCard, ...] = ()
        self._ask_again_at = 0.0

    def all(self) -> tuple[ArchiveCard, ...]:
        """Return every card."""
        generation = self._books.generation
        with self._lock:
            if generation is self._generation and time.monotonic() < self._ask_again_at:
                return self._all
            made = {}
            for held in generation.archives:
                card = self._by_file.get(held.file)
                made[held.file] = card if card is not None and card.is_whole else self._card(held)
            self._by_file = made
            self._all = tuple(
                sorted(made.values(), key=lambda one: (sort_key(one.title), one.book))
            )
            self._generation = generation
            whole = all(one.is_whole for one in self._all)
            self._ask_again_at = float("inf") if whole else time.monotonic() + ASK_AGAIN_S
            return self._all

    def of_uuid(self, uuid: str) -> ArchiveCard | None:
        """Return the card of an archive by its UUID, or None."""
        return next((one for one in self.all() if one.uuid == uuid), None)

    def _card(self, held: HeldArchive) -> ArchiveCard:
        try:
            return read_card(self._books.opened_once(held), held)
        except ContentError:
            return ArchiveCard(held.uuid, held.name, held.title, held.size_bytes, is_whole=False)


def read_card(reader: ArchiveReader, held: HeldArchive) -> ArchiveCard:
    """Return the card of an open archive.

    Raises:
        ArchiveError: It is damaged.
    """
    values = {
        key: normalize(value[:MAX_VALUE].decode("utf-8", errors="ignore")).strip()
        for key, value in reader.metadata().items()
        if not key.startswith("Illustration")
    }
    tags = _all_tags(values.get("Tags", ""))
    counter = values.get("Counter", "")
    card = ArchiveCard(
        uuid=held.uuid,
        book=held.name,
        title=values.get("Title") or held.title,
        size_bytes=held.size_bytes,
        name=values.get("Name", ""),
        description=values.get("Description", ""),
        language=values.get("Language", ""),
        flavour=values.get("Flavour", ""),
        category=next((t.partition(":")[2] for t in tags if t.startswith("_category:")), ""),
        tags=tags,
        creator=values.get("Creator", ""),
        publisher=values.get("Publisher", ""),
        date=values.get("Date", ""),
        articles=reader.article_count,
        media=_media_in(counter),
        sizes=reader.illustration_sizes(),
    )
    return replace(card, media=card.media or reader.media_count)


def _all_tags(text: str) -> tuple[str, ...]:
    """Return tags as Kiwix gives them: old forms in the new one, what is silent said."""
    tags = [_OLD_TAGS.get(one.strip(), one.strip()) for one in text.split(";") if one.strip()]
    for name, default in _HOLDS:
        if not any(tag.startswith(f"{name}:") for tag in tags):
            tags.append(f"{name}:{default}")
    return tuple(tags)


def _media_in(counter: str) -> int:
    """Return how many pictures, sounds and films `M/Counter` counts (`image/png=3;...`)."""
    total = 0
    for one in counter.split(";"):
        kind, _, count = one.rpartition("=")
        if kind.startswith(("image/", "audio/", "video/")) and count.strip().isdecimal():
            total += int(count)
    return total


def _has_words(card: ArchiveCard, words: str) -> bool:
    asked = fold(words).split()
    if not asked:
        return True
    own = " " + " ".join(_words((card.title, card.description, card.name)))
    return all(f" {one}" in own for word in asked for one in _words((word,)))


def _words(texts: Iterable[str]) -> list[str]:
    letters = (one if one.isalnum() else " " for text in texts for one in fold(text) + " ")
    return "".join(letters).split()
