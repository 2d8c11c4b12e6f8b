"""SIFT keypoints with and without a partner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.cases import Face
from bonaface.core.catalog import Source
from bonaface.core.images import Bytes8, Image, Points, to_bytes
from bonaface.core.results import Score
from bonaface.faces.regions import face_window, landmark_regions
from bonaface.measure.record import Measure, Values, no_files

LONGEST_SIDE = 2048
"""Pixels of the window that is looked at; of a larger face the finest octaves would be noise, and gigabytes of it."""
RATIO = 0.75
"""Lowe's ratio: the best distance must be below this share of the second best."""
FEWEST = 5
"""Keypoints under which a share of them says nothing."""


@dataclass(frozen=True, slots=True)
class Keypoints:
    """SIFT keypoints of one picture.

    Attributes:
        points: (N, 2) in pixels.
        sizes: (N,) diameters in pixels.
        angles: (N,) degrees.
        descriptors: (N, 128).
    """

    points: Points
    sizes: NDArray[np.float32]
    angles: NDArray[np.float32]
    descriptors: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.points)


def detect(pixels: Bytes8, window: tuple[slice, slice] | None = None) -> Keypoints:
    """SIFT with OpenCV's default settings on 8-bit luma; a longer window than 2048 px is reduced to that by area first.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        window: rows and columns to look at; points are still in pixels of the whole picture.

    Source:
        Lowe 2004, doi:10.1023/B:VISI.0000029664.99615.94.
    """
    import cv2

    rows, columns = window or (slice(0, pixels.shape[0]), slice(0, pixels.shape[1]))
    grey = cv2.cvtColor(np.ascontiguousarray(pixels[rows, columns]), cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    shrink = max(1.0, max(height, width) / LONGEST_SIDE)
    if shrink > 1:
        size = (round(width / shrink), round(height / shrink))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    found, descriptors = cv2.SIFT_create().detectAndCompute(grey, None)  # type: ignore[attr-defined]
    points = np.array([k.pt for k in found], np.float64).reshape(-1, 2)
    return Keypoints(
        points=(points + 0.5) * shrink - 0.5 + np.array([columns.start, rows.start], np.float64),
        sizes=np.array([k.size * shrink for k in found], np.float32),
        angles=np.array([k.angle for k in found], np.float32),
        descriptors=np.zeros((0, 128), np.float32) if descriptors is None else np.asarray(descriptors, np.float32),
    )


def match(output: Keypoints, truth: Keypoints) -> NDArray[np.intp]:
    """Partners: mutual best by Euclidean distance, and passing Lowe's ratio from the output's side.

    Returns:
        (M, 2): indices into `output` and into `truth`.
    """
    if len(output) == 0 or len(truth) < 2:
        return np.zeros((0, 2), np.intp)
    import cv2

    a, b = output.descriptors, truth.descriptors
    # Squared distances by one matrix product; the descriptors hold whole numbers, so this is exact. OpenCV's product
    # keeps to this thread, while NumPy's wakes another that then waits, busily, for more.
    nothing: Any = None
    product = cv2.gemm(a, b, -2.0, nothing, 0.0, flags=cv2.GEMM_2_T)
    squared: Any = product + (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)[None, :]
    best = squared.argmin(axis=1)
    rows = np.arange(len(a))
    mutual = squared.argmin(axis=0)[best] == rows
    first = squared[rows, best]
    squared[rows, best] = np.inf
    good = mutual & (first < RATIO**2 * squared.min(axis=1))
    return np.stack([rows[good], best[good]], axis=1)


def keypoint_matches(output: Image, truth: Image, faces: Mapping[str, Face]) -> Values:
    """The share of the output's SIFT keypoints that have a partner in the truth; counts, also by region.

    Args:
        output: (H, W, 3).
        truth: the same shape.
        faces: with "truth", the face's window and one inter-ocular distance around it is looked at, and the points are
            counted by region of that face too; without, the whole picture.

    Returns:
        The share under "" (not applicable below five points); "output", "truth" and "matched" in points, and the same
        after a region's name ("nose:matched"). A pair of partners counts where the output's point lies.

    Source:
        The hallucination study (S0, VI.E); Lowe 2004, doi:10.1023/B:VISI.0000029664.99615.94.
    """
    size = (truth.shape[0], truth.shape[1])
    face = faces.get("truth")
    window = None if face is None else _around(face, size)
    mine, real = detect(to_bytes(output), window), detect(to_bytes(truth), window)
    pairs = match(mine, real)
    partnered = np.zeros(len(mine), bool)
    partnered[pairs[:, 0]] = True
    out: dict[str, float | Score] = {
        "": Score(len(pairs) / len(mine), "share")
        if len(mine) >= FEWEST
        else Score.not_applicable(f"{len(mine)} keypoints in the output; at least {FEWEST} make a share", "share"),
        "output": Score(len(mine), "points"),
        "truth": Score(len(real), "points"),
        "matched": Score(len(pairs), "points"),
    }
    if face is None:
        return out
    for region, mask in landmark_regions(face.landmarks, *size).items():
        here, there = (_inside(found.points, mask) for found in (mine, real))
        counts = {"output": here.sum(), "truth": there.sum(), "matched": (here & partnered).sum()}
        out |= {f"{region}:{name}": Score(int(count), "points") for name, count in counts.items()}
    return out


def _around(face: Face, size: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns: the face's window and one inter-ocular distance around it."""
    reach = int(face.inter_ocular)
    rows, columns = face_window(face.landmarks, *size)
    return (
        slice(max(0, rows.start - reach), min(size[0], rows.stop + reach)),
        slice(max(0, columns.start - reach), min(size[1], columns.stop + reach)),
    )


def _inside(points: Points, mask: Any) -> NDArray[np.bool_]:
    """(N, 2) and (H, W) -> (N,)."""
    x, y = np.rint(points).astype(int).T
    return np.asarray(mask[np.clip(y, 0, mask.shape[0] - 1), np.clip(x, 0, mask.shape[1] - 1)], np.bool_)


KEYPOINTS = Measure(
    id="keypoints",
    version=1,
    needs=("output", "truth", "faces"),
    unit="share",
    better="higher",
    bounds=(0.0, 1.0),
    convention="OpenCV's SIFT with default settings on 8-bit luma, partners by mutual best and Lowe's ratio 0.75; the "
    "face's window and one inter-ocular distance around it, without a face the whole picture; partners of the output's "
    "points",
    source=Source("the hallucination study (S0), VI.E; Lowe 2004", "doi:10.1023/B:VISI.0000029664.99615.94"),
    load=no_files(keypoint_matches),
    implementation="Bonaface, by OpenCV",
)
