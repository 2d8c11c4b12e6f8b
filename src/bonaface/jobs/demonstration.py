"""The demonstration: one real photograph, damaged, restored by everything at hand, audited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bonaface.api import Auditor, degrade, restore
from bonaface.api.faces import find_faces
from bonaface.api.sources import open_picture
from bonaface.core.images import to_bytes
from bonaface.core.results import Ledger
from bonaface.faces.align import to_ffhq_crop, warp
from bonaface.io.writing import write_picture
from bonaface.restore import RESTORERS

SIDE = 192
"""Pixels of the aligned crop: about as many as the photograph itself has there."""


def run_demo(folder: Path, recipe: str, seed: int) -> Iterator[tuple[str, Ledger]]:
    """Make the pictures in `folder` and audit each restorer's result.

    Args:
        folder: new; receives truth.png, damaged.png and one PNG for each restorer.
        recipe: an id of `bonaface.degrade.RECIPES`.
        seed: of the damage.

    Yields:
        The restorer's id and its ledger.
    """
    import skimage.data

    folder.mkdir()
    photo = open_picture(skimage.data.astronaut(), "astronaut")  # type: ignore[no-untyped-call]
    face = find_faces(photo)[0]
    crop = warp(photo.image(), to_ffhq_crop(face.landmarks, SIDE), (SIDE, SIDE))
    truth, damaged = folder / "truth.png", folder / "damaged.png"
    write_picture(truth, to_bytes(crop))
    write_picture(damaged, to_bytes(degrade(truth, recipe, seed).image))
    auditor = Auditor(command=f"bonaface demo --recipe {recipe} --seed {seed}")
    for restorer in RESTORERS:
        output = folder / f"{restorer.id}.png"
        write_picture(output, to_bytes(restore(damaged, restorer.id, (SIDE, SIDE))))
        yield restorer.id, auditor.audit(output, truth, damaged)
