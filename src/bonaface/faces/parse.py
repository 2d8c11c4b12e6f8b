"""The parts of a face and what it wears, as 19 classes for each pixel, by a small network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import ImageError
from bonaface.core.images import Image, Mask, Points, Similarity
from bonaface.core.regions import Region
from bonaface.faces.align import compose, invert, rescaling, transform
from bonaface.faces.crops import CELEBA_HQ, cut, resized, to_crop
from bonaface.graphs import Graph, Signature, Tensor
from bonaface.graphs.bundled import PARSER

SIDE = 256
"""Pixels of the crop that the network reads."""
GRID = 128
"""Pixels of what it delivers."""
CLASSES = (
    *("background", "skin", "nose", "glasses", "left eye", "right eye", "left brow", "right brow"),
    *("left ear", "right ear", "mouth interior", "upper lip", "lower lip", "hair", "hat", "earring", "necklace"),
    *("neck", "clothes"),
)
"""What the labels mean, as in CelebAMask-HQ's masks of the project; left and right are the person's own."""
REGION_CLASSES: Mapping[Region, int] = MappingProxyType(
    {
        Region.HAIR: 13,
        Region.LEFT_EAR: 8,
        Region.RIGHT_EAR: 9,
        Region.GLASSES: 3,
        Region.HAT: 14,
        Region.TEETH: 10,
        Region.NECK: 17,
    }
)
"""Which class each region of an audit is."""
FEWEST_PIXELS = 64
"""Of a class, on the 256 px crop, under which it counts as absent."""
LEAST_SKIN = 0.1
"""Share of a crop that is skin, at least, for it to show a face; in CelebA-HQ's masks: all 0.10 or more, 99% 0.15."""
SIGNATURE = Signature((Tensor("image", ("N", 3, SIDE, SIDE)),), (Tensor("logits", ("N", 19, GRID, GRID)),))

Labels = NDArray[np.uint8]
"""(H, W): an index into `CLASSES` for each pixel."""
Logits = NDArray[np.float32]
"""(19, 128, 128): how strongly the network holds with each class, before any normalisation."""


MIRRORED_CLASSES = (0, 1, 2, 3, 5, 4, 7, 6, 9, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18)
"""The classes as a mirror shows them: left and right change places."""


class Parser:
    """Says for each pixel which part of a face it shows. One instance serves a process, any number of threads.

    Reads the framing of CelebA-HQ (`faces.crops.CELEBA_HQ`), which is FFHQ's to about a hundredth.

    Source:
        Trained in the project (docs/models); masks of Lee et al. 2020, arXiv:1907.11922.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        """`files` are verified local paths by the names on the cards of `graphs.bundled`."""
        self._graph = Graph(files[PARSER.name], SIGNATURE)

    def parse(self, crop: Image) -> Labels:
        """(256, 256, 3) -> (256, 256)."""
        return self.parse_at(crop, (SIDE, SIDE))

    def parse_at(self, crop: Image, size: tuple[int, int]) -> Labels:
        """The labels of a crop at another size.

        Args:
            crop: (H, W, 3) of any size; brought to 256 x 256 pixels first.
            size: height and width of the result.
        """
        return labels_at(self.logits(resized(crop, SIDE)), size)

    def parse_face(self, image: Image, landmarks: Points) -> Labels:
        """The labels of a face in a photograph.

        Args:
            image: (H, W, 3).
            landmarks: (68, 2) of the face, in pixels of `image`.

        Returns:
            (H, W): 0, background, wherever the crop around the face does not reach.
        """
        matrix = to_crop(landmarks, SIDE, CELEBA_HQ)
        rows, columns = window_of(matrix, (image.shape[0], image.shape[1]))
        out = np.zeros(image.shape[:2], np.uint8)
        out[rows, columns] = labels_on(self.logits(cut(image, matrix, SIDE)), matrix, (rows, columns))
        return out

    def logits(self, crop: Image) -> Logits:
        """(256, 256, 3) -> (19, 128, 128): logarithms of the mean probabilities in the crop and in its mirror image.

        The mirror image adds 0.008 to the mean intersection over union on faces that it was not trained on.

        Raises:
            ImageError: another shape.
        """
        if crop.shape != (SIDE, SIDE, 3):
            raise ImageError(
                f"The face crop to parse has shape {crop.shape}; expected ({SIDE}, {SIDE}, 3). Bring it to that size, "
                "or use parse_at."
            )
        planes = np.ascontiguousarray(crop.transpose(2, 0, 1), np.float32)[None]
        found = self._graph.run({"image": np.concatenate([planes, planes[..., ::-1]])})["logits"]
        powers = np.exp(found - found.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
        both = (shares[0] + shares[1, MIRRORED_CLASSES, :, ::-1]) / 2
        return np.asarray(np.log(np.maximum(both, 1e-12)), np.float32)


def labels_at(logits: Logits, size: tuple[int, int]) -> Labels:
    """The strongest class of each pixel, the logits enlarged bilinearly (half-pixel convention).

    Args:
        logits: (19, h, w).
        size: height and width of the result.
    """
    import cv2

    height, width = size
    best: Any = np.full(size, -np.inf, np.float32)
    labels = np.zeros(size, np.uint8)
    for index, plane in enumerate(logits):
        _outdo(best, labels, cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR), index)
    return labels


def labels_on(logits: Logits, matrix: Similarity, window: tuple[slice, slice]) -> Labels:
    """The strongest class of each pixel in a window of a picture; 0 where the crop does not reach.

    Args:
        logits: (19, 128, 128).
        matrix: (2, 3), from pixels of the picture to pixels of the 256 px crop.
        window: rows and columns of the picture.
    """
    import cv2

    rows, columns = window
    width, height = columns.stop - columns.start, rows.stop - rows.start
    labels = np.zeros((max(0, height), max(0, width)), np.uint8)
    if labels.size == 0:
        return labels
    place = np.array([[1.0, 0, columns.start], [0, 1.0, rows.start]])
    onto = compose(rescaling((SIDE, SIDE), (GRID, GRID)), compose(matrix, place))
    best = np.full(labels.shape, -np.inf, np.float32)
    flags, border = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, cv2.BORDER_REPLICATE
    for index, box in _reach(logits, onto, labels.shape):
        part = box[0].stop - box[0].start, box[1].stop - box[1].start
        shifted = compose(onto, np.array([[1.0, 0, box[1].start], [0, 1.0, box[0].start]]))
        plane = cv2.warpAffine(logits[index], shifted, part[::-1], flags=flags, borderMode=border)
        _outdo(best[box], labels[box], plane, index)
    corners = np.array([(0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE)], np.float64) - 0.5
    inside: Any = np.zeros(labels.shape, np.uint8)
    square = transform(corners, invert(compose(matrix, place)))
    cv2.fillConvexPoly(inside, np.round(square * 256).astype(np.int64), 1, shift=8)
    return np.asarray(labels * inside, np.uint8)


def _reach(logits: Logits, onto: Similarity, size: tuple[int, ...]) -> Iterator[tuple[int, tuple[slice, slice]]]:
    """Each class that is strongest anywhere, with a rectangle of the window outside which it is not.

    Between four points of the grid a class lies below its largest value there, and the strongest class above the
    largest of all classes' smallest ones: most classes can be left out of most of the picture.
    """
    import cv2

    kernel = np.ones((3, 3), np.uint8)  # both neighbours: the cells on either side of a point
    least = np.max([cv2.erode(plane, kernel) for plane in logits], axis=0)
    for index, plane in enumerate(logits):
        y, x = np.nonzero(cv2.dilate(plane, kernel) >= least)
        if len(y) == 0:
            continue
        # Points at the border stand for whatever lies beyond it.
        low = np.where(np.array([x.min(), y.min()]) <= 1, -1e6, np.array([x.min(), y.min()]) - 1.0)
        high = np.where(np.array([x.max(), y.max()]) >= GRID - 2, 1e6, np.array([x.max(), y.max()]) + 1.0)
        box = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
        reached = transform(box, invert(onto))
        x0, y0 = np.clip(np.floor(reached.min(axis=0)), 0, (size[1], size[0])).astype(int)
        x1, y1 = np.clip(np.ceil(reached.max(axis=0)) + 1, 0, (size[1], size[0])).astype(int)
        if x0 < x1 and y0 < y1:
            yield index, (slice(int(y0), int(y1)), slice(int(x0), int(x1)))


def _outdo(best: Any, labels: Any, plane: Any, index: int) -> None:
    """Write `index` wherever `plane` is larger than the best so far; of equal ones the first stays."""
    labels[plane > best] = index
    np.maximum(best, plane, out=best)


def window_of(matrix: Similarity, size: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of a picture of height and width `size` that hold the crop, as far as it lies inside.

    Args:
        matrix: (2, 3), from pixels of the picture to pixels of the 256 px crop.
        size: of the picture.
    """
    corners = np.array([(0, 0), (SIDE, 0), (0, SIDE), (SIDE, SIDE)], np.float64) - 0.5
    reached = transform(corners, invert(matrix))
    x0, y0 = np.floor(reached.min(axis=0)).astype(int)
    x1, y1 = np.ceil(reached.max(axis=0)).astype(int) + 1
    height, width = size
    top, left = int(np.clip(y0, 0, height)), int(np.clip(x0, 0, width))
    return slice(top, max(top, min(height, int(y1)))), slice(left, max(left, min(width, int(x1))))


def counts(logits: Logits) -> NDArray[np.int64]:
    """(19,): how many pixels of the 256 px crop each class has."""
    return np.bincount(labels_at(logits, (SIDE, SIDE)).ravel(), minlength=len(CLASSES))


def parsed_regions(labels: Labels, here: NDArray[np.int64]) -> dict[Region, Mask]:
    """The masks of the regions that are there.

    Args:
        labels: (H, W) on the grid of a picture.
        here: (19,), from `counts`.

    Returns:
        By region; one with fewer than 64 pixels on either grid is absent.
    """
    out: dict[Region, Mask] = {}
    for region, index in REGION_CLASSES.items():
        if here[index] < FEWEST_PIXELS:
            continue
        mask = labels == index
        if np.count_nonzero(mask) >= FEWEST_PIXELS:
            out[region] = mask
    return out


def shows_face(logits: Logits) -> bool:
    """Whether the parser sees a face in a crop: an eye above the nose above the lips, and skin around them."""
    labels = labels_at(logits, (SIDE, SIDE))
    heights = []
    for classes in ((4, 5), (2,), (10, 11, 12)):
        rows = np.nonzero(np.isin(labels, classes))[0]
        if len(rows) < FEWEST_PIXELS:
            return False
        heights.append(float(rows.mean()))
    return heights == sorted(heights) and float((labels == 1).mean()) >= LEAST_SKIN
