"""What is done to a face before it is restored: covered in one of several ways, and reduced to 16 px."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from zlib import crc32

import numpy as np

from bonaface.bench.subjects import SIDE, Subject
from bonaface.core.cases import Face
from bonaface.core.errors import UnknownName
from bonaface.core.images import Image, Mask, to_bytes, to_image
from bonaface.degrade import RECIPES
from bonaface.degrade.chain import Chain
from bonaface.degrade.resize import ResizeTo

SMALL = 16
"""Pixels of a thumbnail."""
SQUARE, IRREGULAR, NOTHING = "square", "irregular", "none"
SERIES = tuple(f"square-{size}" for size in (16, 24, 32, 48, 64))
"""The sizes of S2's Fig. 7."""
PARTS = ("mouth", "eyes", "left-half", "right-half")
"""S2's four types of occlusion for recognition, of which it names two."""
_REDUCED = ResizeTo(SMALL, SMALL, "bilinear")
MASKS: Mapping[str, Chain] = MappingProxyType(
    {
        NOTHING: Chain((_REDUCED,)),
        **{name: Chain((RECIPES[f"prouigan-{name}"].degradation,)) for name in (SQUARE, IRREGULAR, *SERIES)},
        **{part: Chain((RECIPES[f"occluded-{part}"].degradation, _REDUCED)) for part in PARTS},
    }
)
"""By name: how a face of 128 px is covered and reduced."""
CONVENTION = (
    "truth of 128 px covered with black, reduced to 16 px by an antialiased bilinear filter (Pillow's), rounded to 8 "
    "bits; the random place and shape of a mask are seeded by the picture's name, so that every restorer meets the same"
)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """What a restorer is given.

    Attributes:
        image: (16, 16, 3), whole 8-bit levels.
        occlusion: (128, 128), True where covered; None: nothing is.
    """

    image: Image
    occlusion: Mask | None


def thumbnail(subject: Subject, mask: str) -> Thumbnail:
    """A subject's thumbnail, the same one at every call.

    Raises:
        UnknownName: no such mask.
        FaceNotFound: the part of the face to cover lies outside the picture.
    """
    if mask not in MASKS:
        raise UnknownName(f"There is no mask called {mask!r}. Known: {', '.join(MASKS)}.")
    rng = np.random.default_rng(crc32(subject.name.encode()))
    face = Face(box=(0.0, 0.0, SIDE - 1.0, SIDE - 1.0), landmarks=subject.landmarks)
    done = MASKS[mask](subject.truth, rng, face)
    return Thumbnail(to_image(to_bytes(done.image), min_side=SMALL), done.occlusion)
