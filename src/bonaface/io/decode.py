"""Turning the bytes of a picture file into RGB pixels; the checks come before the decoding."""

from __future__ import annotations

import contextlib
import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import PictureError
from bonaface.core.images import MAX_PIXELS, MIN_SIDE
from bonaface.io.channels import eight_bits, flatten, sixteen_bits, split_alpha
from bonaface.io.colour import deep_to_srgb
from bonaface.io.formats import tiff_tags
from bonaface.io.metadata import exif_block, presence

if TYPE_CHECKING:
    from PIL import Image as Pil

_KIND_NAMES = {
    "png": "PNG",
    "jpeg": "JPEG",
    "tiff": "TIFF",
    "bmp": "BMP",
    "gif": "GIF",
    "webp": "WebP",
    "avif": "AVIF",
    "heif": "HEIC",
    "jp2": "JPEG 2000",
    "pnm": "PNM",
}
_PILLOW_NAMES = {"jp2": "JPEG2000", "pnm": "PPM"}
"""Where they are not the kind's own name in capitals."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The fields of a `Picture` that its bytes give."""

    pixels: NDArray[Any]
    alpha: NDArray[Any] | None
    icc_profile: bytes | None
    exif: bytes | None
    notes: tuple[str, ...]
    details: dict[str, str]


def decode(data: bytes, kind: str, name: str, min_side: int = MIN_SIDE) -> Decoded:
    """The bytes of a picture -> upright RGB pixels in sRGB.

    A JPEG whose compressed data is damaged in the middle, and not cut off, cannot be told from a sound one.

    Args:
        data: the whole file.
        kind: what `formats.recognise` said.
        name: for messages.
        min_side: the shortest side that is allowed, in pixels.

    Raises:
        PictureError: too small, too large, cut off, damaged, or of a depth or mode that has no plain RGB meaning.
    """
    from PIL import Image as Pil
    from PIL import UnidentifiedImageError

    if kind == "png":
        _check_png(data, name)
    try:
        with warnings.catch_warnings(), _strict():
            warnings.simplefilter("ignore")  # size is checked here; damage is an error, not a warning
            return _decode(data, kind, name, min_side)
    except PictureError:
        raise
    except Pil.DecompressionBombError as error:
        found = re.search(r"\d+", str(error))
        raise _too_large(name, f"{int(found[0]):,} pixels" if found else "too many pixels") from error
    except Exception as error:  # decoders raise whatever they stumble on
        lines = [] if isinstance(error, UnidentifiedImageError) else str(error).strip().splitlines()
        why = f" ({lines[0]})" if lines else ""
        raise PictureError(
            f"{name} starts like a {_KIND_NAMES[kind]} picture but cannot be decoded{why}: it is cut off, damaged, or "
            f"of a rare variant; expected a whole {_KIND_NAMES[kind]} file. Get another copy of it, or open it in the "
            "program that made it and save it as a PNG."
        ) from error


@contextlib.contextmanager
def _strict() -> Iterator[None]:
    """Some libraries tell Pillow, for the whole process, to fill cut-off pictures with grey: not for pictures here."""
    from PIL import ImageFile

    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _decode(data: bytes, kind: str, name: str, min_side: int) -> Decoded:
    from PIL import ImageOps

    picture = _open(data, kind, name, min_side)
    notes: list[str] = []
    depth = _depth(data, kind)
    if kind in ("jp2", "pnm") and depth > 8:
        raise PictureError(
            f"{name} is a {_KIND_NAMES[kind]} picture of {depth} bits; expected 8. Save it as a 16-bit PNG or TIFF."
        )
    details = _describe(picture, kind, depth, len(data))
    if (frames := getattr(picture, "n_frames", 1)) > 1:
        notes.append(f"holds {frames} pictures (animation, pages or views); the first was used")
    exif = exif_block(picture, kind)
    icc: bytes | None = picture.info.get("icc_profile") or None
    orientation = picture.getexif().get(0x0112, 1)
    turned = orientation in range(2, 9) or picture.info.get("original_orientation", 1) in range(2, 9)  # HEIC: turned
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    if turned:
        notes.append("turned upright, as its EXIF orientation says")
    colour, alpha8 = split_alpha(upright, notes)
    primaries = picture.info.get("nclx_profile", {}).get("color_primaries", 2)
    if not icc and primaries not in (1, 2):  # BT.709, the one of sRGB, and "not said" (ITU-T H.273)
        notes.append(f"declares colours of another kind than sRGB (H.273 primaries {primaries}); read as sRGB")
    pixels: NDArray[Any]
    alpha: NDArray[Any] | None
    if depth == 16 and kind in ("png", "tiff") and colour.mode != "CMYK":
        pixels, alpha = sixteen_bits(data, kind, colour, alpha8, orientation)
        if icc:
            pixels, note = deep_to_srgb(pixels, icc)
            notes += [note] if note else []
            icc = icc if note and not note.startswith("ignored") else None
    else:
        if depth > 8:
            notes.append(f"its {depth} bits were reduced to 8 by the decoder")
        pixels, icc = eight_bits(colour, icc, name, notes)
        alpha = None if alpha8 is None else np.asarray(alpha8)
    pixels, alpha = flatten(pixels, alpha, name, notes)
    return Decoded(np.ascontiguousarray(pixels), alpha, icc, exif, tuple(notes), details)


def _open(data: bytes, kind: str, name: str, min_side: int) -> Pil.Image:
    """The picture with its header read and its size checked; not decoded."""
    if kind == "heif":
        try:
            import pillow_heif
        except ImportError as error:
            raise PictureError(
                f"{name} is a HEIC picture, and the library that reads it is not installed. "
                "Install it with `pip install bonaface[heic]`, or save the picture as a PNG."
            ) from error
        container = pillow_heif.open_heif(data)
        _check_size(name, container.size, min_side)
        frames = len(container)
        picture: Pil.Image = container.to_pillow()
        if frames > 1:
            picture.n_frames = frames  # type: ignore[attr-defined]
        return picture
    from PIL import Image as Pil

    # Named, so that no other plugin gets to see the bytes (the one for EPS starts another program).
    opened = Pil.open(io.BytesIO(data), formats=[_PILLOW_NAMES.get(kind, kind.upper())])
    _check_size(name, opened.size, min_side)
    return opened


def _check_size(name: str, size: tuple[int, int], min_side: int) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise _too_large(name, f"{width}x{height} pixels")
    if min(width, height) < min_side:
        why = "to examine a face" if min_side >= MIN_SIDE else "of any picture"
        raise PictureError(
            f"{name} is {width}x{height} pixels; at least {min_side} a side are needed {why}. "
            "Give the picture in its original size, not a thumbnail."
        )


def _too_large(name: str, size: str) -> PictureError:
    return PictureError(
        f"{name} declares {size}; expected at most {MAX_PIXELS:,}. It was not decoded. "
        "Cut out the part with the face, and give that."
    )


def _check_png(data: bytes, name: str) -> None:
    """Every chunk whole, with the right checksum, up to the end mark: Pillow skips those of the pixel data."""
    start, kind = 8, b""
    while kind != b"IEND":
        if start + 12 > len(data):
            break
        size, kind = struct.unpack_from(">I4s", data, start)
        end = start + 12 + size
        if end > len(data):
            kind = b""
            break
        if zlib.crc32(memoryview(data)[start + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            label = kind.decode("latin-1") if kind.isalpha() else kind.hex()
            raise PictureError(
                f"{name} is a damaged PNG: the checksum of its part {label!r} at byte {start} is wrong. "
                "Get another copy of the file."
            )
        start = end
    if kind != b"IEND":
        raise PictureError(
            f"{name} is a PNG that is cut off: its end mark is missing after {len(data)} bytes. "
            "Get another copy of the file; it was probably not copied or downloaded whole."
        )


def _depth(data: bytes, kind: str) -> int:
    """Bits of each channel, from the header."""
    if kind == "png":
        return data[24]
    if kind == "tiff":
        return tiff_tags(data).get(258, 8)
    if kind == "jp2" and (start := data.find(b"\xff\x4f\xff\x51")) >= 0:
        return (data[start + 42] & 0x7F) + 1
    if kind in ("avif", "heif") and (start := data.find(b"pixi", 0, 65536)) >= 0:
        return data[start + 9]
    if kind == "pnm" and (found := re.match(rb"P[2356]\s+(?:#[^\n]*\n\s*)*\d+\s+\d+\s+(\d+)\s", data[:4096])):
        return 16 if int(found[1]) > 255 else 8
    return 8


def _describe(picture: Pil.Image, kind: str, depth: int, size: int) -> dict[str, str]:
    return {
        "format": _KIND_NAMES[kind],
        "mode": picture.mode,
        "size": f"{picture.width}x{picture.height}",
        "bit_depth": str(depth),
        "bytes": str(size),
        **presence(picture, kind),
        "icc": "yes" if picture.info.get("icc_profile") else "no",
    }
