"""Changing what is no longer true in an EXIF block, in place: everything else keeps its bytes and its position.

Written anew by a library, the maker's notes of many cameras could not be read any more: they hold positions inside the
block.
"""

from __future__ import annotations

import struct

_HEADER = b"Exif\0\0"
_ORIENTATION, _EXIF_IFD, _WIDTH, _HEIGHT = 0x0112, 0x8769, 0xA002, 0xA003
_THUMBNAIL, _THUMBNAIL_LENGTH = 0x0201, 0x0202
_SHORT, _LONG = 3, 4


def tiff_block(exif: bytes) -> bytes:
    """An EXIF block without the word before it: it starts as a TIFF file does."""
    return exif.removeprefix(_HEADER)


def updated_exif(exif: bytes, width: int, height: int) -> bytes | None:
    """An EXIF block for a picture that is upright and of this size, without the small preview of another picture.

    Args:
        exif: with or without the six bytes "Exif" before it.
        width: in pixels.
        height: in pixels.

    Returns:
        The block, which starts as a TIFF file does; None where it is damaged.
    """
    block = bytearray(tiff_block(exif))
    if bytes(block[:4]) not in (b"II*\0", b"MM\0*"):
        return None
    order = "<" if block[:2] == b"II" else ">"
    try:
        (start,) = struct.unpack_from(order + "I", block, 4)
        inner, end = 0, 0
        for where, tag, kind in _entries(block, order, start):
            if tag == _ORIENTATION:
                _put(block, order, where, kind, 1)
            elif tag == _EXIF_IFD:
                (inner,) = struct.unpack_from(order + "I", block, where + 8)
            end = where + 12
        end = end or start + 2
        (preview,) = struct.unpack_from(order + "I", block, end)
        struct.pack_into(order + "I", block, end, 0)
        if preview:
            _erase(block, order, preview)
        for where, tag, kind in _entries(block, order, inner) if inner else ():
            if tag in (_WIDTH, _HEIGHT):
                _put(block, order, where, kind, width if tag == _WIDTH else height)
    except struct.error:
        return None
    return bytes(block)


def _entries(block: bytearray, order: str, start: int) -> list[tuple[int, int, int]]:
    """Position, tag and type of each entry of a directory."""
    (count,) = struct.unpack_from(order + "H", block, start)
    places = range(start + 2, start + 2 + 12 * count, 12)
    return [(place, *struct.unpack_from(order + "HH", block, place)) for place in places]


def _put(block: bytearray, order: str, where: int, kind: int, value: int) -> None:
    """One whole number into an entry; what does not fit its type, or is of another one, stays."""
    if kind == _SHORT and value < 1 << 16:
        struct.pack_into(order + "HH", block, where + 8, value, 0)
    elif kind == _LONG:
        struct.pack_into(order + "I", block, where + 8, value)


def _erase(block: bytearray, order: str, start: int) -> None:
    """Blank a preview: a directory that nothing points at would still hold the picture."""
    found = {}
    entries = _entries(block, order, start)
    for where, tag, _ in entries:
        (found[tag],) = struct.unpack_from(order + "I", block, where + 8)
    first, length = found.get(_THUMBNAIL, 0), found.get(_THUMBNAIL_LENGTH, 0)
    stop = min(first + length, len(block))
    if 8 <= first < stop:
        block[first:stop] = bytes(stop - first)
    block[start : start + 2 + 12 * len(entries)] = bytes(2 + 12 * len(entries))
