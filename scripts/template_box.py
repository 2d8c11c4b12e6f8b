"""Measure where dlib's HOG detector puts its box in FFHQ-aligned crops: the shares in `bonaface.faces.locate`.

Reads a Parquet file of upright 128 px faces (columns `image.bytes`, `landmarks68`), enlarges each four times, and
prints the mean box as shares of the side of the FFHQ crop that the stored landmarks ask for, its spread, and how far
landmarks that start from the mean box are from the stored ones. The faces of `celeba_val` are cut out tighter than
FFHQ's (their side is 0.82 of it), so the boxes are carried over to the FFHQ crop before they are averaged.

    python scripts/template_box.py ../shared/data/celeba_val.parquet
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import cv2
import duckdb
import numpy as np
from PIL import Image

from bonaface.faces.align import invert, to_ffhq_crop, transform
from bonaface.faces.cards import CARDS
from bonaface.faces.locate import Locator
from bonaface.io.weights import find_weights
from bonaface.measure.geometry import nrmse

SIDE = 512
"""Pixels to which the crops are enlarged: the detector finds no face under 80 px."""


def carried(box: tuple[float, ...], matrix: np.ndarray) -> np.ndarray:
    """(4,): an upright box of the same size and centre after a similarity transform."""
    x0, y0, x1, y1 = box
    centre = transform(np.array([((x0 + x1) / 2, (y0 + y1) / 2)]), matrix)[0]
    half = np.array([x1 - x0, y1 - y0]) / 2 * np.sqrt(np.linalg.det(matrix[:, :2]))
    return np.concatenate([centre - half, centre + half])


def main(path: Path) -> None:
    """Detect, average, and try the average."""
    locator = Locator({card.name: find_weights(card) for card in CARDS})
    rows = duckdb.execute("select image.bytes, landmarks68 from read_parquet(?)", [str(path)]).fetchall()
    boxes, pictures = [], []
    for data, landmarks in rows:
        small = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
        pixels = cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        scale = SIDE / small.shape[0]
        stored = np.array(landmarks, np.float64).reshape(68, 2) * scale + (scale - 1) / 2
        to_crop = to_ffhq_crop(stored, SIDE)
        pictures.append((pixels, stored, to_crop))
        found = locator.faces(pixels, network=False)
        if found:
            boxes.append(carried(found[0].box, to_crop) / SIDE)
    shares = np.array(boxes)
    mean = shares.mean(axis=0)
    print(f"{len(boxes)} of {len(rows)} faces found")
    print("mean box, shares of the side:", np.round(mean, 4), "median:", np.round(np.median(shares, axis=0), 4))
    print("standard deviation:", np.round(shares.std(axis=0), 4))
    errors = []
    for pixels, stored, to_crop in pictures:
        box = carried(tuple(mean * SIDE), invert(to_crop))
        errors.append(nrmse(locator.landmarks(pixels, tuple(box)).landmarks, stored))
    print("NRMSE of landmarks from the mean box, % of the inter-ocular distance:", end=" ")
    print({share: round(float(np.percentile(errors, share)), 2) for share in (50, 90, 95, 99)})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
