"""`diemdoc search`: the search the web uses, at a terminal."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from content.archive.quiet import hushed
from content.catalogue.fields import FIELDS
from content.catalogue.records import Query
from content.errors import ContentError
from content.library import options
from content.library.library import Library
from content.library.results import Hit, hit_as_json
from content.library.search import SORTS, Wish
from content.library.settings import SearchSettings
from content.store.layout import default_library
from content.terms import Form

MAX_COMPLETED = 30
_WHAT = {
    "form": f"Only one kind: {', '.join(Form)}.",
    "collection": "Only one collection.",
    "audience": "Only for these readers: general, children.",
    "language": "Only works in a language, such as vi.",
    "period": "Only works of a decade or century, such as 1930-1939.",
    "subject": "Only works on a subject.",
    "place": "Only works about a place.",
    "creator": "Only works by a person.",
}


def _library_of(context: click.Context) -> Library:
    return Library(context.params.get("root") or default_library())


def _values_of(name: str) -> Callable[..., list[CompletionItem]]:
    def complete(
        context: click.Context, _parameter: click.Parameter, beginning: str
    ) -> list[CompletionItem]:
        try:
            values = _library_of(context).counts(name)
        except ContentError:
            return []
        fitting = [one for one in values if one[0].casefold().startswith(beginning.casefold())]
        return [CompletionItem(one, help=str(works)) for one, works in fitting[:MAX_COMPLETED]]

    return complete


def _complete_words(
    context: click.Context, _parameter: click.Parameter, beginning: str
) -> list[CompletionItem]:
    try:
        found = _library_of(context).suggest(beginning, limit=MAX_COMPLETED)
    except ContentError:
        return []
    return [CompletionItem(one.words, help=one.kind) for one in found]


def _filters(command: Callable[..., None]) -> Callable[..., None]:
    for name in reversed(FIELDS):
        command = click.option(
            f"--{name}", default="", help=_WHAT[name], shell_complete=_values_of(name)
        )(command)
    return command


@click.command(epilog='Example: diemdoc search "dien bien" --form ebook --limit 5')
@click.argument("query", shell_complete=_complete_words)
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@click.option("--offset", type=click.IntRange(0, 10_000), default=0, help="Leave out the first.")
@_filters
@click.option("--sort", type=click.Choice(SORTS), help="Newest or by title [default: best first].")
@click.option("--explain", is_flag=True, help="Tell what made each score.")
@options.where
@options.settings
@options.as_json
def search(  # noqa: PLR0913, PLR0917 -- one per option
    query: str,
    limit: int,
    offset: int,
    sort: str | None,
    root: Path,
    settings: SearchSettings,
    *,
    explain: bool,
    as_json: bool,
    **filters: str,
) -> None:
    """Search the library for QUERY as the web does, with or without accents.

    Finds works, places inside them, and pages of archives of others.
    """
    wish = Wish(query, Query(**filters, sort=sort or ""), limit, offset, explain=explain)
    with hushed():
        page = Library(root, settings).search(wish)
    if as_json:
        options.print_json([hit_as_json(one) for one in page.hits])
        return
    if page.understood:
        click.echo(f"Looked for: {page.did_you_mean or page.understood}", err=True)
    elif page.did_you_mean:
        click.echo(f"Did you mean: {page.did_you_mean}", err=True)
    for one in page.hits:
        _print(one)
    click.echo(f"{page.total} found." if page.total else "Nothing found.", err=True)
    if page.near:
        click.echo(f"Try: {', '.join(one.words for one in page.near)}", err=True)
    if page.partial:
        click.echo("The time was over before all was looked at.", err=True)


def _print(hit: Hit) -> None:
    work = hit.summary
    if hit.is_entry:
        click.echo(f"{hit.entry_title} – {work.title} [{work.form}]")
    else:
        click.echo(f"{work.title} – {', '.join(work.creator)} [{work.form}]")
    if hit.snippet:
        click.echo("    " + _shown(hit.snippet))
    for place in hit.places[1:]:
        click.echo(f"    {place.title or place.number}: {_shown(place.snippet)}")
    if hit.place_count > len(hit.places) > 0:
        click.echo(f"    {hit.place_count} places in this work")
    for why in hit.why:
        click.echo(f"    # {why}")


def _shown(snippet: Any) -> str:
    return str(snippet).replace("\x02", "«").replace("\x03", "»")
