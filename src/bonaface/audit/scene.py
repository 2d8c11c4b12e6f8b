"""What the truth fixes for everything that is compared with it: its face, its regions, and where they lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.cases import Face
from bonaface.core.images import Image, Mask, Points
from bonaface.core.regions import Region
from bonaface.faces import parse
from bonaface.faces.crops import CELEBA_HQ, cut, to_crop
from bonaface.faces.regions import face_window, landmark_regions
from bonaface.measure import texture

GRID = 2 ** len(texture.BANDS)
"""Windows start and end on multiples of this, so that they lie on whole pixels of every band."""
KEYPOINT_MARGIN = 1.0
"""How far keypoints are looked for around the face window, as a share of the inter-ocular distance."""

Window = tuple[slice, slice]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Zone:
    """Regions that lie in one window of the truth.

    Attributes:
        window: rows and columns; on multiples of 16.
        regions: masks on the window's grid.
        patches: the same as shares of the pixels of each band and of the low-pass rest, in the order of `regions`.
        colours: the same on the grid that colours are compared on, `colour_size` high and wide.
        colour_size: height and width.
    """

    window: Window
    regions: Mapping[Region, Mask]
    patches: tuple[tuple[texture.Patch, ...], ...]
    colours: tuple[texture.Patch, ...]
    colour_size: tuple[int, int]

    def on_grid(self, band: int) -> list[texture.Patch]:
        """The patches of a band (0 finest; the last, the low-pass rest) in pixels of the whole picture's band."""
        top, left = self.window[0].start >> band, self.window[1].start >> band
        return [patch.moved(top, left) for patch in self.patches[band]] if self.regions else []

    def inside(self, points: Points, region: Region) -> NDArray[np.bool_]:
        """(N, 2) in pixels of the truth -> (N,): which lie in the region."""
        mask = self.regions[region]
        x, y = (np.rint(points) - (self.window[1].start, self.window[0].start)).astype(int).T
        inside = (x >= 0) & (y >= 0) & (x < mask.shape[1]) & (y < mask.shape[0])
        out = np.zeros(len(points), bool)
        out[inside] = mask[y[inside], x[inside]]
        return out

    def cut(self, image: Image) -> Image:
        """The window's part of a picture, on the grid that colours are compared on."""
        import cv2

        part = np.ascontiguousarray(image[self.window])
        if part.shape[:2] == self.colour_size:
            return part
        height, width = self.colour_size
        return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), np.float32)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the parser sees of a face: regions in a window of the picture, and how large each class is.

    Attributes:
        window: rows and columns.
        regions: masks on the window's grid.
        counts: (19,) pixels of each class on the parser's own 256 px crop.
    """

    window: Window
    regions: Mapping[Region, Mask] = field(default_factory=lambda: MappingProxyType({}))
    counts: Counts = field(default_factory=lambda: np.zeros(len(parse.CLASSES), np.int64))


@dataclass(frozen=True, slots=True)
class Scene:
    """What the truth fixes for everything that is compared with it.

    Attributes:
        face: of the truth.
        wide: rows and columns in which keypoints are looked for.
        zones: the regions: first those from landmarks, the background left out, then those from the parser.
        pixels: how many pixels each region has on the whole picture, the background included.
        size: height and width of the truth.
        parsed: what the parser sees in the truth.
        covered: where the output has pixels of its own; None where it has them everywhere.
    """

    face: Face
    wide: Window
    zones: tuple[Zone, Zone]
    pixels: Mapping[Region, int]
    size: tuple[int, int]
    parsed: Parsed
    covered: Mask | None = None

    @property
    def window(self) -> Window:
        """Rows and columns that hold the face; on multiples of 16."""
        return self.zones[0].window

    @property
    def regions(self) -> tuple[Region, ...]:
        """All but the background."""
        return tuple(region for zone in self.zones for region in zone.regions)

    @property
    def whole_face(self) -> int:
        """Where the whole face stands in the order of `regions`."""
        return self.regions.index(Region.WHOLE_FACE)

    def inside(self, points: Points, region: Region) -> NDArray[np.bool_]:
        """(N, 2) in pixels of the truth -> (N,): which points lie in the region."""
        if region is Region.BACKGROUND:
            outside = ~self.zones[0].inside(points, Region.WHOLE_FACE)
            if self.covered is not None:
                last = np.array([self.size[1], self.size[0]]) - 1
                x, y = np.clip(np.rint(points).astype(int), 0, last).T
                outside &= self.covered[y, x]
            return outside
        zone = next(zone for zone in self.zones if region in zone.regions)
        return zone.inside(points, region)


def set_scene(face: Face, size: tuple[int, int], parsed: Parsed, covered: Mask | None = None) -> Scene:
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
    zones = _zone(window, regions, covered), _zone(parsed.window, parsed.regions, covered, parse.SIDE)
    pixels = {region: int(mask.sum()) for zone in zones for region, mask in zone.regions.items()}
    everywhere = height * width if covered is None else int(covered.sum())
    pixels[Region.BACKGROUND] = everywhere - pixels[Region.WHOLE_FACE]
    return Scene(face, wide, zones, pixels, size, parsed, covered)


def parse_truth(image: Image, face: Face, parser: parse.Parser) -> Parsed:
    """What the parser sees of a face in a picture (H, W, 3); regions on a window of it."""
    size = (image.shape[0], image.shape[1])
    matrix = to_crop(face.landmarks, parse.SIDE, CELEBA_HQ)
    rows, columns = parse.window_of(matrix, size)
    window = _on_grid(rows, size[0]), _on_grid(columns, size[1])
    logits = parser.logits(cut(image, matrix, parse.SIDE))
    here = parse.counts(logits)
    return Parsed(window, parse.parsed_regions(parse.labels_on(logits, matrix, window), here), here)


def parse_counts(image: Image, face: Face, parser: parse.Parser) -> Counts:
    """(19,): how large each class is on the parser's crop around `face` in a picture (H, W, 3)."""
    return parse.counts(parser.logits(cut(image, to_crop(face.landmarks, parse.SIDE, CELEBA_HQ), parse.SIDE)))


def _zone(window: Window, regions: Mapping[Region, Mask], covered: Mask | None, longest: int | None = None) -> Zone:
    """Colours are compared on the window's own grid or, with `longest`, on one of at most so many pixels a side."""
    if covered is not None:
        regions = {region: mask & covered[window] for region, mask in regions.items()}
    size = window[0].stop - window[0].start, window[1].stop - window[1].start
    patches = texture.mask_pyramid(regions)
    scale = 1.0 if longest is None else min(1.0, longest / max(1, *size))
    if scale == 1:
        return Zone(window, regions, patches, patches[0] if regions else (), size)
    small = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    colours = tuple(_reduced(mask, small) for mask in regions.values())
    return Zone(window, regions, patches, colours, small)


def _reduced(mask: Mask, size: tuple[int, int]) -> texture.Patch:
    import cv2

    weights: Any = cv2.resize(mask.astype(np.float32), (size[1], size[0]), interpolation=cv2.INTER_AREA)
    return texture.Patch(slice(0, size[0]), slice(0, size[1]), np.asarray(weights, np.float32))


def _on_grid(part: slice, length: int) -> slice:
    stop = -(-int(part.stop) // GRID) * GRID
    return slice(int(part.start) // GRID * GRID, length if stop >= length else stop)
