"""Recognise the text of page images with tesseract: words with boxes, paragraphs, turned pages.

Each page's result is kept in the cache under the digest of its pixels, so an interrupted build goes
on page by page. tesseract gets the image by a pipe, one thread, a clock, and the resolution: left
to guess it, it tears tables apart (docs/measurements/build.md).
"""

import hashlib
import io
import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from PIL import Image

from content.builder.page_text import PageText
from content.builder.spool import WordBox
from content.builder.tesseract_table import read_table
from content.errors import MissingToolError, SourceError
from content.files import atomic_write

# For one page on all its sides; less than the watchdog of a build waits (content.builder.prepare).
PAGE_TIMEOUT_S = 120.0
# tesseract wants about 300 dpi; more only costs time.
MAX_PIXELS = 16_000_000
# Mean confidence below which a page may lie on its side; upright print has 85 to 96.
_DOUBTFUL = 65.0
# A page with less between its darkest and its lightest dot is blank.
_BLANK_RANGE = 24
_FORMAT = 2

Run = Callable[[Sequence[str], bytes, float], subprocess.CompletedProcess[bytes]]


@dataclass(frozen=True)
class Ocr:
    """A way to recognise pages; several threads may use it at once.

    Args:
        language: As tesseract names it, such as `vie` or `vie+eng`.
        cache: Folder for results; it is made. After a power cut each file is whole or absent.
        run: Starts a program with bytes on its input and so many seconds; tests count its calls.
    """

    language: str
    cache: Path
    run: Run

    @cached_property
    def version(self) -> str:
        """The recogniser's version, part of each result's key.

        Raises:
            MissingToolError: tesseract, or its data for the language, is not installed.
        """
        known = _said(self.run(("tesseract", "--list-langs"), b"", PAGE_TIMEOUT_S)).split()
        for one in self.language.split("+"):
            if one not in known:
                raise MissingToolError(
                    f"tesseract has no data for {one!r}: "
                    f"install the package tesseract-ocr-{one.lower().replace('_', '-')}"
                )
        said = _said(self.run(("tesseract", "--version"), b"", PAGE_TIMEOUT_S))
        return said.split("\n", maxsplit=1)[0].strip()

    def read(self, image: Image.Image, dpi: int = 200) -> PageText:
        """Return the text of a page image; the page may lie on any side.

        Args:
            dpi: How many pixels an inch of the paper has.

        Raises:
            MissingToolError: tesseract, or its data for the language, is not installed.
            SourceError: tesseract gives up on the page.
        """
        grey = image.convert("L")
        if _is_blank(grey):
            return PageText()
        grey, dpi = _bounded(grey, dpi)
        path = self._place(grey, dpi)
        try:
            return _from_json(json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            pass
        found = self._read_turned(grey, dpi)
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, json.dumps(_to_json(found), ensure_ascii=False).encode())
        return found

    def _place(self, grey: Image.Image, dpi: int) -> Path:
        what = f"{_FORMAT}/{self.version}/{self.language}/{dpi}/{grey.width}x{grey.height}/"
        key = hashlib.sha256(what.encode() + grey.tobytes()).hexdigest()
        return self.cache / key[:2] / f"{key[2:34]}.json"

    def _read_turned(self, grey: Image.Image, dpi: int) -> PageText:
        until = time.monotonic() + PAGE_TIMEOUT_S
        best, best_score, confidence = self._recognise(grey, 0, dpi, until)
        for angle in (90, 270, 180):
            if confidence >= _DOUBTFUL:
                break
            try:
                found, score, mean = self._recognise(grey, angle, dpi, until)
            except SourceError:
                break
            if score > best_score * 1.5:
                best, best_score, confidence = found, score, mean
        return best

    def _recognise(
        self, grey: Image.Image, angle: int, dpi: int, until: float
    ) -> tuple[PageText, float, float]:
        """Return what stands there, how much of it is sure, and the mean confidence."""
        turned = grey.rotate(-angle, expand=True) if angle else grey
        out = io.BytesIO()
        turned.save(out, "PNG", compress_level=1)
        command = ["tesseract", "-", "-", "-l", self.language, "--psm", "3", "--dpi", str(dpi)]
        left_s = max(1.0, until - time.monotonic())
        done = self.run([*command, "tsv"], out.getvalue(), left_s)
        if done.returncode != 0:
            raise SourceError("tesseract gives up on it", remedy="scan the page again")
        table = read_table(done.stdout.decode("utf-8", "replace"))
        return PageText(table.text, table.words, angle), table.sure, table.confidence


def run_tesseract(
    command: Sequence[str], picture: bytes, timeout_s: float
) -> subprocess.CompletedProcess[bytes]:
    """Start tesseract with one thread and a clock.

    Raises:
        MissingToolError: It is not installed.
        SourceError: It takes longer than `timeout_s`.
    """
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        return subprocess.run(  # noqa: S603 -- a fixed program, no shell
            command,
            input=picture,
            capture_output=True,
            timeout=timeout_s,
            check=False,
            env=environment,
        )
    except FileNotFoundError as error:
        raise MissingToolError(
            "tesseract is not installed: install the packages tesseract-ocr and tesseract-ocr-vie"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise SourceError(
            "it takes too long to recognise", remedy="scan the page again, in black and white"
        ) from error


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stdout.decode("utf-8", "replace")


def _is_blank(grey: Image.Image) -> bool:
    counts = grey.histogram()
    shades = [shade for shade, count in enumerate(counts) if count]
    return shades[-1] - shades[0] < _BLANK_RANGE


def _bounded(grey: Image.Image, dpi: int) -> tuple[Image.Image, int]:
    pixels = grey.width * grey.height
    if pixels > MAX_PIXELS:
        scale = (MAX_PIXELS / pixels) ** 0.5
        size = (max(1, int(grey.width * scale)), max(1, int(grey.height * scale)))
        grey, dpi = grey.resize(size, Image.Resampling.LANCZOS), round(dpi * scale)
    # tesseract(1): a resolution outside of this is taken as unknown.
    return grey, max(70, min(2400, dpi))


def _to_json(found: PageText) -> dict[str, object]:
    words = [[one.x, one.y, one.width, one.height, one.word] for one in found.words]
    return {"text": found.text, "words": words, "turned": found.turned}


def _from_json(raw: Any) -> PageText:
    words = tuple(WordBox(*one) for one in raw["words"])
    return PageText(str(raw["text"]), words, int(raw["turned"]))
