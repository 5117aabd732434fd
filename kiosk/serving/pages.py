"""Pages of the archive server itself: what is not here, what does not answer. Vietnamese first.

They stand alone, without a file of ours: whatever is broken, they come.
"""

from html import escape
from http import HTTPStatus

from kiosk.serving.message import Response

_STYLE = (
    "body{font:18px/1.6 sans-serif;max-width:34em;margin:2em auto;padding:0 1em;"
    "color:#1d2030;background:#fffef9}h1{font-size:1.5em;line-height:1.3}"
    "input,button,a.b{font:inherit;padding:.6em 1em;border:1px solid #2f3a8f;border-radius:.6em}"
    "input{width:100%;box-sizing:border-box;margin:.5em 0}"
    "button,a.b{background:#2f3a8f;color:#fff;text-decoration:none;display:inline-block}"
    "p[lang=en]{color:#5b6070;font-size:.9em}"
)
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' {app}; frame-ancestors {app}"
)
_WORDS = {
    HTTPStatus.NOT_FOUND: (
        "Không có trang này",
        "Có thể sách đã được chuyển chỗ. Hãy tìm lại:",
        "This page is not here. Perhaps the book was moved: search for it.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "Ổ đĩa chứa sách không trả lời",
        "Hãy báo cán bộ: kiểm tra dây cắm ổ đĩa, rồi thử lại.",
        "The books' disk does not answer. Tell the staff: check its plug, then try again.",
    ),
    HTTPStatus.GATEWAY_TIMEOUT: (
        "Máy đang bận tìm kiếm",
        "Hãy chờ vài giây rồi thử lại.",
        "The search is busy. Wait some seconds, then try again.",
    ),
    HTTPStatus.BAD_REQUEST: (
        "Địa chỉ này không đúng",
        "Hãy quay về trang chủ và thử lại.",
        "This address is not right. Go home and try again.",
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "Ở đây chỉ để đọc",
        "Hãy quay về trang chủ.",
        "Here one can only read. Go home.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "Có lỗi ở máy này",
        "Không phải lỗi của bạn. Hãy về trang chủ và thử lại; nếu vẫn lỗi, hãy báo cán bộ.",
        "Something went wrong here. It is not your fault: go home and try again.",
    ),
}


def page(status: HTTPStatus, app: str, *, detail: str = "") -> Response:
    """Return a page that says what is wrong and what to do.

    Args:
        app: Origin of the app, for the search box and the way home; "" for this one.
        detail: What exactly, for staff.
    """
    title, words, english = _WORDS[status]
    home = f"{app}/"
    search = (
        f'<form role="search" action="{escape(home)}search"><input name="q" type="search" '
        'aria-label="Tìm sách" maxlength="200"><button>Tìm sách</button></form>'
        if status == HTTPStatus.NOT_FOUND
        else ""
    )
    small = f"<p><small>{escape(detail[:300])}</small></p>" if detail else ""
    inner = f'<p>{words}</p>{search}<p lang="en">{english}</p>{small}'
    response = document(status, title, inner, app)
    headers = response.headers
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT):
        headers.append(("Retry-After", "10"))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append(("Allow", "GET, HEAD"))
    return response


def document(status: HTTPStatus, title: str, inner: str, app: str) -> Response:
    """Return a page in the plain look of this server, with the way home.

    Args:
        title: Plain text.
        inner: HTML after the heading.
    """
    home = f"{app}/"
    html = (
        '<!doctype html><html lang="vi"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>{inner}"
        f'<p><a class="b" href="{escape(home)}">Trang chủ</a></p>'
    )
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", _POLICY.format(app=app or "'self'")),
    ]
    return Response(status, headers, html.encode("utf-8", "replace"))
