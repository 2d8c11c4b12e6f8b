"""Making sure that a written picture is the photograph wherever it was not edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bonaface.core.errors import BonafaceError
from bonaface.core.images import Mask, Picture
from bonaface.io.decode import decode
from bonaface.io.native import read_native

EXACT = ("png", "tiff")
"""Formats that give back what was put in, and of which it is demanded."""


@dataclass(frozen=True, slots=True)
class Outside:
    """How a written picture differs from the photograph where it was not edited, both decoded.

    Attributes:
        identical: not at all: values, alpha and colour profile.
        pixels: how many pixels lie outside of the edited region.
        different: how many of these differ.
        largest: difference of a value, in levels of the photograph's depth.
        mean: difference of all these values, in the same levels.
    """

    identical: bool
    pixels: int
    different: int
    largest: int
    mean: float

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "identical": self.identical,
            "pixels": self.pixels,
            "different": self.different,
            "largest": self.largest,
            "mean": round(self.mean, 4),
        }


def compare_outside(written: bytes, into: str, data: bytes, kind: str, picture: Picture, changed: Mask) -> Outside:
    """Decode what is to be written, and compare it with the photograph's own decoded values.

    Args:
        written: the encoded result.
        into: its format.
        data: the photograph's file.
        kind: its format.
        picture: what `read_picture` made of it.
        changed: (H, W), True in the edited region.

    Raises:
        BonafaceError: a format of `EXACT` does not give back the photograph's values there.
    """
    before = read_native(data, kind, picture)
    made = decode(written, into, "the result", 1)
    read = Picture(made.pixels, "", "the result", made.icc_profile, made.exif, made.alpha, details=made.details)
    after = read_native(written, into, read)
    if after.pixels.shape != before.pixels.shape or after.pixels.dtype != before.pixels.dtype:
        found, expected = _kind(after.pixels), _kind(before.pixels)
        raise BonafaceError(f"The result was encoded as {found}; expected {expected}. {_FAULT}")
    away = ~changed
    apart = np.abs(after.pixels[away].astype(np.int32) - before.pixels[away].astype(np.int32))
    same_profile = after.icc == before.icc
    same_alpha = (before.alpha is None) == (after.alpha is None) and (
        before.alpha is None or np.array_equal(before.alpha, after.alpha)  # type: ignore[arg-type]
    )
    outside = Outside(
        identical=not apart.any() and same_profile and same_alpha,
        pixels=int(away.sum()),
        different=int(apart.any(axis=1).sum()) if apart.size else 0,
        largest=int(apart.max(initial=0)),
        mean=float(apart.mean()) if apart.size else 0.0,
    )
    if into in EXACT and not outside.identical:
        what = f"{outside.different:,} pixels differ by up to {outside.largest} levels" if outside.different else (
            "its colour profile differs" if not same_profile else "its transparency differs"
        )  # fmt: skip
        raise BonafaceError(f"Outside of the edited region the result is not the photograph: {what}. {_FAULT}")
    return outside


_FAULT = "This is a fault in Bonaface; nothing was written. Please report it with the photograph's format."


def _kind(pixels: Any) -> str:
    return f"{pixels.shape[1]}x{pixels.shape[0]} in {8 * pixels.itemsize} bits"
