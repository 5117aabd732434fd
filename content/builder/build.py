"""A recipe becomes archives: read every work, then write; one archive, or one per work.

What is left after an interruption: the cache with the works that were ready, and either no output,
the old one, or the new one, never half of one.
"""

import datetime as dt
import os
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from content.builder.assemble import Prepared
from content.builder.prepare import prepare
from content.builder.recipe import Recipe, RecipeItem, identifier_from
from content.builder.spool import Problem, SourceOptions
from content.builder.writer import ArchiveOptions, Written, archive_name, write_archive
from content.errors import BuildError
from content.terms import to_json

Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the librarian chose for a build; "" leaves it to the folder's own settings.

    Args:
        cluster_bytes: As in `ArchiveOptions`.
        cache: Folder for half-done work; the caller removes it when it is no longer wanted.
        strict: Whether a broken work stops the build before anything is written.
    """

    sources: SourceOptions
    date: dt.date
    cache: Path
    name: str = ""
    title: str = ""
    description: str = ""
    publisher: str = ""
    cluster_bytes: int = 0
    full_text: bool = True
    strict: bool = False


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build made.

    Args:
        works: Every work of the recipe in order; those without a spool were left out.
        cpu_s: Processor seconds of this run, with every program it started.
        peak_bytes: Largest resident memory of any one process.
    """

    written: tuple[Written, ...]
    problems: tuple[Problem, ...]
    works: tuple[Prepared, ...]
    cpu_s: float
    peak_bytes: int

    def as_json(self) -> dict[str, Any]:
        """Return the result as `diemdoc build --json` prints it."""
        return {
            "archives": [
                {
                    "path": str(one.path),
                    "size_bytes": one.size_bytes,
                    "uuid": one.uuid,
                    "works": [record.identifier for record in one.records],
                }
                for one in self.written
            ],
            "works": [_figures(one) for one in self.works],
            "problems": [to_json(one) for one in self.problems],
            "cpu_s": round(self.cpu_s, 2),
            "peak_bytes": self.peak_bytes,
        }


def build_collection(recipe: Recipe, out: Path, chosen: Chosen, report: Report) -> BuildResult:
    """Write one archive with every work of the recipe.

    Raises:
        BuildError: Nothing could be built, `strict` met a broken work, or the disk refused.
    """
    works, problems = _prepare_all(recipe, chosen, report)
    whole = [one for one in works if one.work is not None]
    if not whole:
        return _result((), problems, works)
    _make_folder(out.parent)
    settings = recipe.settings
    languages = [tag for one in whole for tag in one.item.record.language]
    title = chosen.title or settings.title or out.stem
    options = ArchiveOptions(
        name=chosen.name or settings.name or _name(languages, recipe.folder.resolve().name),
        title=title,
        date=chosen.date,
        description=chosen.description or settings.description,
        long_description=settings.long_description,
        creator=settings.creator,
        publisher=chosen.publisher or settings.publisher,
        language=settings.language,
        tags=settings.tags,
        cluster_bytes=chosen.cluster_bytes,
        full_text=chosen.full_text,
    )
    written = write_archive(out, whole, options, lambda done, all_: report("writing", done, all_))
    return _result((written,), problems, works)


def build_per_work(recipe: Recipe, folder: Path, chosen: Chosen, report: Report) -> BuildResult:
    """Write `ID.zim` into `folder` for every work of the recipe, as publishing wants it.

    Raises:
        BuildError: As for `build_collection`.
    """
    works, problems = _prepare_all(recipe, chosen, report)
    _make_folder(folder)
    written = []
    for done, one in enumerate(works):
        if one.work is None:
            continue
        record = one.item.record
        report("writing", done, len(works))
        title = record.title or one.work.details.title or record.identifier
        options = ArchiveOptions(
            name=_name(record.language, record.identifier),
            title=title,
            date=chosen.date,
            description=record.description,
            publisher=chosen.publisher or recipe.settings.publisher,
            language=",".join(record.language),
            cluster_bytes=chosen.cluster_bytes,
            full_text=chosen.full_text,
        )
        written.append(write_archive(folder / f"{record.identifier}.zim", [one], options))
    return _result(tuple(written), problems, works)


def _prepare_all(
    recipe: Recipe, chosen: Chosen, report: Report
) -> tuple[list[Prepared], tuple[Problem, ...]]:
    """Return every work in the recipe's order, whole or not, and every problem met."""
    _make_folder(chosen.cache)
    results: dict[str, Prepared] = {}

    def step(item: RecipeItem, done: int, total: int) -> None:
        title = item.record.title or item.files[0].name
        report(f"[{len(results)}/{len(recipe.items)}] {title}:", done, total)

    for one in prepare(recipe.items, chosen.sources, chosen.cache, step):
        results[one.item.record.identifier] = one
    ordered = [results[item.record.identifier] for item in recipe.items]
    problems = list(recipe.problems)
    for one in ordered:
        inner = [one.problem] if one.problem else []
        inner += one.work.problems if one.work else ()
        problems += (replace(problem, file=_full(problem, one.item)) for problem in inner)
    broken = [problem for problem in problems if problem.fatal]
    if chosen.strict and broken:
        first = broken[0]
        raise BuildError(
            f"{len(broken)} works are broken and --strict was given; nothing was written. "
            f"The first: {first.file}: {first.reason}"
        )
    return ordered, tuple(problems)


def _full(problem: Problem, item: RecipeItem) -> str:
    return problem.file or item.files[0].name


def _name(languages: Sequence[str], words: str) -> str:
    language = languages[0].split("-")[0] if languages else "vi"
    return archive_name(("diemdoc", language, identifier_from(words)))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BuildError(f"{folder}: cannot be made: {error.strerror}") from error


def _result(
    written: tuple[Written, ...], problems: tuple[Problem, ...], works: Sequence[Prepared]
) -> BuildResult:
    times = os.times()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return BuildResult(
        written=written,
        problems=problems,
        works=tuple(works),
        cpu_s=times.user + times.system + sum(one.cpu_s for one in works),
        peak_bytes=max([own, *(one.peak_bytes for one in works)]),
    )


def _figures(one: Prepared) -> dict[str, Any]:
    """Return what one work cost; nothing when it came from an earlier run."""
    return {
        "id": one.item.record.identifier,
        "form": str(one.item.record.form),
        "built": one.work is not None,
        "parts": one.work.parts if one.work else 0,
        "cpu_s": round(one.cpu_s, 3),
        "peak_bytes": one.peak_bytes,
    }
