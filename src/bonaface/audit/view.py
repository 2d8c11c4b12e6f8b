"""One picture as the comparisons see it: everything about it that does not depend on another picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.cases import Face
from bonaface.core.images import Bytes8, Image, Mask, Points, luminance, to_bytes
from bonaface.core.regions import Region
from bonaface.core.results import Score
from bonaface.faces.locate import Locator
from bonaface.faces.regions import face_window, landmark_regions
from bonaface.measure import colour, keypoints, texture
from bonaface.measure.asymmetry import asymmetry
from bonaface.measure.identity import Embedder, Embedding

GRID = 2 ** len(texture.BANDS)
"""Windows start and end on multiples of this, so that they lie on whole pixels of every band."""
KEYPOINT_MARGIN = 1.0
"""How far keypoints are looked for around the face window, as a share of the inter-ocular distance."""

Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Tools:
    """The models that looking at a face needs, loaded once for a process."""

    locator: Locator
    embedder: Embedder
    turn: Any = field(default_factory=Lock)

    def embed(self, pixels: Bytes8, landmarks: Points) -> Embedding:
        """The embedding of a face; threads take turns, for dlib gives up Python's lock while its network works."""
        with self.turn:
            return self.embedder(pixels, landmarks)


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
class Scene:
    """What the truth fixes for everything that is compared with it.

    Attributes:
        face: of the truth.
        window: rows and columns that hold the face; on multiples of 16.
        wide: rows and columns in which keypoints are looked for.
        regions: masks on the window's grid, the background left out.
        patches: the same as shares of the pixels of each band and of the low-pass rest, in the order of `regions`.
        pixels: how many pixels each region has on the whole picture, the background included.
        size: height and width of the truth.
        covered: where the output has pixels of its own; None where it has them everywhere.
    """

    face: Face
    window: Window
    wide: Window
    regions: Mapping[Region, Mask]
    patches: tuple[tuple[texture.Patch, ...], ...]
    pixels: Mapping[Region, int]
    size: tuple[int, int]
    covered: Mask | None = None

    @property
    def whole_face(self) -> int:
        """Where the whole face stands in the order of `regions`."""
        return list(self.regions).index(Region.WHOLE_FACE)

    def at(self, band: int) -> Window:
        """The window on the grid of a band (0 finest)."""
        step = 2**band
        return (
            slice(self.window[0].start // step, -(-self.window[0].stop // step)),
            slice(self.window[1].start // step, -(-self.window[1].stop // step)),
        )


def set_scene(face: Face, size: tuple[int, int], covered: Mask | None = None) -> Scene:
    """The scene of a truth of height and width `size`; `covered` is where the output has pixels."""
    height, width = size
    rows, columns = face_window(face.landmarks, height, width)
    window = _on_grid(rows, height), _on_grid(columns, width)
    reach = int(KEYPOINT_MARGIN * face.inter_ocular)
    wide = (
        slice(max(0, window[0].start - reach), min(height, window[0].stop + reach)),
        slice(max(0, window[1].start - reach), min(width, window[1].stop + reach)),
    )
    local = face.landmarks - (window[1].start, window[0].start)
    regions = dict(landmark_regions(local, window[0].stop - window[0].start, window[1].stop - window[1].start))
    del regions[Region.BACKGROUND]
    pixels = {region: int(mask.sum()) for region, mask in regions.items()}
    pixels[Region.BACKGROUND] = height * width - pixels[Region.WHOLE_FACE]
    if covered is not None:
        regions = {region: mask & covered[window] for region, mask in regions.items()}
        pixels = {region: int(mask.sum()) for region, mask in regions.items()}
        pixels[Region.BACKGROUND] = int(covered.sum()) - pixels[Region.WHOLE_FACE]
    return Scene(face, window, wide, regions, texture.mask_pyramid(regions), pixels, size, covered)


def _on_grid(part: slice, length: int) -> slice:
    stop = -(-int(part.stop) // GRID) * GRID
    return slice(int(part.start) // GRID * GRID, length if stop >= length else stop)


@dataclass(frozen=True, slots=True)
class Planes:
    """A picture's bands of detail, the L*a*b* colours of the face's window, and its colour histogram."""

    pyramid: texture.Pyramid
    lab: Image
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
    faceless: str = ""

    @property
    def pyramid(self) -> texture.Pyramid:
        """Bands of detail of the luminance."""
        return self.planes_to_come.result().pyramid

    @property
    def lab(self) -> Image:
        """L*a*b* colours of the face's window."""
        return self.planes_to_come.result().lab

    @property
    def histogram(self) -> Any:
        """Of the colours of the whole picture."""
        return self.planes_to_come.result().histogram

    @property
    def keypoints(self) -> keypoints.Keypoints:
        """SIFT points of the face's wider window."""
        return self.keypoints_to_come.result()

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
    planes = [lanes.other.submit(_planes, image, each, scene) for image, each in zip(images, pixels, strict=True)]
    return [
        View(image, each, *_read_face(image, each, scene, tools), plane, found)
        for image, each, plane, found in zip(images, pixels, planes, points, strict=True)
    ]


def _planes(image: Image, pixels: Bytes8, scene: Scene) -> Planes:
    return Planes(texture.pyramid(luminance(image)), colour.to_lab(image[scene.window]), colour.histogram(pixels))


def _read_face(
    image: Image, pixels: Bytes8, scene: Scene, tools: Tools
) -> tuple[Face | None, Embedding | None, Mapping[str, Score] | None]:
    face = tools.locator.same_face(pixels, scene.face)
    if face is None:
        return None, None, None
    return face, tools.embed(pixels, face.landmarks), asymmetry(image, face.landmarks)
