"""Measure how far harmless and harmful changes turn the attribute reader: the margin in `bonaface.audit.ledger`.

For pictures of a Parquet file of 128 px faces: how many of the attributes that audits report cross one half by more
than the noise floor (the harmless variants of an audit) and a margin, per face, after each change.

    python scripts/drift_margin.py ../shared/data/celeba_val.parquet
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from bonaface.api import wiring
from bonaface.audit.variants import VARIANTS, jpeg_95
from bonaface.core.images import Image, to_bytes
from bonaface.io.tables import iter_parquet
from bonaface.measure.attributes import DRIFTS, NAMES

MARGINS = (0.0, 0.1, 0.2, 0.25, 0.3, 0.4)
EVERY = 2
"""One picture in so many."""


def jpeg(image: Image, quality: int) -> Image:
    """Encoded and decoded."""
    _, data = cv2.imencode(".jpg", to_bytes(image)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]).astype(np.float32) / 255


def smaller(image: Image, factor: int) -> Image:
    """Reduced by area and enlarged by bicubic interpolation."""
    reduced = cv2.resize(image, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
    return np.clip(cv2.resize(reduced, image.shape[1::-1], interpolation=cv2.INTER_CUBIC), 0, 1)


def main(path: Path) -> None:
    """Print a table."""
    rows = list(iter_parquet(path, ["image.bytes"]))[::EVERY]
    pictures = [
        cv2.imdecode(np.frombuffer(row["image.bytes"], np.uint8), cv2.IMREAD_COLOR_RGB).astype(np.float32) / 255
        for row in rows
    ]
    reader, rng = wiring.attribute_reader(), np.random.default_rng(0)
    chosen = [NAMES.index(drift.name) for drift in DRIFTS]

    def read(change: Callable[[Image], Image]) -> np.ndarray:
        changed = [change(picture) for picture in pictures]
        batches = [reader(changed[start : start + 32]) for start in range(0, len(changed), 32)]
        return np.concatenate(batches)[:, chosen]

    real = read(lambda image: image)
    floor = np.max([np.abs(read(variant) - real) for variant in VARIANTS.values()], axis=0)
    percents = np.percentile(floor, (50, 95, 99, 99.9)).round(4)
    print(f"{len(rows)} faces, {len(chosen)} attributes; floor: 50, 95, 99 and 99.9% at most {percents}")
    changes: dict[str, Callable[[Image], Image]] = {
        "JPEG 95": jpeg_95,
        "JPEG 50": lambda image: jpeg(image, 50),
        "noise of 8 grey levels": lambda image: np.float32(np.clip(image + rng.normal(0, 8 / 255, image.shape), 0, 1)),
        "15% less light": lambda image: image * np.float32(0.85),
        "reduced to 64 px and enlarged": lambda image: smaller(image, 2),
        "reduced to 32 px and enlarged": lambda image: smaller(image, 4),
        "reduced to 16 px and enlarged": lambda image: smaller(image, 8),
    }
    print(f"{'turned attributes a face, beyond the floor and':50s}" + "".join(f"{m:8.2f}" for m in MARGINS))
    found = {name: read(change) for name, change in changes.items()}
    found["another person's face"] = np.roll(real, 7, axis=0)
    for name, values in found.items():
        turned = (values >= 0.5) != (real >= 0.5)
        counts = [(turned & (np.abs(values - real) > floor + margin)).sum(1).mean() for margin in MARGINS]
        print(f"{name:50s}" + "".join(f"{count:8.2f}" for count in counts))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
