"""Measure how the faces that the networks were trained on are cut out: the framings in `bonaface.faces.crops`.

For CelebA's Parquet file from the stored landmarks, for CelebA-HQ's pictures from dlib's: the side of the pictures
over the side of the FFHQ crop that the landmarks ask for, how far the pictures lie above it (as a share of its side),
and how far apart the corners of the two are (as a share of the side, mean of the four).

    python scripts/framings.py ../shared/data
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from bonaface.faces.align import to_ffhq_crop, transform
from bonaface.faces.cards import CARDS
from bonaface.faces.crops import CELEBA, CELEBA_HQ, FFHQ, to_crop
from bonaface.faces.locate import Locator
from bonaface.io.tables import iter_parquet
from bonaface.io.weights import find_weights

PERCENTS = (1, 5, 25, 50, 75, 95, 99)


def describe(name: str, faces: list[np.ndarray], side: int) -> None:
    """Print what the landmarks (68, 2) of pictures of `side` px say."""
    to_ffhq = np.array([to_ffhq_crop(points, side) for points in faces])
    shares = np.sqrt(np.linalg.det(to_ffhq[:, :, :2]))
    centre = np.full(2, (side - 1) / 2)
    moved = (to_ffhq[:, :, :2] @ centre + to_ffhq[:, :, 2] - centre) / side
    print(f"{name}: {len(faces)} faces")
    turns = np.degrees(np.arctan2(to_ffhq[:, 1, 0], to_ffhq[:, 0, 0]))
    columns = {
        "share of FFHQ's side": shares,
        "lift": -moved[:, 1],
        "to the right": moved[:, 0],
        "turn, degrees": turns,
    }
    corners = np.array([(0, 0), (0, side), (side, side), (side, 0)], np.float64) - 0.5
    for label, crop in (("FFHQ", FFHQ), ("CELEBA", CELEBA), ("CELEBA_HQ", CELEBA_HQ)):
        columns[f"corners from {label}"] = np.array(
            [np.hypot(*(transform(corners, to_crop(p, side, crop)) - corners).T).mean() / side for p in faces]
        )
    for label, values in columns.items():
        percentiles = ", ".join(
            f"{p}%: {v:.4f}" for p, v in zip(PERCENTS, np.percentile(values, PERCENTS), strict=True)
        )
        print(f"  {label}: {percentiles}; standard deviation {values.std():.4f}")


def main(folder: Path) -> None:
    """Both."""
    rows = iter_parquet(folder / "celeba_train.parquet", ["landmarks68"])
    stored = [np.array(row["landmarks68"], np.float64).reshape(68, 2) for row in rows]
    describe("celeba_train.parquet", stored, 128)
    locator = Locator({card.name: find_weights(card) for card in CARDS})
    found = []
    for file in sorted((folder / "celebamask/images").iterdir()):
        faces = locator.faces(cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB), network=False)
        found += [face.landmarks for face in faces[:1]]
    describe("celebamask", found, 256)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
