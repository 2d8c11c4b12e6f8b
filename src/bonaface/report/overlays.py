"""Maps as coloured overlays: palette PNGs whose opacity grows with the value, in colours safe for colour blindness."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import LUMA, Bytes8, Mask, Plane, Points
from bonaface.report.pictures import Box, Layer

LONGEST = 512
"""The long side of an overlay, in pixels, at most: the maps are smooth over about 6 px of a 1024 px picture."""
FULL = 0.1
"""The local amplitude of luminance detail (1 = white) that has the full colour, in every report."""
FULL_CHANGE = 20.0
"""CIEDE2000 that has the full colour in a map of what changed."""
LEVELS = 64
PAIR_LEVELS = 16
CROP_BELOW = 1.5
"""A piece for the face is made where the picture is this much larger than the face's window."""
DENSITY_SIGMA = 0.1
"""Of the density of keypoints, as a share of the distance between the eyes."""

_CIVIDIS = ((0, 32, 77), (60, 77, 110), (124, 123, 120), (188, 175, 111), (255, 234, 70))
_INVENTED = ((120, 40, 0), (190, 85, 0), (240, 140, 20), (255, 196, 90), (255, 236, 190))
_LOST = ((0, 45, 130), (0, 90, 190), (50, 145, 240), (130, 195, 255), (205, 232, 255))
_PAIR = np.array([(255, 140, 0), (0, 115, 255)], np.float64)
"""Orange for invented, blue for lost: their sum is white."""

Palette = NDArray[np.uint8]
"""(N, 4): red, green, blue and opacity."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A map, encoded: the whole of it, and over that a sharper piece for the face where the whole was much reduced.

    Attributes:
        layers: PNGs and where they lie on the grid.
        greatest: the greatest value in the map.
    """

    layers: tuple[Layer, ...]
    greatest: float


def map_overlays(maps: Mapping[str, Plane], face: Box) -> dict[str, Overlay]:
    """Of the maps "invented" and "lost", and of "both" in one; nothing where the ledger has no maps.

    Args:
        maps: (H, W) each.
        face: the face's window.
    """
    if not {"invented", "lost"} <= set(maps):
        return {}
    invented, lost = maps["invented"], maps["lost"]
    height, width = invented.shape
    x, y, w, h = (round(v) for v in face)
    boxes: list[Box] = [(0, 0, width, height)]
    if max(w, h) * CROP_BELOW < max(height, width) > LONGEST:
        boxes.append((x, y, w, h))
    layers: dict[str, list[Layer]] = {"invented": [], "lost": [], "both": []}
    for box in boxes:
        made_up, gone = (
            _cut(plane, box, face if box is boxes[0] and len(boxes) > 1 else None) for plane in (invented, lost)
        )
        layers["invented"].append(Layer(_png(_index(made_up, LEVELS), single_palette("invented")), box))
        layers["lost"].append(Layer(_png(_index(gone, LEVELS), single_palette("lost")), box))
        both = _index(made_up, PAIR_LEVELS) * np.uint8(PAIR_LEVELS) + _index(gone, PAIR_LEVELS)
        layers["both"].append(Layer(_png(both, pair_palette()), box))
    greatest = {"invented": float(invented.max()), "lost": float(lost.max())}
    greatest["both"] = max(greatest.values())
    return {name: Overlay(tuple(layers[name]), greatest[name]) for name in layers}


def change_overlay(changed: Plane) -> Overlay:
    """Of the map "changed" of an edited expression: full colour from `FULL_CHANGE` on."""
    height, width = changed.shape
    index = _index(_reduced(changed), LEVELS, full=FULL_CHANGE)
    layer = Layer(_png(index, single_palette("invented")), (0, 0, width, height))
    return Overlay((layer,), float(changed.max()))


def _cut(plane: Plane, box: Box, without: Box | None) -> Plane:
    """A piece of a map, reduced; nothing is shown in `without`, where a sharper piece will lie."""
    x, y, w, h = (round(v) for v in box)
    piece = plane[y : y + h, x : x + w]
    if without is not None:
        piece = piece.copy()
        x, y, w, h = (round(v) for v in without)
        piece[y : y + h, x : x + w] = 0
    return _reduced(piece)


def single_palette(name: str) -> Palette:
    """Of one map: darker and more transparent where there is little, lighter and opaque where there is much."""
    stops = {"invented": _INVENTED, "lost": _LOST, "density": _CIVIDIS}[name]
    at = np.linspace(0, 1, LEVELS)
    rgb = np.stack([np.interp(at, np.linspace(0, 1, len(stops)), channel) for channel in zip(*stops, strict=True)], 1)
    alpha = np.full(LEVELS, 255.0) if name == "density" else 255 * np.clip(2.2 * at, 0, 1)
    return np.rint(np.column_stack([rgb, alpha])).astype(np.uint8)


def pair_palette() -> Palette:
    """Of both maps: orange plus blue, white where both are great."""
    at = np.linspace(0, 1, PAIR_LEVELS)
    invented, lost = (plane.ravel() for plane in np.meshgrid(at, at, indexing="ij"))
    most = np.maximum(invented, lost)
    share = np.column_stack([invented, lost]) / np.maximum(most, 1e-9)[:, None]
    rgb = np.clip(share @ _PAIR, 0, 255)
    return np.rint(np.column_stack([rgb, 255 * np.clip(1.6 * most, 0, 1) ** 1.5])).astype(np.uint8)


def made_up_picture(pixels: Bytes8, invented: Plane) -> Bytes8:
    """(H, W, 3) uint8: the picture in dark grey, and over it in colour what was invented.

    Colours are those of an audit's own page; more of the picture shows through, as nobody can switch them off.
    """
    index = _index(invented, LEVELS)
    colour = single_palette("invented")[:, :3][index].astype(np.float32)
    grey = (pixels.astype(np.float32) @ LUMA)[..., None] * np.float32(0.62)
    share = np.clip(1.2 * index[..., None].astype(np.float32) / (LEVELS - 1), 0, 0.85)
    return np.asarray(np.rint(grey * (1 - share) + colour * share), np.uint8)


def density(points: Points, box: Box, inter_ocular: float) -> Overlay:
    """How densely points lie in a window.

    Args:
        points: (N, 2) in pixels of the grid.
        box: x, y, width and height of the window.
        inter_ocular: in pixels.

    Returns:
        The overlay, and the greatest density in points per square of a tenth of the inter-ocular distance a side.
    """
    import cv2

    x, y, width, height = box
    cell = max(width, height) / 128
    shape = max(1, round(height / cell)), max(1, round(width / cell))
    counts, _, _ = np.histogram2d(
        points[:, 1] + 0.5, points[:, 0] + 0.5, bins=shape, range=((y, y + height), (x, x + width))
    )
    sigma = DENSITY_SIGMA * inter_ocular / cell
    smooth = cv2.GaussianBlur(counts.astype(np.float32), (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
    unit = (0.1 * inter_ocular / cell) ** 2
    plane = np.asarray(smooth, np.float32) * np.float32(unit)
    greatest = float(plane.max())
    index = _index(plane, LEVELS, full=greatest or 1.0)
    return Overlay((Layer(_png(index, single_palette("density")), box),), greatest)


def outline(mask: Mask, offset: tuple[float, float]) -> str:
    """The border of a region as the `d` of an SVG path, in pixels of the grid."""
    import cv2

    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    parts = []
    for contour in found:
        points = cv2.approxPolyDP(contour, 0.8, True)[:, 0] + np.array(offset) + 0.5
        if len(points) >= 3:
            parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z")
    return "".join(parts)


def _index(plane: Plane, levels: int, full: float = FULL) -> NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(plane / np.float32(full), 0, 1) * (levels - 1)), np.uint8)


def _reduced(plane: Plane) -> Plane:
    import cv2

    scale = LONGEST / max(plane.shape)
    if scale >= 1:
        return plane
    size = max(1, round(plane.shape[1] * scale)), max(1, round(plane.shape[0] * scale))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _png(index: NDArray[np.uint8], palette: Palette) -> bytes:
    """(H, W) of numbers into a palette with opacity -> PNG."""
    from PIL import Image as Pil

    picture = Pil.fromarray(index, "L")
    picture.putpalette(palette[:, :3].tobytes())
    file = io.BytesIO()
    picture.save(file, "PNG", transparency=palette[:, 3].tobytes(), compress_level=6)
    return file.getvalue()
