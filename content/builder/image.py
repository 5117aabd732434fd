"""Posters and photographs: each picture a part, in the sizes of a page, with its caption."""

from pathlib import Path

from content.builder.page_pictures import PagePicture, keep_picture, make_picture
from content.builder.pictures import open_picture
from content.builder.spool import Details, DraftPart, SourceJob, Spool
from content.errors import SourceError
from content.terms import Part, PartKind
from content.vietnamese import normalize

_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".bmp": "image/bmp",
}
_MAX_NAME = 120


def read_image(job: SourceJob, spool: Spool) -> Details:
    """Fill the spool from one or several pictures; of several, a broken one is left out.

    The caption of a picture that stands alone is the work's title, else its file's name.

    Raises:
        SourceError: None of them can be read; the reason is the first one's.
    """
    reasons: list[SourceError] = []
    kept = 0
    for number, path in enumerate(job.files, start=1):
        try:
            made = _make(path, jpeg=job.options.jpeg_fallback, cover=not kept)
        except SourceError as error:
            reasons.append(error)
            spool.problem(path.name, error.reason, error.remedy)
        else:
            kept += 1
            _add(job, spool, kept, path, made)
        spool.report(number, len(job.files))
    if not kept:
        raise reasons[0] if reasons else SourceError("no picture is named")
    return Details(accessibility=("visual",))


def _make(path: Path, *, jpeg: bool, cover: bool) -> PagePicture:
    with open_picture(path) as image:
        return make_picture(image, jpeg=jpeg, cover=cover)


def _add(job: SourceJob, spool: Spool, number: int, path: Path, made: PagePicture) -> None:
    pictures = keep_picture(spool, f"img/{number:04d}", made)
    alone = len(job.files) == 1 and job.title
    caption = normalize(job.title if alone else path.stem)
    spool.add_part(
        DraftPart(Part(PartKind.PICTURE, "", title=caption, pictures=pictures), text=caption)
    )
    if job.options.originals:
        suffix = path.suffix.lower()
        kind = _TYPES.get(suffix, "application/octet-stream")
        name = normalize(path.name)[-_MAX_NAME:]
        spool.add_asset(f"picture-{number:04d}{suffix}", kind, path, filename=name)
