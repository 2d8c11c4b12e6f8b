"""Recognising what a file is from its first bytes, and saying so where it is no picture that Bonaface reads."""

from __future__ import annotations

import struct
from pathlib import Path

from bonaface.core.errors import PictureError

EXTENSIONS: dict[str, str] = {
    ".png": "png",
    ".apng": "png",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".jpe": "jpeg",
    ".jfif": "jpeg",
    ".mpo": "jpeg",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".bmp": "bmp",
    ".dib": "bmp",
    ".gif": "gif",
    ".webp": "webp",
    ".avif": "avif",
    ".heic": "heif",
    ".heif": "heif",
    ".hif": "heif",
    ".jp2": "jp2",
    ".j2k": "jp2",
    ".ppm": "pnm",
    ".pgm": "pnm",
    ".pbm": "pnm",
    ".pnm": "pnm",
}
"""The endings of the pictures that Bonaface reads, and which kind each one names."""

READABLE = "PNG, JPEG, TIFF, BMP, GIF, WebP, AVIF, HEIC, JPEG 2000 or PNM"

_RAW = (
    ".3fr .arw .cap .cr2 .cr3 .crw .dcr .dng .erf .fff .iiq .kdc .mef .mos .mrw .nef .nrw .orf .pef .raf .raw "
    ".rw2 .rwl .sr2 .srf .srw .x3f"
)
_VIDEO = ".3gp .asf .avi .flv .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .mxf .ogv .vob .webm .wmv"
_RAW_ENDINGS, _VIDEO_ENDINGS = frozenset(_RAW.split()), frozenset(_VIDEO.split())

_PICTURE_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"BM", "bmp"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jp2"),
    (b"\xff\x4f\xff\x51", "jp2"),
    *((b"P%d" % number, "pnm") for number in (1, 2, 3, 4, 5, 6)),
)
_BRANDS = {b"avif": "avif", b"avis": "avif"} | dict.fromkeys(
    (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1", b"mif2"), "heif"
)

_VIDEO_WHAT = "a video; expected a picture. Save the frame that shows the face as a PNG, and give that"
_RAW_WHAT = (
    "a camera raw file; expected a developed picture. Develop it with a raw converter, save it as a 16-bit TIFF or "
    "PNG, and give that (the preview inside a raw file is not the photograph)"
)
_VECTOR_WHAT = "; expected a picture made of pixels. Export the photograph in it as a PNG, and give that"
_OTHER = f"; expected {READABLE}. Save the picture as a PNG, and give that"
_OTHER_MAGIC = (
    (b"%PDF", "a PDF document" + _VECTOR_WHAT),
    (b"%!PS", "a PostScript document" + _VECTOR_WHAT),
    (b"\xc5\xd0\xd3\xc6", "a PostScript document" + _VECTOR_WHAT),
    (b"8BPS", "a Photoshop document" + _OTHER),
    (b"gimp xcf", "a GIMP document" + _OTHER),
    (b"\xff\x0a", "a JPEG XL picture" + _OTHER),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture" + _OTHER),
    (b"v/1\x01", "an OpenEXR picture" + _OTHER),
    (b"#?RADIANCE", "a Radiance HDR picture" + _OTHER),
    (b"\x93NUMPY", "a NumPy array" + _OTHER),
    (b"PK\x03\x04", "a ZIP archive or an office document; expected a picture. Take the picture out of it first"),
    (b"\x1f\x8b", "a gzip archive; expected a picture. Unpack it first"),
    (b"version https://git-lfs", "a Git LFS pointer; expected the picture itself. Fetch it with `git lfs pull`"),
    (b"\x1aE\xdf\xa3", _VIDEO_WHAT),
    (b"\0\0\x01\xba", _VIDEO_WHAT),
    (b"\0\0\x01\xb3", _VIDEO_WHAT),
    (b"FLV\x01", _VIDEO_WHAT),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _VIDEO_WHAT),
    (b"OggS", "an Ogg sound or video file; expected a picture. Save the frame that shows the face as a PNG"),
    (b"IIRO", _RAW_WHAT),
    (b"IIRS", _RAW_WHAT),
    (b"MMOR", _RAW_WHAT),
    (b"IIU\0", _RAW_WHAT),
    (b"FUJIFILMCCD-RAW", _RAW_WHAT),
    (b"FOVb", _RAW_WHAT),
    (b"\0MRM", _RAW_WHAT),
)


def recognise(path: Path, data: bytes) -> str:
    """Which kind of picture `data` is: a value of `EXTENSIONS`.

    The content decides. The ending of the name is believed only for raw and video files, many of which have no
    signature of their own; most raw files are TIFFs, whose first picture is a small preview.

    Args:
        path: for its ending and for messages.
        data: the whole file.

    Raises:
        PictureError: the file is something else; the text says what.
    """
    kind, other = _by_content(data)
    ending = path.suffix.lower()
    if kind == "tiff" and not other:
        other = _refused_tiff(data)
    if not other and kind in ("", "tiff") and ending in _RAW_ENDINGS:
        other = _RAW_WHAT
    if not other and not kind and ending in _VIDEO_ENDINGS:
        other = _VIDEO_WHAT
    if other:
        raise PictureError(f"{path} is {other}.")
    if not kind:
        raise PictureError(
            f"{path} is not a picture: it starts with the bytes {data[:8].hex(' ')}; expected {READABLE}. "
            "Check that it is the right file and that it was copied whole."
        )
    return kind


def _by_content(data: bytes) -> tuple[str, str]:
    """The kind of picture, or what else it is; both empty where unknown."""
    if data[4:8] == b"ftyp":
        if data[8:12] == b"crx ":
            return "", _RAW_WHAT
        kind = _BRANDS.get(data[8:12], "")
        if kind == "heif" and b"avif" in data[16 : int.from_bytes(data[:4], "big")]:
            kind = "avif"
        return (kind, "") if kind else ("", _VIDEO_WHAT)
    if data[4:8] in (b"moov", b"mdat", b"wide", b"free") and data[:3] in (b"\0\0\0", b"\0\0\x01"):
        return "", _VIDEO_WHAT
    if data[:4] == b"RIFF":
        if data[8:12] == b"WEBP":
            return "webp", ""
        return "", _VIDEO_WHAT if data[8:12] == b"AVI " else "a RIFF file that is no WebP picture" + _OTHER
    if data[6:14] == b"HEAPCCDR":
        return "", _RAW_WHAT
    for magic, what in _OTHER_MAGIC:
        if data.startswith(magic):
            return "", what
    for magic, kind in _PICTURE_MAGIC:
        if data.startswith(magic) and (kind != "pnm" or data[2:3].isspace()):
            return kind, ""
    text = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"<svg") or (text.startswith((b"<?xml", b"<!doctype svg")) and b"<svg" in text):
        return "", "an SVG drawing" + _VECTOR_WHAT
    if text.startswith((b"<!doctype html", b"<html")):
        return (
            "",
            "a web page; expected a picture. The download went to a page about the picture: fetch the file itself",
        )
    return "", ""


_MAKES_DNG, _COLOUR_FILTER, _LINEAR_RAW = 50706, 32803, 34892
_SUBFILE, _BITS, _PHOTOMETRIC, _SUB_IFDS, _SAMPLE_FORMAT = 254, 258, 262, 330, 339


def _refused_tiff(data: bytes) -> str:
    """What a TIFF holds that cannot be read as a picture, or empty."""
    tags = tiff_tags(data)
    is_preview = tags.get(_SUBFILE, 0) & 1 and _SUB_IFDS in tags
    if (
        data[8:10] == b"CR"
        or _MAKES_DNG in tags
        or tags.get(_PHOTOMETRIC) in (_COLOUR_FILTER, _LINEAR_RAW)
        or is_preview
    ):
        return _RAW_WHAT
    sample, bits = tags.get(_SAMPLE_FORMAT, 1), tags.get(_BITS, 1)
    if sample == 3:
        return (
            f"a TIFF of {bits}-bit floating point numbers, which do not say what black and white are; expected whole "
            "numbers of 8 or 16 bits. Scale it to 0 to 65535 and save it as a 16-bit TIFF"
        )
    if sample != 1 or bits not in (1, 2, 4, 8, 16):
        sign = "signed " if sample == 2 else ""
        return f"a TIFF of {sign}{bits}-bit numbers; expected 8 or 16 bits, unsigned. Save it as a 16-bit TIFF or a PNG"
    return ""


def tiff_tags(data: bytes) -> dict[int, int]:
    """The first value of every whole-number tag of a TIFF's first directory, up to where it is damaged."""
    order = "<" if data[:2] == b"II" else ">"
    tags: dict[int, int] = {}
    try:
        big = struct.unpack_from(order + "H", data, 2) == (43,)
        count_code, entry_code, room = ("Q", "HHQQ", 8) if big else ("H", "HHII", 4)
        (start,) = struct.unpack_from(order + entry_code[-1], data, 8 if big else 4)
        (count,) = struct.unpack_from(order + count_code, data, start)
        first = start + struct.calcsize("=" + count_code)
        step = struct.calcsize("=" + entry_code)
        for entry in range(first, min(first + step * count, len(data)), step):
            tag, kind, number, value = struct.unpack_from(order + entry_code, data, entry)
            if kind in _WHOLE:
                inside = number * struct.calcsize("=" + _WHOLE[kind]) <= room
                where = entry + step - room if inside else value
                (value,) = struct.unpack_from(order + _WHOLE[kind], data, where)
            tags[tag] = value
    except struct.error:
        pass  # a damaged directory: the decoder will say so
    return tags


_WHOLE = {3: "H", 4: "I", 16: "Q", 18: "Q"}
"""SHORT, LONG, LONG8 and IFD8; of other types only the presence counts."""
