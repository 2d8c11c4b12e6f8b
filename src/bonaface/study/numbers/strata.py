"""Kinds of faces and pictures that results are told apart by: pose, symmetry, light, skin, size, occlusion, groups."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bonaface.core.images import LUMA, Bytes8, Points
from bonaface.core.regions import Region
from bonaface.faces.regions import face_window, landmark_regions
from bonaface.faces.symmetry import asymmetry_of_shape
from bonaface.measure import MEASURES
from bonaface.measure.skin import typology_angle
from bonaface.study.numbers.intervals import DRAWS, Estimate, mean_of

Row = dict[str, Any]
FEWEST = 5
"""People under which a stratum is shown as too small to be read."""
POSES = ((15.0, "frontal, to 15°"), (30.0, "turned, 15 to 30°"), (float("inf"), "turned, over 30°"))
"""By the greater of yaw and pitch, in degrees; see `faces.pose`, which is rough."""
LIGHTS = ((0.05, "even, to 5%"), (0.15, "one-sided, 5 to 15%"), (float("inf"), "one-sided, over 15%"))
"""By `light_asymmetry`."""
FACING = 15.0
"""Degrees of yaw up to which a face's symmetry is told: perspective counts as asymmetry beyond."""
HALVES = ((0.004, "even, to 0.4%"), (0.007, "a little uneven, 0.4 to 0.7%"), (float("inf"), "uneven, over 0.7%"))
"""By `asymmetry_of_shape`, of the distance between the eyes: half of the people of the London set lie under the first,
one in twenty over the second."""
TONES = (
    *((-30.0, "dark, under −30°"), (10.0, "brown, −30 to 10°"), (28.0, "tan, 10 to 28°")),
    *((41.0, "intermediate, 28 to 41°"), (55.0, "light, 41 to 55°"), (float("inf"), "very light, over 55°")),
)
"""By `typology_angle` of the cheeks, in the groups of Chardon et al. 1991."""
EYES = ((8.0, "under 8 px"), (16.0, "8 to 16 px"), (32.0, "16 to 32 px"), (float("inf"), "32 px and more"))
"""By the distance between the eyes in the damaged picture."""
COVERS = ((1e-9, "nothing covered"), (0.1, "to 10% covered"), (0.25, "10 to 25% covered"), (2.0, "over 25% covered"))
"""By the covered share of the picture."""
AGES = ((13.0, "0 to 12"), (20.0, "13 to 19"), (40.0, "20 to 39"), (60.0, "40 to 59"), (float("inf"), "60 and over"))


def light_asymmetry(pixels: Bytes8, landmarks: Points) -> float:
    """How one-sided a face is lit.

    Args:
        pixels: (H, W, 3) uint8.
        landmarks: (68, 2) in their pixels.

    Returns:
        |left - right| / (left + right) of the mean luma on both sides of the line from the bridge of the nose to the
        chin, within the face's window; 0 to 1. It cannot tell light from a dark lock of hair.
    """
    rows, columns = face_window(landmarks, pixels.shape[0], pixels.shape[1])
    luma = pixels[rows, columns].astype(np.float64) @ LUMA
    y, x = np.mgrid[rows.start : rows.stop, columns.start : columns.stop]
    top, bottom = landmarks[27], landmarks[8]
    side = (x - top[0]) * (bottom[1] - top[1]) - (y - top[1]) * (bottom[0] - top[0])
    if not (side < 0).any() or not (side > 0).any():
        return 0.0
    left, right = float(luma[side < 0].mean()), float(luma[side > 0].mean())
    return abs(left - right) / max(left + right, 1e-9)


def step(value: float, steps: Sequence[tuple[float, str]]) -> str:
    """The first step that a value lies under.

    >>> step(20, POSES)
    'turned, 15 to 30°'
    """
    return next((name for limit, name in steps if value < limit), steps[-1][1])


def face_strata(face: Row, pixels: Bytes8 | None) -> dict[str, str]:
    """Of one face: what it belongs to, by kind of stratum.

    Args:
        face: a row of the table of faces.
        pixels: (H, W, 3) uint8 of its truth; None: not here.
    """
    out = {}
    landmarks = np.array(json.loads(face["landmarks"]), np.float64) if face.get("landmarks") else None
    if face.get("pose"):
        yaw, pitch, _ = json.loads(face["pose"])
        out["pose"] = step(max(abs(yaw), abs(pitch)), POSES)
        halves = None if landmarks is None or abs(yaw) > FACING else asymmetry_of_shape(landmarks)
        if halves is not None:
            out["symmetry of shape"] = step(halves, HALVES)
    if landmarks is not None and pixels is not None:
        out["light"] = step(light_asymmetry(pixels, landmarks), LIGHTS)
        cheeks = landmark_regions(landmarks, pixels.shape[0], pixels.shape[1])[Region.CHEEKS]
        tone = typology_angle(pixels.astype(np.float32) / np.float32(255), cheeks)
        if tone is not None:
            out["skin tone as pictured"] = step(tone, TONES)
    for name, value in face.items():
        if name.startswith("group_") and value not in (None, ""):
            out[f"group: {name.removeprefix('group_').replace('_', ' ')}"] = (
                _age(value) if name == "group_age" else value
            )
    return out


def cell_strata(cell: Row, face: Row) -> dict[str, str]:
    """Of one output: what its damaged picture belongs to."""
    out = {}
    if face.get("landmarks") and cell.get("observed_width") and face.get("width"):
        points = np.array(json.loads(face["landmarks"]), np.float64)
        eyes = float(np.hypot(*(points[42:48].mean(axis=0) - points[36:42].mean(axis=0))))
        out["eyes in the damaged picture"] = step(eyes * cell["observed_width"] / face["width"], EYES)
    if cell.get("covered") is not None:
        out["covered by the damage"] = step(cell["covered"], COVERS)
    return out


def strata_rows(belongs: Mapping[str, Mapping[str, str]], outcomes: Iterable[Row], *, draws: int = DRAWS) -> list[Row]:
    """The table of strata.

    Args:
        belongs: by the key of an output: its strata by kind.
        outcomes: one number of one output each: cell, person, restorer, outcome, unit, better and value.
        draws: of the bootstrap.

    Returns:
        Rows by kind, stratum, outcome and restorer; `few` says that there are fewer than `FEWEST` people.
    """
    held: dict[tuple[str, str, str, str], list[tuple[float, str]]] = {}
    about: dict[str, tuple[str, str]] = {}
    for row in outcomes:
        about[row["outcome"]] = row["unit"], row["better"]
        for kind, stratum in belongs.get(row["cell"], {}).items():
            key = (kind, stratum, row["outcome"], row["restorer"])
            held.setdefault(key, []).append((row["value"], row["person"]))
    out = []
    for key in sorted(held, key=lambda key: (key[0], _place(key[1]), *key[1:])):
        kind, stratum, outcome, restorer = key
        found = within(mean_of([v for v, _ in held[key]], [p for _, p in held[key]], draws=draws), outcome)
        out.append({
            "kind": kind, "stratum": stratum, "outcome": outcome, "unit": about[outcome][0],
            "better": about[outcome][1], "restorer": restorer, "value": found.value, "low": found.low,
            "high": found.high, "n": found.n, "people": found.people,
            "few": "yes" if found.people < FEWEST else "no", "why": found.why,
        })  # fmt: skip
    return out


def within(found: Estimate, outcome: str) -> Estimate:
    """An interval that does not reach beyond what the outcome can be: Student's knows no bounds.

    Args:
        found: a mean.
        outcome: a measure, or another number from 0 to 1.
    """
    bounds = MEASURES[outcome].bounds if outcome in MEASURES else (0.0, 1.0)
    if found.low is None or found.high is None or bounds is None:
        return found
    return replace(found, low=max(bounds[0], found.low), high=min(bounds[1], found.high))


_ORDER = [name for steps in (POSES, HALVES, LIGHTS, TONES, EYES, COVERS, AGES) for _, name in steps]


def _place(stratum: str) -> int:
    return _ORDER.index(stratum) if stratum in _ORDER else len(_ORDER)


def _age(value: str) -> str:
    try:
        return step(float(value), AGES)
    except ValueError:
        return value
