"""Kinds of faces and pictures that results are told apart by: pose, light, occlusion, resolution, and known groups."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bonaface.core.images import LUMA, Bytes8, Points
from bonaface.faces.regions import face_window
from bonaface.measure import MEASURES
from bonaface.study.intervals import DRAWS, Estimate, mean_of

Row = dict[str, Any]
FEWEST = 5
"""People under which a stratum is shown as too small to be read."""
POSES = ((15.0, "frontal, to 15°"), (30.0, "turned, 15 to 30°"), (float("inf"), "turned, over 30°"))
"""By the greater of yaw and pitch, in degrees; see `faces.pose`, which is rough."""
LIGHTS = ((0.05, "even, to 5%"), (0.15, "one-sided, 5 to 15%"), (float("inf"), "one-sided, over 15%"))
"""By `light_asymmetry`."""
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


def face_strata(face: Row, light: float | None) -> dict[str, str]:
    """Of one face: what it belongs to, by kind of stratum.

    Args:
        face: a row of the table of faces.
        light: from `light_asymmetry`; None: not known.
    """
    out = {}
    if face.get("pose"):
        yaw, pitch, _ = json.loads(face["pose"])
        out["pose"] = step(max(abs(yaw), abs(pitch)), POSES)
    if light is not None:
        out["light"] = step(light, LIGHTS)
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


_ORDER = [name for steps in (POSES, LIGHTS, EYES, COVERS, AGES) for _, name in steps]


def _place(stratum: str) -> int:
    return _ORDER.index(stratum) if stratum in _ORDER else len(_ORDER)


def _age(value: str) -> str:
    try:
        return step(float(value), AGES)
    except ValueError:
        return value
