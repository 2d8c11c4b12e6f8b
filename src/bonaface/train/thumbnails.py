"""Pairs to learn hallucination from: a face of 128 px, and its occluded thumbnail of 16 px.

Two framings are mixed: the FFHQ crop as in the data, and S2's main facial area.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Bytes8, Points
from bonaface.degrade.occlude import IrregularMask, SquareMask
from bonaface.degrade.parameters import Integers, Uniform
from bonaface.degrade.resize import ResizeTo
from bonaface.faces.align import compose, to_facial_area
from bonaface.train.attributes import to_network
from bonaface.train.augment import mirror_points, move_points, random_warp, warp_picture
from bonaface.train.faces import LANDMARKS, FaceData
from bonaface.train.sampling import Example

SIDE = 128
SMALL = 16
SQUARE = SquareMask(Integers(16, 64))
IRREGULAR = IrregularMask(Uniform(0.01, 0.6))
BILINEAR = ResizeTo(SMALL, SMALL, "bilinear")


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of the kinds of pairs; the rest of each is the plain kind.

    Attributes:
        facial_area: of faces in S2's framing.
        moved: of the others that are turned, enlarged and moved a little.
        open: of thumbnails without occlusion.
        irregular: of irregular masks among the occlusions.
        unknown: of occlusions that the network is not told of.
    """

    facial_area: float = 0.25
    moved: float = 0.5
    open: float = 0.15
    irregular: float = 0.5
    unknown: float = 0.25


def pair(faces: FaceData, index: int, rng: np.random.Generator, mix: Mix) -> Example:
    """One face and its thumbnail.

    Returns:
        `truth` (3, 128, 128) uint8, `image` (3, 16, 16) in [0, 1], `occlusion` (1, 128, 128) uint8 (what the network
        is told), `landmarks` (68, 2) pixels of the truth.
    """
    truth, landmarks = framed(faces.picture(index), faces.columns[LANDMARKS][index], rng, mix)
    image, mask = thumbnail(truth, rng, mix)
    told = mask if rng.random() >= mix.unknown else np.zeros_like(mask)
    return {
        "truth": np.ascontiguousarray(truth.transpose(2, 0, 1)),
        "image": to_network(image),
        "occlusion": told[None].astype(np.uint8),
        "landmarks": landmarks,
    }


def framed(image: Bytes8, landmarks: Points, rng: np.random.Generator, mix: Mix) -> tuple[Bytes8, Points]:
    """A face of 128 px in one of the two framings, mirrored half of the time, and its landmarks."""
    side = image.shape[0]
    if rng.random() < mix.facial_area:
        area = to_facial_area(landmarks.astype(np.float64), SIDE)
        matrix = compose(random_warp(SIDE, SIDE, rng, turn=4, scale=(0.85, 1.08), shift=0.03), area)
    elif rng.random() < mix.moved or side != SIDE:
        matrix = random_warp(side, SIDE, rng, turn=4, scale=(0.95, 1.1), shift=0.02)
    else:
        matrix = np.eye(2, 3)
    if not np.array_equal(matrix, np.eye(2, 3)):
        image, landmarks = warp_picture(image, matrix, SIDE), move_points(landmarks, matrix)
    if rng.random() < 0.5:
        image, landmarks = np.ascontiguousarray(image[:, ::-1]), mirror_points(landmarks, SIDE)
    return image, np.asarray(landmarks, np.float32)


def thumbnail(truth: Bytes8, rng: np.random.Generator, mix: Mix) -> tuple[Bytes8, NDArray[np.bool_]]:
    """The occluded thumbnail of a face, 16 px in 8 bits, and its mask of 128 px."""
    image = truth.astype(np.float32) / np.float32(255)
    mask = np.zeros(truth.shape[:2], np.bool_)
    if rng.random() >= mix.open:
        damaged = (IRREGULAR if rng.random() < mix.irregular else SQUARE)(image, rng)
        if damaged.occlusion is not None:
            image, mask = damaged.image, damaged.occlusion
    if rng.random() < 0.5:
        small = np.asarray(cv2.resize(image, (SMALL, SMALL), interpolation=cv2.INTER_AREA), np.float32)
    else:
        small = BILINEAR(image, rng).image
    return (small * 255 + 0.5).astype(np.uint8), mask
