"""One change of a library at a time: locked, begun on a clean floor, ended by one rename.

Everything new is made in `staging/` or in a generation folder with a higher number than the one in
use. A change that is cut off at any point leaves only such things, and `begin` of the next change
clears them away.
"""

import contextlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from content.errors import InsufficientSpaceError, StoreError
from content.files import exclusive, free_bytes, sync_folder, sync_tree
from content.store import digests
from content.store.generation import (
    KEPT,
    Generation,
    HeldArchive,
    current_number,
    load,
    numbers,
    save,
    switch,
    undone_numbers,
)
from content.store.layout import StoreLayout

# Room that always stays free, so that the box itself goes on working.
FLOOR_BYTES = 250 * 1000 * 1000


@contextmanager
def begin(layout: StoreLayout) -> Iterator[Generation]:
    """Lock the library, clear what an interrupted change left, and yield what is in use.

    Raises:
        LibraryBusyError: Another command is changing this library.
        StoreError: The folder cannot be written, or what is in use cannot be read.
    """
    with _locked(layout):
        generation = load(layout, current_number(layout))
        if undone_numbers(layout):
            # Named no longer before they go: what is half built under their numbers is never whole.
            switch(layout, generation.number)
        _clear(layout, generation.number)
        yield generation


def roll_back(layout: StoreLayout) -> Generation:
    """Put the generation before the one in use back in use, and return it.

    Doing it again goes one further back. The ones left behind may be put in use again (`redo`)
    until the next change. After a power cut the old one or the new one is in use.

    Raises:
        StoreError: There is none before it.
    """
    with _locked(layout):
        try:
            in_use = current_number(layout)
        except StoreError:
            in_use = max(numbers(layout), default=0) + 1
        before = [number for number in numbers(layout) if number < in_use]
        if not before:
            raise StoreError("there is no earlier library to go back to")
        generation = load(layout, before[-1])
        switch(layout, generation.number, [*undone_numbers(layout), in_use])
        return generation


def redo(layout: StoreLayout) -> Generation:
    """Put the generation that was rolled back last in use again, and return it.

    Doing it again goes one further on. After a power cut the old one or the new one is in use.

    Raises:
        StoreError: None was rolled back since the last change.
    """
    with _locked(layout):
        waiting = undone_numbers(layout)
        if not waiting:
            raise StoreError("no change was taken back that could be put in use again")
        generation = load(layout, waiting[0])
        switch(layout, generation.number, waiting[1:])
        return generation


@contextmanager
def _locked(layout: StoreLayout) -> Iterator[None]:
    busy = f"{layout.root}: another command is changing this library; try again when it ends"
    with exclusive(layout.lock, busy):
        try:
            for folder in (layout.archives, layout.generations, layout.staging, layout.quarantine):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{layout.root}: cannot be written: {error.strerror}") from error
        yield


def next_folder(layout: StoreLayout, generation: Generation) -> tuple[int, Path]:
    """Return number and new, empty folder of the generation to build."""
    number = generation.number + 1
    folder = layout.generation(number)
    folder.mkdir(parents=True)
    return number, folder


def commit(layout: StoreLayout, number: int, archives: tuple[HeldArchive, ...]) -> Generation:
    """Put the generation built in its folder in use, then let go what no kept one needs.

    After a power cut the old generation or the new one is in use, each whole.
    """
    generation = Generation(number, archives)
    folder = layout.generation(number)
    digests.write(folder, layout.generation(number - 1))
    save(folder, generation)
    sync_tree(folder)
    sync_folder(layout.generations)
    sync_folder(layout.archives)
    switch(layout, number)
    collect(layout)
    return generation


def require_space(layout: StoreLayout, wanted_bytes: int, floor_bytes: int = FLOOR_BYTES) -> None:
    """Refuse a change that would leave less than `floor_bytes` free.

    Raises:
        InsufficientSpaceError: It would; the message says how much is missing.
    """
    missing = wanted_bytes + floor_bytes - free_bytes(layout.root)
    if missing > 0:
        raise InsufficientSpaceError(
            f"the disk has too little room: {wanted_bytes / 1e6:.0f} MB are to be added and "
            f"{floor_bytes / 1e6:.0f} MB must stay free; make {missing / 1e6:.0f} MB of room "
            "(remove an archive you no longer need)"
        )


def collect(layout: StoreLayout) -> None:
    """Remove generations beyond the last kept ones, and archives that none of these names.

    Readers that still have one open keep it until they close it.
    """
    kept = numbers(layout)[-KEPT:]
    for folder in layout.generations.iterdir():
        if not folder.name.isdigit() or int(folder.name) not in kept:
            shutil.rmtree(folder, ignore_errors=True)
    named = {one.file for number in kept for one in load(layout, number).archives}
    for path in layout.archives.iterdir():
        # NAME.zim.map and the like belong to NAME.zim.
        if path.name.partition(".zim")[0] + ".zim" not in named:
            path.unlink()
    sidecars = {layout.packed_of(file).name for file in named}
    if layout.packed.is_dir():
        for path in layout.packed.iterdir():
            if path.name not in sidecars:
                path.unlink(missing_ok=True)


def _clear(layout: StoreLayout, number: int) -> None:
    """Remove what only an interrupted or rolled-back change can have left."""
    shutil.rmtree(layout.staging, ignore_errors=True)
    layout.staging.mkdir()
    for folder in layout.generations.iterdir():
        if not folder.name.isdigit() or int(folder.name) > number:
            shutil.rmtree(folder, ignore_errors=True)
    for path in layout.root.glob(".current.*.new"):
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
    if number:
        collect(layout)
