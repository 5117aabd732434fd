"""Pages of archives of others under a bar of ours: home, back, search, listen, letters.

The archive stands in a frame with an origin of its own. The bar cannot be reached from inside, and
the frame may run its scripts but neither leave, nor open windows, nor read anything of ours.
"""

from urllib.parse import quote

from flask import Blueprint, abort, render_template, request

from kiosk.views.context import library, names, record_or_404

bp = Blueprint("viewer", __name__)


@bp.get("/view/<identifier>/")
@bp.get("/view/<identifier>/<path:path>")
def view(identifier: str, path: str = "") -> str:
    """Show a page of the archive that holds a work."""
    found = record_or_404(identifier)
    book = library().book(identifier)
    if not book:  # on paper only
        abort(404)
    held = library().books.held(book)
    version = f"@{held.version}" if held is not None else ""
    origin = names().archive(request.host, book) if names().content_port else ""
    return render_template(
        "view.html",
        record=found,
        frame=f"{origin}/content/{quote(book)}{version}/{quote(path or found.path)}",
    )
