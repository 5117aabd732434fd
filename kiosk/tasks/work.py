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
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from content.errors import ContentError
from content.library import change
from content.repository.carrier import Carrier
from content.repository.http import HttpCarrier
from content.repository.volume import DirectoryCarrier, find_repository
from content.store.change import roll_back
from content.store.generation import current
from content.store.layout import StoreLayout
from content.sync.plan import Kind as ActionKind
from content.sync.run import Site, run_sync
from kiosk.health.check import Machine
from kiosk.health.prove import prove_next
from kiosk.health.proven import load_proven
from kiosk.health.registry import keep_told, run_checks
from kiosk.supervise import tie_to_parent
from kiosk.tasks.board import Board, Kind, Stage, Task

logger = logging.getLogger(__name__)
Report = Callable[[str, int, int], None]
_TELL_EVERY_S = 0.5


def main(arguments: list[str]) -> int:
    """Do what the worker says; return an exit status."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    tie_to_parent()
    library, state, what, *rest = arguments
    if what == "health":
        _be_idle()
        look_at_health(Path(library), Path(state))
        return 0
    os.nice(10)
    board = Board(Path(state))
    task = board.task()
    if task is None or task.identifier != rest[0]:
        return 1
    return 0 if do_task(board, task, Path(library), Path(state)) else 1


def do_task(board: Board, task: Task, library: Path, state: Path) -> bool:
    """Do a task and tell how it ended; return whether it went well."""
    report = _reporter(board, task)
    try:
        result = _DOING[task.kind](Site(library, state), task.arguments, report)
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


def _add(site: Site, arguments: Mapping[str, Any], report: Report) -> dict[str, Any]:
    files = [Path(one) for one in arguments["files"]]
    outcomes = change.add(site.root, files, now=site.clock.reading().now, report=report)
    return {"outcomes": [asdict(one) for one in outcomes]}


def _remove(site: Site, arguments: Mapping[str, Any], report: Report) -> dict[str, Any]:
    held = change.remove(site.root, str(arguments["name"]), report=report)
    return {"title": held.title, "works": held.works}


def _roll_back(site: Site, arguments: Mapping[str, Any], report: Report) -> dict[str, Any]:  # noqa: ARG001
    generation = roll_back(StoreLayout(site.root))
    return {"archives": len(generation.archives)}


def _update(site: Site, arguments: Mapping[str, Any], report: Report) -> dict[str, Any]:
    return _take(site, [HttpCarrier(one) for one in arguments["sources"]], report)


def _stick(site: Site, arguments: Mapping[str, Any], report: Report) -> dict[str, Any]:
    folder = find_repository(Path(str(arguments["folder"])))
    return _take(site, [DirectoryCarrier(folder)], report)


def _take(site: Site, carriers: list[Carrier], report: Report) -> dict[str, Any]:
    result = run_sync(site, carriers, site.clock, report=report)
    plan = result.plan
    came = plan.of(ActionKind.NEW, ActionKind.CHANGED)
    return {
        "came": [one.title for one in came if one.name not in result.failed],
        "left": [one.title for one in plan.of(ActionKind.RETIRED)],
        "failed": len(result.failed),
        "megabytes": round(result.tally.fetched_bytes / 1e6, 1),
    }


def _verify(site: Site, arguments: Mapping[str, Any], report: Report) -> dict[str, Any]:  # noqa: ARG001
    """Read everything whole now."""
    began = datetime.now(UTC)
    archives = current(StoreLayout(site.root)).archives
    titles = {one.file: one.title for one in archives}
    done = 0
    while name := prove_next(site.root, site.state, began, every=timedelta()):
        done += name in titles
        report(titles.get(name, ""), done, len(archives))
    proofs = load_proven(site.state).archives
    bad = [one.title for one in archives if one.file in proofs and proofs[one.file].reason]
    return {"archives": len(archives), "bad": bad}


_DOING: dict[Kind, Callable[[Site, Mapping[str, Any], Report], dict[str, Any]]] = {
    Kind.ADD: _add,
    Kind.REMOVE: _remove,
    Kind.ROLL_BACK: _roll_back,
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


def _be_idle() -> None:
    os.nice(19)
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.exit(main(sys.argv[1:]))
