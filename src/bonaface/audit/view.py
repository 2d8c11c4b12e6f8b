"""One picture as the comparisons see it: everything about it that does not depend on another picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
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
class View:
    """Everything about one picture on the truth's grid. `face` is None where no face was found.

    `faceless` says why there is none, where it is not for want of finding one.
    """

    image: Image
    pixels: Bytes8
    pyramid: texture.Pyramid
    lab: Image
    histogram: Any
    face: Face | None
    embedding: Embedding | None
    asymmetry: Mapping[str, Score] | None
    keypoints: keypoints.Keypoints
    faceless: str = ""

    def partners(self, truth: View) -> NDArray[np.intp]:
        """(M, 2): indices of this view's keypoints and of their partners in `truth`."""
        return keypoints.match(self.keypoints, truth.keypoints)


def look(images: Sequence[Image], scene: Scene, tools: Tools, pool: Executor) -> list[View]:
    """Look at pictures (H, W, 3) on the grid of `scene`.

    OpenCV's and NumPy's work goes to the pool for all of them at once, while dlib, whose models serve one thread at a
    time, takes one after another here.
    """
    pixels = [to_bytes(image) for image in images]
    points = [pool.submit(keypoints.detect, each, scene.wide) for each in pixels]
    planes = [pool.submit(_planes, image, each, scene) for image, each in zip(images, pixels, strict=True)]
    read = [_read_face(image, each, scene, tools) for image, each in zip(images, pixels, strict=True)]
    return [
        View(image, each, *plane.result(), *face, keypoints=found.result())
        for image, each, plane, face, found in zip(images, pixels, planes, read, points, strict=True)
    ]


def _planes(image: Image, pixels: Bytes8, scene: Scene) -> tuple[texture.Pyramid, Image, Any]:
    return texture.pyramid(luminance(image)), colour.to_lab(image[scene.window]), colour.histogram(pixels)


def _read_face(
    image: Image, pixels: Bytes8, scene: Scene, tools: Tools
) -> tuple[Face | None, Embedding | None, Mapping[str, Score] | None]:
    face = tools.locator.same_face(pixels, scene.face)
    if face is None:
        return None, None, None
    return face, tools.embed(pixels, face.landmarks), asymmetry(image, face.landmarks)
