"""Sound becomes tracks: one per chapter of a recording, or one per file of a folder of recordings.

Several tracks may share one file, with start and end in seconds. Each file goes into the archive as
`audio/NN.*` (and `audio/NN-low.mp3`, see content.builder.recording), without compression, so that
players fetch ranges of it; the first of each is the download too, or `audio/NN-original.mp3` is. A
recording without chapters is one track, however long: marks every few minutes would promise places
that nobody chose.

Chapter names are tidied and gaps between chapters closed, and the librarian is told of each kind of
change once. A broken file among several is left out with a problem; a work of broken files only is
a `SourceError`.
"""

import os
import re
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from itertools import chain
from pathlib import Path

from content.builder.ffmpeg import extract_cover
from content.builder.pictures import encode, open_picture
from content.builder.probe import Probe
from content.builder.recording import Recording, Rendition, prepare_recording
from content.builder.spool import Details, DraftPart, SourceJob, Spool
from content.builder.tracks import (
    is_generic,
    natural_key,
    tidy_chapters,
    tidy_title,
    without_number,
)
from content.errors import SourceError
from content.terms import Part, PartKind, Sound
from content.vietnamese import fold, normalize

SOUND_SUFFIXES = frozenset(
    {".m4b", ".m4a", ".mp4", ".mp3", ".opus", ".ogg", ".oga", ".flac", ".wav", ".aac"}
)
MAX_FILES = 2_000

_COVER_WIDTH = 1_200
_COVER_QUALITY = 85
_COVER_NAMES = ("cover.jpg", "folder.jpg", "cover.jpeg", "cover.png", "cover.webp")
_LANGUAGES = {"vie": "vi", "eng": "en", "fra": "fr", "fre": "fr", "zho": "zh", "chi": "zh"}


def read_audio(job: SourceJob, spool: Spool) -> Details:
    """Add the tracks, files and cover of one audiobook to the spool; return what its tags say.

    Args:
        job: Its files are recordings in order, or one folder of them. Names in plain alphabetical
            order (1, 10, 2) are put in their natural order (1, 2, 10).

    Raises:
        SourceError: None of the files can be used.
        MissingToolError: ffmpeg is not installed.
    """
    files = _in_order(job.files)
    with tempfile.TemporaryDirectory(dir=_made(job.cache), prefix="sound-") as work:
        recordings = list(_prepared(files, job, spool, Path(work)))
        tracks = _Tracks(job, spool)
        for number, recording in enumerate(recordings, start=1):
            tracks.add(recording, _keep(recording, number, len(recordings), job, spool), number)
    tracks.finish()
    _tell_notes(recordings, spool)
    _keep_cover(job.files, recordings, spool)
    return _details([one.probe for one in recordings], files, spool)


def _in_order(given: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in given:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        sounds = [one for one in inside if one.suffix.lower() in SOUND_SUFFIXES and one.is_file()]
        files += sounds if path.is_dir() else inside
    if not files:
        raise SourceError(
            "the folder holds no recording", remedy="put M4B, M4A, MP3, Opus or Ogg files into it"
        )
    if len(files) > MAX_FILES:
        raise SourceError(
            f"{len(files)} files are too many for one audiobook; {MAX_FILES} is the most",
            remedy="make several works of it, or join files",
        )
    # Alphabetical is a machine's order, not a choice; any other order is the librarian's.
    if files == sorted(files):
        files.sort(key=lambda one: natural_key(str(one)))
    return files


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _prepared(
    files: Sequence[Path], job: SourceJob, spool: Spool, work: Path
) -> Iterator[Recording]:
    """Yield the usable recordings in order, several at once in the making."""
    progress = _Progress(spool, len(files))
    pool = ThreadPoolExecutor(max_workers=max(1, job.options.jobs))
    try:
        futures = [
            pool.submit(
                prepare_recording,
                path,
                job.cache,
                work,
                low_kbps=job.options.audio_bitrate_kbps,
                report=progress.hear,
            )
            for path in files
        ]
        usable = 0
        for path, future in zip(files, futures, strict=True):
            progress.wait_for(future)
            try:
                recording = future.result()
            except SourceError as error:
                if len(files) == 1:
                    raise
                spool.problem(_name(path), f"left out: {error.reason}", error.remedy)
                continue
            usable += 1
            yield recording
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    if not usable:
        raise SourceError(
            f"none of its {len(files)} files can be used; the first: {spool.problems[0].reason}",
            remedy=spool.problems[0].remedy,
        )


def _tell_notes(recordings: Sequence[Recording], spool: Spool) -> None:
    """Tell each kind of note once, with the first file it is about."""
    noted: dict[tuple[str, str], list[str]] = {}
    for one in recordings:
        for note in one.notes:
            noted.setdefault(note, []).append(_name(one.source))
    for (reason, remedy), names in noted.items():
        others = f" (and so for {len(names) - 1} other files)" if len(names) > 1 else ""
        spool.problem(names[0], reason + others, remedy)


def _name(path: Path) -> str:
    """Return a file's name for people: bytes that are no UTF-8 and line ends are replaced."""
    return re.sub(r"\s+", " ", os.fsencode(path.name).decode("utf-8", "replace"))


class _Progress:
    """Tells the spool how far things are, from the thread that owns it."""

    def __init__(self, spool: Spool, total: int) -> None:
        self._spool = spool
        self._total = total
        self._done = 0
        self._moved = threading.Event()

    def hear(self, _done_s: float) -> None:
        """Note, in any thread, that a conversion goes on."""
        self._moved.set()

    def wait_for(self, future: "Future[Recording]") -> None:
        """Wait until one more file is ready, reporting each time something moved."""
        while not wait([future], timeout=1.0).done:
            if self._moved.is_set():
                self._moved.clear()
                self._spool.report(self._done, self._total)
        self._done += 1
        self._spool.report(self._done, self._total)


def _keep(
    recording: Recording, number: int, total: int, job: SourceJob, spool: Spool
) -> tuple[Sound, ...]:
    """Put the files of a recording into the spool; return them as sounds."""
    digits = max(2, len(str(total)))
    keeps = job.options.originals
    taken = recording.original or recording.renditions[0]
    name = _filename(recording, taken.suffix, job, number if total > 1 else 0)
    stem = f"audio/{number:0{digits}d}"
    sounds = []
    for place, rendition in enumerate(recording.renditions):
        path = f"{stem}{'-low' if place else ''}{rendition.suffix}"
        _add(rendition, path, spool, name if keeps and rendition is taken else "")
        sounds.append(replace(rendition.sound, path=path))
    if recording.original and keeps:
        _add(recording.original, f"{stem}-original{recording.original.suffix}", spool, name)
    return tuple(sounds)


def _add(rendition: Rendition, path: str, spool: Spool, filename: str) -> None:
    media_type = rendition.sound.media_type.partition(";")[0]
    spool.add_asset(path, media_type, rendition.file, filename=filename)


def _filename(recording: Recording, suffix: str, job: SourceJob, number: int) -> str:
    """Return an ASCII name to save a download under."""
    title = job.title or recording.probe.tags.get("album", "") or recording.source.stem
    slug = re.sub(r"[^a-z0-9]+", "-", fold(normalize(title))).strip("-")[:60].strip("-")
    return f"{slug or 'sach-noi'}{f'-{number:02d}' if number else ''}{suffix}"


class _Tracks:
    """Adds the tracks of one recording after the other, and notes what was changed on the way."""

    def __init__(self, job: SourceJob, spool: Spool) -> None:
        self._job = job
        self._spool = spool
        self._count = 0
        self._renamed: list[tuple[str, str]] = []

    def add(self, recording: Recording, sounds: tuple[Sound, ...], number: int) -> None:
        """Add a track per chapter, or one for the whole recording."""
        found = recording.probe
        chapters, notes = tidy_chapters(found.chapters, found.duration_s)
        for note in notes:
            self._spool.problem(_name(recording.source), note)
        if len(chapters) < 2:
            self._add(self._title(recording, number), sounds, 0.0, None, found.duration_s)
            return
        for place, one in enumerate(chapters, start=1):
            last = place == len(chapters)
            title = self._tidy(one.title, place)
            end_s = None if last else one.end_s
            self._add(title, sounds, one.start_s, end_s, one.end_s - one.start_s)

    def finish(self) -> None:
        """Tell the librarian of the names that were made up."""
        if self._renamed:
            stated, title = self._renamed[0]
            self._spool.problem(
                _name(self._job.files[0]),
                f"{len(self._renamed)} of {self._count} tracks had no name of their own: the first,"
                f" {stated!r}, is called {title!r} now",
                "write the names into the column 'chapters' of the catalogue",
            )

    def _title(self, recording: Recording, number: int) -> str:
        tags = recording.probe.tags
        title = tags.get("title", "")
        if len(self._job.files) == 1 and not self._job.files[0].is_dir():
            return (
                title
                or self._job.title
                or self._tidy(without_number(_name(recording.source.with_suffix(""))), number)
            )
        if not title or title == tags.get("album", ""):
            title = without_number(_name(recording.source.with_suffix("")))
        return self._tidy(title, number)

    def _tidy(self, stated: str, number: int) -> str:
        title = tidy_title(stated, number, self._job.language)
        if is_generic(stated) and title != stated:
            self._renamed.append((stated, title))
        return title

    def _add(
        self,
        title: str,
        sounds: tuple[Sound, ...],
        start_s: float,
        end_s: float | None,
        duration_s: float,
    ) -> None:
        self._count += 1
        part = Part(
            kind=PartKind.TRACK,
            path="",
            title=title,
            duration_s=round(duration_s, 3),
            sounds=tuple(replace(one, start_s=start_s, end_s=end_s) for one in sounds),
        )
        self._spool.add_part(DraftPart(part))


def _keep_cover(given: Sequence[Path], recordings: Sequence[Recording], spool: Spool) -> None:
    """Keep the picture of the first recording that has a usable one, or of the folder."""
    inside = ((one.source, extract_cover) for one in recordings if one.probe.has_cover)
    beside = ((one / name, _itself) for one in given if one.is_dir() for name in _COVER_NAMES)
    for path, take in chain(inside, beside):
        picture = take(path)
        if picture is None:
            continue
        try:
            with open_picture(picture) as image:
                cover = encode(image, _COVER_WIDTH, "image/jpeg", _COVER_QUALITY)
        except SourceError as error:
            spool.problem(_name(path), f"its cover cannot be used: {error.reason}", error.remedy)
            continue
        spool.set_cover(spool.add_asset("img/cover.jpg", cover.media_type, cover.content))
        return


def _itself(path: Path) -> Path | None:
    return path if path.is_file() else None


def _details(probes: Sequence[Probe], files: Sequence[Path], spool: Spool) -> Details:
    """Return what the tags say of the work: of the first file that says it."""
    if any(one.mended_tags for one in probes):
        spool.problem(
            _name(files[0]),
            "its tags are marked with the wrong encoding; they were read as UTF-8",
            "save the tags anew as ID3v2.4 or as UTF-16",
        )

    def first(*names: str) -> str:
        said = (one.tags.get(name, "") for name in names for one in probes)
        return next((one for one in said if one), "")

    authors = _names(first("author", "artist", "album_artist", "albumartist"))
    readers = _names(first("narrator", "narratedby", "composer", "performer"))
    language = first("language", "lang").lower()
    date = re.match(r"\d{4}(-\d\d(-\d\d)?)?(?!\d)", first("date", "year", "originalyear"))
    return Details(
        title=first("album") if len(probes) > 1 else first("title", "album"),
        creator=authors,
        contributor=tuple(one for one in readers if one not in authors),
        date=date[0] if date else "",
        language=_LANGUAGES.get(language, language if re.fullmatch("[a-z]{2}", language) else ""),
        description=first("description", "synopsis", "comment")[:4_000],
        publisher=first("publisher", "label"),
        rights=first("copyright"),
    )


def _names(said: str) -> tuple[str, ...]:
    names = (one.strip()[:300] for one in said.split(";"))
    return tuple(dict.fromkeys(one for one in names if one))[:20]
