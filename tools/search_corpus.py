"""Libraries that do not exist, in Vietnamese that does: for measuring search.

Words are those of a list (one a line, several syllables each). How often each stands follows Zipf's
law; half of what is said are function words; each book has a subject, whose words come again and
again in it, as they do in real books. Everything follows from the seed.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from content.search.analysis import mark, words_of
from content.search.engine import PartText, WorkText
from content.vietnamese import is_syllable

# The commonest words of Vietnamese that carry grammar, more or less in order.
FUNCTION_WORDS = (
    "và của là có được các trong cho không một những với người này đã để từ đến khi về như ra cũng "
    "ở còn phải nhiều lại mà làm năm vào trên sẽ đó theo đi nếu nói nhưng vì rằng thì sau tại do "
    "lên hai biết chỉ hơn bị rất nên đang qua hay con thế ông bà anh chị em cái việc nước đều "
    "mới trước cùng bằng dưới giữa ngoài cả mỗi mọi nào gì ai đâu sao vẫn chưa từng"
).split()
FORMS = ("ebook", "audiobook", "scan", "article")
FAMILY_NAMES = "Lò Vàng Giàng Lý Hoàng Nguyễn Trần Lê Phạm Tẩn Chẻo Mùa Sùng Thào Quàng Cà".split()
MIDDLE_NAMES = "Văn Thị A Thị Seo Minh Ngọc Đức Xuân Thu".split()
OPENINGS = ("truyện", "lịch sử", "sổ tay", "kỹ thuật", "tìm hiểu", "văn hóa", "chuyện kể về")
CHAPTER_PAGES = 15
SYLLABLES_PER_PAGE = 200


@dataclass(frozen=True)
class Title:
    """A title, word by word: a word may be of several syllables."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        text = " ".join(self.words)
        return text[:1].upper() + text[1:]


class Draw:
    """Draw from a list by the law of Zipf and Mandelbrot, the first the most often.

    Args:
        flat: How many of the first are about as frequent.
    """

    def __init__(self, of: Sequence[str], exponent: float = 1.0, flat: int = 60) -> None:
        self._of = of
        self._sums = list(accumulate((place + flat) ** -exponent for place in range(len(of))))

    def some(self, chance: random.Random, count: int) -> list[str]:
        """Return `count` words."""
        return chance.choices(self._of, cum_weights=self._sums, k=count)


class Language:
    """The words of a corpus.

    Args:
        path: A word list.
        seed: Decides which words are common.
    """

    def __init__(self, path: Path, seed: int) -> None:
        lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
        functional = set(FUNCTION_WORDS)
        words = {
            line
            for line in lines
            if line
            and len(parts := line.split()) <= 4
            and line not in functional
            and all(is_syllable(part) for part in parts)
        }
        self.words = sorted(words)
        random.Random(seed).shuffle(self.words)
        # A language says with two syllables more often than with one.
        self.words.sort(key=lambda word: " " not in word and hash_of(word) % 3 == 0)
        self.function = Draw(FUNCTION_WORDS, 1.0, 5)
        self.content = Draw(self.words)

    def subject(self, chance: random.Random, count: int = 300) -> Draw:
        """Return the words of one subject."""
        return Draw(chance.sample(self.words, count), 1.0, 10)

    def sentence(self, chance: random.Random, subject: Draw) -> str:
        """Return a sentence, with its capital and stop."""
        count = chance.randint(5, 16)
        of_subject = subject.some(chance, count)
        common = self.content.some(chance, count)
        function = self.function.some(chance, count)
        said = []
        for place in range(count):
            draw = chance.random()
            said.append(
                function[place]
                if draw < 0.45
                else of_subject[place]
                if draw < 0.7
                else common[place]
            )
        if count > 9:
            said[count // 2] += ","
        text = " ".join(said)
        return text[:1].upper() + text[1:] + "."

    def page(self, chance: random.Random, subject: Draw, syllables: int) -> str:
        """Return about so many syllables of text in paragraphs."""
        sentences = []
        said = 0
        while said < syllables:
            sentences.append(self.sentence(chance, subject))
            said += sentences[-1].count(" ") + 1
        return " ".join(sentences)

    def title(self, chance: random.Random, subject: Draw) -> Title:
        """Return a title of one to four words; some open as many books do, some are volumes."""
        count = chance.choices((1, 2, 3, 4), (2, 5, 4, 2))[0]
        words = [
            (subject.some(chance, 1) if chance.random() < 0.6 else self.content.some(chance, 1))[0]
            for _ in range(count)
        ]
        if count > 1 and chance.random() < 0.33:
            words.insert(1, chance.choice(("của", "và", "ở", "trong", "cho")))
        if chance.random() < 0.3:
            words.insert(0, chance.choice(OPENINGS))
        if chance.random() < 0.15:
            words += ["tập", str(chance.randint(1, 4))]
        return Title(tuple(words))

    def name(self, chance: random.Random) -> str:
        """Return a person's name."""
        given = chance.choice(self.words).split()[0].capitalize()
        return f"{chance.choice(FAMILY_NAMES)} {chance.choice(MIDDLE_NAMES)} {given}"


def hash_of(word: str) -> int:
    """Return a number that depends on the word alone, in every process."""
    return sum(ord(letter) * (place + 7) for place, letter in enumerate(word))


@dataclass(frozen=True)
class Book:
    """A work with its pages; `titles` are those of its chapters."""

    record: WorkText
    title: Title
    titles: tuple[Title, ...]
    pages: tuple[PartText, ...]


def catalogue(language: Language, seed: int, count: int) -> Iterator[Book]:
    """Yield records without pages."""
    chance = random.Random(seed)
    subjects = [
        (str(language.title(chance, language.subject(chance))), language.subject(chance))
        for _ in range(200)
    ]
    places = [" ".join(language.name(chance).split()[1:]) for _ in range(120)]
    authors = [language.name(chance) for _ in range(count // 5 + 1)]
    for work in range(1, count + 1):
        name, subject = chance.choice(subjects)
        yield _book(language, chance, work, subject, (name,), authors, places)


def library(language: Language, seed: int, pages: int, pages_per_book: int = 300) -> Iterator[Book]:
    """Yield books until there are so many pages."""
    chance = random.Random(seed)
    places = [" ".join(language.name(chance).split()[1:]) for _ in range(120)]
    authors = [language.name(chance) for _ in range(pages // pages_per_book + 1)]
    for work in range(1, -(-pages // pages_per_book) + 1):
        subject = language.subject(chance)
        count = min(pages_per_book, pages - (work - 1) * pages_per_book)
        yield _book(language, chance, work, subject, ("Sách",), authors, places, pages=count)


def _book(
    language: Language,
    chance: random.Random,
    work: int,
    subject: Draw,
    subjects: tuple[str, ...],
    authors: Sequence[str],
    places: Sequence[str],
    pages: int = 0,
) -> Book:
    title = language.title(chance, subject)
    marks = (
        mark("form", chance.choice(FORMS)),
        mark("language", "vi" if chance.random() < 0.9 else "en"),
        mark("collection", f"Bộ {chance.randint(1, 30)}"),
    )
    record = WorkText(
        work,
        str(title),
        names=(chance.choice(authors),),
        subjects=subjects,
        places=(chance.choice(places),),
        body=language.page(chance, subject, 30),
        marks=marks,
    )
    chapters = tuple(language.title(chance, subject) for _ in range(-(-pages // CHAPTER_PAGES)))
    made = []
    for number in range(1, pages + 1):
        syllables = max(20, int(chance.gauss(SYLLABLES_PER_PAGE, SYLLABLES_PER_PAGE / 4)))
        text = language.page(chance, subject, syllables)
        chapter = str(chapters[(number - 1) // CHAPTER_PAGES])
        made.append(PartText(work, number, chapter, f"works/{work}/{number}.html", text, marks))
    return Book(record, title, chapters, tuple(made))


def phrase_in(text: str, chance: random.Random) -> str:
    """Return five to eight neighbouring syllables of a sentence, as a reader remembers them."""
    sentences = [one for one in text.split(".") if len(words_of(one)) >= 6] or [text]
    words = words_of(chance.choice(sentences))
    length = min(len(words), chance.randint(5, 8))
    start = chance.randint(0, len(words) - length)
    return " ".join(words[start : start + length])
