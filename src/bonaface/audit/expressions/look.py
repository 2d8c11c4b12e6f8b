"""One of the three pictures as the comparisons see it, and how far harmless changes to it move what is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from bonaface.audit.variants import VARIANTS, png_round_trip
from bonaface.audit.view import Reading, Tools
from bonaface.core.cases import Face
from bonaface.core.images import Bytes8, Image, Points, Similarity, to_bytes
from bonaface.faces import parse
from bonaface.faces.align import rescaling, transform
from bonaface.faces.crops import CELEBA_HQ, cut, to_crop
from bonaface.faces.pose import head_pose
from bonaface.faces.steady import steady_landmarks
from bonaface.measure.identity import Embedding
from bonaface.measure.teeth import Mouth, mouth_of

LONGEST = 1600
"""Pixels of the longest side that is looked at; a larger picture is reduced to it by area averaging."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the floors need of a picture's harmless variants, beside their landmarks."""

    embedding: bool = False
    reading: bool = False
    mouth: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """What is seen in a harmless variant of a picture; None: not wanted."""

    name: str
    landmarks: Points
    embedding: Embedding | None = None
    reading: Reading | None = None
    mouth: Mouth | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen in one picture.

    Attributes:
        image: (H, W, 3), reduced where it was very large.
        pixels: the same as uint8.
        scale: pixels of `image` for one pixel of the picture as it was given.
        face: its face, with landmarks that hardly depend on the detector's box; None where none was found.
        embedding: of the face.
        reading: what the readers see.
        mouth: what the parser sees of the mouth.
        variants: what is seen in harmless variants; empty where no floors are computed.
    """

    image: Image
    pixels: Bytes8
    scale: float
    face: Face | None = None
    embedding: Embedding | None = None
    reading: Reading | None = None
    mouth: Mouth | None = None
    variants: tuple[Variant, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of `image`."""
        return self.image.shape[0], self.image.shape[1]


def fitted(image: Image) -> tuple[Image, Similarity]:
    """A picture of at most `LONGEST` pixels a side, and the transform onto it."""
    import cv2

    height, width = image.shape[:2]
    share = LONGEST / max(height, width)
    if share >= 1:
        return image, np.eye(2, 3)
    size = max(1, round(height * share)), max(1, round(width * share))
    small = cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32), rescaling((height, width), size)


def moved(face: Face, matrix: Similarity) -> Face:
    """A face on another grid."""
    x0, y0, x1, y1 = face.box
    corners = transform(np.array([(x0, y0), (x1, y0), (x0, y1), (x1, y1)]), matrix)
    (a, b), (c, d) = corners.min(axis=0), corners.max(axis=0)
    return replace(face, box=(float(a), float(b), float(c), float(d)), landmarks=transform(face.landmarks, matrix))


def look(image: Image, face: Face | None, tools: Tools, wanted: Wanted | None = None, scale: float = 1.0) -> Look:
    """Look at a picture and, with `wanted`, at its harmless variants.

    Args:
        image: (H, W, 3), from `fitted`.
        face: of it, or None where none was found.
        tools: loaded models.
        wanted: what is needed of the variants; None: no floors are computed.
        scale: see `Look`.
    """
    pixels = to_bytes(image)
    if face is None:
        return Look(image, pixels, scale)
    # Looked for again at its place, as in the variants: equal pictures have equal landmarks.
    face = _placed(pixels, face, tools)
    [reading] = tools.read([image], face.landmarks)
    variants = () if wanted is None else tuple(_variants(image, pixels, face, tools, wanted))
    embedding, mouth = tools.embed(pixels, face.landmarks), _mouth(image, face.landmarks, tools)
    return Look(image, pixels, scale, face, embedding, reading, mouth, variants)


def variant_images(image: Image) -> dict[str, Callable[[], Image]]:
    """The harmless variants that differ from a picture; each is made when it is called for.

    An 8-bit picture comes back from its PNG unchanged, and has no noise to show there.
    """
    same = np.array_equal(png_round_trip(image), image)
    return {name: partial(make, image) for name, make in VARIANTS.items() if make is not png_round_trip or not same}


def _variants(image: Image, pixels: Bytes8, face: Face, tools: Tools, wanted: Wanted) -> list[Variant]:
    out = []
    for name, make in variant_images(image).items():
        changed = make()
        held = to_bytes(changed)
        landmarks = _placed(held, face, tools).landmarks
        out.append(
            Variant(
                name,
                landmarks,
                tools.embed(held, landmarks) if wanted.embedding else None,
                tools.read([changed], landmarks)[0] if wanted.reading else None,
                _mouth(changed, landmarks, tools) if wanted.mouth else None,
            )
        )
    return out


def _placed(pixels: Bytes8, face: Face, tools: Tools) -> Face:
    found = tools.locator.same_face(pixels, face) or face
    landmarks = steady_landmarks(tools.locator, pixels, found.box)
    return replace(found, landmarks=landmarks, pose=head_pose(landmarks))


def _mouth(image: Image, landmarks: Points, tools: Tools) -> Mouth:
    crop = cut(image, to_crop(landmarks, parse.SIDE, CELEBA_HQ), parse.SIDE)
    return mouth_of(crop, tools.parser.parse(crop))
