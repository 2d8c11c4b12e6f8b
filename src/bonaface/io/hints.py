"""Files in which a person says what no detector sees: what is covered, and where the features of a face are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from bonaface.core.errors import InputError, PictureError
from bonaface.core.images import MIN_THUMBNAIL, Mask, Picture, Points, to_bytes
from bonaface.io.pictures import read_picture

UNCLEAR = 0.05
"""Share of pixels that may be neither black nor white, as soft edges are; of a photograph, nearly all are."""
_LARGEST = 1 << 20
"""Bytes of a file of landmarks, at most."""


def read_mask(path: Path | str) -> Mask:
    """A black-and-white picture -> (H, W), True where it is white (128 and above).

    Raises:
        PictureError: it cannot be read, is in colour, or has much that is neither black nor white.
    """
    return to_mask(read_picture(path, MIN_THUMBNAIL), str(path))


def to_mask(picture: Picture, name: str, white: str = "where the face is covered") -> Mask:
    """As `read_mask`, of a picture already read; `name`, and what `white` stands for, are for messages."""
    pixels = to_bytes(picture.image())
    grey = pixels[..., 0]
    unclear = float(((grey > 0) & (grey < 255)).mean())
    if (pixels != grey[..., None]).any() or unclear > UNCLEAR:
        found = "colours" if (pixels != grey[..., None]).any() else f"{unclear:.0%} of pixels neither black nor white"
        raise PictureError(
            f"{name} has {found}; expected a mask: 255 (white) {white}, 0 (black) elsewhere. Save it as a "
            "black-and-white PNG, without transparency."
        )
    return np.ascontiguousarray(grey >= 128)


def read_landmarks(path: Path | str) -> Points:
    """68 landmarks from a file: JSON (68 pairs of numbers), or 68 lines "x,y"; lines that start with # are left out.

    Returns:
        (68, 2) in pixels, in the order of 300-W (dlib's): jaw, brows, nose, eyes, mouth.

    Raises:
        InputError: it cannot be read, or holds something else.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path} is too large for 68 landmarks; expected a small text file. Check the path.")
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); expected a file of 68 landmarks.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no text; expected 68 lines of the form x,y, or JSON.") from error
    return to_landmarks(_parsed(text, path), str(path))


def to_landmarks(values: Any, name: str = "The landmarks") -> Points:
    """Whatever holds 68 pairs of numbers -> (68, 2).

    Raises:
        InputError: it does not; `name` is for the message.
    """
    try:
        points = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        points = np.zeros(0)
    if points.shape != (68, 2) or not np.isfinite(points).all():
        found = f"an array of shape {points.shape}" if points.size else "something else than pairs of numbers"
        raise InputError(f"{name}: {found}; expected 68 pairs x, y of finite numbers, in pixels, in 300-W's order.")
    return points


def _parsed(text: str, path: Path) -> Any:
    if text.lstrip().startswith(("[", "{")):
        try:
            held = json.loads(text)
        except ValueError as error:
            raise InputError(
                f"{path} starts like JSON but is none ({error}). Write [[x, y], ...] with 68 pairs."
            ) from error
        return held.get("landmarks") if isinstance(held, dict) else held
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    rows = [line.replace(";", " ").replace(",", " ").split() for line in lines]
    if len(rows) != 68 or any(len(row) != 2 for row in rows):
        raise InputError(f"{path} has {len(rows)} lines; expected 68, each of the form x,y in pixels. Check the file.")
    return rows
