"""One picture as the comparisons see it: everything about it that does not depend on another picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.audit.scene import Scene
from bonaface.core.cases import Face
from bonaface.core.images import Bytes8, Image, Points, luminance, to_bytes
from bonaface.core.results import Score
from bonaface.faces.locate import Locator
from bonaface.faces.parse import Parser
from bonaface.measure import colour, keypoints, texture
from bonaface.measure.asymmetry import asymmetry
from bonaface.measure.attributes import AttributeReader
from bonaface.measure.expression import ExpressionReader
from bonaface.measure.identity import Embedder, Embedding
from bonaface.measure.reading import crop_of


@dataclass(frozen=True, slots=True)
class Tools:
    """The models that looking at a face needs, loaded once for a process."""

    locator: Locator
    embedder: Embedder
    parser: Parser
    attributes: AttributeReader
    expression: ExpressionReader
    turn: Any = field(default_factory=Lock)

    def embed(self, pixels: Bytes8, landmarks: Points) -> Embedding:
        """The embedding of a face; threads take turns, for dlib gives up Python's lock while its network works."""
        with self.turn:
            return self.embedder(pixels, landmarks)

    def read(self, images: Sequence[Image], landmarks: Points) -> list[Reading]:
        """What the readers see of one face in pictures (H, W, 3) of one grid, each network called once for all."""
        crops = [crop_of(image, landmarks) for image in images]
        attributes, expressions = self.attributes(crops), self.expression(crops)
        return [Reading(*pair) for pair in zip(attributes, expressions, strict=True)]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Where the work that needs no model is done, beside the thread that keeps the models busy.

    Attributes:
        keypoints: one worker. SIFT fills and frees so much memory that two at once take longer than one after the other
            (see decision 0005).
        other: everything else.
    """

    keypoints: Executor
    other: Executor


@dataclass(frozen=True, slots=True)
class Reading:
    """What the readers see in the crop around the truth's face.

    Attributes:
        attributes: (40,) probabilities.
        expression: (8,) probabilities.
    """

    attributes: NDArray[np.float64]
    expression: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Planes:
    """A picture's bands of detail, the L*a*b* colours of each of the scene's zones, and its colour histogram."""

    pyramid: texture.Pyramid
    labs: tuple[Image | None, ...]
    histogram: Any


@dataclass(frozen=True, slots=True)
class View:
    """Everything about one picture that does not depend on another. `face` is None where no face was found.

    What the lanes work out is waited for when it is first asked for; jobs of a lane may ask too, since whatever they
    wait for was put into a queue before them. `faceless` says why there is no face, where it is not for
    want of finding one.
    """

    image: Image
    pixels: Bytes8
    face: Face | None
    embedding: Embedding | None
    asymmetry: Mapping[str, Score] | None
    planes_to_come: Future[Planes]
    keypoints_to_come: Future[keypoints.Keypoints]
    readings_to_come: Future[list[Reading]]
    number: int
    """Which of the readings to come is this picture's."""
    faceless: str = ""

    @property
    def pyramid(self) -> texture.Pyramid:
        """Bands of detail of the luminance."""
        return self.planes_to_come.result().pyramid

    @property
    def labs(self) -> tuple[Image | None, ...]:
        """L*a*b* colours of each of the scene's zones; None of a zone without regions."""
        return self.planes_to_come.result().labs

    @property
    def histogram(self) -> Any:
        """Of the colours of the whole picture."""
        return self.planes_to_come.result().histogram

    @property
    def keypoints(self) -> keypoints.Keypoints:
        """SIFT points of the face's wider window."""
        return self.keypoints_to_come.result()

    @property
    def reading(self) -> Reading:
        """What the readers see where the truth has its face."""
        return self.readings_to_come.result()[self.number]

    def partners(self, truth: View) -> NDArray[np.intp]:
        """(M, 2): indices of this view's keypoints and of their partners in `truth`."""
        return keypoints.match(self.keypoints, truth.keypoints)


def look(images: Sequence[Image], scene: Scene, tools: Tools, lanes: Lanes) -> list[View]:
    """Look at pictures (H, W, 3) on the grid of `scene`.

    OpenCV's and NumPy's work goes to the lanes for all of them at once, while dlib, whose models serve one thread at a
    time, takes one after another here.
    """
    pixels = [to_bytes(image) for image in images]
    # Long calls first: dlib holds Python's lock for tens of milliseconds, and short calls would wait for it each time.
    points = [lanes.keypoints.submit(keypoints.detect, each, scene.wide) for each in pixels]
    read = lanes.other.submit(tools.read, list(images), scene.face.landmarks)
    planes = [lanes.other.submit(_planes, image, each, scene) for image, each in zip(images, pixels, strict=True)]
    return [
        View(image, each, *_read_face(image, each, scene, tools), plane, found, read, number)
        for number, (image, each, plane, found) in enumerate(zip(images, pixels, planes, points, strict=True))
    ]


def _planes(image: Image, pixels: Bytes8, scene: Scene) -> Planes:
    labs = tuple(colour.to_lab(zone.cut(image)) if zone.regions else None for zone in scene.zones)
    return Planes(texture.pyramid(luminance(image)), labs, colour.histogram(pixels))


def _read_face(
    image: Image, pixels: Bytes8, scene: Scene, tools: Tools
) -> tuple[Face | None, Embedding | None, Mapping[str, Score] | None]:
    face = tools.locator.same_face(pixels, scene.face)
    if face is None:
        return None, None, None
    return face, tools.embed(pixels, face.landmarks), asymmetry(image, face.landmarks)
