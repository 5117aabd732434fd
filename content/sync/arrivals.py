"""Fetch the archives of a plan: each from what is held and from carriers, whole, and checked.

One that fails does not stop the others.
"""

from collections.abc import Callable
from functools import partial

from content.archive.validate import check_archive
from content.errors import CarrierError, TamperedError
from content.library.change import Arrival
from content.repository.chunk_map import parse
from content.repository.targets import TargetDescription
from content.store.generation import HeldArchive, current, load, numbers
from content.store.layout import StoreLayout
from content.sync.fetch import Fetcher, Seed
from content.sync.plan import Kind, Plan
from content.sync.progress import Progress


def fetch_all(
    layout: StoreLayout,
    plan: Plan,
    fetcher: Fetcher,
    failed: dict[str, str],
    show: Callable[[Progress], None],
) -> list[Arrival]:
    """Fetch what is new and changed, and return what is ready to be put in use.

    After a power cut it is gone on with.

    Args:
        failed: Gets name and reason of what could not be brought.
        show: Told how far the archives are, several times a second.
    """
    held = _ever_held(layout)
    wanted = plan.of(Kind.NEW, Kind.CHANGED)
    total = sum(one.size_bytes for one in wanted)
    arrivals: list[Arrival] = []
    before = 0
    for number, action in enumerate(wanted, start=1):
        assert action.target is not None
        told = partial(_tell, show, action.title, number, len(wanted), before, total)
        told(0)
        seed = held.get(action.name) or held.get(action.target.replaces)
        try:
            arrivals.append(_fetch(layout, action.target, seed, fetcher, told))
        except (CarrierError, TamperedError) as error:
            failed[action.name] = str(error)
        before += action.size_bytes
    return arrivals


def _ever_held(layout: StoreLayout) -> dict[str, HeldArchive]:
    """Return the newest archive of each name in any generation kept: each is a seed."""
    kept = [load(layout, number) for number in numbers(layout)] + [current(layout)]
    return {one.name: one for generation in kept for one in generation.archives}


def _tell(  # noqa: PLR0913, PLR0917 -- bound before it is called
    show: Callable[[Progress], None],
    title: str,
    item: int,
    items: int,
    before: int,
    total: int,
    done: int,
) -> None:
    show(Progress(title, item, items, before + done, total))


def _fetch(
    layout: StoreLayout,
    target: TargetDescription,
    held: HeldArchive | None,
    fetcher: Fetcher,
    told: Callable[[int], None],
) -> Arrival:
    path = layout.incoming / f"{target.sha256}.zim"
    if path.exists():
        path.replace(path.with_suffix(".part"))
    fetched = fetcher.archive(target, _seed(layout, held), told)
    path = fetched.path
    checked = check_archive(path, is_whole=fetched.is_right)
    if not checked.is_good or checked.metadata is None:
        path.unlink()
        raise TamperedError(
            f"{target.name}: is signed but is no good archive: {'; '.join(checked.problems)}; "
            "tell the province"
        )
    return Arrival(
        path=path,
        chunk_map=layout.incoming / f"{target.sha256}.map",
        name=target.name,
        sha256=target.sha256,
        uuid=checked.metadata.uuid,
        title=checked.metadata.title or target.title,
        works=len(checked.records),
    )


def _seed(layout: StoreLayout, held: HeldArchive | None) -> Seed | None:
    """Return the installed archive as a seed; without a good map there is none, only more bytes."""
    if held is None:
        return None
    path = layout.archives / held.file
    try:
        data = path.with_name(path.name + ".map").read_bytes()
        return Seed(path, parse(data, held.size_bytes)) if path.exists() else None
    except (OSError, TamperedError):
        return None
