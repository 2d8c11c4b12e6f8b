"""One picture as the comparisons see it: everything about it that does not depend on another picture."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.cases import Face
from bonaface.core.images import Bytes8, Image, Mask, luminance, to_bytes
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


@dataclass(frozen=True, slots=True)
class Scene:
    """What the truth fixes for everything that is compared with it.

    Attributes:
        face: of the truth.
        window: rows and columns that hold the face; on multiples of 16.
        wide: rows and columns in which keypoints are looked for.
        regions: masks on the window's grid, the background left out.
        weights: the same as shares of the pixels of each band and of the low-pass rest, (R, pixels) each.
        pixels: how many pixels each region has on the whole picture, the background included.
    """

    face: Face
    window: Window
    wide: Window
    regions: Mapping[Region, Mask]
    weights: tuple[NDArray[np.float32], ...]
    pixels: Mapping[Region, int]
    size: tuple[int, int]

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
    if covered is not None and not covered.all():
        regions = {region: mask & covered[window] for region, mask in regions.items()}
        pixels = {region: int(mask.sum()) for region, mask in regions.items()}
        pixels[Region.BACKGROUND] = int(covered.sum()) - pixels[Region.WHOLE_FACE]
    return Scene(face, window, wide, regions, texture.mask_pyramid(regions), pixels, size)


def _on_grid(part: slice, length: int) -> slice:
    stop = -(-int(part.stop) // GRID) * GRID
    return slice(int(part.start) // GRID * GRID, length if stop >= length else stop)


@dataclass(frozen=True, slots=True)
class View:
    """Everything about one picture on the truth's grid. `face` is None where no face was found."""

    image: Image
    pixels: Bytes8
    pyramid: texture.Pyramid
    keypoints: keypoints.Keypoints
    lab: Image
    histogram: Any
    face: Face | None
    embedding: Embedding | None
    asymmetry: Mapping[str, Score] | None


def look(image: Image, scene: Scene, tools: Tools, pool: Executor) -> View:
    """Look at `image` (H, W, 3), which lies on the grid of `scene`; the two halves of the work run side by side."""
    pixels = to_bytes(image)
    points = pool.submit(keypoints.detect, pixels, scene.wide)
    face = tools.locator.same_face(pixels, scene.face)
    embedding = None if face is None else tools.embedder(pixels, face.landmarks)
    return View(
        image=image,
        pixels=pixels,
        pyramid=texture.pyramid(luminance(image)),
        keypoints=points.result(),
        lab=colour.to_lab(image[scene.window]),
        histogram=colour.histogram(pixels),
        face=face,
        embedding=embedding,
        asymmetry=None if face is None else asymmetry(image, face.landmarks),
    )
