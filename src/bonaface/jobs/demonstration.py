"""The demonstration: one real photograph, damaged, restored by everything at hand, audited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bonaface.api import Auditor, degrade, restore
from bonaface.api.auditing import Options
from bonaface.api.faces import find_faces
from bonaface.api.sources import open_picture
from bonaface.core.images import MIN_THUMBNAIL, Image, Mask, to_bytes
from bonaface.core.results import Ledger
from bonaface.faces.crops import CELEBA, cut, to_crop
from bonaface.io.writing import write_picture
from bonaface.restore import RESTORERS

SIDE = 128
"""Pixels of the aligned crop: what Pro-UIGAN delivers, and about as many as the photograph itself has there."""
THUMBNAIL = 16
"""Pixels of the crop after it was reduced, where no recipe is asked for."""
ORDER = ("bicubic", "pro-uigan-compact", "lanczos")
"""The network beside the interpolation that it has to beat."""


def run_demo(folder: Path, recipe: str | None, seed: int) -> Iterator[tuple[str, Ledger]]:
    """Make the pictures in `folder` and audit each restorer's result.

    Args:
        folder: new; receives truth.png, damaged.png (and mask.png, where the recipe covers something) and one PNG for
            each restorer that reads a picture of the damaged one's size.
        recipe: an id of `bonaface.degrade.RECIPES`; None: the crop is reduced to 16 px by area averaging.
        seed: of the damage.

    Yields:
        The restorer's id and its ledger.
    """
    import skimage.data

    folder.mkdir()
    photo = open_picture(skimage.data.astronaut(), "astronaut")  # type: ignore[no-untyped-call]
    face = find_faces(photo)[0]
    crop = cut(photo.image(), to_crop(face.landmarks, SIDE, CELEBA), SIDE)
    truth, damaged = folder / "truth.png", folder / "damaged.png"
    write_picture(truth, to_bytes(crop))
    seen, occlusion = _damage(truth, recipe, seed)
    write_picture(damaged, to_bytes(seen))
    if occlusion is not None:
        write_picture(folder / "mask.png", occlusion * np.uint8(255))
    size = open_picture(damaged, "damaged", MIN_THUMBNAIL).pixels.shape[:2]
    asked = f" --recipe {recipe}" if recipe else ""
    auditor = Auditor(Options(aligned=True), command=f"bonaface demo{asked} --seed {seed}")
    for name in ORDER:
        card = RESTORERS[name]
        if card.input_size not in (None, size):
            continue
        covered = occlusion if "occlusion" in card.takes and occlusion is not None else None
        output = folder / f"{name}.png"
        write_picture(output, to_bytes(restore(damaged, name, (SIDE, SIDE), occlusion=covered)))
        yield name, auditor.audit(output, truth, damaged)


def _damage(truth: Path, recipe: str | None, seed: int) -> tuple[Image, Mask | None]:
    """The damaged crop, and what is covered in it."""
    import cv2

    if recipe is None:
        image = open_picture(truth, "truth").image()
        return np.asarray(cv2.resize(image, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA), np.float32), None
    made = degrade(truth, recipe, seed)
    return made.image, made.occlusion
