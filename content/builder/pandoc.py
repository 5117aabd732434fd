"""pandoc, the converter of office documents and Markdown: run apart, bounded in memory and time.

It runs with `--sandbox`, so that a document can name no other file and no address
(docs/adr/0012-pandoc.md). pypandoc-binary brings the program.
"""

import subprocess
import tempfile
from pathlib import Path

import pypandoc

from content.errors import MissingToolError, SourceError

MAX_HTML_BYTES = 64 * 1024 * 1024
TIMEOUT_S = 150
HEAP = "-M400m"


def to_html(source: Path | bytes, kind: str, *, remedy: str) -> str:
    """Return a document as HTML; its pictures are `data:` addresses.

    Args:
        kind: pandoc's name of the format: `docx`, `odt`, `rtf`, `markdown` ...
        remedy: What to do when it cannot be read.

    Raises:
        SourceError: It is damaged, locked, too large or takes too long.
        MissingToolError: pandoc is not installed.
    """
    try:
        program = pypandoc.get_pandoc_path()
    except OSError as error:
        raise MissingToolError("pandoc is not installed: install pypandoc-binary") from error
    command = [program, "+RTS", HEAP, "-RTS", "--sandbox", "--from", kind, "--to", "html5"]
    # Markdown has its pictures beside it; the sandbox could not read them.
    command += [] if kind.startswith("markdown") else ["--embed-resources"]
    with tempfile.TemporaryFile() as found, tempfile.TemporaryFile() as given:
        if isinstance(source, bytes):
            given.write(source)
            given.seek(0)
        try:
            with source.open("rb") if isinstance(source, Path) else given as document:
                done = subprocess.run(  # noqa: S603 -- a fixed program, no shell
                    command,
                    stdin=document,
                    stdout=found,
                    stderr=subprocess.DEVNULL,
                    timeout=TIMEOUT_S,
                    check=False,
                )
        except subprocess.TimeoutExpired as error:
            raise SourceError("takes too long to read", remedy=remedy) from error
        if done.returncode != 0:
            raise SourceError("it is damaged, locked, too large, or of another kind", remedy=remedy)
        if found.seek(0, 2) > MAX_HTML_BYTES:
            raise SourceError("becomes too large when it is unpacked", remedy="split the document")
        found.seek(0)
        return found.read().decode("utf-8", errors="replace")
