"""Bringing pictures with another colour profile to sRGB."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image as Pil
    from PIL import ImageCms

_SAME = 2
"""Profiles that move no colour by more 8-bit levels than this are sRGB under another name."""
_ROWS = 256
"""Rows converted at a time, to bound the memory."""


def to_srgb(picture: Pil.Image, icc: bytes) -> tuple[Pil.Image, str]:
    """An 8-bit picture, and its embedded profile -> sRGB.

    Relative colorimetric, with black-point compensation.

    Args:
        picture: of mode L, RGB or CMYK.
        icc: the profile's bytes.

    Returns:
        The picture in mode RGB, and a note: empty where the profile is sRGB itself. A profile that is broken or
        belongs to another kind of picture is ignored, and the note starts with "ignored".
    """
    from PIL import ImageCms

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        name = ImageCms.getProfileDescription(profile).strip() or "without a name"
        if picture.mode == "L" and profile.profile.xcolor_space.strip() == "RGB":
            picture = picture.convert("RGB")
        if picture.mode != "CMYK" and _is_srgb(profile, picture.mode):
            return picture.convert("RGB"), ""
        return _transform(picture, profile), f"converted from the colour profile {name!r} to sRGB"
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture.convert("RGB"), (
            "ignored its colour profile, which is broken or made for another kind of picture; colours are read as sRGB"
        )


def deep_to_srgb(pixels: NDArray[np.uint16], icc: bytes) -> tuple[NDArray[np.uint16], str]:
    """As `to_srgb`, for 16 bits, which the colour library does not take.

    Profiles made of three primaries and curves (all common ones) are applied here in full depth; those made of
    tables go through 8 bits, and the note says so.

    Args:
        pixels: (H, W, 3) uint16, RGB; a grey picture has three equal channels.
        icc: the profile's bytes.
    """
    from PIL import Image as Pil
    from PIL import ImageCms

    grid = np.stack(np.meshgrid(*[np.arange(0, 256, 51, dtype=np.uint8)] * 3), -1).reshape(1, -1, 3)
    _, note = to_srgb(Pil.fromarray(grid), icc)
    grey = False
    if note.startswith("ignored"):  # perhaps a profile for grey pictures
        _, note = to_srgb(Pil.fromarray(np.arange(256, dtype=np.uint8)[None]), icc)
        grey = True
    if not note or note.startswith("ignored"):
        return pixels, note
    try:
        matrix, curves = _shaper(icc, grey)
    except (KeyError, TypeError, ValueError, struct.error):
        eight = Pil.fromarray(((pixels + np.uint32(128)) // 257).astype(np.uint8))
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        converted = np.asarray(_transform(eight.convert("L") if grey else eight, profile))
        return converted.astype(np.uint16) * np.uint16(257), note + ", which reduced its 16 bits to 8"
    out = np.empty_like(pixels)
    for row in range(0, len(pixels), _ROWS):
        block = pixels[row : row + _ROWS]
        linear = np.stack([curve[block[..., k]] for k, curve in enumerate(curves)], -1) @ matrix.T
        out[row : row + _ROWS] = np.rint(_srgb_encode(np.clip(linear, 0, 1)) * 65535)
    return out, note


def _transform(picture: Pil.Image, profile: ImageCms.ImageCmsProfile, *, back: bool = False) -> Pil.Image:
    """From a profile to sRGB; `back`: the other way."""
    from PIL import ImageCms

    srgb = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(
        picture,
        srgb if back else profile,
        profile if back else srgb,
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if converted is None:  # only where asked to work in place
        raise ValueError("no picture came back")
    return converted


def _is_srgb(profile: ImageCms.ImageCmsProfile, mode: str) -> bool:
    """Judged by what it does, since names mislead: "Linear sRGB" is not, "c2" is."""
    from PIL import Image as Pil

    if mode == "L":
        before = np.arange(256, dtype=np.uint8)[None]
    else:
        before = np.stack(np.meshgrid(*[np.arange(0, 256, 51, dtype=np.uint8)] * 3), -1).reshape(1, -1, 3)
    after = np.asarray(_transform(Pil.fromarray(before), profile), np.int16)
    return bool(np.abs(after - (before[..., None] if mode == "L" else before)).max() <= _SAME)


def _shaper(icc: bytes, grey: bool) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
    """(3, 3) from the profile's linear values to those of sRGB, and (65536,) curves that make values linear."""
    from PIL import ImageCms

    tags = {}
    (count,) = struct.unpack_from(">I", icc, 128)
    for entry in range(132, 132 + 12 * min(count, 100), 12):
        tag, start, size = struct.unpack_from(">4sII", icc, entry)
        tags[tag] = icc[start : start + size]
    if grey:
        return np.eye(3, dtype=np.float32), [_curve(tags[b"kTRC"])] * 3
    if b"A2B0" in tags:
        raise ValueError("a profile made of tables")
    source = _primaries(ImageCms.ImageCmsProfile(io.BytesIO(icc)))
    srgb = _primaries(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")))
    matrix = np.linalg.solve(srgb, source).astype(np.float32)
    return matrix, [_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")]


def _primaries(profile: Any) -> NDArray[np.float64]:
    """(3, 3): XYZ (D50) of red, green and blue, in columns; TypeError where the profile has none."""
    data = profile.profile
    return np.array([data.red_colorant[0], data.green_colorant[0], data.blue_colorant[0]], np.float64).T


def _curve(tag: bytes) -> NDArray[np.float32]:
    """A `curv` or `para` element -> the linear value of each 16-bit level (ICC.1:2022, 10.6 and 10.18)."""
    x = np.linspace(0, 1, 65536)
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return x.astype(np.float32)
        table = np.frombuffer(tag, ">u2", count, 12).astype(np.float64)
        y: NDArray[np.float64] = (
            x ** (table[0] / 256) if count == 1 else np.interp(x, np.linspace(0, 1, count), table / 65535)
        )
        return y.astype(np.float32)
    if tag[:4] != b"para":
        raise ValueError("neither a curve nor a parametric curve")
    (form,) = struct.unpack_from(">H", tag, 8)
    number = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}[form]
    given = [value / 65536 for value in struct.unpack_from(f">{number}i", tag, 12)]
    g, a, b, c, d, e, f = given + [0.0] * (7 - number)
    if form == 0:
        return np.asarray(x**g, np.float32)
    if form in (1, 2):  # Y = (aX + b)^g + c above -b / a, and c below
        c, d, e, f = 0.0, -b / a, c, c
    above = np.maximum(a * x + b, 0) ** g + e
    return np.asarray(np.where(x >= d, above, c * x + f), np.float32)


def _srgb_encode(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """IEC 61966-2-1."""
    high = np.float32(1.055) * linear ** np.float32(1 / 2.4) - np.float32(0.055)
    return np.where(linear <= np.float32(0.0031308), linear * np.float32(12.92), high)


def is_srgb(icc: bytes) -> bool:
    """Whether a profile for RGB pictures is sRGB, whatever it is called."""
    from PIL import ImageCms

    try:
        return _is_srgb(ImageCms.ImageCmsProfile(io.BytesIO(icc)), "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return False


def applies_to_grey(icc: bytes) -> bool:
    """Whether a profile for grey pictures is made of a curve, so that `from_srgb` can apply it backwards."""
    try:
        _shaper(icc, True)
    except (KeyError, TypeError, ValueError, struct.error):
        return False
    return True


def from_srgb(
    icc: bytes | None, deep: bool, *, grey: bool = False
) -> tuple[Callable[[NDArray[np.float32]], NDArray[np.float32]], str]:
    """The way back from sRGB to a profile that `to_srgb` or `deep_to_srgb` converted from.

    Args:
        icc: the profile of the picture; None: sRGB.
        deep: whether the picture has 16 bits.
        grey: the picture is grey: three equal channels. Its profile may be one for grey, to which `applies_to_grey`.

    Returns:
        A function from (N, 3) in [0, 1] in sRGB to (N, 3) in [0, 1] in the profile, and a note: empty where nothing is
        lost. Profiles made of three primaries and curves are applied in full depth; those made of tables go through
        8 bits, which the note says where the picture has 16.
    """
    if icc is None:
        return lambda values: values, ""
    try:
        matrix, curves = _shaper(icc, grey and icc[16:20] == b"GRAY")
        inverse = np.linalg.inv(matrix.astype(np.float64)).astype(np.float32)
    except (KeyError, TypeError, ValueError, struct.error):
        note = ", in 8 bits, since its colour profile is made of tables" if deep else ""
        return _by_tables(icc), f"restored faces were converted back to its colour profile{note}" if note else ""
    levels = np.linspace(0, 1, 65536)

    def convert(values: NDArray[np.float32]) -> NDArray[np.float32]:
        linear = np.clip(_srgb_decode(values) @ inverse.T, 0, 1)
        # Curves rise, so that each has an inverse; where one is flat, any level of the flat part will do.
        planes = [np.interp(linear[:, k], curve, levels) for k, curve in enumerate(curves)]
        return np.stack(planes, -1).astype(np.float32)

    return convert, ""


def _by_tables(icc: bytes) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    def convert(values: NDArray[np.float32]) -> NDArray[np.float32]:
        from PIL import Image as Pil
        from PIL import ImageCms

        pixels = Pil.fromarray(np.rint(values[None] * 255).astype(np.uint8))
        converted = _transform(pixels, ImageCms.ImageCmsProfile(io.BytesIO(icc)), back=True)
        return np.asarray(np.asarray(converted)[0] / np.float32(255), np.float32)

    return convert


def _srgb_decode(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """IEC 61966-2-1."""
    high = ((values + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4)
    return np.asarray(np.where(values <= np.float32(0.04045), values / np.float32(12.92), high), np.float32)
