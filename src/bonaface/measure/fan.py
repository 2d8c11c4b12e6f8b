"""Shifts of landmarks that 2D-FAN-4 finds: the network of face_alignment, whose points many papers measure with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bonaface.core.cases import Face
from bonaface.core.images import Image, Points, Similarity
from bonaface.core.results import Score
from bonaface.faces.align import invert, transform
from bonaface.faces.cards import CARDS
from bonaface.faces.crops import cut
from bonaface.measure.geometry import distance_values, inter_ocular, nrmse_values
from bonaface.measure.landmarks import LMD, NRMSE
from bonaface.measure.published import FAN, network
from bonaface.measure.record import Files, NotApplicable, Values, face_of

SIDE = 256
"""Of the crop that the network reads, in pixels."""
GRID = 64
"""Of the heat maps that it delivers."""
WIDTH_AND_HEIGHT = 195 / 200
"""Sum of the width and the height of the landmarks' box, over the side of the crop: as FAN was trained."""
LIFT = 0.12
"""How much higher than that box the crop lies, as a share of the box's height."""
FAINT = 1e-3
"""Least share of a peak that its neighbours count with, before the logarithm."""


def to_fan_crop(landmarks: Points) -> Similarity:
    """From pixels of the picture to pixels of the crop of 256 x 256, upright.

    Args:
        landmarks: (68, 2); the box around them places the crop. (A detector's box would do it by what the detector
            counts as face: dlib's ends at the brows, others' at the hair, and their crops differ by a third.)

    Source:
        Bulat & Tzimiropoulos 2017, arXiv:1703.07332; shares as their published code has them.
    """
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    width, height = high - low
    scale = SIDE * WIDTH_AND_HEIGHT / (width + height)
    centre = (low + high) / 2 - (0, LIFT * height)
    return np.hstack([scale * np.eye(2), ((SIDE - 1) / 2 - scale * centre)[:, None]])


def decoded(heatmaps: NDArray[np.float32]) -> Points:
    """Where the peaks of heat maps lie, finer than their grid.

    A peak on the grid alone is known to 4 px of the crop. Its place between the cells is the top of the parabola
    through the logarithms of the peak and its two neighbours, along each axis: exact for the Gaussian peaks that the
    network was trained to draw.

    Args:
        heatmaps: (N, 64, 64).

    Returns:
        (N, 2) in pixels of the crop.
    """
    count, height, width = heatmaps.shape
    rows, columns = np.divmod(heatmaps.reshape(count, -1).argmax(axis=1), width)
    each = np.arange(count)
    peak = heatmaps[each, rows, columns].astype(np.float64)
    found = []
    for place, most, step in ((columns, width, (0, 1)), (rows, height, (1, 0))):
        inside = (place > 0) & (place < most - 1) & (peak > 0)
        down, right = step[0] * inside, step[1] * inside
        beside = [heatmaps[each, rows + sign * down, columns + sign * right] for sign in (-1, 1)]
        floor = np.where(peak > 0, FAINT * peak, 1)
        before, after = (np.log(np.maximum(values, floor)) for values in beside)
        bend = before + after - 2 * np.log(np.maximum(peak, floor))
        curved = inside & (bend < 0)
        found.append(place + np.where(curved, (before - after) / (2 * np.where(curved, bend, 1)), 0))
    cell = SIDE / GRID
    return np.stack(found, axis=1) * cell + (cell - 1) / 2


class Fan:
    """68 landmarks of a face by 2D-FAN-4. The last few are kept, since two measures ask for the same ones."""

    def __init__(self, file: Path) -> None:
        """`file`: the verified graph.

        Raises:
            GraphMismatch: another graph.
        """
        self._run = network(file, SIDE, (68, GRID, GRID))
        self._found = lru_cache(maxsize=4)(self._of_bytes)

    def __call__(self, image: Image, crop: Similarity) -> tuple[Points, float]:
        """(H, W, 3) and (2, 3) -> (68, 2) in pixels of the picture; mean height of the peaks, about 0 to 1."""
        points, sureness = self._found(cut(image, crop, SIDE).tobytes())
        return transform(points, invert(crop)), sureness

    def _of_bytes(self, crop: bytes) -> tuple[Points, float]:
        pixels = np.frombuffer(crop, np.float32).reshape(SIDE, SIDE, 3)
        heatmaps = self._run(np.ascontiguousarray(pixels.transpose(2, 0, 1)[None]))[0]
        return decoded(heatmaps), float(heatmaps.max(axis=(1, 2)).mean())


_fan_of = cache(Fan)


def _points(fan: Fan, output: Image, truth: Image, faces: Mapping[str, Face]) -> tuple[Points, Points, Score]:
    """(68, 2) of output and truth, and the lower of both pictures' mean heights of the peaks.

    Raises:
        NotApplicable: a face was not found, or the points are none of a face.
    """
    face_of(faces, "output")  # FAN delivers 68 points of anything: a detector has to have seen a face
    crop = to_fan_crop(face_of(faces, "truth").landmarks)
    (mine, first), (real, second) = fan(output, crop), fan(truth, crop)
    if inter_ocular(real) == 0:
        raise NotApplicable("2D-FAN-4 puts both outer corners of the truth's eyes at one place")
    return mine, real, Score(min(first, second), "")


def _load_distance(files: Files) -> Callable[..., Values]:
    fan = _fan_of(files[FAN.name])

    def lmd_fan(output: Image, truth: Image, faces: Mapping[str, Face]) -> Values:
        """LMD by the points of 2D-FAN-4, without alignment.

        Args:
            output: (H, W, 3).
            truth: (H, W, 3), on the same grid.
            faces: "output" and "truth"; the truth's landmarks place the crop in both pictures.

        Returns:
            Percent of the truth's inter-ocular distance under ""; the parts of `lmd`; "peak": see `_points`.

        Raises:
            NotApplicable: a face was not found, or the points are none of a face.
        """
        mine, real, peak = _points(fan, output, truth, faces)
        return {**distance_values(mine, real), "peak": peak}

    return lmd_fan


def _load_nrmse(files: Files) -> Callable[..., Values]:
    fan = _fan_of(files[FAN.name])

    def nrmse_fan(output: Image, truth: Image, faces: Mapping[str, Face]) -> Values:
        """Root mean square distance of the points of 2D-FAN-4, without alignment, and its part as `nrmse` has it.

        Args and errors: as those of `lmd-fan`.
        """
        mine, real, _ = _points(fan, output, truth, faces)
        return nrmse_values(mine, real)

    return nrmse_fan


_POINTS = (
    "2D-FAN-4's 68 landmarks (face_alignment) through its ONNX edition, in both pictures in one crop of 256 px placed "
    "by the box of the truth's landmarks (dlib's 68; side 200/195 of width plus height, 12% of the height up), edges "
    "repeated, not averaged with the mirror image; heat maps of 64 px decoded between their cells by a Gaussian's top "
    "(papers' scripts: a quarter cell, or none); % of the truth's inter-ocular distance by FAN (points 36 and 45); no "
    "alignment"
)
LMD_FAN = replace(
    LMD,
    id="lmd-fan",
    version=1,
    convention=f"{_POINTS}; mean distance (NOT comparable with lmd)",
    load=_load_distance,
    weights=(FAN, *CARDS),
    implementation="Bonaface, by face_alignment's network",
)
NRMSE_FAN = replace(
    LMD_FAN,
    id="nrmse-fan",
    convention=f"{_POINTS}; root mean square distance (NOT comparable with nrmse)",
    source=NRMSE.source,
    load=_load_nrmse,
)
