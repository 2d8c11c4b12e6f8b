"""The framings of faces that the readers and the parser were trained on, and cutting them out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonaface.core.images import Image, Points, Similarity
from bonaface.faces.align import (
    FFHQ_TEMPLATE_512,
    compose,
    ffhq_quad,
    five_points,
    invert,
    rescaling,
    scale_of,
    transform,
    umeyama,
    warp,
)


@dataclass(frozen=True, slots=True)
class Crop:
    """A square cut out around a face, told by FFHQ's own (`faces.align.ffhq_quad`).

    Attributes:
        share: its side over the side of FFHQ's.
        lift: how much higher it lies, as a share of FFHQ's side.
        by_template: the five points of the face are brought onto those of FFHQ's mean face instead
            (`faces.align.FFHQ_TEMPLATE_512`), as published restorers do; `share` and `lift` are not used.
    """

    share: float = 1.0
    lift: float = 0.0
    by_template: bool = False


FFHQ = Crop()
CELEBA = Crop(share=0.82)
"""Of the CelebA faces that the readers were trained on: 0.8200 in all 15,652 of them (`scripts/framings.py`)."""
CELEBA_HQ = Crop(share=1.010, lift=0.008)
"""Of CelebA-HQ's pictures, which the parser was trained on: medians of the 889 of 900 that dlib finds a face in; the
shares scatter by 0.03, the lifts by 0.004 (`scripts/framings.py`)."""
TEMPLATE = Crop(by_template=True)
"""Of the published restorers of faces, which read FFHQ's framing."""
ALIKE = 0.1
"""How far, as a share of the side, the corners of a picture may lie from those of a crop, on average, for the picture
to be that crop already. CelebA-HQ's pictures: median 0.014, 99% below 0.085; FFHQ and CelebA: 0.127."""
ALIKE_TO_PARSE = 0.2
"""The same for the parser, which reads faces of many sizes: pictures cut to 0.96, 0.9, 0.82 and 0.75 of CelebA-HQ's
are all parsed better as they are than through a crop around dlib's landmarks (by 0.006 to 0.02 of mean IoU), and every
pixel gets a label."""


def to_crop(landmarks: Points, side: int, crop: Crop) -> Similarity:
    """From pixels of the picture to pixels of the crop of `side` x `side` pixels.

    Args:
        landmarks: (68, 2) in pixels of the picture.
        side: of the crop.
        crop: which square is cut out.
    """
    if crop.by_template:
        template = transform(FFHQ_TEMPLATE_512, rescaling((512, 512), (side, side)))
        return umeyama(five_points(landmarks), template)
    quad = ffhq_quad(landmarks)
    up = quad[0] - quad[1]
    centre = quad.mean(axis=0)
    square = centre + crop.share * (quad - centre) + crop.lift * up
    corners = np.array([(0, 0), (0, side), (side, side), (side, 0)], np.float64) - 0.5
    return umeyama(square, corners)


def is_crop(landmarks: Points, size: tuple[int, int], crop: Crop, alike: float = ALIKE) -> bool:
    """Whether a picture of height and width `size` is, nearly, that crop around its face already.

    Args:
        landmarks: (68, 2) in pixels of the picture.
        size: of the picture.
        crop: which square would be cut out.
        alike: how far the corners may lie apart, on average, as a share of the side.
    """
    if abs(size[0] / size[1] - 1) > ALIKE:
        return False
    side = max(size)
    found = to_crop(landmarks, side, crop)
    corners = np.array([(0, 0), (0, size[0]), (size[1], size[0]), (size[1], 0)], np.float64) - 0.5
    moved = transform(corners, compose(rescaling((side, side), size), found))
    return float(np.hypot(*(moved - corners).T).mean()) <= alike * side


def cut(image: Image, matrix: Similarity, side: int) -> Image:
    """The crop of `side` x `side` pixels; only the part of the picture that is needed is resampled.

    Args:
        image: (H, W, 3).
        matrix: (2, 3), from pixels of `image` to pixels of the crop.
        side: of the crop.

    Returns:
        (side, side, 3) in [0, 1]; what lies outside `image` repeats its edge.
    """
    corners = np.array([(0, 0), (side, 0), (0, side), (side, side)], np.float64) - 0.5
    reached = transform(corners, invert(matrix))
    margin = 8 / min(1.0, scale_of(matrix))  # for the reach of the filters
    last = np.array([image.shape[1], image.shape[0]]) - 1
    x0, y0 = np.clip(np.floor(reached.min(axis=0) - margin).astype(int), 0, last)
    x1, y1 = np.clip(np.ceil(reached.max(axis=0) + margin).astype(int), 0, last) + 1
    shift = np.array([[1.0, 0, x0], [0, 1.0, y0]])
    return warp(np.ascontiguousarray(image[y0:y1, x0:x1]), compose(matrix, shift), (side, side))


def resized(image: Image, side: int) -> Image:
    """A picture that is a crop already, at `side` x `side` pixels: by area averaging, or enlarged by Lanczos."""
    import cv2

    if image.shape[:2] == (side, side):
        return image
    flags = cv2.INTER_AREA if min(image.shape[:2]) >= side else cv2.INTER_LANCZOS4
    return np.clip(np.asarray(cv2.resize(image, (side, side), interpolation=flags), np.float32), 0, 1)


def squared(image: Image) -> Image:
    """A picture made square by repeating its edges."""
    import cv2

    height, width = image.shape[:2]
    down, right = max(0, width - height), max(0, height - width)
    edges = down // 2, down - down // 2, right // 2, right - right // 2
    return np.asarray(cv2.copyMakeBorder(image, *edges, cv2.BORDER_REPLICATE), np.float32)
