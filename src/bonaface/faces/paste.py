"""Putting a restored crop back into its photograph: paste weights, tone, and the way onto the photograph's grid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bonaface.core.errors import InputError
from bonaface.core.images import Image, Mask, Plane, Points, Similarity
from bonaface.faces.align import compose, invert, rescaling, scale_of, transform
from bonaface.faces.crops import resized

SHAPES = ("box", "face")
"""What is pasted: the whole crop, or the face alone: the hull of its landmarks, with the forehead."""
FEATHER = 0.1
"""Width of the soft edge, as a share of the crop's side."""
FEATHERS = (0.01, 0.5)
"""The least and the most of it."""
FOREHEAD = 0.85
"""How far above the brows the hull reaches, told by the height from the base of the nose to the brows."""
TONE = 0.03
"""Standard deviation of the Gaussian under which tones are compared, as a share of the crop's side."""
UNSEEN = 1e-3
"""A weight below this, which moves no pixel by an 8-bit level, is none."""
GAINS = (0.5, 2.0)
"""The least and the most that contrast is changed by."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One restored crop on its way into the photograph.

    Attributes:
        image: (s, s, 3), the restored crop.
        weight: (s, s) in [0, 1]: 1 where it alone shows.
        to_crop: (2, 3), from pixels of the photograph to pixels of the crop.
    """

    image: Image
    weight: Plane
    to_crop: Similarity


@dataclass(frozen=True, slots=True)
class ColourMatch:
    """How a crop's colours were changed, in CIELAB.

    Attributes:
        shift: of the mean L*, a* and b* inside the mask.
        gain: of their deviations.
    """

    shift: tuple[float, float, float]
    gain: tuple[float, float, float]


def outline(landmarks: Points) -> Points:
    """(68, 2) -> (N, 2): corners of the face's convex hull, the forehead included, in the pixels of `landmarks`."""
    import cv2

    rise = landmarks[17:27].mean(axis=0) - landmarks[33]
    points = np.vstack([landmarks, landmarks[17:27] + FOREHEAD * rise]).astype(np.float32)
    return np.asarray(cv2.convexHull(points)[:, 0], np.float64)


def check_paste(shape: str, feather: float) -> None:
    """Refuse settings that mean nothing.

    Raises:
        InputError: another shape than those of `SHAPES`, or a feather outside of `FEATHERS`.
    """
    if shape not in SHAPES:
        raise InputError(f"The shape of the mask is {shape!r}; expected {' or '.join(SHAPES)}.")
    if not FEATHERS[0] <= feather <= FEATHERS[1]:
        raise InputError(
            f"The feather is {feather:g}; expected {FEATHERS[0]:g} to {FEATHERS[1]:g}, a share of the crop's side."
        )


def paste_weight(shape: str, side: int, face: Points, others: Sequence[Points] = (), feather: float = FEATHER) -> Plane:
    """How much of the restored crop shows, on the crop's grid.

    A crop often reaches into the faces beside it. Those are left to their own crops, or, where theirs failed, to the
    photograph.

    Args:
        shape: one of `SHAPES`.
        side: of the crop, in pixels.
        face: its own outline (see `outline`), in pixels of the crop.
        others: outlines of the other faces, in pixels of this crop.
        feather: width of the soft edge, as a share of the side.

    Returns:
        (side, side) in [0, 1]; nothing at the outermost pixels.

    Raises:
        InputError: see `check_paste`.
    """
    check_paste(shape, feather)
    own = _soft(face, side, feather)
    weight = _box(side, feather) if shape == "box" else own * _box(side, min(feather, 0.05))
    for other in others:
        reach = other.min(axis=0).max() < side * (1 + feather) and other.max(axis=0).min() > -side * feather
        if reach:
            weight = weight * (1 - _soft(other, side, feather) * (1 - own))
    return np.asarray(weight, np.float32)


def match_colour(restored: Image, crop: Image, weight: Plane) -> tuple[Image, ColourMatch]:
    """Bring the tone of a restored crop to that of what the restorer was given.

    Means and deviations of L*, a* and b* are matched inside the mask, after a blur: what is compared is the tone, not
    the detail that a restored face has more of.

    Args:
        restored: (s, s, 3).
        crop: (s, s, 3), what the restorer was given.
        weight: (s, s), where the two are compared.

    Returns:
        The restored crop in the colours of `crop`, and what was changed.
    """
    import cv2

    lab = np.asarray(cv2.cvtColor(restored, cv2.COLOR_RGB2Lab), np.float32)
    mean, spread = _tone(lab, weight)
    goal, goal_spread = _tone(np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2Lab), np.float32), weight)
    gain = np.clip((goal_spread + 0.1) / (spread + 0.1), *GAINS)  # of a flat channel, nothing is made
    changed = ((lab - mean) * gain + goal).astype(np.float32)
    out = np.clip(np.asarray(cv2.cvtColor(changed, cv2.COLOR_Lab2RGB), np.float32), 0, 1)
    shift = goal - mean
    return out, ColourMatch(_three(shift), _three(gain))


def piece(
    restored: Image, crop: Image, weight: Plane, to_crop: Similarity, *, match: bool
) -> tuple[Piece, ColourMatch | None]:
    """A restored crop made ready for pasting.

    Args:
        restored: (t, t, 3).
        crop: (s, s, 3), what the restorer was given.
        weight: (s, s).
        to_crop: (2, 3), from pixels of the photograph to pixels of `crop`.
        match: bring it to the tone of `crop`.

    Returns:
        The piece, on the grid of `restored`, and how its colours were changed; None: they were not.
    """
    import cv2

    side, other = len(restored), len(weight)
    if side != other:
        weight = np.asarray(cv2.resize(weight, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)
        to_crop = compose(rescaling((other, other), (side, side)), to_crop)
    if not match:
        return Piece(restored, weight, to_crop), None
    matched, colour = match_colour(restored, resized(crop, side), weight)
    return Piece(matched, weight, to_crop), colour


def paste(photo: Image, pieces: Iterable[Piece]) -> tuple[Image, Plane]:
    """The photograph with restored crops in it; where no crop reaches, its own values.

    Args:
        photo: (H, W, 3).
        pieces: with transforms from the pixels of `photo`; where two overlap, the later one lies on top.

    Returns:
        (H, W, 3), and (H, W): how much of each pixel is restored, 0 to 1.
    """
    out = photo.copy()
    total = np.zeros(photo.shape[:2], np.float32)
    for piece in pieces:
        window = reached(len(piece.weight), piece.to_crop, photo.shape[0], photo.shape[1])
        if window is None:
            continue
        (image,), weight = laid_back((piece.image,), piece.weight, piece.to_crop, window)
        out[window] += weight[..., None] * (np.clip(image, 0, 1) - out[window])
        total[window] = 1 - (1 - total[window]) * (1 - weight)
    return np.clip(out, 0, 1, out=out), total


def laid_back(
    values: Sequence[Any], weight: Plane, to_crop: Similarity, window: tuple[slice, slice]
) -> tuple[list[Any], Plane]:
    """Crops and their weight on the grid of the photograph, by Lanczos; where it gets smaller, without aliasing.

    A crop that shrinks is first laid out on a grid that is a whole number of times finer than the photograph's, where
    nothing is lost, and then reduced by a Lanczos filter of that width: area averaging would blur what is put back.

    Args:
        values: (s, s) or (s, s, C) each, of any range.
        weight: (s, s) in [0, 1].
        to_crop: (2, 3), from pixels of the photograph to pixels of the crop.
        window: rows and columns of the photograph; see `reached`.

    Returns:
        (H, W) or (H, W, C) each for the window's height and width; Lanczos may exceed the range a little, and outside
        of the crop its edge is repeated. And (H, W) in [0, 1]: the weight, 0 outside of the crop.
    """
    import cv2

    rows, columns = window
    size = (rows.stop - rows.start, columns.stop - columns.start)
    matrix = compose(np.array([[1.0, 0, -columns.start], [0, 1.0, -rows.start]]), invert(to_crop))
    finer = max(1, int(np.ceil(1 / scale_of(matrix) - 1e-6)))
    fine = (size[0] * finer, size[1] * finer)
    onto = compose(rescaling(size, fine), matrix)
    share = cv2.warpAffine(weight, onto, fine[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    moved = _reduced(share, size)
    out = []
    for each in values:
        laid = cv2.warpAffine(each, onto, fine[::-1], flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
        planes = [_reduced(plane, size) for plane in np.moveaxis(np.atleast_3d(np.asarray(laid, np.float32)), -1, 0)]
        out.append(np.stack(planes, -1) if each.ndim == 3 else planes[0])
    return out, np.asarray(np.where(moved < UNSEEN, np.float32(0), np.minimum(moved, 1)), np.float32)


def _reduced(plane: Any, size: tuple[int, int]) -> Plane:
    from PIL import Image as Pil

    whole: Plane = np.ascontiguousarray(plane, np.float32)
    if whole.shape == size:
        return whole
    return np.asarray(Pil.fromarray(whole).resize(size[::-1], Pil.Resampling.LANCZOS), np.float32)


def reached(side: int, to_crop: Similarity, height: int, width: int) -> tuple[slice, slice] | None:
    """Rows and columns of a photograph that a crop reaches, or None.

    Args:
        side: of the crop, in its pixels.
        to_crop: (2, 3), from pixels of the photograph to pixels of the crop.
        height: of the photograph.
        width: of the photograph.
    """
    corners = np.array([(0, 0), (side, 0), (0, side), (side, side)], np.float64) - 0.5
    there = transform(corners, invert(to_crop))
    x0, y0 = np.maximum(np.floor(there.min(axis=0)).astype(int) - 1, 0)
    x1, y1 = np.minimum(np.ceil(there.max(axis=0)).astype(int) + 2, (width, height))
    return (slice(int(y0), int(y1)), slice(int(x0), int(x1))) if x0 < x1 and y0 < y1 else None


def _box(side: int, feather: float) -> Plane:
    """Rising smoothly from the edges inwards."""
    inward = np.minimum(np.arange(side), np.arange(side)[::-1]) / (feather * side)
    ramp = smoothstep(inward)
    return np.asarray(np.outer(ramp, ramp), np.float32)


def _soft(corners: Points, side: int, feather: float) -> Plane:
    """1 inside a polygon, 0 outside, with a soft edge of the feather's width around its outline."""
    import cv2

    pad = int(np.ceil(feather * side)) + 2  # what lies beyond the crop's edge has a distance too
    inside: Any = np.zeros((side + 2 * pad, side + 2 * pad), np.uint8)
    cv2.fillPoly(inside, [np.round((corners + pad) * 16).astype(np.int32)], 1, lineType=cv2.LINE_8, shift=4)
    within, beyond = distance_inside(inside > 0), distance_inside(inside == 0)
    # Each is measured to the nearest pixel of the other side; the outline lies between the two.
    signed = np.where(inside > 0, within - 0.5, 0.5 - beyond)[pad:-pad, pad:-pad]
    return smoothstep(0.5 + signed / (feather * side))


def soft_inside(mask: Mask, width: float) -> Plane:
    """A mask with a soft edge that lies inside of it: 0 outside, 1 from `width` pixels inside on, also at the border.

    Args:
        mask: (H, W).
        width: of the edge, in pixels.
    """
    return smoothstep(distance_inside(mask) / max(width, 1.0))


def distance_inside(mask: Mask) -> Plane:
    """(H, W) distance in pixels of each pixel of a mask to the nearest one outside; 0 outside.

    OpenCV's last bits depend on how its threads share the rows. Squares of distances are whole numbers, so that
    rounding them gives the same file on a busy machine (up to 800 px, beyond which float32 no longer tells them apart).
    """
    import cv2

    found = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.sqrt(np.rint(np.square(found, dtype=np.float64))).astype(np.float32)


def smoothstep(share: Any) -> Plane:
    """From 0 to 1 with no corner at either end."""
    share = np.clip(np.asarray(share, np.float32), 0, 1)
    smooth: Plane = share * share * (3 - 2 * share)
    return smooth


def _tone(lab: Image, weight: Plane) -> tuple[Any, Any]:
    import cv2

    blurred = np.asarray(cv2.GaussianBlur(lab, (0, 0), max(TONE * len(lab), 0.5)), np.float64)
    share = weight / max(float(weight.sum()), 1e-9)
    mean = np.einsum("hw,hwc->c", share, blurred)
    return mean, np.sqrt(np.einsum("hw,hwc->c", share, (blurred - mean) ** 2))


def _three(values: Any) -> tuple[float, float, float]:
    a, b, c = (float(v) for v in values)
    return a, b, c
