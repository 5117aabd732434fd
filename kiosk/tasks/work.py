"""The child that does one task, or one step of the slow health checks.

python -m kiosk.tasks.work LIBRARY STATE task IDENTIFIER
python -m kiosk.tasks.work LIBRARY STATE health
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from content.errors import ContentError
from content.library import change
from content.library.settings import SearchSettings
from content.repository.carrier import Carrier
from content.repository.http import HttpCarrier
from content.repository.volume import DirectoryCarrier, find_repository
from content.store.change import redo, roll_back
from content.store.generation import current
from content.store.layout import StoreLayout
from content.sync import telling
from content.sync.pace import Pace, give_way
from content.sync.plan import Kind as ActionKind
from content.sync.progress import Progress
from content.sync.readers import Readers
from content.sync.run import Site, run_sync
from kiosk.health.check import Machine
from kiosk.health.prove import prove_next
from kiosk.health.proven import load_proven
from kiosk.health.registry import keep_told, run_checks
from kiosk.supervise import tie_to_parent
from kiosk.tasks.board import Board, Kind, Stage, Task
from kiosk.tasks.settings import from_text

logger = logging.getLogger(__name__)
Report = Callable[[str, int, int], None]
_TELL_EVERY_S = 0.5


def main(arguments: list[str]) -> int:
    """Do what the worker says; return an exit status."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    tie_to_parent()
    library, state, settings, what, *rest = arguments
    if what == "health":
        give_way()
        look_at_health(Path(library), Path(state))
        return 0
    os.nice(10)
    told = from_text(settings)
    board = Board(Path(state))
    task = board.task()
    if task is None or task.identifier != rest[0]:
        return 1
    site = Site(Path(library), Path(state), told.sync)
    job = Job(site, told.search, _reporter(board, task), told.noise_epsilon)
    return 0 if do_task(board, task, job) else 1


@dataclass(frozen=True, slots=True)
class Job:
    """What the doing of a task needs.

    Args:
        report: Told how far it is.
        noise_epsilon: Privacy loss of each figure that leaves the box; 0 adds no noise.
    """

    site: Site
    search: SearchSettings = field(default_factory=SearchSettings)
    report: Report = lambda _step, _done, _total: None
    noise_epsilon: float = 0.0


def do_task(board: Board, task: Task, job: Job) -> bool:
    """Do a task and tell how it ended; return whether it went well."""
    try:
        result = _DOING[task.kind](job, task.arguments)
    except ContentError as error:
        problem, detail = error.code, str(error)
    except OSError as error:
        problem, detail = "disk", str(error)
    except Exception as error:  # an edge: whatever it is, staff must learn that it ended
        logger.exception("a task broke")
        problem, detail = "broken", type(error).__name__
    else:
        board.tell(task.identifier, stage=Stage.DONE, result=result)
        return True
    logger.warning("task %s failed: %s", task.kind, detail)
    board.tell(task.identifier, stage=Stage.FAILED, problem=problem, detail=detail)
    return False


def _reporter(board: Board, task: Task) -> Report:
    last = 0.0

    def report(step: str, done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _TELL_EVERY_S:
            last = time.monotonic()
            board.tell(task.identifier, step=step, done=done, total=total)

    return report


def _add(job: Job, arguments: Mapping[str, Any]) -> dict[str, Any]:
    files = [Path(one) for one in arguments["files"]]
    now = job.site.clock.reading().now
    outcomes = change.add(job.site.root, files, now=now, report=job.report, settings=job.search)
    return {"outcomes": [asdict(one) for one in outcomes]}


def _remove(job: Job, arguments: Mapping[str, Any]) -> dict[str, Any]:
    name = str(arguments["name"])
    held = change.remove(job.site.root, name, report=job.report, settings=job.search)
    return {"title": held.title, "works": held.works}


def _roll_back(job: Job, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    return {"archives": len(roll_back(StoreLayout(job.site.root)).archives)}


def _redo(job: Job, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    return {"archives": len(redo(StoreLayout(job.site.root)).archives)}


def _update(job: Job, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Bring what the province publishes at the pace of the settings, at the hour staff choose.

    Counts of months that are over go the other way, as the timer sends them.
    """
    settings = job.site.settings
    rate = settings.rate_kb * 1000.0 if settings.rate_kb else None
    pace = Pace(rate, None, Readers(settings.readers))
    carriers = [carrier_of(one) for one in arguments["sources"]]
    return {**_take(job, job.site, carriers, pace), **_tell_province(job)}


def _tell_province(job: Job) -> dict[str, int]:
    """Send what waits, where reports go by wire; return how much went, and how much did not.

    What cannot be told goes on waiting: new books are here all the same.
    """
    site = job.site
    try:
        if not telling.is_told(site):
            return {"told": 0}
        telling.queue(site, job.noise_epsilon)
        if not telling.desk(site).address:
            return {"told": 0}
        found = telling.deliver(site, at_once=True)
    except ContentError as error:
        logger.warning("the province could not be told: %s", error)
        return {"told": 0}
    return {"told": found.delivered, "untold": found.waiting}


def _stick(job: Job, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Bring what is on a stick; it is not paid by the megabyte."""
    site = replace(job.site, settings=replace(job.site.settings, metered=False))
    return _take(job, site, [carrier_of(str(arguments["folder"]))], Pace())


def carrier_of(source: str) -> Carrier:
    """Return the carrier of an address or a folder.

    Raises:
        MissingFileError: The folder holds no repository.
    """
    if source.startswith(("http://", "https://")):
        return HttpCarrier(source)
    return DirectoryCarrier(find_repository(Path(source)))


def _take(job: Job, site: Site, carriers: list[Carrier], pace: Pace) -> dict[str, Any]:
    def show(progress: Progress) -> None:
        job.report(progress.title, progress.done_bytes, progress.total_bytes)

    result = run_sync(site, carriers, site.clock, report=job.report, wait=pace, show=show)
    came = result.plan.of(ActionKind.NEW, ActionKind.CHANGED)
    return {
        "came": [one.title for one in came if one.name not in result.failed],
        "left": [one.title for one in result.plan.of(ActionKind.RETIRED)],
        "failed": len(result.failed),
        "megabytes": round(result.tally.fetched_bytes / 1e6, 1),
    }


def _verify(job: Job, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Read everything whole now."""
    site, began = job.site, datetime.now(UTC)
    archives = current(StoreLayout(site.root)).archives
    titles = {one.file: one.title for one in archives}
    done = 0
    while name := prove_next(site.root, site.state, began, every=timedelta()):
        done += name in titles
        job.report(titles.get(name, ""), done, len(archives))
    proofs = load_proven(site.state).archives
    bad = [one.title for one in archives if one.file in proofs and proofs[one.file].reason]
    return {"archives": len(archives), "bad": bad}


_DOING: dict[Kind, Callable[[Job, Mapping[str, Any]], dict[str, Any]]] = {
    Kind.ADD: _add,
    Kind.REMOVE: _remove,
    Kind.ROLL_BACK: _roll_back,
    Kind.REDO: _redo,
    Kind.UPDATE: _update,
    Kind.STICK: _stick,
    Kind.VERIFY: _verify,
}


def look_at_health(library: Path, state: Path) -> None:
    """Make one step of the slow checks, and keep what the province is told."""
    machine = Machine(library, state)
    with suppress(ContentError):  # a disk that was pulled out is told by the quick checks
        prove_next(library, state, machine.now)
    keep_told(state, run_checks(machine), machine.now)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.exit(main(sys.argv[1:]))
