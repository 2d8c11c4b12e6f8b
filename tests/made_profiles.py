"""Small ICC profiles of monitors, written here byte by byte."""

from __future__ import annotations

import struct

from PIL import ImageCms

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
D50 = (0.9642, 1.0, 0.8249)
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
"""XYZ of the primaries of Adobe RGB (1998), adapted to D50 (its specification, section 4.3.8)."""
P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
"""The same of Display P3."""


def s15(*values: float) -> bytes:
    """Numbers in ICC's fixed point, s15Fixed16Number."""
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


SRGB_CURVE = b"para\0\0\0\0\0\3\0\0" + s15(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def gamma(value: float) -> bytes:
    """A curve that is a power, in steps of 1/256."""
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


def profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC v2 monitor profile."""
    text = b"test profile\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": b"XYZ \0\0\0\0" + s15(*D50),
    } | tags
    start, table, body = 132 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data
    head = struct.pack(
        ">I4sI4s4s4s12s4s", start + len(body), b"\0" * 4, 0x02400000, b"mntr", space, b"XYZ ", bytes(12), b"acsp"
    )
    head += bytes(68 - len(head)) + s15(*D50)
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + table + body


def rgb_profile(primaries: tuple[tuple[float, ...], ...], curve: bytes) -> bytes:
    """Of the XYZ of red, green and blue, and one curve for all."""
    names = zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)
    colours = {name: b"XYZ \0\0\0\0" + s15(*xyz) for name, xyz in names}
    return profile(b"RGB ", colours | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve))
