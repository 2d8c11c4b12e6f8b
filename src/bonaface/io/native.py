"""A photograph's own values, before they were brought to sRGB, and the way back to them.

What a restorer did not touch keeps its own values: also colours that sRGB does not have, and those under alpha.
"""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Image, Mask, Picture, Plane, luminance
from bonaface.io.channels import sixteen_bits, split_alpha
from bonaface.io.colour import applies_to_grey, from_srgb, is_srgb

GREY_MODES = frozenset({"1", "L", "LA", "La", "I;16", "I;16B", "I;16L"})
"""What Pillow calls grey pictures of one to 16 bits."""
_ROWS = 256


@dataclass(frozen=True, slots=True)
class Native:
    """What the file of a photograph holds.

    Attributes:
        pixels: (H, W, 3) uint8 or uint16, RGB, upright, in the colours of `icc`; or in sRGB, where those cannot be
            written back, as `lost` says. Of a grey photograph, three equal channels.
        alpha: (H, W) of the same type, or None.
        icc: the profile to write, or None.
        converted: whether `icc` is another one than sRGB.
        xmp: the packet, or None.
        dpi: dots per inch, or None.
        lossless: of a WebP.
        grey: it is a grey photograph, and shall be one again.
        lost: what could not be kept, in plain language.
    """

    pixels: NDArray[Any]
    alpha: NDArray[Any] | None
    icc: bytes | None = None
    converted: bool = False
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    lossless: bool = False
    grey: bool = False
    lost: tuple[str, ...] = ()


def read_native(data: bytes, kind: str, picture: Picture) -> Native:
    """The values of a file that `read_picture` has read and checked.

    Args:
        data: the whole file.
        kind: what `formats.recognise` said.
        picture: what `read_picture` made of it.
    """
    from PIL import Image as Pil
    from PIL import ImageOps

    # Pillow calls a PNG of grey and alpha in 16 bits RGBA: its header (colour type 0 or 4) says what it is.
    grey = picture.details.get("mode", "") in GREY_MODES or (kind == "png" and data[25] in (0, 4))
    if kind not in ("jpeg", "png", "tiff", "webp"):
        return Native(picture.pixels, picture.alpha, grey=grey, lost=_profile_lost(picture))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        opened = Pil.open(io.BytesIO(data), formats=[kind.upper()])
        orientation = opened.getexif().get(0x0112, 1)
        info, tags = dict(opened.info), getattr(opened, "tag_v2", {})
        opened.load()
        colour, alpha8 = split_alpha(ImageOps.exif_transpose(opened), [])
    # Captions in the form before XMP: resource 0x0404 of the Photoshop block.
    lost = ("its IPTC-IIM captions are not passed on",) if 0x0404 in info.get("photoshop", ()) else ()
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp") or tags.get(700)
    about: dict[str, Any] = {
        "xmp": xmp.encode() if isinstance(xmp, str) else xmp if isinstance(xmp, bytes) else None,
        "dpi": _dpi(info.get("dpi")),
        "lost": lost,
        "grey": grey,
        "lossless": kind == "webp" and b"VP8L" in data[:4096],
    }
    icc: bytes | None = info.get("icc_profile") or None
    grey_profile = icc is not None and icc[16:20] == b"GRAY"
    unusable = icc is not None and grey_profile and not (grey and applies_to_grey(icc))
    if colour.mode in ("CMYK", "LAB") or unusable:
        what = "grey" if grey_profile else colour.mode
        about["lost"] = (f"its {what} colours are delivered in sRGB, as a restorer makes them", *lost)
        return Native(picture.pixels, picture.alpha, **about)
    pixels: NDArray[Any]
    alpha: NDArray[Any] | None
    if picture.pixels.dtype == np.uint16:
        pixels, alpha = sixteen_bits(data, kind, colour, alpha8, orientation)
    else:
        pixels = np.asarray(colour.convert("RGB"))
        alpha = None if alpha8 is None else np.asarray(alpha8)
    if alpha is not None and int(alpha.min()) == int(np.iinfo(alpha.dtype).max):
        alpha = None  # as in reading
    if icc is None or picture.icc_profile is None:
        same = icc is not None and (grey_profile or is_srgb(icc))
        kept = icc if same else None
        return Native(pixels, alpha, kept, **about)
    return Native(pixels, alpha, icc, True, **about)


def blended(
    native: Native, before: Image, after: Image, restored: Plane, changed: Mask | None = None
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The values to write: the photograph's own, and where a model painted, what it made of them.

    Args:
        native: of the photograph, of the size of `after`.
        before: (H, W, 3), the photograph in sRGB.
        after: (H, W, 3), the same with its restored, or edited, faces.
        restored: (H, W), how much of each pixel was made anew; of the rest, what sRGB does not have is kept.
        changed: (H, W), True where `after` may differ from `before`; None: where anything was restored.

    Returns:
        (H, W, 3) of the type of `native.pixels`, in the colours of its profile, and notes. Of a grey photograph (H, W):
        what a model made in colour is reduced to its luma.
    """
    kind = native.pixels.dtype
    full = np.float32(np.iinfo(kind).max)
    out = native.pixels.copy()
    convert, note = from_srgb(native.icc if native.converted else None, kind == np.uint16, grey=native.grey)
    if native.grey:
        after = np.repeat(luminance(after)[..., None], 3, axis=2)
    for row in range(0, len(out), _ROWS):
        rows = slice(row, row + _ROWS)
        there = restored[rows] > 0 if changed is None else changed[rows]
        if not there.any():
            continue
        share = restored[rows][there][:, None]
        own = native.pixels[rows][there].astype(np.float32) / full
        # What the photograph has beyond sRGB fades out as the restored face fades in.
        values = convert(after[rows][there]) + (1 - share) * (own - convert(before[rows][there]))
        out[rows][there] = np.rint(np.clip(values, 0, 1) * full).astype(kind)
    return out[..., 0] if native.grey else out, (note,) if note else ()


def enlarged(native: Native, size: tuple[int, int]) -> Native:
    """The same in another size, by Lanczos."""
    import cv2

    if native.pixels.shape[:2] == size:
        return native
    planes = [native.pixels] if native.alpha is None else [native.pixels, native.alpha]
    full = float(np.iinfo(native.pixels.dtype).max)
    made = [cv2.resize(plane.astype(np.float32), size[::-1], interpolation=cv2.INTER_LANCZOS4) for plane in planes]
    whole = [np.rint(np.clip(plane, 0, full)).astype(native.pixels.dtype) for plane in made]
    return replace(native, pixels=whole[0], alpha=whole[1] if len(whole) > 1 else None)


def _profile_lost(picture: Picture) -> tuple[str, ...]:
    return ("its colour profile is not kept: the pixels are in sRGB",) if picture.icc_profile else ()


def _dpi(value: Any) -> tuple[float, float] | None:
    try:
        x, y = (float(v) for v in value)
    except (TypeError, ValueError, ZeroDivisionError, struct.error):
        return None
    return (x, y) if 1 <= x <= 65535 and 1 <= y <= 65535 else None
