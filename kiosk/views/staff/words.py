"""What went wrong and what was done, in words for staff: by code, so that every language has them.

An error's own sentence is English and exact; it stands below, for who looks closer.
"""

from content.errors import ContentError
from kiosk.accounts import LockedOutError, WeakPinError, WrongPinError
from kiosk.health.check import N_

_TRY_AGAIN = N_("Nothing was changed. Try again; if it stays so, tell the province.")
# Code -> what is wrong, what to do.
PROBLEMS = {
    "archive": (
        N_("This file is no whole archive."),
        N_("Copy it again from where it came, then add it again."),
    ),
    "archive-unavailable": (
        N_("The disk of the books does not answer."),
        N_("Check the plug of the disk, then try again."),
    ),
    "insufficient-space": (
        N_("The disk has too little room."),
        N_("Remove books that nobody reads, then try again."),
    ),
    "library-busy": (
        N_("The library is being changed already."),
        N_("Wait until that ends, then try again."),
    ),
    "store": (N_("The library could not be changed."), _TRY_AGAIN),
    "carrier": (
        N_("The province's server or the stick could not be read."),
        N_("Check the internet or put the stick in again. What has come is kept; go on later."),
    ),
    "captive-portal": (
        N_("The network wants a sign-in of its own before it lets the box through."),
        N_("Use another network, or a stick."),
    ),
    "foreign-repository": (
        N_("This content is of another province than the one this point follows."),
        N_("Ask the province for the right stick or address."),
    ),
    "older-repository": (
        N_("This stick is older than what is here already."),
        N_("Nothing to do. Ask for a newer stick."),
    ),
    "expired-repository": (
        N_("The signatures on it have run out."),
        N_("Ask the province for a newer stick, and check the clock under Health."),
    ),
    "tampered": (
        N_("What came is not what the province signed. Nothing of it was used."),
        N_("Do not use this stick again; tell the province."),
    ),
    "not-trusted": (
        N_("This point follows no province yet."),
        N_("Give it the province's root file under Settings."),
    ),
    "no-source": (
        N_("No address of the province is set."),
        N_("Set it under Settings, or use a stick."),
    ),
    "not-written": (
        N_("The counts are not on the stick."),
        N_("Put the stick in again, its lock off, and write them once more. Nothing is lost."),
    ),
    "task-busy": (
        N_("Something else is being done."),
        N_("Wait until it ends, or stop it."),
    ),
    "no-worker": (
        N_("The part of the box that does long work does not run."),
        N_("Restart the box."),
    ),
    "cut-off": (
        N_("It was cut off in the middle, perhaps by a power cut. The library is whole."),
        N_("Start it again: it goes on where it was."),
    ),
    "disk": (
        N_("The disk or the stick could not be read or written."),
        N_("Check the plugs, then try again."),
    ),
    "locked-out": (
        N_("Too many wrong tries."),
        N_("Wait a little, then try again."),
    ),
    "wrong-pin": (N_("That is not right."), N_("Look again and type it once more.")),
    "weak-pin": (
        N_("This PIN is too easy to guess."),
        N_("Take 6 to 12 digits, no runs such as 123456."),
    ),
    "not-the-same": (N_("The two PINs are not the same."), N_("Type it once more.")),
    "no-file": (N_("No file was chosen."), N_("Choose a file, then try again.")),
    "no-archive": (
        N_("This is no ZIM file."),
        N_("Choose a file whose name ends in .zim."),
    ),
    "point": (
        N_("One of the answers cannot be used."),
        N_("Correct it, then save again. Nothing was changed."),
    ),
    "door": (
        N_("This computer does not let the console do that."),
        N_("Use its own buttons or menus."),
    ),
    "missing-tool": (
        N_("This box cannot make a PDF."),
        N_("Take the SVG: every browser prints it."),
    ),
    "repository": (
        N_("This file cannot be used."),
        N_("Ask the province for its root file again."),
    ),
}  # fmt: skip
# What the machine side says when it refuses (provisioning/errors.py).
_OF_MACHINE = ("privileged", "command", "provisioning")
OTHER = (N_("Something went wrong here."), _TRY_AGAIN)
# What a page says when it comes after a button.
TOLD = {
    "asked": N_("It has begun. You may go on; readers notice nothing."),
    "stopped": N_("It is being stopped."),
    "saved": N_("Saved. Readers see it at once."),
    "restored": N_("The settings of the copy are in use."),
    "pin": N_("The new PIN holds from now on. Everybody else is signed out."),
    "trusted": N_("This point now follows that province."),
    "written": N_(
        "The counts are on the stick, sealed. Pull it out, take it to the province, and put it in"
        " again when it comes back."
    ),
    "invited": N_(
        "The request to be known is ready. It goes with the next update, or with the counts on a"
        " stick."
    ),
    "ordered": N_("The box is doing it now. Wait a minute, then look again."),
}


def problem_of(error: ContentError) -> str:
    """Return the code under which an error has its words."""
    if isinstance(error, WrongPinError):
        return "wrong-pin"
    if isinstance(error, WeakPinError):
        return "weak-pin"
    if error.code in _OF_MACHINE:
        return "door"
    return error.code


def wait_minutes(error: ContentError) -> int:
    """Return how many minutes to wait, for who is locked out; 0 for anything else."""
    return -(-int(error.wait_s) // 60) if isinstance(error, LockedOutError) else 0
