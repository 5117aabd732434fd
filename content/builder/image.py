"""Posters and photographs: each picture a part, in the sizes of a page, with its caption."""

from content.builder.page_pictures import keep_cover, keep_picture
from content.builder.pictures import open_picture
from content.builder.spool import Details, DraftPart, SourceJob, Spool
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


def read_image(job: SourceJob, spool: Spool) -> Details:
    """Fill the spool from one or several pictures.

    Raises:
        SourceError: One is damaged, of an unknown kind, or too large.
    """
    for number, path in enumerate(job.files, start=1):
        suffix = path.suffix.lower()
        with open_picture(path) as image:
            pictures = keep_picture(
                spool, f"img/{number:04d}", image, jpeg=job.options.jpeg_fallback
            )
            if number == 1:
                keep_cover(spool, image)
        alone = len(job.files) == 1
        caption = job.title if alone else normalize(path.stem)
        spool.add_part(
            DraftPart(Part(PartKind.PICTURE, "", title=caption, pictures=pictures), text=caption)
        )
        if job.options.originals:
            spool.add_asset(
                f"picture-{number:04d}{suffix}", _TYPES[suffix], path, filename=path.name
            )
        spool.report(number, len(job.files))
    return Details()
