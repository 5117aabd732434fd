"""The process that does what staff ask for: it starts a child for each task and watches it.

It loads little and mostly sleeps. The child (kiosk.tasks.work) does the work at low priority; every
piece of work may be cut off at any point and begun again, so stopping is ending the child. Between
tasks, one step of the slow health checks at a time is such a child too, at idle priority.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.config import KioskConfig, state_of
from kiosk.running import Running
from kiosk.tasks.board import Board, Stage, Task, uploads_of
from kiosk.tasks.settings import TaskSettings

logger = logging.getLogger(__name__)
LOOK_S = 0.5
GRACE_S = 10.0
# The first step waits until the point has settled after its start.
HEALTH_FIRST_S = 120.0
HEALTH_EVERY_S = 600.0
# An upload that nobody finished is let go at the next start.
UPLOAD_KEPT_S = 3600.0
# Between the end of an upload and its task lies less than this.
ASKING_S = 10.0


def run(config: KioskConfig) -> None:
    """Do tasks until stopped."""
    settings = TaskSettings(config.search, config.sync, config.noise_epsilon)
    Worker(config.library, state_of(config), settings).run(Running())


@dataclass
class Worker:
    """Does the tasks of one point.

    Args:
        library: Folder of the library.
        state: Folder of what the point writes.
        settings: What the point's file says of searching and updates.
        health_first_s: Seconds until the first step of the slow checks.
    """

    library: Path
    state: Path
    settings: TaskSettings = field(default_factory=TaskSettings)
    look_s: float = LOOK_S
    health_first_s: float = HEALTH_FIRST_S
    health_every_s: float = HEALTH_EVERY_S

    def run(self, goes_on: Callable[[], bool]) -> None:
        """Do what is asked while `goes_on`; a second worker of the same point waits."""
        board = Board(self.state)
        while goes_on():
            with board.work() as is_ours:
                if is_ours:
                    self._serve(board, goes_on)
            time.sleep(self.look_s)

    def _serve(self, board: Board, goes_on: Callable[[], bool]) -> None:
        left = board.task()
        if left is not None and left.stage == Stage.UNDER_WAY:
            board.tell(left.identifier, stage=Stage.FAILED, problem="cut-off")
            _light(board, board.task())
        waits = left is not None and left.stage == Stage.ASKED
        _clear(uploads_of(self.state), left.arguments.get("uploads", ()) if left and waits else ())
        next_health = time.monotonic() + self.health_first_s
        while goes_on():
            task = board.task()
            if task is not None and task.stage == Stage.ASKED:
                self._do(board, task, goes_on)
            elif time.monotonic() >= next_health:
                next_health = time.monotonic() + self.health_every_s
                self._look_at_health(board, goes_on)
            time.sleep(self.look_s)

    def _do(self, board: Board, task: Task, goes_on: Callable[[], bool]) -> None:
        logger.info("task %s begins", task.kind)
        board.tell(task.identifier, stage=Stage.UNDER_WAY)
        _light(board, board.task())
        ended = self._child(["task", task.identifier], goes_on, lambda: board.shall_stop)
        last = board.task()
        if last is not None and last.identifier == task.identifier and last.is_open:
            # The child told nothing: it was ended, by us or by the machine.
            stage = Stage.STOPPED if board.shall_stop else Stage.FAILED
            board.tell(task.identifier, stage=stage, problem="" if ended else "cut-off")
        _light(board, board.task())
        for one in task.arguments.get("uploads", ()):
            Path(one).unlink(missing_ok=True)
        logger.info("task %s ended", task.kind)

    def _look_at_health(self, board: Board, goes_on: Callable[[], bool]) -> None:
        def is_asked() -> bool:
            task = board.task()
            return task is not None and task.stage == Stage.ASKED

        self._child(["health"], goes_on, is_asked)

    def _child(
        self, words: list[str], goes_on: Callable[[], bool], shall_stop: Callable[[], bool]
    ) -> bool:
        """Run a child to its end, or end it; return whether it was ended by us on purpose."""
        command = [sys.executable, "-m", "kiosk.tasks.work"]
        command += [str(self.library), str(self.state), self.settings.to_text(), *words]
        with subprocess.Popen(command, start_new_session=True) as child:  # noqa: S603 -- our own
            while child.poll() is None:
                if shall_stop() or not goes_on():
                    _end(child)
                    return shall_stop()
                time.sleep(self.look_s)
        return False


def _light(board: Board, task: Task | None) -> None:
    """Have the light of the box tell how a task with a stick is doing."""
    if task is None or not task.uses_stick:
        return
    if task.is_open:
        board.light("working")
    else:
        went_wrong = task.stage == Stage.FAILED or task.result.get("failed")
        board.light("failed" if went_wrong else "safe")


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _clear(folder: Path, wanted: Sequence[str]) -> None:
    """Let go what no task wants, unless it is being sent (`.part`) or asked for at this moment."""
    for one in folder.glob("*"):
        kept_s = UPLOAD_KEPT_S if one.suffix == ".part" else ASKING_S
        if str(one) not in wanted and time.time() - one.stat().st_mtime > kept_s:
            one.unlink(missing_ok=True)
