"""Reads recordings as a build does, and looks at what became of them."""

from pathlib import Path
from typing import Any

from content.builder.audio import read_audio
from content.builder.spool import Details, SourceJob, SourceOptions, Spool, SpooledWork, load_spool


class Desk:
    """Reads works one after the other with one cache, as a build does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reports: list[tuple[int, int]] = []
        self._count = 0

    def read(
        self, *files: Path, title: str = "", language: str = "vi", **options: Any
    ) -> tuple[Details, SpooledWork]:
        self._count += 1
        spool = Spool(
            self.folder / f"spool-{self._count}",
            report=lambda done, total: self.reports.append((done, total)),
        )
        job = SourceJob(
            files, SourceOptions(**options), self.folder / "cache", title=title, language=language
        )
        try:
            details = read_audio(job, spool)
            self.cover = spool.cover
            spool.finish(details)
        finally:
            spool._lines.close()
        work = load_spool(spool.folder)
        assert work is not None
        return details, work


def parts(work: SpooledWork) -> list[dict[str, Any]]:
    return [one["part"] for one in work.drafts()]


def titles(work: SpooledWork) -> list[str]:
    return [one["title"] for one in parts(work)]


def times(part: dict[str, Any]) -> tuple[float, float | None]:
    return part["sounds"][0].get("start_s", 0.0), part["sounds"][0].get("end_s")


def paths(work: SpooledWork) -> list[str]:
    return [one.path for one in work.assets]


def reasons(work: SpooledWork) -> str:
    return " / ".join(one.reason for one in work.problems)


CHAPTERS = [(0.0, 1.0, "Đi chợ"), (1.0, 3.0, "Về nhà")]
