"""`parse`, `read_attributes` and `read_expression`: what trained readers see in one face of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bonaface.api import wiring
from bonaface.api.faces import find_faces
from bonaface.api.sources import PictureSource, open_picture
from bonaface.core.errors import FaceNotFound
from bonaface.core.images import Image, Picture, Points

if TYPE_CHECKING:
    from bonaface.faces.crops import Crop
    from bonaface.faces.parse import Labels


class Framed(StrEnum):
    """How the crop that a network looked at was come by."""

    DECLARED = "declared"
    """The user said that the picture is the crop."""
    AS_GIVEN = "as given"
    """A face was found, and the picture is framed around it as the network's training pictures are."""
    CUT_OUT = "cut out"
    """A face was found, and the crop was cut out around it."""
    ASSUMED = "assumed"
    """No detector found a face, but the parser sees one if the whole picture is taken for the crop."""


@dataclass(frozen=True, slots=True)
class ParsedFace:
    """The parts of a face.

    Attributes:
        labels: (H, W) uint8 on the picture's own grid, indices into `bonaface.faces.parse.CLASSES`; 0, background,
            wherever the crop does not reach.
        framed: how the crop was come by.
        faces: how many faces were found; the largest was parsed.
    """

    labels: Labels
    framed: Framed
    faces: int


@dataclass(frozen=True, slots=True)
class FaceReading:
    """What a reader sees in a picture of a face. It says nothing of the person.

    Attributes:
        probabilities: by name, in the reader's order.
        framed: how the crop was come by.
        faces: how many faces were found; the largest was read.
    """

    probabilities: Mapping[str, float]
    framed: Framed
    faces: int

    @property
    def best(self) -> str:
        """The most probable one."""
        return max(self.probabilities, key=lambda name: self.probabilities[name])


def parse(picture: PictureSource, *, aligned: bool = False) -> ParsedFace:
    """Say for each pixel which part of the face it shows.

    A picture that is framed around its face as CelebA-HQ's and FFHQ's crops are is parsed as it is; of any other, the
    crop around the largest face.

    Args:
        picture: a path or an array of pixels.
        aligned: the picture is such a crop; no face is looked for.

    Raises:
        FaceNotFound: no detector finds a face, and the parser sees none either.
        PictureError: a file that cannot be used.
        WeightsMissing: the parser's weights are not here.
    """
    from bonaface.faces.crops import ALIKE_TO_PARSE, CELEBA_HQ, squared

    given = open_picture(picture, "picture")
    image, parser = given.image(), wiring.parser()
    framed, points, found = _framed(given, image, CELEBA_HQ, ALIKE_TO_PARSE, aligned)
    if points is not None:
        return ParsedFace(parser.parse_face(image, points), framed, found)
    height, width = image.shape[:2]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    labels = parser.parse_at(squared(image), (side, side))[top : top + height, left : left + width]
    return ParsedFace(np.ascontiguousarray(labels), framed, found)


def read_attributes(picture: PictureSource, *, aligned: bool = False) -> FaceReading:
    """Which of CelebA's 40 attributes the picture shows: probabilities, 0.5 being the balanced threshold.

    A picture that is framed around its face as the project's CelebA faces are is read as it is; of any other, the crop
    around the largest face.

    Args:
        picture: a path or an array of pixels.
        aligned: the picture is such a crop; no face is looked for.

    Raises:
        FaceNotFound: no detector finds a face, and the parser sees none either.
        PictureError: a file that cannot be used.
        WeightsMissing: the reader's weights are not here.
    """
    from bonaface.measure.attributes import NAMES

    crop, framed, found = _reader_crop(picture, aligned)
    return FaceReading(_named(NAMES, wiring.attribute_reader()([crop])[0]), framed, found)


def read_expression(picture: PictureSource, *, aligned: bool = False) -> FaceReading:
    """Which of eight expressions the picture shows: probabilities that sum to 1; otherwise as `read_attributes`."""
    from bonaface.measure.expression import NAMES

    crop, framed, found = _reader_crop(picture, aligned)
    return FaceReading(_named(NAMES, wiring.expression_reader()([crop])[0]), framed, found)


def _named(names: tuple[str, ...], values: NDArray[np.float64]) -> Mapping[str, float]:
    return MappingProxyType({name: float(value) for name, value in zip(names, values, strict=True)})


def _reader_crop(picture: PictureSource, aligned: bool) -> tuple[Image, Framed, int]:
    from bonaface.faces.crops import ALIKE, CELEBA, squared
    from bonaface.measure.reading import crop_of

    given = open_picture(picture, "picture")
    image = given.image()
    framed, points, found = _framed(given, image, CELEBA, ALIKE, aligned)
    crop = squared(image) if points is None else crop_of(image, points)
    return crop, framed, found


def _framed(
    picture: Picture, image: Image, crop: Crop, alike: float, aligned: bool
) -> tuple[Framed, Points | None, int]:
    """How the crop is come by, the landmarks to cut it out by (None: the picture is the crop), and the faces found."""
    from bonaface.faces.crops import is_crop, resized, squared
    from bonaface.faces.parse import SIDE, shows_face

    if aligned:
        return Framed.DECLARED, None, 0
    faces = find_faces(picture, required=False)
    size = (image.shape[0], image.shape[1])
    if faces and is_crop(faces[0].landmarks, size, crop, alike):
        return Framed.AS_GIVEN, None, len(faces)
    if faces:
        return Framed.CUT_OUT, faces[0].landmarks, len(faces)
    if shows_face(wiring.parser().logits(resized(squared(image), SIDE))):
        return Framed.ASSUMED, None, 0
    raise FaceNotFound(
        f"No face was found in {picture.name} ({size[1]}x{size[0]}), by either detector, and the parser sees none if "
        "the whole picture is taken for a crop. Give the photograph in its original size and upright, or, if it is a "
        "crop of one face, say so (--aligned)."
    )
