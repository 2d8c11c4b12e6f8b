"""Measure the face parser on the pictures of `celebamask` that it was not trained on; print a table in Markdown.

python scripts/parser_figures.py ../shared/data/celebamask
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import bonaface
from bonaface.faces.parse import CLASSES
from bonaface.train.splits import held_back_names

ENOUGH = 10


def main() -> None:
    """See the module."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    files = sorted((folder / "images").iterdir())
    held = [file for file, out in zip(files, held_back_names([file.name for file in files], 10), strict=True) if out]
    counts = {aligned: counted(folder, held, aligned=aligned) for aligned in (False, True)}
    pictures = counts[False][1]
    shares = {aligned: both[0] / np.maximum(both[1], 1) for aligned, (both, _) in counts.items()}
    print(f"{len(held)} pictures\n\n| class | pictures | IoU | IoU with --aligned |\n|---|---|---|---|")
    for k, name in enumerate(CLASSES):
        print(f"| {name} | {pictures[k]} | {shares[False][k]:.3f} | {shares[True][k]:.3f} |")
    often = pictures >= ENOUGH
    means = [f"{shares[aligned][often].mean():.4f}" for aligned in (False, True)]
    print(
        f"\nmean over the {often.sum()} classes with {ENOUGH} pictures or more: {means[0]}; with --aligned {means[1]}"
    )


def counted(folder: Path, files: list[Path], *, aligned: bool) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(2, 19) pixels in both and in either, and (19,) pictures with each class."""
    found, pictures = np.zeros((2, len(CLASSES))), np.zeros(len(CLASSES), np.int64)
    for file in files:
        mask = np.asarray(Image.open(folder / "masks" / f"{file.stem}.png"))
        labels = bonaface.parse(file, aligned=aligned).labels
        for k in range(len(CLASSES)):
            found[0, k] += ((labels == k) & (mask == k)).sum()
            found[1, k] += ((labels == k) | (mask == k)).sum()
            pictures[k] += bool((mask == k).any())
    return found, pictures


if __name__ == "__main__":
    main()
