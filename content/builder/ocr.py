"""Recognise the text of page images with tesseract: words with boxes, paragraphs, turned pages.

Each page's result is kept in the cache under the digest of its image, so an interrupted build goes
on page by page. tesseract gets the image by a pipe, one thread, a clock.
"""

import hashlib
import io
import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image

from content.builder.page_text import UNIT, PageText
from content.builder.paragraphs import Line, paragraphs
from content.builder.spool import WordBox
from content.errors import MissingToolError, SourceError
from content.files import atomic_write
from content.vietnamese import normalize

TIMEOUT_S = 120
# tesseract wants about 300 dpi; more only costs time.
MAX_PIXELS = 9_000_000
# Mean confidence below which a page may lie on its side; upright print has 85 to 96.
_DOUBTFUL = 65.0
_FORMAT = 1

Run = Callable[[Sequence[str], bytes], subprocess.CompletedProcess[bytes]]


@dataclass(frozen=True, slots=True)
class Ocr:
    """A way to recognise pages.

    Args:
        language: As tesseract names it, such as `vie`.
        cache: Folder for results; it is made.
        run: Starts a program with bytes on its input; tests count its calls.
    """

    language: str
    cache: Path
    run: Run

    def read(self, image: Image.Image) -> PageText:
        """Return the text of a page image; the page may lie on any side.

        Raises:
            MissingToolError: tesseract, or its data for the language, is not installed.
            SourceError: tesseract gives up on the page.
        """
        picture = _png(image)
        key = f"{_FORMAT}/{_version()}/{self.language}/".encode() + picture
        path = self.cache / f"{hashlib.sha256(key).hexdigest()[:32]}.json"
        try:
            return _from_json(json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            pass
        found = self._read_turned(image, picture)
        self.cache.mkdir(parents=True, exist_ok=True)
        atomic_write(path, json.dumps(_to_json(found), ensure_ascii=False).encode())
        return found

    def _read_turned(self, image: Image.Image, picture: bytes) -> PageText:
        best, best_score, confidence = self._recognise(picture, 0)
        if confidence >= _DOUBTFUL:
            return best
        for angle in (90, 270, 180):
            turned = _png(image.rotate(-angle, expand=True))
            found, score, _ = self._recognise(turned, angle)
            if score > best_score * 1.5:
                best, best_score = found, score
        return best

    def _recognise(self, picture: bytes, angle: int) -> tuple[PageText, float, float]:
        """Return what stands there, how much of it is sure, and the mean confidence."""
        command = ("tesseract", "-", "-", "-l", self.language, "--psm", "3", "tsv")
        done = self.run(command, picture)
        if done.returncode != 0:
            message = done.stderr.decode("utf-8", "replace")
            if "Failed loading language" in message or "traineddata" in message:
                raise MissingToolError(
                    f"tesseract has no data for {self.language!r}: "
                    f"install the package tesseract-ocr-{self.language.split('+')[0]}"
                )
            raise SourceError("a page cannot be recognised", remedy="scan it again")
        return _understand(done.stdout.decode("utf-8", "replace"), angle)


def run_tesseract(command: Sequence[str], picture: bytes) -> subprocess.CompletedProcess[bytes]:
    """Start tesseract with one thread and a clock.

    Raises:
        MissingToolError: It is not installed.
        SourceError: It takes longer than `TIMEOUT_S`.
    """
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        return subprocess.run(  # noqa: S603 -- a fixed program, no shell
            command,
            input=picture,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
            env=environment,
        )
    except FileNotFoundError as error:
        raise MissingToolError(
            "tesseract is not installed: install the packages tesseract-ocr and tesseract-ocr-vie"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise SourceError("a page takes too long to recognise", remedy="scan it again") from error


@lru_cache(maxsize=1)
def _version() -> str:
    done = run_tesseract(("tesseract", "--version"), b"")
    return done.stdout.decode("utf-8", "replace").split("\n", maxsplit=1)[0]


def _png(image: Image.Image) -> bytes:
    grey = image.convert("L")
    if grey.width * grey.height > MAX_PIXELS:
        scale = (MAX_PIXELS / (grey.width * grey.height)) ** 0.5
        size = (int(grey.width * scale), int(grey.height * scale))
        grey = grey.resize(size, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    grey.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _understand(table: str, angle: int) -> tuple[PageText, float, float]:
    """Return text and boxes of tesseract's TSV (tesseract(1), `tsv`)."""
    width = height = 1
    words: list[WordBox] = []
    lines: dict[tuple[str, ...], list[WordBox]] = {}
    sure, total, count = 0.0, 0.0, 0
    for row in table.split("\n")[1:]:
        cells = row.split("\t")
        if len(cells) < 12:
            continue
        left, top, across, down = (int(cell) for cell in cells[6:10])
        if cells[0] == "1":
            width, height = max(1, across), max(1, down)
        word = normalize(cells[11].strip())
        if cells[0] != "5" or not word:
            continue
        confidence = float(cells[10])
        total, count = total + confidence, count + 1
        sure += confidence * len(word) if confidence > 60 else 0
        box = WordBox(
            left * UNIT // width,
            top * UNIT // height,
            across * UNIT // width,
            down * UNIT // height,
            word,
        )
        words.append(box)
        lines.setdefault(tuple(cells[1:5]), []).append(box)
    text = "\n".join(paragraphs([_line(boxes) for boxes in lines.values()]))
    return PageText(text, tuple(words), angle), sure, total / count if count else 0.0


def _line(boxes: list[WordBox]) -> Line:
    return Line(
        " ".join(box.word for box in boxes),
        min(box.x for box in boxes),
        max(box.x + box.width for box in boxes),
        min(box.y for box in boxes),
        max(box.y + box.height for box in boxes),
    )


def _to_json(found: PageText) -> dict[str, object]:
    words = [[one.x, one.y, one.width, one.height, one.word] for one in found.words]
    return {"text": found.text, "words": words, "turned": found.turned}


def _from_json(raw: dict[str, object]) -> PageText:
    words = raw["words"]
    assert isinstance(words, list)
    turned = raw["turned"]
    assert isinstance(turned, int)
    return PageText(str(raw["text"]), tuple(WordBox(*one) for one in words), turned)
