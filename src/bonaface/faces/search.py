"""Finding all faces of a photograph, small and tilted ones among them, with as much looking as they are worth.

A look at an enlarged photograph costs as much as its pixels, and a photograph of many faces is worth more of it than a
portrait: see decision 0011. What was not looked for is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, cos, radians, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from bonaface.core.cases import Face
from bonaface.core.images import Bytes8, Points
from bonaface.faces.align import transform
from bonaface.faces.locate import DOUBTED, HOG_FACE, SURE, Box, Found, Locator, first_looks, overlap, without_doubles
from bonaface.faces.pose import head_pose

DEEPEST = 4.0
"""How many times its size a photograph is enlarged at most: faces of 20 px are found, and smaller ones hold nothing."""
BASE, PER_FACE = 1_000_000, 1_500_000
"""Pixels that may be looked at beyond the first looks, in all and for each face found: 0.12 s where restoring one face
takes 2 s."""
WITHOUT_ANY = 48_000_000
"""Pixels of a look while no face is found at all."""
CROWD = 4
"""Sure faces that make it likely that a small one, of which the detector is not sure, is one as well."""
STEP = 1.25
"""How many times as large as the one before a further look is, at least."""
TILT = 20.0
"""Degrees by which a photograph is turned to either side: the HOG detector finds frontal faces that are tilted by up to
35 degrees, and half-turned ones by less."""
TILTED_LEAST = 0.3
"""Score from which on what is found in a turned photograph counts: below, patches of cloth were found."""
TILTED_LOOK = 1600
"""Longest side in pixels at which it is searched turned, unless many faces are worth more."""
MOST_TILTED = 2.0
"""How many times its size a photograph is enlarged at most before it is turned."""
TILE = 32_000_000
"""Pixels that the detector is given at a time: it needs 8 bytes for each."""
_INSIDE = 0.6


@dataclass(frozen=True, slots=True)
class Search:
    """What a search for all faces found.

    Attributes:
        faces: largest first.
        smallest: side in pixels of the smallest face that was looked for: of its box, from the brows to the chin. 0:
            nobody looked, as the place of the face was given.
    """

    faces: list[Face]
    smallest: float = 0.0

    @property
    def bounded(self) -> bool:
        """Whether smaller faces could have been looked for, and were not, as that would have taken too long."""
        return self.smallest > 1.01 * HOG_FACE / DEEPEST


def every_face(locator: Locator, pixels: Bytes8) -> Search:
    """All faces of a photograph.

    First as `Locator.faces` looks, but at each size. Then turned by 20 degrees to either side, and further enlarged,
    as far as the faces that were found make it worth the time. Faces that are found in this way are added to the first
    ones, and change none of them. Where no face is found, with the network detector.

    Args:
        locator: the detectors.
        pixels: (H, W, 3) uint8 RGB.
    """
    height, width = pixels.shape[:2]
    area, longest = height * width, max(height, width)
    looks = first_looks(longest)
    found: list[Found] = []
    for before, scale in pairwise([0.0, *looks]):
        found = without_doubles(found + list(_tiled(locator, pixels, scale, before)))
    spent = 0.0  # beyond the looks that each photograph gets
    tilted = min(1.0, TILTED_LOOK / longest)
    places: dict[Box, Points] = {}
    found = _with(found, _tilted(locator, pixels, tilted, places))
    deepest = looks[-1]
    while (further := _worth(found, spent, area, DEEPEST)) >= STEP * deepest:
        found = _with(found, list(_tiled(locator, pixels, further, deepest)))
        spent += area * further**2
        deepest = further
    turned = area * _turned_area(height, width)
    most = min(MOST_TILTED, sqrt(2 * TILE / turned))
    if found and (further := _worth(found, spent, turned, most)) >= STEP * tilted:
        found = _with(found, _tilted(locator, pixels, further, places))
    faces = locator.placed(pixels, found) if found else locator.by_network(pixels)
    # Landmarks of strongly tilted faces are read where these are upright.
    faces = [face if (points := places.get(face.box)) is None else _moved(face, points) for face in faces]
    return Search(faces, HOG_FACE / deepest)


def _moved(face: Face, landmarks: Points) -> Face:
    return replace(face, landmarks=landmarks, pose=head_pose(landmarks))


def _worth(found: list[Found], spent: float, area: float, most: float) -> float:
    """How many times its size a photograph can be looked at for what is left of its budget."""
    left = BASE + PER_FACE * len(found) - spent if found else WITHOUT_ANY
    return min(most, sqrt(max(0.0, left) / area))


def _with(found: list[Found], more: list[Found]) -> list[Found]:
    """Further boxes added, without those that show a face again, or a part of one; who is seen again is surer.

    Doubtful ones are added to a crowd only: in 135 portraits there was one, and it was none.
    """
    out = list(found)
    for box, score in sorted(more, key=lambda item: -item[1]):
        again = [number for number, (other, _) in enumerate(out) if overlap(box, other) >= 0.3]
        for number in again:
            out[number] = (out[number][0], max(out[number][1], score))
        if not again and all(_inside(box, other) < _INSIDE for other, _ in out):
            out.append((box, score))
    crowd = sum(score >= SURE for _, score in out) >= CROWD
    return out if crowd else [*out[: len(found)], *(each for each in out[len(found) :] if each[1] >= DOUBTED)]


def _inside(a: Box, b: Box) -> float:
    """What two boxes share, of the smaller one."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return max(0.0, width) * max(0.0, height) / smaller


def _tiled(locator: Locator, pixels: Bytes8, scale: float, before: float) -> Iterator[Found]:
    """A look at one size, tile by tile where the photograph is large, which bounds the memory.

    Args:
        locator: the detectors.
        pixels: (H, W, 3).
        scale: how many times its size.
        before: of the last look: larger faces than that finds may be cut by the border of a tile. 0: there was none.
    """
    height, width = pixels.shape[:2]
    if height * width * scale**2 <= TILE or before == 0:
        yield from locator.hog_boxes(pixels, scale)
        return
    common = ceil(STEP * HOG_FACE / before)  # of neighbours: wider than any face that is new at this size
    most = max(2 * common, int(sqrt(TILE) / scale))
    for top, bottom in _parts(height, most, common):
        for left, right in _parts(width, most, common):
            tile = np.ascontiguousarray(pixels[top:bottom, left:right])
            for box, score in locator.hog_boxes(tile, scale):
                yield (box[0] + left, box[1] + top, box[2] + left, box[3] + top), score


def _parts(length: int, most: int, common: int) -> list[tuple[int, int]]:
    """Beginnings and ends of equal parts of at most `most` pixels that share `common` with their neighbours.

    >>> _parts(100, 60, 10)
    [(0, 55), (45, 100)]
    """
    count = max(1, ceil((length - common) / (most - common)))
    side = (length + (count - 1) * common) / count
    starts = [round(number * (side - common)) for number in range(count)]
    return [(start, min(length, start + ceil(side))) for start in starts]


def _turned_area(height: int, width: int) -> float:
    """Pixels of both turned pictures, of those of the upright one."""
    c, s = cos(radians(TILT)), sin(radians(TILT))
    return 2 * (height * c + width * s) * (width * c + height * s) / (height * width)


def _tilted(locator: Locator, pixels: Bytes8, scale: float, places: dict[Box, Points]) -> list[Found]:
    """A look at the photograph turned to either side; boxes are upright again, around the same centres.

    Their landmarks go into `places`.
    """
    import cv2

    grey: NDArray[np.uint8] = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    height, width = grey.shape
    c, s = cos(radians(TILT)), sin(radians(TILT))
    size = (ceil(scale * (width * c + height * s)), ceil(scale * (height * c + width * s)))
    out: list[Found] = []
    for degrees in (-TILT, TILT):
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, scale)
        matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
        turned = np.asarray(cv2.warpAffine(grey, matrix, size, flags=cv2.INTER_LINEAR), np.uint8)
        back = np.asarray(cv2.invertAffineTransform(matrix), np.float64)
        for box, score in locator.hog(turned):
            x, y = back @ ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 1)
            half = (box[2] - box[0]) / 2 / scale
            if score >= TILTED_LEAST:
                upright = (float(x - half), float(y - half), float(x + half), float(y + half))
                places[upright] = transform(locator.landmarks(turned, box).landmarks, back)
                out.append((upright, score))
    return out
