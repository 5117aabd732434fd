"""Read each work in a process of its own, with bounded memory and a watchdog, into its spool.

A file from anywhere may crash the library that reads it, never end, or ask for all memory. Then its
process is ended and the work is reported as broken; the others go on. Whole spools are kept until
the build is done, so an interrupted build takes up where it stopped.
"""

import hashlib
import json
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from content.builder import article, audio, epub, image, office, pdf, pictures, plain_text
from content.builder.assemble import Prepared
from content.builder.recipe import RecipeItem
from content.builder.spool import (
    Details,
    Problem,
    SourceJob,
    SourceOptions,
    Spool,
    load_spool,
)
from content.errors import ContentError, MissingToolError, SourceError
from content.files import sha256_of

# Raised when the same input would now give another result, so that old spools are not used.
BUILDER_VERSION = 3

# Address space of one reading process. Measured peaks: docs/measurements/build.md.
MEMORY_LIMIT_BYTES = 800 * 1024 * 1024
# A page of OCR on a slow office PC takes 10 s; nothing honest is silent for this long.
STALL_LIMIT_S = 180.0
# Width and JPEG quality: on a shelf of the first visit, and alone on the page of the work.
COVERS = ((160, 58), (480, 72))

_READERS: dict[str, Callable[[SourceJob, Spool], Details]] = {
    "article": article.read_article,
    "audio": audio.read_audio,
    "epub": epub.read_epub,
    "image": image.read_image,
    "office": office.read_office,
    "pdf": pdf.read_pdf,
    "plain_text": plain_text.read_plain_text,
}


@dataclass
class _Running:
    item: RecipeItem
    process: BaseProcess
    pipe: Connection
    folder: Path
    last_word: float
    peak_bytes: int = 0
    cpu_s: float = 0.0


def prepare(
    items: Sequence[RecipeItem],
    options: SourceOptions,
    cache: Path,
    report: Callable[[RecipeItem, int, int], None] = lambda _item, _done, _total: None,
) -> Iterator[Prepared]:
    """Yield each work as it is ready, in any order; `options.jobs` processes at once.

    Args:
        cache: Folder that outlives the run. After a power cut it holds whole spools and some that
            are not; those are made anew.
        report: Called as works go on, with (item, done, total) in the source's own unit.

    Raises:
        MissingToolError: A program that this work needs is not installed.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    waiting = list(reversed(items))
    running: list[_Running] = []
    share = max(1, options.jobs // max(1, min(options.jobs, len(items))))
    try:
        while waiting or running:
            while waiting and len(running) < max(1, options.jobs):
                item = waiting.pop()
                folder = cache / "works" / work_key(item, options)
                if (work := load_spool(folder)) is not None:
                    yield Prepared(item, work)
                    continue
                options_of_one = SourceOptions(**{**asdict(options), "jobs": share})
                running.append(_start(context, item, options_of_one, folder, cache))
            yield from _listen(running, report)
    finally:
        for one in running:
            _end(one.process)


def work_key(item: RecipeItem, options: SourceOptions) -> str:
    """Return a name for the result of reading `item`: the same for the same bytes and choices."""
    chosen = {name: value for name, value in asdict(options).items() if name != "jobs"}
    parts = [
        BUILDER_VERSION,
        item.source,
        item.record.title,
        item.record.language,
        [[one.name, sha256_of(one)] for one in item.files],
        sha256_of(item.cover) if item.cover else "",
        chosen,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _start(
    context: multiprocessing.context.ForkServerContext,
    item: RecipeItem,
    options: SourceOptions,
    folder: Path,
    cache: Path,
) -> _Running:
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_read, args=(item, options, folder, cache, theirs))
    process.start()
    theirs.close()
    return _Running(item, process, ours, folder, time.monotonic())


def _read(
    item: RecipeItem, options: SourceOptions, folder: Path, cache: Path, pipe: Connection
) -> None:
    """Run in the work's own process: read the files, make the cover, tell the parent."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    spool = Spool(folder, report=lambda done, total: pipe.send(("step", done, total)))
    record = item.record
    job = SourceJob(
        files=item.files,
        options=options,
        cache=cache,
        title=record.title,
        language=record.language[0] if record.language else "",
    )
    last: tuple[str, str, str] = ("whole", "", "")
    try:
        details = _READERS[item.source](job, spool)
        _make_covers(item, spool)
        spool.finish(details)
    except MissingToolError as error:
        last = ("tool", str(error), "")
    except SourceError as error:
        last = ("broken", error.reason, error.remedy)
    except MemoryError:
        reason = f"needs more than {MEMORY_LIMIT_BYTES >> 20} MB of memory to read"
        last = ("broken", reason, "split the file, or save its pictures smaller")
    except (ContentError, OSError) as error:
        last = ("broken", str(error), "")
    costs = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu_s = sum(one.ru_utime + one.ru_stime for one in costs)
    pipe.send(("cost", max(one.ru_maxrss for one in costs) * 1024, cpu_s))
    pipe.send(last)


def _make_covers(item: RecipeItem, spool: Spool) -> None:
    source = item.cover
    if source is None and spool.cover:
        source = spool.asset_file(spool.cover)
    if source is None:
        return
    try:
        with pictures.open_picture(source) as picture:
            for width, quality in COVERS:
                encoded = pictures.encode(picture, width, "image/jpeg", quality)
                path = f"cover-{width}.jpg"
                spool.add_cover(path, encoded.content, encoded.width, encoded.height)
    except SourceError as error:
        name = item.cover.name if item.cover else item.files[0].name
        spool.problem(name, f"the cover cannot be used: {error.reason}", error.remedy)


def _listen(
    running: list[_Running], report: Callable[[RecipeItem, int, int], None]
) -> Iterator[Prepared]:
    """Take what the processes say; yield those that ended."""
    said = wait([one.pipe for one in running], timeout=1.0)
    now = time.monotonic()
    for one in list(running):
        if one.pipe in said:
            one.last_word = now
            result = _hear(one, report)
        elif now - one.last_word > STALL_LIMIT_S:
            result = _broken(one, f"nothing came of it for {STALL_LIMIT_S:.0f} s, so it was left")
        else:
            result = None
        if result is not None:
            running.remove(one)
            _end(one.process)
            yield result


def _hear(one: _Running, report: Callable[[RecipeItem, int, int], None]) -> Prepared | None:
    try:
        word, first, second = one.pipe.recv()
    except EOFError:
        one.process.join(5)
        code = one.process.exitcode
        return _broken(one, f"the program that reads it broke down on it (status {code})")
    if word == "step":
        report(one.item, first, second)
        return None
    if word == "cost":
        one.peak_bytes, one.cpu_s = first, second
        return None
    if word == "tool":
        raise MissingToolError(first)
    if word == "broken":
        return _broken(one, first, second)
    work = load_spool(one.folder)
    if work is None:
        return _broken(one, "its result could not be kept on the disk")
    return Prepared(one.item, work, None, one.peak_bytes, one.cpu_s)


def _broken(one: _Running, reason: str, remedy: str = "") -> Prepared:
    remedy = remedy or "open the file on a computer; save it anew, or leave it out"
    problem = Problem(one.item.files[0].name, reason, remedy, fatal=True)
    return Prepared(one.item, None, problem, one.peak_bytes, one.cpu_s)


def _end(process: BaseProcess) -> None:
    """End a work's process and everything it started."""
    if process.pid is not None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()
    process.join(10)
