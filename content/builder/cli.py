"""`diemdoc build`: a collection folder becomes one archive, or one archive per work."""

import datetime as dt
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import click

from content.builder.build import BuildResult, Chosen, build_collection, build_per_work
from content.builder.recipe import Recipe, load_recipe
from content.builder.spool import Problem, SourceOptions
from content.terms import to_json

_EPILOG = """
\b
Examples:
  diemdoc build my-books -o my-books.zim
  diemdoc build scans -o scans.zim --ocr
  diemdoc build my-books --per-work out --dry-run
"""


def _date(_context: click.Context, _parameter: click.Parameter, value: str | None) -> dt.date:
    """Return the date of the archive: as given, as SOURCE_DATE_EPOCH says, or today."""
    if value is not None:
        try:
            return dt.date.fromisoformat(value)
        except ValueError as error:
            raise click.BadParameter("give a date such as 2026-11-24") from error
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return dt.datetime.fromtimestamp(int(epoch), dt.UTC).date()
    return dt.datetime.now(dt.UTC).date()


@click.command(epilog=_EPILOG)
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The archive to write."
)
@click.option(
    "--per-work",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write one archive per work into DIR instead.",
)
@click.option("--name", help="openZIM Name [default: diemdoc_LANGUAGE_FOLDER]")
@click.option("--title", help="Title of the archive, at most 30 characters.")
@click.option("--description", help="Description of the archive, at most 80 characters.")
@click.option("--publisher", help="Who issues the archive.")
@click.option("--date", callback=_date, help="Date of the archive [default: today].")
@click.option("--ocr", is_flag=True, help="Recognise the text of pages that have none.")
@click.option("--ocr-language", default="vie", show_default=True, help="As tesseract names it.")
@click.option(
    "--audio-bitrate",
    type=click.IntRange(16, 128),
    metavar="KBPS",
    help="Also make a copy of sound at this bit rate, for slow phones.",
)
@click.option(
    "--originals/--no-originals",
    default=True,
    help="Keep the original EPUB, PDF ... as a download [default: keep].",
)
@click.option(
    "--jpeg-fallback/--no-jpeg-fallback",
    default=True,
    help="Keep page images as JPEG too, for phones without WebP [default: keep].",
)
@click.option(
    "--full-text/--no-full-text",
    default=None,
    help="Search index for other ZIM readers [default: in one archive, not per work].",
)
@click.option(
    "--cluster-size",
    type=click.IntRange(16, 8192),
    metavar="KIB",
    help="Uncompressed size of a cluster [default: 256; 16 where pictures and sound are most].",
)
@click.option("--jobs", type=click.IntRange(1, 64), help="Processes at once [default: all cores].")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where half-done work is kept [default: beside the output].",
)
@click.option("--keep-cache", is_flag=True, help="Keep it when the build is done.")
@click.option("--strict", is_flag=True, help="Stop, and write nothing, when a work is broken.")
@click.option("--dry-run", is_flag=True, help="Only list what would be made, and each problem.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def build(  # noqa: PLR0913, PLR0917 -- one parameter per option
    source: Path,
    output: Path | None,
    per_work: Path | None,
    name: str | None,
    title: str | None,
    description: str | None,
    publisher: str | None,
    date: dt.date,
    ocr: bool,  # noqa: FBT001 -- click passes flags so
    ocr_language: str,
    audio_bitrate: int | None,
    originals: bool,  # noqa: FBT001
    jpeg_fallback: bool,  # noqa: FBT001
    full_text: bool | None,  # noqa: FBT001
    cluster_size: int | None,
    jobs: int | None,
    cache: Path | None,
    keep_cache: bool,  # noqa: FBT001
    strict: bool,  # noqa: FBT001
    dry_run: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Build a ZIM archive from SOURCE: a collection folder, or one document.

    The folder holds EPUB, PDF, sound, HTML, DOCX, ODT, text and pictures, and at best a catalogue
    (catalog.csv or catalog.json with Dublin Core columns). A build can be interrupted and run
    again: it goes on where it stopped.
    """
    if (output is None) == (per_work is None):
        raise click.UsageError("say where to write: -o OUT.zim, or --per-work DIR")
    recipe = load_recipe(source)
    if dry_run:
        _show_plan(recipe, as_json=as_json)
        return
    target = output if output is not None else per_work
    assert target is not None
    chosen = Chosen(
        sources=SourceOptions(
            ocr=ocr,
            ocr_language=ocr_language,
            audio_bitrate_kbps=audio_bitrate or 0,
            originals=originals,
            jpeg_fallback=jpeg_fallback,
            jobs=jobs or os.cpu_count() or 1,
        ),
        date=date,
        cache=cache or target.parent / f".{target.name}.build",
        name=name or "",
        title=title or "",
        description=description or "",
        publisher=publisher or "",
        cluster_bytes=(cluster_size or 0) * 1024,
        full_text=(output is not None) if full_text is None else full_text,
        strict=strict,
    )
    with _progress() as progress:
        if output is not None:
            result = build_collection(recipe, output, chosen, progress.step)
        else:
            assert per_work is not None
            result = build_per_work(recipe, per_work, chosen, progress.step)
    if not keep_cache:
        shutil.rmtree(chosen.cache, ignore_errors=True)
    _show_result(result, as_json=as_json)
    if not result.written:
        sys.exit(1)


@dataclass
class _Line:
    """One line that is written over, on a terminal; nothing elsewhere.

    It has a descriptor of its own: while libzim writes, the usual ones are turned away.
    """

    terminal: TextIO | None

    def step(self, words: str, done: int, total: int) -> None:
        if self.terminal is not None:
            columns = shutil.get_terminal_size().columns
            text = f"{words} {done}/{total}" if total else words
            self.terminal.write("\r\x1b[K" + text[: columns - 1])
            self.terminal.flush()


@contextmanager
def _progress() -> Iterator[_Line]:
    if not sys.stderr.isatty():
        yield _Line(None)
        return
    with os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8") as terminal:
        try:
            yield _Line(terminal)
        finally:
            terminal.write("\r\x1b[K")


def _show_plan(recipe: Recipe, *, as_json: bool) -> None:
    works = [
        {
            "id": item.record.identifier,
            "title": item.record.title,
            "form": str(item.record.form),
            "files": [str(one.relative_to(recipe.folder)) for one in item.files],
            "size_bytes": sum(one.stat().st_size for one in item.files),
        }
        for item in recipe.items
    ]
    if as_json:
        problems = [to_json(one) for one in recipe.problems]
        click.echo(json.dumps({"works": works, "problems": problems}, ensure_ascii=False, indent=1))
        return
    for work in works:
        title = work["title"] or "(title from the file)"
        click.echo(f"{work['form']:<10} {work['id']:<28} {title}")
    _show_problems(recipe.problems)
    broken = sum(one.fatal for one in recipe.problems)
    click.echo(f"{len(works)} works would be built; {broken} would be left out.")


def _show_problems(problems: tuple[Problem, ...]) -> None:
    for one in problems:
        mark = "left out" if one.fatal else "note"
        remedy = f" -> {one.remedy}" if one.remedy else ""
        click.echo(f"{mark}: {one.file}: {one.reason}{remedy}", err=True)


def _show_result(result: BuildResult, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result.as_json(), ensure_ascii=False, indent=1))
        return
    _show_problems(result.problems)
    for one in result.written:
        megabytes = one.size_bytes / 1e6
        click.echo(f"{one.path}: {len(one.records)} works, {megabytes:.1f} MB")
    broken = sum(problem.fatal for problem in result.problems)
    works = sum(len(one.records) for one in result.written)
    click.echo(
        f"{works} works built, {broken} left out; {result.cpu_s:.1f} s of processor time, "
        f"at most {result.peak_bytes / 1e6:.0f} MB of memory in one process."
    )
