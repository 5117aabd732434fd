"""Errors of the provincial side."""

from content.errors import ContentError


class PublishError(ContentError):
    """Content cannot be published as asked (keys, PIN, desk, archive); nothing was changed."""

    code = "publish"
    exit_status = 78


class ProvinceConfigError(ContentError):
    """The settings file of the provincial server cannot be used; the message says where."""

    code = "province-config"
    exit_status = 91


class ProvinceError(ContentError):
    """The provincial server cannot do what was asked; nothing was changed."""

    code = "province"
    exit_status = 90
