"""Fit the face edition of NIQE on the project's training faces, and write it into the package.

Reads the faces of a Parquet file (column `image.bytes`, 128 px) and writes src/bonaface/weights/niqe-face.json: means
and covariances only, no pictures. Prints the SHA-256 for the card in src/bonaface/measure/naturalness.py.

    python scripts/fit_niqe_face.py ../shared/data/celeba_train.parquet
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from bonaface.core.images import to_image
from bonaface.io.tables import iter_parquet
from bonaface.measure.naturalness import FACE_BLOCK, as_dict, fit

OUT = Path(__file__).parents[1] / "src/bonaface/weights/niqe-face.json"


def faces(path: Path, counted: list[int]) -> Iterator[np.ndarray]:
    """(128, 128, 3) each; `counted` says how many there were."""
    for row in iter_parquet(path, ["image.bytes"]):
        counted[0] += 1
        yield to_image(np.array(Image.open(io.BytesIO(row["image.bytes"])).convert("RGB")))


def main(path: Path) -> None:
    """Fit and write."""
    cv2.setNumThreads(1)
    counted = [0]
    model, blocks = fit(faces(path, counted), FACE_BLOCK)
    about = f"CelebA faces of 128 px, aligned as FFHQ ({path.name}); fitted by scripts/fit_niqe_face.py"
    OUT.write_text(json.dumps(as_dict(model, counted[0], blocks, about)) + "\n", encoding="utf-8")
    print(f"{counted[0]} pictures, {blocks} sharp blocks, {OUT.stat().st_size} bytes")
    print(hashlib.sha256(OUT.read_bytes()).hexdigest())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
