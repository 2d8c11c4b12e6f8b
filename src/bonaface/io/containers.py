"""Files of pictures with their metadata: PNG, JPEG, TIFF and WebP, in 8 or 16 bits."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import ImageError, InputError
from bonaface.io.writing import png_part, text_body, with_png_parts

QUALITY = 95
"""Of JPEGs, and of WebPs with loss; colours keep their full resolution (4:4:4)."""
LONGEST = {"jpeg": 65535, "webp": 16383}
"""The longest side, in pixels, that a format can hold, where that may matter."""
_STRIP = 1 << 18
"""Bytes of a TIFF's strip, about."""


@dataclass(frozen=True, slots=True)
class Held:
    """What goes into a file beside the pixels.

    Attributes:
        alpha: (H, W) of the pixels' type, or None.
        icc: colour profile, or None.
        exif: EXIF block that starts as a TIFF file does, or None.
        xmp: packet, or None.
        dpi: dots per inch, or None.
        lossless: of a WebP.
    """

    alpha: NDArray[Any] | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    lossless: bool = False


def encode(kind: str, pixels: NDArray[Any], held: Held) -> bytes:
    """A whole file.

    Args:
        kind: "png", "jpeg", "tiff" or "webp".
        pixels: (H, W, 3) RGB or (H, W) grey, uint8, or for PNG and TIFF uint16; a WebP has no grey.
        held: what goes with them.

    Raises:
        InputError: the picture is too large for the format.
    """
    longest = LONGEST.get(kind)
    if longest is not None and max(pixels.shape[:2]) > longest:
        raise InputError(
            f"The result would have {pixels.shape[1]}x{pixels.shape[0]} pixels; a {kind.upper()} holds at most "
            f"{longest} a side. Choose a smaller --scale, or save the photograph as a PNG first."
        )
    deep = pixels if pixels.ndim == 3 else pixels[..., None]
    whole = deep if held.alpha is None else np.dstack([deep, held.alpha])
    if kind == "png":
        return _png(whole, held)
    if kind == "tiff":
        return _tiff(whole, held)
    return _by_pillow(kind, whole, held)


def _by_pillow(kind: str, pixels: NDArray[Any], held: Held) -> bytes:
    from PIL import Image as Pil

    more: dict[str, Any] = {"quality": QUALITY, "icc_profile": held.icc}
    if kind == "jpeg":
        more["subsampling"] = 0
        if held.dpi:
            more["dpi"] = tuple(round(v) for v in held.dpi)
    elif held.lossless:
        more |= {"lossless": True, "exact": True, "quality": 80}  # here: how hard to try
    if held.exif:
        more["exif"] = b"Exif\0\0" + held.exif
    if held.xmp:
        more["xmp"] = held.xmp
    file = io.BytesIO()
    Pil.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(file, kind.upper(), **more)
    return file.getvalue()


def _png(pixels: NDArray[Any], held: Held) -> bytes:
    data = _grey_and_alpha(pixels) if pixels.shape[2] == 2 else _png_by_opencv(pixels)
    parts = b""
    if held.icc:
        parts += png_part(b"iCCP", b"ICC profile\0\0" + zlib.compress(held.icc))
    if held.dpi:
        parts += png_part(b"pHYs", struct.pack(">IIB", *(round(v / 0.0254) for v in held.dpi), 1))
    if held.exif:
        parts += png_part(b"eXIf", held.exif)
    if held.xmp:
        parts += png_part(b"iTXt", text_body("XML:com.adobe.xmp", held.xmp))
    return with_png_parts(data, parts)


def _png_by_opencv(pixels: NDArray[Any]) -> bytes:
    """RGB, RGBA or grey."""
    import cv2

    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[pixels.shape[2]]
    done, data = cv2.imencode(".png", np.ascontiguousarray(pixels[..., order]), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not done:
        raise ImageError(f"A picture of shape {pixels.shape} cannot be encoded as PNG.")
    return data.tobytes()


def _grey_and_alpha(pixels: NDArray[Any]) -> bytes:
    """(H, W, 2), which OpenCV does not write: colour type 4, rows as differences to the one above (PNG, 9.2)."""
    height, width, _ = pixels.shape
    rows = pixels.astype(pixels.dtype.newbyteorder(">")).reshape(height, -1).view(np.uint8)
    rows = np.diff(rows, axis=0, prepend=np.zeros_like(rows[:1]))  # whole numbers without a sign go round
    body = np.hstack([np.full((height, 1), 2, np.uint8), rows]).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.itemsize, 4, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(body, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_part(*part) for part in parts)


def _tiff(pixels: NDArray[Any], held: Held) -> bytes:
    """A TIFF that starts with the EXIF block, whose positions stay right that way, and goes on with the picture.

    The first directory is a new one: the entries of the block's, and those of the picture.
    """
    block = bytearray(held.exif or struct.pack("<2sHIHI", b"II", 42, 8, 0, 0))
    order: Literal["<", ">"] = "<" if block[:2] == b"II" else ">"
    height, width, samples = pixels.shape
    entries = _directory(block, order)
    rows = max(1, _STRIP // (width * samples * pixels.itemsize))
    offsets, counts = [], []
    for row in range(0, height, rows):
        strip = _packed(pixels[row : row + rows], order)
        _align(block)
        offsets.append(len(block))
        counts.append(len(strip))
        block += strip
    dpi = held.dpi or (72.0, 72.0)
    short, long, rational, undefined, byte = (3, "H"), (4, "I"), (5, "II"), (7, "B"), (1, "B")
    bits = 8 * pixels.itemsize
    new: list[tuple[int, tuple[int, str], list[int]]] = [
        (254, long, [0]),
        (256, long, [width]),
        (257, long, [height]),
        (258, short, [bits] * samples),
        (259, short, [8]),  # deflate
        (262, short, [2 if samples > 2 else 1]),  # RGB; grey, 0 is black
        (273, long, offsets),
        (277, short, [samples]),
        (278, long, [rows]),
        (279, long, counts),
        (282, rational, [round(dpi[0] * 100), 100]),
        (283, rational, [round(dpi[1] * 100), 100]),
        (284, short, [1]),
        (296, short, [2]),
        (317, short, [2]),  # differences of neighbours
        (339, short, [1] * samples),
    ]
    new += [(338, short, [2])] if samples in (2, 4) else []  # alpha that colours are not multiplied by
    new += [(700, byte, list(held.xmp))] if held.xmp else []
    new += [(34675, undefined, list(held.icc))] if held.icc else []
    for tag, (kind, letters), values in new:
        data = struct.pack(order + letters[0] * len(values), *values)
        entries[tag] = _entry(block, order, tag, kind, len(values) // len(letters), data)
    _align(block)
    struct.pack_into(order + "I", block, 4, len(block))
    block += struct.pack(order + "H", len(entries)) + b"".join(entries[tag] for tag in sorted(entries)) + bytes(4)
    return bytes(block)


def _directory(block: bytearray, order: str) -> dict[int, bytes]:
    """The entries of the first directory by tag, as they are."""
    (start,) = struct.unpack_from(order + "I", block, 4)
    (count,) = struct.unpack_from(order + "H", block, start)
    raw = [bytes(block[place : place + 12]) for place in range(start + 2, start + 2 + 12 * count, 12)]
    return {int(struct.unpack(order + "H", entry[:2])[0]): entry for entry in raw if len(entry) == 12}


def _entry(block: bytearray, order: str, tag: int, kind: int, count: int, data: bytes) -> bytes:
    if len(data) > 4:
        _align(block)
        where = len(block)
        block += data
        data = struct.pack(order + "I", where)
    return struct.pack(order + "HHI", tag, kind, count) + data.ljust(4, b"\0")


def _align(block: bytearray) -> None:
    """Positions in a TIFF are even."""
    if len(block) % 2:
        block.append(0)


def _packed(rows: NDArray[Any], order: Literal["<", ">"]) -> bytes:
    """Compressed, as differences to the pixel on the left (TIFF 6.0, section 14)."""
    differences = rows.copy()
    differences[:, 1:] -= rows[:, :-1]  # whole numbers without a sign go round, as they shall
    return zlib.compress(differences.astype(differences.dtype.newbyteorder(order)).tobytes(), 6)
