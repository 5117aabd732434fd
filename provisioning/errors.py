"""Errors of the machine floor; they belong to the one family, so the command line tells them."""

from content.errors import ContentError


class ProvisioningError(ContentError):
    """The machine cannot be set up as asked."""

    code = "provisioning"
    exit_status = 100


class MachineSettingsError(ProvisioningError):
    """The settings file asks for what this machine cannot be; nothing was changed.

    Args:
        problems: One sentence each: line, setting, what is wrong, what to write.
    """

    code = "machine-settings"
    exit_status = 101

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class CommandError(ProvisioningError):
    """A program of the system ended with an error, is missing, or took too long.

    Args:
        status: What it ended with; None when it did not start or did not end.
    """

    code = "command"
    exit_status = 102

    def __init__(self, words: str, status: int | None = None) -> None:
        super().__init__(words)
        self.status = status


class RefusedFileError(ProvisioningError):
    """The program that reads a rendered file refuses it; nothing was changed."""

    code = "refused-file"
    exit_status = 103


class DriftError(ProvisioningError):
    """The machine is not as its settings say."""

    code = "drift"
    exit_status = 104


class PrivilegedError(ProvisioningError):
    """What was asked of the privileged door was refused, or could not be done."""

    code = "privileged"
    exit_status = 105


class StorageError(ProvisioningError):
    """A disk or stick cannot be used; nothing on it was changed."""

    code = "storage"
    exit_status = 106


class PackageError(ProvisioningError):
    """The package or image cannot be built."""

    code = "package"
    exit_status = 107


class SoftwareError(ProvisioningError):
    """Another version of this software cannot be installed; the one that runs was not touched."""

    code = "software"
    exit_status = 108
