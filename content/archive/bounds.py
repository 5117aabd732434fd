"""Where the parts of a ZIM file begin: header, lists, each cluster. An edit changes whole parts.

Read from the header and the cluster pointers (openZIM: ZIM file format). The file may be hostile or
no ZIM at all: what does not fit is left out, so the bounds always lie inside the file, in order.
"""

import struct

_HEADER = struct.Struct("<IHH16sIIQQQQIIQ")
_MAGIC = 0x044D495A


def parts_of(data: memoryview) -> list[tuple[int, int]]:
    """Return start and length of each part of a ZIM file, in order, without gaps.

    Args:
        data: The file, such as one mapped into memory.
    """
    starts = {0}
    if len(data) >= _HEADER.size:
        magic, *fields = _HEADER.unpack_from(data)
        if magic == _MAGIC:
            count, paths, titles, pointers, mimes = fields[4:9]
            starts |= {paths, titles, pointers, mimes, fields[11]}
            if pointers + 8 * count <= len(data):
                starts.update(struct.unpack_from(f"<{count}Q", data, pointers))
    inside = sorted(one for one in starts if one < len(data))
    return [
        (start, end - start) for start, end in zip(inside, [*inside[1:], len(data)], strict=True)
    ]
