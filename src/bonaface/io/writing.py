"""Encoding pictures and writing them.

What is written holds pixels only, no EXIF, no XMP, no comments; but what a model made says so in text parts of its PNG.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import ImageError, InputError
from bonaface.io.atomic import write_bytes

_MAX = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}


def encode_png(image: NDArray[Any], *, bits: int = 8, text: Mapping[str, str] | None = None) -> bytes:
    """A PNG, without any metadata but `text`; the same pixels give the same bytes with the same version of OpenCV.

    Args:
        image: (H, W, 3) RGB or (H, W) grey: uint8, uint16, or floats in [0, 1].
        bits: 8 or 16 a channel; values are scaled to them and rounded.
        text: what the picture says of itself, by keywords of 1 to 79 ASCII letters (PNG's iTXt).

    Raises:
        ImageError: any other array, or floats that are not finite or not in [0, 1].
    """
    if bits not in (8, 16):
        raise ValueError(f"bits is {bits}; expected 8 or 16")
    parts = b"".join(_text_part(key, value) for key, value in (text or {}).items())
    return with_png_parts(_encode(".png", _levels(image, bits), []), parts)


_AFTER_HEADER = 8 + 12 + 13
"""Where a PNG's first part, which comes after the signature and has 13 bytes in it, ends."""


def png_part(kind: bytes, body: bytes) -> bytes:
    """One part ("chunk") of a PNG: its length, its kind of four letters, its body and their checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_png_parts(data: bytes, parts: bytes) -> bytes:
    """A PNG with further parts after its header."""
    return data[:_AFTER_HEADER] + parts + data[_AFTER_HEADER:]


def text_body(keyword: str, text: bytes) -> bytes:
    """The body of an iTXt part: not compressed, no language, UTF-8 (PNG specification, 11.3.3.4)."""
    return keyword.encode("ascii") + b"\0\0\0\0\0" + text


def _text_part(keyword: str, text: str) -> bytes:
    return png_part(b"iTXt", text_body(keyword, text.encode("utf-8", "backslashreplace")))


def encode_jpeg(image: NDArray[Any], *, quality: int = 92) -> bytes:
    """A baseline JPEG with full colour resolution (4:4:4), without any metadata.

    Args:
        image: as for `encode_png`.
        quality: 1 to 100.

    Raises:
        ImageError: as for `encode_png`.
    """
    import cv2

    if not 1 <= quality <= 100:
        raise ValueError(f"quality is {quality}; expected 1 to 100")
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality]
    settings += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return _encode(".jpg", _levels(image, 8), settings)


def write_picture(
    path: Path | str,
    image: NDArray[Any],
    *,
    overwrite: bool = False,
    bits: int = 8,
    quality: int = 92,
    text: Mapping[str, str] | None = None,
) -> None:
    """Write a PNG or a JPEG, as the ending of the name says, whole or not at all.

    Args:
        path: ends in .png, .jpg or .jpeg.
        image: as for `encode_png`.
        overwrite: replace what is there.
        bits: of a PNG, 8 or 16.
        quality: of a JPEG, 1 to 100.
        text: of a PNG, what it says of itself; see `encode_png`.

    Raises:
        OutputExists: something is there already, and `overwrite` is false.
        InputError: another ending, 16 bits or text asked of a JPEG, or a place that cannot be written to.
        ImageError: as for `encode_png`.
    """
    ending = Path(path).suffix.lower()
    if ending == ".png":
        data = encode_png(image, bits=bits, text=text)
    elif ending in (".jpg", ".jpeg"):
        if bits != 8:
            raise InputError(f"{path} is to be a JPEG of {bits} bits; JPEG has 8. Use a name that ends in .png.")
        if text:
            raise InputError(f"{path} is to be a JPEG that says what it is; only PNGs do. End the name in .png.")
        data = encode_jpeg(image, quality=quality)
    else:
        raise InputError(f"{path} ends in {ending or 'nothing'!r}; expected .png, .jpg or .jpeg. Change the name.")
    write_bytes(path, data, overwrite=overwrite)


def data_uri(data: bytes, mime: str) -> str:
    """Bytes as a `data:` address, to put a file inside a page.

    >>> data_uri(b"hi", "text/plain")
    'data:text/plain;base64,aGk='
    """
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"


def _levels(image: NDArray[Any], bits: int) -> NDArray[Any]:
    """Any accepted array -> uint8 or uint16, of the same shape."""
    array = np.asarray(image)
    if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)):
        raise ImageError(f"The picture to write has shape {array.shape}; expected (height, width, 3) or 2 dimensions.")
    full, kind = (255, np.uint8) if bits == 8 else (65535, np.uint16)
    if array.dtype in _MAX:
        if array.dtype == kind:
            return array
        return array.astype(np.uint16) * np.uint16(257) if bits == 16 else _upper(array)
    if not np.issubdtype(array.dtype, np.floating):
        raise ImageError(f"The picture to write has values of type {array.dtype}; expected uint8, uint16 or floats.")
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= 1):  # also true of NaN
        raise ImageError(f"The picture to write has values from {low:.4g} to {high:.4g}; expected [0, 1].")
    return np.rint(array * np.float32(full)).astype(kind)


def _upper(array: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """65535 is 255 x 257."""
    return ((array.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _encode(ending: str, pixels: NDArray[Any], settings: list[int]) -> bytes:
    """RGB -> BGR, which is OpenCV's order."""
    import cv2

    ordered = np.ascontiguousarray(pixels[..., ::-1]) if pixels.ndim == 3 else np.ascontiguousarray(pixels)
    done, data = cv2.imencode(ending, ordered, settings)
    if not done:
        raise ImageError(f"A picture of shape {pixels.shape} cannot be encoded as {ending[1:].upper()}.")
    return data.tobytes()
