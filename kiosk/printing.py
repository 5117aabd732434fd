"""A page as PDF, by the Chromium of this machine."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from content.errors import MissingToolError, UsageError

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_TIMEOUT_S = 60


def as_pdf(page: str, output: Path) -> None:
    """Write a page as PDF; the page may ask for nothing but itself.

    After a power cut the file is whole or not there.

    Raises:
        MissingToolError: There is no Chromium.
        UsageError: It does not print.
    """
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        raise MissingToolError(
            "a PDF needs Chromium, which is not installed; take --format html and print that"
        )
    with tempfile.TemporaryDirectory(prefix="diemdoc-print-") as folder:
        source, made = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        command = [
            program,
            "--headless",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            "--disable-gpu",
            "--disable-quic",
            "--disable-background-networking",
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={made}",
            source.as_uri(),
        ]
        try:
            subprocess.run(command, capture_output=True, check=True, timeout=_TIMEOUT_S)  # noqa: S603
            shutil.move(made, output)
        except (subprocess.SubprocessError, OSError) as error:
            raise UsageError(f"{output}: Chromium did not print it; take --format html") from error
