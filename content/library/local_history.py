"""Which collections are about this place (địa chí): they have a shelf of their own."""

from content.vietnamese import fold

# Collections whose folded name holds one of these are local history.
_LOCAL_WORDS = ("dia chi", "dia phuong", "local history")


def is_local(collection: str) -> bool:
    """Return whether a collection is about this place."""
    return any(words in fold(collection) for words in _LOCAL_WORDS)
