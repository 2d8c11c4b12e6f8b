"""Delivering a photograph as it came: format, depth, colour profile, alpha, EXIF, and what a model did to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import InputError, PictureError
from bonaface.core.images import Image, Mask, Picture, Plane
from bonaface.io.containers import Held, encode
from bonaface.io.exif import updated_exif
from bonaface.io.formats import EXTENSIONS, recognise
from bonaface.io.native import Native, blended, enlarged, read_native
from bonaface.io.xmp import describe, passes_on

WRITABLE = {"png": ".png", "jpeg": ".jpg", "tiff": ".tif", "webp": ".webp"}
"""The kinds of pictures that are delivered as they came, and how names of them end; all others become PNGs."""
_HEAD = 1 << 16
_LONGEST_XMP = 60_000
"""Bytes that fit into one segment of a JPEG."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file to write.

    Attributes:
        data: its bytes.
        notes: what could not be kept, in plain language.
    """

    data: bytes
    notes: tuple[str, ...]


def kind_of(path: Path) -> str:
    """The kind of picture that a file is, by its content; by its name where that cannot be read."""
    try:
        with path.open("rb") as file:
            return recognise(path, file.read(_HEAD))
    except (OSError, ValueError, PictureError):
        return EXTENSIONS.get(path.suffix.lower(), "png")


def output_name(path: Path) -> str:
    """The name of the result: the photograph's own, with another ending where that would not be true of it."""
    kind = kind_of(path)
    if kind in WRITABLE and EXTENSIONS.get(path.suffix.lower()) == kind:
        return path.name
    return path.stem + WRITABLE.get(kind, ".png")


def deliver(
    data: bytes,
    kind: str,
    picture: Picture,
    before: Image,
    after: Image,
    restored: Plane,
    software: str,
    record: Mapping[str, Any],
    *,
    changed: Mask | None = None,
    into: str | None = None,
) -> Delivered:
    """Encode a restored or edited photograph as the photograph was.

    Args:
        data: the photograph's file.
        kind: what `formats.recognise` says of it.
        picture: what `read_picture` made of it.
        before: (H, W, 3), the photograph in sRGB, in the size of the result.
        after: (H, W, 3), the same with its restored, or edited, faces.
        restored: (H, W), how much of each pixel was made anew; where it is 0, the photograph's own values are kept.
        software: name and version, for the metadata.
        record: what is needed to make it again, for the metadata.
        changed: as for `native.blended`.
        into: the format to write, one of `WRITABLE`; None: the photograph's own, or, where that is none of them, PNG.

    Raises:
        InputError: the result is too large for its format, or has what a format that was asked for does not hold.
    """
    kept = kind if kind in WRITABLE else "png"
    into = into or kept
    height, width = after.shape[:2]
    native = enlarged(read_native(data, kind, picture), (height, width))
    pixels, notes = blended(native, before, after, restored, changed)
    if into == "jpeg" and into != kept:
        _check_jpeg(pixels, native)
    lost = [*native.lost, *notes]
    composite = bool(restored.any() if changed is None else changed.any())
    if native.grey and composite:
        lost.insert(0, "a grey photograph: what a model made in colour is delivered as its luma")
    if picture.details.get("mode") == "1":
        lost.append("delivered with 8 bits of grey, not one")
    if kind not in WRITABLE and into == "png":
        lost.insert(0, f"delivered as a PNG: Bonaface writes no {picture.details['format']}")
    exif = updated_exif(picture.exif, width, height) if picture.exif else None
    if picture.exif and exif is None:
        lost.append("its EXIF block is damaged, and is not passed on")
    xmp = describe(software, record, native.xmp, composite=composite)
    if native.xmp and (len(xmp) > _LONGEST_XMP or not passes_on(native.xmp)):
        lost.append("its XMP is too long or damaged, and is not passed on")
        xmp = describe(software, record, composite=composite)
    held = Held(native.alpha, native.icc, exif, xmp, native.dpi, native.lossless)
    return Delivered(encode(into, pixels, held), tuple(lost))


def _check_jpeg(pixels: NDArray[Any], native: Native) -> None:
    """Raise where a JPEG, which was asked for in place of another format, cannot hold a picture."""
    what = "16 bits a channel" if pixels.dtype == np.uint16 else "transparency" if native.alpha is not None else ""
    if what:
        raise InputError(f"The photograph has {what}, which a JPEG does not hold. Ask for a PNG or a TIFF.")


def stage(values: Any) -> bytes:
    """A stage of the way, as a PNG of 8 bits: (H, W, 3) or (H, W), floats in [0, 1]."""
    from bonaface.io.writing import encode_png

    return encode_png(np.asarray(values))
