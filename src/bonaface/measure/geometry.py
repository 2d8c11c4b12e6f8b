"""Shifts of landmarks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bonaface.core.cases import Face
from bonaface.core.catalog import Source
from bonaface.core.images import Points
from bonaface.core.results import Score
from bonaface.faces.align import transform, umeyama
from bonaface.faces.cards import CARDS
from bonaface.measure.record import Measure, Values, face_of, no_files

GROUPS = MappingProxyType(
    {
        "jaw": tuple(range(17)),
        "right-brow": tuple(range(17, 22)),
        "left-brow": tuple(range(22, 27)),
        "nose": tuple(range(27, 36)),
        "right-eye": tuple(range(36, 42)),
        "left-eye": tuple(range(42, 48)),
        "mouth": tuple(range(48, 68)),
    }
)
"""Landmark numbers of each facial feature; left and right are the person's own."""


def inter_ocular(landmarks: Points) -> float:
    """Distance of the outer eye corners (points 36 and 45), in pixels."""
    return float(np.hypot(*(landmarks[45] - landmarks[36])))


def aligned_shifts(output: Points, truth: Points) -> NDArray[np.float64]:
    """Shift of each landmark after the output's were brought onto the truth's by a similarity transform.

    Args:
        output: (68, 2) in pixels.
        truth: (68, 2).

    Returns:
        (68,): percent of the truth's inter-ocular distance.
    """
    moved = transform(output, umeyama(output, truth))
    return np.asarray(100 * np.hypot(*(moved - truth).T) / inter_ocular(truth))


def raw_shifts(output: Points, truth: Points) -> NDArray[np.float64]:
    """(68,): shift of each landmark in pixels, without alignment, as the hallucination study (S0) gives it."""
    return np.asarray(np.hypot(*(output - truth).T))


def raw_nrmse(output: Points, truth: Points) -> float:
    """Root mean square of the shifts without alignment, in percent of the inter-ocular distance."""
    return float(100 * np.sqrt(np.mean(raw_shifts(output, truth) ** 2)) / inter_ocular(truth))


def nrmse(output: Points, truth: Points) -> float:
    """Root mean square of the aligned shifts, in percent of the inter-ocular distance."""
    return float(np.sqrt(np.mean(aligned_shifts(output, truth) ** 2)))


def distance_values(output: Points, truth: Points) -> dict[str, float | Score]:
    """LMD and its parts, as `landmark_distance` has them, of any 68 landmarks.

    Args:
        output: (68, 2) in pixels, in the order of 300-W.
        truth: (68, 2), on the same grid.
    """
    raw = raw_shifts(output, truth)
    percent = 100 * raw / inter_ocular(truth)
    return {
        "": float(percent.mean()),
        "px": Score(float(raw.mean()), "px"),
        "aligned": float(aligned_shifts(output, truth).mean()),
        **{group: float(percent[list(points)].mean()) for group, points in GROUPS.items()},
    }


def nrmse_values(output: Points, truth: Points) -> dict[str, float | Score]:
    """NRMSE and its part, as `landmark_nrmse` has them, of any 68 landmarks: (68, 2) each."""
    return {"": raw_nrmse(output, truth), "aligned": nrmse(output, truth)}


def landmark_distance(faces: Mapping[str, Face]) -> Values:
    """LMD: mean distance of the 68 landmarks of output and truth, without alignment.

    Args:
        faces: "output" and "truth", on one pixel grid.

    Returns:
        Percent of the truth's inter-ocular distance under ""; "px" in pixels; "aligned" after the output's landmarks
        were brought onto the truth's by a similarity transform; and each group of `GROUPS`, without alignment.

    Raises:
        NotApplicable: a face was not found.
    """
    return distance_values(face_of(faces, "output").landmarks, face_of(faces, "truth").landmarks)


def landmark_nrmse(faces: Mapping[str, Face]) -> Values:
    """Root mean square distance of the 68 landmarks, without alignment, in % of the truth's inter-ocular distance.

    Args:
        faces: "output" and "truth", on one pixel grid.

    Returns:
        Under "" as said; "aligned" as `nrmse` has it.

    Raises:
        NotApplicable: a face was not found.

    Source:
        Zhang et al. 2021 (Pro-UIGAN), arXiv:2108.00602, V.A: its face alignment score.
    """
    return nrmse_values(face_of(faces, "output").landmarks, face_of(faces, "truth").landmarks)


_LANDMARKS = (
    "dlib's 68 landmarks, in whole pixels, found in output and truth alike (the detector looks at the same place); % "
    "of the truth's inter-ocular distance (outer corners, points 36 and 45); no alignment"
)
LMD = Measure(
    id="lmd",
    version=1,
    needs=("faces",),
    faces=("output", "truth"),
    unit="% IOD",
    better="lower",
    bounds=(0.0, float("inf")),
    convention=f"{_LANDMARKS}; mean distance",
    source=Source("the hallucination study (S0); as face restoration papers use it"),
    load=no_files(landmark_distance),
    weights=CARDS,
)
NRMSE = replace(
    LMD,
    id="nrmse",
    convention=f"{_LANDMARKS}; root mean square distance",
    source=Source("Zhang et al. 2021 (Pro-UIGAN), V.A", "arXiv:2108.00602"),
    load=no_files(landmark_nrmse),
)
