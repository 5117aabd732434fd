"""One error family for the whole content floor: a code, plain words for staff, an exit status.

The words of an error say what is wrong, where, and what to do. `code` is stable, for messages and
logs. `exit_status` is what the command line ends with (docs/reference/errors.md lists them all).
"""


class ContentError(Exception):
    """Base of every error that the content floor raises on purpose."""

    code = "content"
    exit_status = 1


class ArchiveError(ContentError):
    """A ZIM archive is damaged, incomplete, or is not a ZIM archive."""

    code = "archive"
    exit_status = 10


class BuildError(ContentError):
    """A collection cannot be built as asked."""

    code = "build"
    exit_status = 20


class SourceError(BuildError):
    """One document, ebook, recording or picture cannot be read.

    Args:
        reason: What is wrong with the file, in plain words.
        remedy: What the librarian can do about it.
    """

    code = "source"
    exit_status = 21

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class MissingToolError(BuildError):
    """A program or package that this work needs is not installed."""

    code = "missing-tool"
    exit_status = 22


class RecipeError(BuildError):
    """The catalogue of a collection folder cannot be read."""

    code = "recipe"
    exit_status = 23


class CatalogueError(ContentError):
    """A record or a catalogue does not hold what it must."""

    code = "catalogue"
    exit_status = 30


class SearchError(ContentError):
    """The search index is missing or cannot be read."""

    code = "search"
    exit_status = 40


class StoreError(ContentError):
    """The library on the disk cannot be read or changed."""

    code = "store"
    exit_status = 50


class InsufficientSpaceError(StoreError):
    """The disk has no room for what was asked; nothing was changed."""

    code = "insufficient-space"
    exit_status = 51


class LibraryBusyError(StoreError):
    """Another command is changing this library at the moment."""

    code = "library-busy"
    exit_status = 52


class ConfigError(ContentError):
    """The settings file cannot be used; the message says where and what to do."""

    code = "config"
    exit_status = 60


class RepositoryError(ContentError):
    """A signed repository cannot be used."""

    code = "repository"
    exit_status = 70


class CarrierError(RepositoryError):
    """The web server or stick does not give what is asked for; another try or carrier may."""

    code = "carrier"
    exit_status = 71


class MissingFileError(CarrierError):
    """The carrier does not hold that file."""


class CaptivePortalError(CarrierError):
    """The network answers with a page of its own (a sign-in page) instead of the file."""

    code = "captive-portal"
    exit_status = 72


class ForeignRepositoryError(RepositoryError):
    """The content is signed by another province than the one this point trusts."""

    code = "foreign-repository"
    exit_status = 73


class OlderRepositoryError(RepositoryError):
    """The carrier holds an older state than this point has seen already."""

    code = "older-repository"
    exit_status = 74


class ExpiredRepositoryError(RepositoryError):
    """The signatures on the carrier have run out."""

    code = "expired-repository"
    exit_status = 75


class TamperedError(RepositoryError):
    """What the carrier gives is not what the province signed."""

    code = "tampered"
    exit_status = 76


class NotTrustedError(RepositoryError):
    """This point has not been told yet whose content it trusts."""

    code = "not-trusted"
    exit_status = 77


class SyncError(ContentError):
    """An update did not end as planned; what is in use is whole."""

    code = "sync"
    exit_status = 80


class EntryNotFoundError(ArchiveError):
    """The archive, or the entry in it, is not in the library."""

    code = "entry-not-found"
    exit_status = 11


class ArchiveUnavailableError(ArchiveError):
    """The archive belongs to the library but its disk does not give it at the moment."""

    code = "archive-unavailable"
    exit_status = 12


class UsageError(ContentError):
    """Figures of use cannot be reported, handed over or taken as asked."""

    code = "usage"
    exit_status = 85
