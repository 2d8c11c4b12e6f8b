"""Reading pictures from files, and writing them."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

from bonaface.core.errors import PictureError
from bonaface.core.images import MIN_SIDE, Picture
from bonaface.io.decode import decode
from bonaface.io.folders import list_pictures, pair_by_name
from bonaface.io.formats import EXTENSIONS, recognise
from bonaface.io.writing import data_uri, encode_jpeg, encode_png, write_picture

__all__ = [
    "MAX_BYTES",
    "data_uri",
    "encode_jpeg",
    "encode_png",
    "list_pictures",
    "pair_by_name",
    "read_picture",
    "write_picture",
]

MAX_BYTES = 1 << 30
"""The largest file that is read: 1 GiB."""


def read_picture(path: Path | str, min_side: int = MIN_SIDE) -> Picture:
    """A picture file -> upright RGB pixels in sRGB, with notes on everything that was done to get there.

    PNG, JPEG, TIFF, BMP, GIF, WebP, AVIF, HEIC (with the extra `heic`), JPEG 2000 and PNM are read; 16 bits of PNG and
    TIFF stay 16. What is transparent is put on mid grey. Of several frames or pages, the first is taken. Everything
    is checked before it is decoded.

    Args:
        path: of the file.
        min_side: the shortest side that is allowed, in pixels.

    Returns:
        Its `details` are format, mode, size, bit_depth, bytes, exif, gps, xmp and icc (the last four "yes" or "no").

    Raises:
        PictureError: no such file, not a picture, cut off, damaged, below `min_side` pixels a side, above 100 million
            pixels or 1 GiB; the text says what was found and what to do.
    """
    path = Path(path)
    data = _read(path)
    kind = recognise(path, data)
    decoded = decode(data, kind, str(path), min_side)
    notes = decoded.notes
    named = EXTENSIONS.get(path.suffix.lower())
    if named != kind:
        ending = f"its name ends in {path.suffix!r}" if path.suffix else "its name has no ending"
        notes = (f"{ending}, but the file is {decoded.details['format']}", *notes)
    return Picture(
        pixels=decoded.pixels,
        sha256=hashlib.sha256(data).hexdigest(),
        name=path.name,
        icc_profile=decoded.icc_profile,
        exif=decoded.exif,
        alpha=decoded.alpha,
        notes=notes,
        details=decoded.details,
    )


def _read(path: Path) -> bytes:
    """The bytes of a regular file; anything else, such as a pipe that would never end, is refused unopened."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise PictureError(f"{path} is a folder; expected a picture. Name one of the pictures in it.")
        if not stat.S_ISREG(status.st_mode):
            raise PictureError(f"{path} is a pipe, device or socket; expected a picture file. Save it as a file first.")
        if status.st_size > MAX_BYTES:
            raise PictureError(
                f"{path} has {status.st_size:,} bytes; expected a picture of at most {MAX_BYTES:,} (1 GiB). "
                "Check that it is the right file, or cut out the part with the face."
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        found = "is a link to a file that is not there" if path.is_symlink() else "does not exist"
        raise PictureError(f"{path} {found}; expected a picture. Check the path.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = getattr(error, "strerror", None) or str(error)
        raise PictureError(f"{path} cannot be read ({why}); expected a picture. Check the path and the rights.") from (
            error
        )
    if not data:
        raise PictureError(f"{path} is empty (0 bytes); expected a picture. Copy or download it again.")
    return data
