"""The EXIF block of a picture: finding it, what it says in words, and the part of it that gives nobody away."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from bonaface.core.images import Picture

if TYPE_CHECKING:
    from PIL import Image as Pil

_HARMLESS = (
    "Make Model LensMake LensModel Software DateTime DateTimeOriginal DateTimeDigitized OffsetTime OffsetTimeOriginal "
    "Orientation ExposureTime FNumber ExposureProgram ISOSpeedRatings PhotographicSensitivity ShutterSpeedValue "
    "ApertureValue BrightnessValue ExposureBiasValue MaxApertureValue MeteringMode LightSource Flash FocalLength "
    "FocalLengthIn35mmFilm ColorSpace ExifImageWidth ExifImageHeight SensingMethod CustomRendered ExposureMode "
    "WhiteBalance DigitalZoomRatio SceneCaptureType Contrast Saturation Sharpness SubjectDistanceRange"
)
_PUBLIC = frozenset(_HARMLESS.split())
"""Shown in public: a list of what is harmless, since no list of what is private would be complete."""
_LONGEST = 200
_EXIF_IFD, _GPS_IFD, _MAKER_NOTE, _SOFTWARE, _XMP = 0x8769, 0x8825, 0x927C, 305, 700
_LAYOUT = frozenset(
    {254, 255, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 282, 283, 284, 296, 297, _SOFTWARE, 301, 317, 318, 319}
    | {320, 322, 323, 324, 325, 330, 338, 339, 347, 529, 530, 531, 532, _XMP, 34675}
)
"""The tags of a TIFF that say how it is stored, and nothing of where it comes from."""


def presence(picture: Pil.Image, kind: str) -> dict[str, str]:
    """Whether an opened file has EXIF, a GPS position and XMP: "yes" or "no"."""
    tags = set(picture.getexif())
    there = {
        "exif": bool(tags - _LAYOUT if kind == "tiff" else tags),
        "gps": _GPS_IFD in tags,
        "xmp": bool(picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or _XMP in tags),
    }
    return {name: "yes" if found else "no" for name, found in there.items()}


def exif_block(picture: Pil.Image, kind: str) -> bytes | None:
    """The raw EXIF block of an opened file; of a TIFF, whose tags are spread over the file, one made from them."""
    from PIL import Image as Pil

    raw = picture.info.get("exif")
    if isinstance(raw, bytes) and raw:
        return raw
    if presence(picture, kind)["exif"] == "no":
        return None
    exif, block = picture.getexif(), Pil.Exif()
    for tag, value in exif.items():
        if tag not in _LAYOUT or tag == _SOFTWARE:
            block[tag] = exif.get_ifd(tag) if tag in (_EXIF_IFD, _GPS_IFD) else value
    return block.tobytes()


def private_metadata(picture: Picture) -> dict[str, str]:
    """Everything that the EXIF block holds, by name, as text: camera, date, position, owner, serial numbers and so on.

    Only for the eyes of whoever gave the picture. Reports embed pictures encoded again, without any metadata, and
    show `redacted_metadata`. XMP is not listed; `picture.details["xmp"]` says whether there is any.

    Returns:
        Empty without EXIF; a position as "GPS position" in decimal degrees, north and east positive.
    """
    from PIL import ExifTags, Image

    if not picture.exif:
        return {}
    exif = Image.Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a damaged block, what can be read is listed
            exif.load(picture.exif)
            main, inner, gps = dict(exif), exif.get_ifd(_EXIF_IFD), exif.get_ifd(_GPS_IFD)
    except Exception as error:  # the block is whatever the file held
        return {"EXIF": f"cannot be read ({error})"}
    out = {}
    for tag, value in [*main.items(), *inner.items()]:
        if tag not in (_EXIF_IFD, _GPS_IFD):
            name = ExifTags.TAGS.get(tag, f"tag {tag}")
            out[name] = f"({len(value)} bytes)" if tag == _MAKER_NOTE and isinstance(value, bytes) else _words(value)
    if gps:
        out |= {ExifTags.GPSTAGS.get(tag, f"GPS tag {tag}"): _words(value) for tag, value in gps.items()}
        if position := _position(gps):
            out["GPS position"] = position
    return out


def redacted_metadata(picture: Picture) -> dict[str, str]:
    """The part of `private_metadata` that says how the picture was taken, and not where, by whom or with which item.

    Position, serial numbers, names, comments, thumbnails, maker notes and unknown tags are left out.
    """
    return {name: value for name, value in private_metadata(picture).items() if name in _PUBLIC}


def _words(value: Any) -> str:
    if isinstance(value, bytes):
        text = value.removeprefix(b"ASCII\0\0\0").removeprefix(b"UNICODE\0").rstrip(b"\0 ")
        value = text.decode("ascii") if text.isascii() and len(text) <= _LONGEST else f"({len(value)} bytes)"
    elif isinstance(value, tuple):
        value = ", ".join(str(item) for item in value)
    plain = "".join(letter if letter.isprintable() else " " for letter in str(value)).strip()
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST] + "..."


def _position(gps: dict[int, Any]) -> str:
    """Decimal degrees, or empty where the numbers are not a position."""
    try:
        degrees = [
            (-1 if str(gps[reference]).upper() in ("S", "W") else 1)
            * sum(float(part) / 60**power for power, part in enumerate(gps[tag]))
            for reference, tag in ((1, 2), (3, 4))
        ]
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return ""
    return f"{degrees[0]:.6f}, {degrees[1]:.6f}"
