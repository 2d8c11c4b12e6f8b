"""Finding faces and their 68 landmarks with dlib, on arrays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bonaface.core.cases import Face
from bonaface.core.images import Bytes8, Points
from bonaface.faces.cards import LANDMARKS_68, NETWORK_DETECTOR
from bonaface.faces.pose import head_pose

FIRST_LOOK = 800
"""Longest side in pixels at which a large photograph is searched first."""
ENLARGED_LOOK = 3200
"""Longest side in pixels of a photograph that is searched at twice its size, for small faces."""
NETWORK_LOOK = 900
"""Longest side in pixels at which the network detector searches: it is slow."""
SURE = 0.5
"""Score of the HOG detector from which on a face is taken without looking at another size: below, some are none."""
DOUBTED = 0.2
"""Score under which what the HOG detector found may be none: of 34 such boxes in group photographs 2 were none, of 41
between this and `SURE` all were faces."""
HOG_FACE = 80
"""The smallest face, in pixels, that the HOG detector finds."""

Box = tuple[float, float, float, float]
Found = tuple[Box, float]
"""A box, and the detector's score."""


class Locator:
    """Finds faces and landmarks. Loads its models when it is made; one instance serves a whole process.

    Threads take turns: dlib gives up Python's lock while it works, and its detectors hold state.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        """`files` are verified local paths by the names on the cards of `faces.cards`."""
        import dlib

        self._dlib: Any = dlib
        self._turn = Lock()
        self._hog = dlib.get_frontal_face_detector()
        self._predict = dlib.shape_predictor(str(files[LANDMARKS_68.name]))
        self._network_file = files.get(NETWORK_DETECTOR.name)
        self._network: Any = None

    def faces(self, pixels: Bytes8, *, network: bool = True) -> list[Face]:
        """The faces that are easily found, largest first; `search.every_face` looks for all of them.

        Looks with the HOG detector, at a reduced size first; then at full size, then enlarged (small faces), until a
        face is surely found; where there is none at all, with the network detector (covered and turned faces).

        Args:
            pixels: (H, W, 3) uint8 RGB.
            network: allow the network detector.
        """
        found: list[Found] = []
        for scale in first_looks(max(pixels.shape[:2])):
            found = without_doubles(found + self.hog_boxes(pixels, scale))
            if any(score >= SURE for _, score in found):
                break
        return self.placed(pixels, found) if found or not network else self.by_network(pixels)

    def placed(self, pixels: Bytes8, found: list[Found], detector: Literal["hog", "network"] = "hog") -> list[Face]:
        """The faces of boxes with their landmarks, largest first."""
        faces = [self.landmarks(pixels, box, detector=detector, confidence=score) for box, score in found]
        return sorted(faces, key=lambda face: -face.width)

    def by_network(self, pixels: Bytes8) -> list[Face]:
        """What the network detector finds, largest first; nothing where its file is not at hand. Takes seconds."""
        if self._network_file is None:
            return []
        found = self._network_boxes(pixels, min(2.0, NETWORK_LOOK / max(pixels.shape[:2])))
        return self.placed(pixels, found, "network")

    def same_face(self, pixels: Bytes8, near: Face) -> Face | None:
        """The face of `pixels` that stands where `near` stands on the same grid, or None.

        Looks only around that place, at the size that suits the detector: a few milliseconds with the HOG detector. A
        face that only the network found is looked for with the network too; one whose place was given, or follows from
        the alignment, has its landmarks taken there.
        """
        height, width = pixels.shape[:2]
        x0, y0, x1, y1 = near.box
        margin = 0.5 * near.width
        left, top = max(0, int(x0 - margin)), max(0, int(y0 - margin))
        window = pixels[top : min(height, int(y1 + margin) + 1), left : min(width, int(x1 + margin) + 1)]
        if min(window.shape[:2]) < 8:
            return None
        for face_size in (2 * HOG_FACE, 3 * HOG_FACE):
            boxes = self.hog_boxes(np.ascontiguousarray(window), face_size / near.width)
            moved = [((b[0] + left, b[1] + top, b[2] + left, b[3] + top), score) for b, score in boxes]
            close = [(overlap(box, near.box), box, score) for box, score in moved]
            best = max(close, default=(0.0, near.box, 0.0))
            if best[0] > 0.3:
                return self.landmarks(pixels, best[1], detector="hog", confidence=best[2])
        if near.detector == "network" and self._network_file is not None:
            boxes = self._network_boxes(np.ascontiguousarray(window), min(2.0, HOG_FACE / near.width))
            moved = [((b[0] + left, b[1] + top, b[2] + left, b[3] + top), score) for b, score in boxes]
            best = max([(overlap(box, near.box), box, score) for box, score in moved], default=best)
            if best[0] > 0.3:
                return self.landmarks(pixels, best[1], detector="network", confidence=best[2])
        if near.detector in ("aligned", "given"):  # nobody detected it in the first place: the place is known
            return self.landmarks(pixels, near.box, detector=near.detector)
        return None

    def landmarks(self, pixels: Bytes8, box: Box, *, detector: str = "given", confidence: float = 0.0) -> Face:
        """The 68 landmarks of the face inside `box` (x0, y0, x1, y1 in pixels)."""
        rectangle = self._dlib.rectangle(*(round(v) for v in box))
        with self._turn:
            shape = self._predict(pixels, rectangle)
        points: Points = np.array([(p.x, p.y) for p in shape.parts()], np.float64)
        return Face(box=box, landmarks=points, pose=head_pose(points), confidence=confidence, detector=detector)

    def hog_boxes(self, pixels: Bytes8, scale: float) -> list[Found]:
        """What the HOG detector finds in a picture of `scale` times the size, in the picture's own pixels."""
        return self.hog(_grey(pixels, scale), scale)

    def hog(self, grey: NDArray[np.uint8], scale: float = 1.0) -> list[Found]:
        """What the HOG detector finds in (H, W) uint8, with boxes divided by `scale`."""
        with self._turn:
            rectangles, scores, _ = self._hog.run(grey, 0, 0.0)
        return [(_box(r, scale), float(s)) for r, s in zip(rectangles, scores, strict=True)]

    def _network_boxes(self, pixels: Bytes8, scale: float) -> list[Found]:
        import cv2

        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        resized = cv2.resize(pixels, size, interpolation=interpolation)
        with self._turn:
            if self._network is None:
                self._network = self._dlib.cnn_face_detection_model_v1(str(self._network_file))
            found = self._network(resized, 0)
        return [(_box(f.rect, scale), float(f.confidence)) for f in found]


def first_looks(longest: int) -> list[float]:
    """Sizes at which a photograph is searched, one after the other, as factors; `longest` is its longest side."""
    looks = [min(1.0, FIRST_LOOK / longest)]
    if looks[0] < 1:
        looks.append(1.0)
    if longest <= ENLARGED_LOOK:
        looks.append(2.0)
    return looks


def template_box(height: int, width: int) -> Box:
    """Where the HOG detector's box lies in an FFHQ-aligned crop of this size.

    Means over faces of `celeba_val`, as shares of the side: see `scripts/template_box.py`.
    """
    return (0.218 * width, 0.306 * height, 0.781 * width, 0.868 * height)


def _grey(pixels: Bytes8, scale: float) -> Any:
    import cv2

    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    if abs(scale - 1) < 1e-3:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def _box(rectangle: Any, scale: float) -> Box:
    return (
        rectangle.left() / scale,
        rectangle.top() / scale,
        rectangle.right() / scale,
        rectangle.bottom() / scale,
    )


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def without_doubles(found: list[Found]) -> list[Found]:
    """Keep the surest of boxes that overlap."""
    kept: list[Found] = []
    for box, score in sorted(found, key=lambda item: -item[1]):
        if all(overlap(box, other) < 0.3 for other, _ in kept):
            kept.append((box, score))
    return kept
