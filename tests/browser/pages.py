"""Every page of the samples that tests look at, by name; the touch screen's apart."""

from tools.screenshots import PAGES as _PAGES
from tools.screenshots import TOUCH_PAGES

PAGES = {**_PAGES, "viewer": "/view/others/", "search-empty": "/search"}
__all__ = ["PAGES", "TOUCH_PAGES"]
