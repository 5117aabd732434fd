"""Errors of the provincial side."""

from content.errors import ContentError


class PublishError(ContentError):
    """Content cannot be published as asked (keys, PIN, desk, archive); nothing was changed."""

    code = "publish"
    exit_status = 78
