"""What RegGAN's refiner learns from: faces to restore, and expression layers' outputs for people they never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bonaface.core.errors import InputError
from bonaface.core.images import Bytes8, to_bytes
from bonaface.edit.layer import Layer
from bonaface.edit.regression import fit_bytes
from bonaface.train.augment import random_warp, spoil, warp_picture
from bonaface.train.faces import Skipped, open_faces
from bonaface.train.pairs import Pairs, open_pairs
from bonaface.train.recolour import recoloured_pairs
from bonaface.train.splits import held_back_names

SIDE = 256
HELD_BACK = 5
"""One person in so many of the pairs is never learnt from, by the checksum of the name."""
FOLDS = 4


@dataclass(frozen=True, slots=True)
class Material:
    """Pictures in memory.

    Attributes:
        faces: (M, S, S, 3) uint8 sharp faces.
        before: (P, S, S, 3) expression layers' outputs; the layers had not seen their people.
        after: (P, S, S, 3) the real photographs of the expression.
        held: pairs of held-back people.
        held_before: (H, S, S, 3) outputs of a layer trained on everyone else, for them.
        skipped: what was left out, and why.
    """

    faces: Bytes8
    before: Bytes8
    after: Bytes8
    held: Pairs
    held_before: Bytes8
    skipped: tuple[Skipped, ...]

    def __len__(self) -> int:
        return len(self.faces)


def applied(layer: Layer, pictures: Bytes8) -> Bytes8:
    """(N, S, S, 3) through a layer."""
    return np.stack([to_bytes(layer(each.astype(np.float32) / 255)) for each in pictures])


def pair_folders(place: Path) -> tuple[Path, Path] | None:
    """`neutral` and `smiling` inside a folder, where it has both."""
    folders = place / "neutral", place / "smiling"
    return folders if all(folder.is_dir() for folder in folders) else None


def open_material(
    places: Sequence[Path | str], *, field: int, penalty: float, copies: int, refined_copies: int, seed: int
) -> Material:
    """Read pictures and pairs, and make expression layers' outputs by cross-fitting.

    Args:
        places: folders of aligned faces of 256 px, and one folder with `neutral` and `smiling` in it.
        field: of the expression layers.
        penalty: of the expression layers.
        copies: recoloured copies of each pair that layers learn from.
        refined_copies: recoloured copies of each pair that the refiner learns from.
        seed: of the colours.

    Raises:
        InputError: none, or several, of the places hold pairs, or too few of them.
    """
    found = [folders for place in places if (folders := pair_folders(Path(place))) is not None]
    if len(found) != 1:
        raise InputError(
            f"{len(found)} of the places given with --data hold pairs; expected one folder with the folders `neutral` "
            "and `smiling` in it."
        )
    pairs = open_pairs(*found[0], SIDE)
    held = held_back_names(pairs.names, HELD_BACK)
    learnt, kept = pairs.select(np.flatnonzero(~held)), pairs.select(np.flatnonzero(held))
    if len(learnt) < 2 * FOLDS or not len(kept):
        raise InputError(f"{len(pairs)} pairs were found, of which {len(kept)} are held back; expected 20 or more.")
    rng = np.random.default_rng([seed, 21])
    before, after = [], []
    for fold in range(FOLDS):
        inside = np.arange(len(learnt)) % FOLDS == fold
        layer = fit_bytes(*_more(learnt.select(np.flatnonzero(~inside)), copies, rng), field, penalty)
        inputs, targets = _more(learnt.select(np.flatnonzero(inside)), refined_copies, rng)
        before.append(applied(layer, inputs))
        after.append(targets)
    whole = fit_bytes(*_more(learnt, copies, rng), field, penalty)
    sharp = [learnt.inputs, learnt.targets]
    skipped = list(pairs.skipped)
    for place in places:
        if pair_folders(Path(place)) is None:
            faces = open_faces(place)
            skipped += faces.skipped
            sharp.append(np.stack([_sized(faces.picture(i)) for i in range(len(faces))]))
    return Material(
        np.concatenate(sharp),
        np.concatenate(before),
        np.concatenate(after),
        kept,
        applied(whole, kept.inputs),
        tuple(skipped),
    )


def softened(image: Bytes8, rng: np.random.Generator) -> Bytes8:
    """A face as regression leaves it: a mean of copies that do not quite lie on each other; or otherwise spoilt.

    Half of the pictures are means of two to five copies, moved by up to 3% of the side; one in two loses quality in
    another way as well (`augment.spoil`).
    """
    side = image.shape[0]
    if rng.random() < 0.5:
        count = int(rng.integers(2, 6))
        shares = rng.dirichlet(np.full(count, 1.5))
        reach = rng.uniform(0.004, 0.03)
        warps = [random_warp(side, side, rng, turn=2, scale=(1 - reach, 1 + reach), shift=reach) for _ in range(count)]
        centre = sum(share * warp for share, warp in zip(shares, warps, strict=True)) - np.eye(2, 3)
        moved = [warp_picture(image, warp - centre, side) for warp in warps]  # on the mean, the face stays in its place
        mean = sum(share * each for share, each in zip(shares, moved, strict=True))
        image = np.clip(np.asarray(mean) + 0.5, 0, 255).astype(np.uint8)
        return spoil(image, rng) if rng.random() < 0.3 else image
    return spoil(spoil(image, rng), rng) if rng.random() < 0.4 else spoil(image, rng)


def _more(pairs: Pairs, copies: int, rng: np.random.Generator) -> tuple[Bytes8, Bytes8]:
    return recoloured_pairs(pairs.inputs, pairs.targets, pairs.inputs, copies, rng)


def _sized(image: Bytes8) -> Bytes8:
    import cv2

    if image.shape[:2] == (SIDE, SIDE):
        return image
    flags = cv2.INTER_AREA if min(image.shape[:2]) > SIDE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (SIDE, SIDE), interpolation=flags), np.uint8)
