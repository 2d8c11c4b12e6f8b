"""Where keypoints without a partner lie on a face: maps and counts over many outputs, in one frame."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import BonafaceError
from bonaface.core.images import Image, Points, Similarity, to_bytes
from bonaface.faces.align import compose, invert, rescaling, transform
from bonaface.faces.crops import FFHQ, cut, to_crop
from bonaface.faces.regions import landmark_regions
from bonaface.io.pictures import read_picture
from bonaface.measure.keypoints import Keypoints, detect, match
from bonaface.study.engine.feeding import eight_bit, resized
from bonaface.study.engine.store import Store
from bonaface.study.numbers.intervals import DRAWS, mean_of

Row = dict[str, Any]
MOST = 40
"""Outputs of one restorer that are looked at, evenly taken: more change a mean map little."""
LONGEST = 512
"""Pixels of the longer side on which keypoints are looked for: so all studies are looked at alike."""
FRAME = 128
"""Pixels a side of the maps, which are framed as FFHQ's faces are."""
SIGMA = 0.1
"""Of the smoothing, as a share of the distance between the eyes."""


@dataclass(frozen=True, slots=True)
class Density:
    """Where one restorer's outputs have keypoints that the truths lack.

    Attributes:
        restorer: its label.
        plane: (128, 128) float32: points for each square of a tenth of the distance between the eyes a side, mean over
            outputs.
        points: without a partner, per output and within the frame.
        outputs: that were looked at.
        people: whom they show.
    """

    restorer: str
    plane: NDArray[np.float32]
    points: float
    outputs: int
    people: int


@dataclass(frozen=True, slots=True)
class Densities:
    """Maps of all restorers in one frame.

    Attributes:
        maps: by restorer, in the order given.
        landmarks: (68, 2), the mean over the faces, in pixels of the frame; None: there is none.
        rows: counts by restorer and region, per output, with intervals.
        outputs: by cell, how many points without a partner lie in each region.
    """

    maps: tuple[Density, ...]
    landmarks: Points | None
    rows: list[Row]
    outputs: Mapping[str, Mapping[str, int]]


def densities(
    store: Store, pictures: Sequence[Row], faces: Sequence[Row], *, most: int = MOST, draws: int = DRAWS
) -> Densities:
    """Look for keypoints in stored outputs and truths.

    SIFT points without a partner in the truth, by mutual best and Lowe's ratio, as `measure.keypoints` has it.

    Args:
        store: of the study.
        pictures: rows of `reported.Reported.tables["pictures"]`.
        faces: rows of the table of faces; outputs of faces without landmarks are left out.
        most: outputs of each restorer.
        draws: of the bootstrap.
    """
    known = {row["face"]: row for row in faces if row["landmarks"] and row["truth"]}
    held: dict[str, list[Row]] = {}
    for row in sorted(pictures, key=lambda row: (row["face"], row["degradation"], row["seed"], row["cell"])):
        if row["status"] == "ok" and row["face"] in known:
            held.setdefault(row["restorer"], []).append(row)
    used: dict[str, Points] = {}
    maps, counts = [], list[Row]()
    outputs = dict[str, Mapping[str, int]]()
    for restorer, rows in held.items():
        chosen = [rows[i] for i in np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int))]
        seen = list(_looked(store, chosen, known))
        if not seen:
            continue
        plane = np.zeros((FRAME, FRAME))
        for one in seen:
            used[one.face] = one.landmarks
            plane += _map(one.points, one.landmarks)
        total = float(np.mean([len(one.points) for one in seen]))
        people = len({one.person for one in seen})
        maps.append(Density(restorer, (plane / len(seen)).astype(np.float32), total, len(seen), people))
        counts += _counts(restorer, seen, draws)
        outputs |= {one.cell: one.regions for one in seen}
    mean = np.mean(list(used.values()), axis=0) if used else None
    return Densities(tuple(maps), mean, counts, outputs)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Points of one output that have no partner, in pixels of the frame, and how many lie in each region."""

    cell: str
    face: str
    person: str
    points: Points
    landmarks: Points
    regions: Mapping[str, int]


def _looked(store: Store, rows: Sequence[Row], known: Mapping[str, Row]) -> Iterator[_Seen]:
    last: tuple[tuple[str, str], Image, Keypoints, Similarity] | None = None
    for row in rows:
        try:
            key = (row["truth"], row["to_output"] or "")
            output = read_picture(store.picture(row["output"]), 1).image()
            if last is None or last[0] != key:
                last = key, *_truth(store, row, output.shape[0])
            _, truth, real, from_truth = last
            mine = detect(to_bytes(resized(output, (truth.shape[0], truth.shape[1]))))
        except (OSError, BonafaceError):  # a picture that was deleted is not looked at
            continue
        alone = np.ones(len(mine), bool)
        alone[match(mine, real)[:, 0]] = False
        landmarks = np.array(json.loads(known[row["face"]]["landmarks"]), np.float64)
        here = transform(landmarks, from_truth)
        to_frame = compose(to_crop(landmarks, FRAME, FFHQ), invert(from_truth))
        points = mine.points[alone]
        inside = {
            str(region): int(
                mask[tuple(np.rint(points[:, ::-1]).astype(int).clip(0, np.array(mask.shape) - 1).T)].sum()
            )
            for region, mask in landmark_regions(here, truth.shape[0], truth.shape[1]).items()
        }
        framed = transform(points, to_frame)
        kept = framed[((framed > -0.5) & (framed < FRAME - 0.5)).all(axis=1)]
        yield _Seen(row["cell"], row["face"], row["person"], kept, transform(here, to_frame), inside)


def _truth(store: Store, row: Row, side: int) -> tuple[Image, Keypoints, Similarity]:
    """The truth as the output shows it, its points, and the way from the stored truth's pixels to its."""
    image = read_picture(store.picture(row["truth"]), 1).image()
    size = (image.shape[0], image.shape[1])
    matrix = rescaling(size, size)
    if row["to_output"]:
        matrix = np.array(json.loads(row["to_output"]), np.float64)
        image, size = cut(image, matrix, side), (side, side)
    scale = LONGEST / max(size)
    if scale < 1:
        smaller = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
        image, matrix = resized(image, smaller), compose(rescaling(size, smaller), matrix)
    return eight_bit(image), detect(to_bytes(image)), matrix


def _map(points: Points, landmarks: Points) -> NDArray[np.float64]:
    import cv2

    eyes = float(np.hypot(*(landmarks[42:48].mean(axis=0) - landmarks[36:42].mean(axis=0))))
    ends = ((-0.5, FRAME - 0.5), (-0.5, FRAME - 0.5))
    counts, _, _ = np.histogram2d(points[:, 1], points[:, 0], bins=FRAME, range=ends)
    smooth = cv2.GaussianBlur(counts.astype(np.float32), (0, 0), SIGMA * eyes, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(smooth, np.float64) * (0.1 * eyes) ** 2


def _counts(restorer: str, seen: Sequence[_Seen], draws: int) -> list[Row]:
    out = []
    for region in dict.fromkeys(name for one in seen for name in one.regions):
        there = [one for one in seen if region in one.regions]
        found = mean_of([float(one.regions[region]) for one in there], [one.person for one in there], draws=draws)
        low = None if found.low is None else max(0.0, found.low)
        out.append({"restorer": restorer, "region": region, "value": found.value, "low": low, "high": found.high,
                    "n": found.n, "people": found.people, "why": found.why})  # fmt: skip
    return out
