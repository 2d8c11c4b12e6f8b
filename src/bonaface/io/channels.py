"""From the channels that a file has to RGB, with alpha apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import PictureError
from bonaface.io.colour import to_srgb
from bonaface.io.formats import tiff_tags

if TYPE_CHECKING:
    from PIL import Image as Pil

_MID_GREY = 128 / 255


def split_alpha(picture: Pil.Image, notes: list[str]) -> tuple[Pil.Image, Pil.Image | None]:
    """The colours, in a mode without alpha, and the alpha channel."""
    mode = picture.mode
    if mode == "P":
        notes.append("palette picture turned into RGB")
    if mode == "PA" or (mode == "P" and "transparency" in picture.info):
        picture = picture.convert("RGBA")
    elif mode == "P":
        picture = picture.convert("RGB")
    elif mode == "1":
        notes.append("black-and-white picture of one bit turned into RGB")
        picture = picture.convert("L")
    elif mode in ("L", "RGB") and "transparency" in picture.info:
        notes.append("one colour of it is declared transparent")
        picture = picture.convert("RGBA")
    elif mode.startswith("I;16") and "transparency" in picture.info:
        notes.append("one grey value of it is declared transparent, which was ignored")
    elif mode == "RGBX":
        picture = picture.convert("RGB")
    elif mode in ("RGBa", "La"):
        notes.append("its colours were stored multiplied by alpha; divided again")
        picture = picture.convert("RGBA" if mode == "RGBa" else "LA")
    if picture.mode in ("L", "LA", "I;16", "I;16B", "I;16L"):
        notes.append("grey picture turned into RGB")
    if picture.mode in ("RGBA", "LA"):
        return picture.convert(picture.mode[:-1]), picture.getchannel("A")
    return picture, None


def eight_bits(
    picture: Pil.Image, icc: bytes | None, name: str, notes: list[str]
) -> tuple[NDArray[np.uint8], bytes | None]:
    """8 bits of any kind of colour -> (H, W, 3) in sRGB, and the profile if it was one to convert from."""
    if picture.mode == "LAB":
        from PIL import ImageCms

        notes.append("CIELAB picture turned into sRGB")
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(picture, lab, srgb, outputMode="RGB")
        return np.asarray(converted), None
    if picture.mode not in ("L", "RGB", "CMYK"):
        raise PictureError(
            f"{name} holds values of mode {picture.mode!r} ({_MODES.get(picture.mode, 'unusual')}), which do not say "
            "what black and white are; expected 8 or 16 bits a channel. Save it as an 8- or 16-bit PNG."
        )
    if picture.mode == "CMYK":
        notes.append(
            "CMYK picture turned into RGB"
            + ("" if icc else "; it names no colour profile, so that its colours are approximate")
        )
    if not icc:
        return np.asarray(picture.convert("RGB")), None
    picture, note = to_srgb(picture, icc)
    notes += [note] if note else []
    return np.asarray(picture), icc if note and not note.startswith("ignored") else None


_MODES = {"I": "32-bit whole numbers", "F": "floating point numbers", "I;16": "16-bit whole numbers"}


def sixteen_bits(
    data: bytes, kind: str, colour: Pil.Image, alpha8: Pil.Image | None, orientation: int
) -> tuple[NDArray[np.uint16], NDArray[np.uint16] | None]:
    """16 bits, read by OpenCV since Pillow keeps 8 of them, and held against Pillow's reading of the upper 8."""
    import cv2

    pixels: NDArray[Any]
    alpha: NDArray[Any] | None
    read: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if read is None or read.dtype != np.uint16:
        raise ValueError("the second decoder does not read its 16 bits")
    if kind == "png":  # of a TIFF, OpenCV has turned the pixels already
        read = _turn(read, orientation)
    if read.ndim == 2:
        pixels, alpha = np.repeat(read[..., None], 3, axis=2), None
    else:
        pixels, alpha = read[..., 2::-1], (read[..., 3] if read.shape[2] == 4 else None)
    if alpha is None and alpha8 is not None:  # one transparent colour: no channel in the file
        alpha = np.asarray(alpha8).astype(np.uint16) * np.uint16(257)
    seen = np.asarray(colour)
    upper = (pixels >> 8).astype(np.int16)
    if colour.mode.startswith("I;16"):
        seen = (seen >> 8).astype(np.uint8)
    expected = seen if seen.ndim == 3 else seen[..., None]
    if upper.shape[:2] != expected.shape[:2] or np.abs(upper - expected).max() > 1:
        raise ValueError("two decoders disagree on its 16-bit values")
    if kind == "tiff" and tiff_tags(data).get(262) == 0:  # "white is zero", which neither decoder turns round
        pixels = np.uint16(65535) - pixels
    return pixels, alpha


def _turn(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Upright, from an EXIF orientation of 1 to 8."""
    if orientation >= 5:
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


def flatten(
    pixels: NDArray[Any], alpha: NDArray[Any] | None, name: str, notes: list[str]
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Put what is transparent on mid grey: the colours underneath are leftovers that nobody saw."""
    if alpha is None:
        return pixels, None
    full = int(np.iinfo(alpha.dtype).max)
    through = alpha < full
    if not through.any():
        notes.append("its alpha channel was fully opaque, and was dropped")
        return pixels, None
    if not alpha.any():
        raise PictureError(
            f"{name} is fully transparent: there is nothing to see. Save it without its alpha channel as a PNG."
        )
    pixels = pixels.copy()
    share = alpha[through].astype(np.float32)[:, None] / full
    mixed = pixels[through] * share + np.float32(_MID_GREY * full) * (1 - share)
    pixels[through] = np.rint(mixed).astype(pixels.dtype)
    part = f"{through.mean():.1%}" if through.mean() >= 0.001 else "less than 0.1%"
    notes.append(f"{part} of it is transparent, and was put on mid grey; alpha is kept apart")
    return pixels, np.ascontiguousarray(alpha)
