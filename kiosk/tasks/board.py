"""Where the console writes what it wants done, and reads how far it is: STATE/tasks/.

task.json    the last task: asked, under way, or ended; replaced whole
stop         there while staff want it to end
light        what the light of the box shall say of a stick (diemdoc-light.path)
lock         held for a change of task.json
worker       locked while a worker lives (kiosk.tasks.worker)

The app asks, the worker and its child tell; nobody else writes here. Lost in a power cut at worst:
that a task was asked for.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from content.errors import ContentError
from content.files import in_turn, is_exclusive


class Kind(StrEnum):
    """What may be done; kiosk.tasks.work has the doing."""

    ADD = "add"
    REMOVE = "remove"
    ROLL_BACK = "roll-back"
    REDO = "redo"
    UPDATE = "update"
    STICK = "stick"
    VERIFY = "verify"


class Stage(StrEnum):
    """How far a task is."""

    ASKED = "asked"
    UNDER_WAY = "under-way"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class TaskBusyError(ContentError):
    """Something else is being done at the moment; one thing at a time."""

    code = "task-busy"
    exit_status = 64


class NoWorkerError(ContentError):
    """The process that does long work does not run."""

    code = "no-worker"
    exit_status = 65


@dataclass(frozen=True, slots=True)
class Task:
    """One task.

    Args:
        arguments: As its kind wants them; paths as text.
        step: What is being done, usually a title; in no language of ours.
        done: Of `total`, in the unit of the step; 0 of 0 is not known.
        problem: Code of the error that ended it; "" is none.
        detail: Words of that error, for staff who look closer.
        result: What came of it.
    """

    identifier: str
    kind: Kind
    arguments: Mapping[str, Any] = field(default_factory=dict)
    stage: Stage = Stage.ASKED
    step: str = ""
    done: int = 0
    total: int = 0
    problem: str = ""
    detail: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done or being done."""
        return self.stage in {Stage.ASKED, Stage.UNDER_WAY}

    @property
    def uses_stick(self) -> bool:
        """Whether it takes something from a stick."""
        return self.kind == Kind.STICK or bool(self.arguments.get("from_stick"))

    @property
    def percent(self) -> int | None:
        """How much is done; None when nobody knows."""
        return min(100, 100 * self.done // self.total) if self.total > 0 else None


class Board:
    """The tasks of one point.

    Args:
        state: Folder of what this point writes while it runs.
    """

    def __init__(self, state: Path) -> None:
        self._folder = state / "tasks"

    def task(self) -> Task | None:
        """Return the last task; None before the first, and when it cannot be read."""
        try:
            raw = json.loads((self._folder / "task.json").read_bytes())
            return Task(**{**raw, "kind": Kind(raw["kind"]), "stage": Stage(raw["stage"])})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def ask(self, kind: Kind, **arguments: Any) -> Task:
        """Ask for a task and return it.

        Raises:
            NoWorkerError: Nobody would do it.
            TaskBusyError: Another one is not ended yet.
        """
        if not self.has_worker:
            raise NoWorkerError("the process that does long work does not run; restart the point")
        with in_turn(self._folder / "lock", mode=0o640):
            last = self.task()
            if last is not None and last.is_open:
                raise TaskBusyError("something else is being done; wait until it ends, or stop it")
            (self._folder / "stop").unlink(missing_ok=True)
            task = Task(secrets.token_hex(8), kind, arguments)
            self._write(task)
            return task

    def tell(self, identifier: str, **changes: Any) -> None:
        """Change what stands of a task, when it is still the last one."""
        with in_turn(self._folder / "lock", mode=0o640):
            task = self.task()
            if task is not None and task.identifier == identifier:
                self._write(replace(task, **changes))

    def light(self, word: str) -> None:
        """Wish what a box's light says of a stick; its machine side heeds known words only.

        Args:
            word: `working`, `safe` or `failed` (provisioning/light.py).
        """
        (self._folder / "light").write_text(word, encoding="ascii")

    def stop(self) -> None:
        """Ask that the task under way ends; what it has begun can be begun again."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "stop").touch()

    @property
    def shall_stop(self) -> bool:
        """Whether staff want the task to end."""
        return (self._folder / "stop").exists()

    @property
    def has_worker(self) -> bool:
        """Whether a worker lives: it holds a lock that goes with it."""
        return is_exclusive(self._folder / "worker")

    @contextmanager
    def work(self) -> Iterator[bool]:
        """Be the worker while the block lasts; yields False when there is another one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._folder / "worker", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
        except BlockingIOError:
            yield False
        finally:
            os.close(descriptor)

    def _write(self, task: Task) -> None:
        # Several times a second, and worth nothing after a power cut: no fsync.
        temporary = self._folder / "task.json.new"
        temporary.write_text(json.dumps(asdict(task), ensure_ascii=False), encoding="utf-8")
        temporary.replace(self._folder / "task.json")


def uploads_of(state: Path) -> Path:
    """Return the folder of files that staff are sending; a task takes them and lets them go."""
    return state / "uploads"
