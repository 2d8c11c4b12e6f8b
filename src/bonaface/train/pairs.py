"""Pairs of photographs of the same people with two expressions, cut out so that their heads lie on each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bonaface.core.cases import Face
from bonaface.core.errors import BonafaceError, InputError
from bonaface.core.images import Bytes8, Image, Picture, Similarity, to_bytes
from bonaface.faces.align import compose, invert, transform
from bonaface.faces.crops import FFHQ, Crop, cut, to_crop
from bonaface.measure.movement import STABLE, onto
from bonaface.train.faces import Skipped

APART = 0.6
"""Distance of dlib's embeddings above which two photographs are not taken for one person: the threshold that its author
gives (99.38% on LFW)."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Aligned crops.

    Attributes:
        names: of the people, as their files are called.
        inputs: (N, S, S, 3) uint8 RGB, cut out by their own landmarks.
        targets: (N, S, S, 3) uint8 RGB, laid on the inputs by the landmarks in `measure.movement.STABLE`.
        skipped: what was left out, and why.
    """

    names: tuple[str, ...]
    inputs: Bytes8
    targets: Bytes8
    skipped: tuple[Skipped, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    def select(self, which: Sequence[int] | np.ndarray) -> Pairs:
        """Some of the pairs, in the order given."""
        chosen = np.asarray(which, np.int64)
        return Pairs(tuple(self.names[i] for i in chosen), self.inputs[chosen], self.targets[chosen], self.skipped)


def open_pairs(
    inputs: Path, targets: Path, side: int = 256, crop: Crop = FFHQ, only: Collection[str] | None = None
) -> Pairs:
    """Read two folders whose files bear the same names for the same people.

    Args:
        inputs: folder of the expression that is given.
        targets: folder of the expression to make.
        side: of the crops, in pixels.
        crop: which square is cut out around the input's face.
        only: names of the files, without their endings, that are looked at; None: all.

    Raises:
        InputError: no folder, no pictures, or no pair is left. Files without a partner, pictures without a face and
            pairs whose embeddings lie apart are left out, and listed in `skipped`.
    """
    from bonaface.io.pictures import list_pictures, pair_by_name

    first, second = (
        [path for path in list_pictures(place) if only is None or path.stem in only] for place in (inputs, targets)
    )
    together, alone, unclaimed = pair_by_name(first, second)
    skipped = [Skipped(str(path), f"no picture of that name in {targets}") for path in alone]
    skipped += [Skipped(str(path), f"no picture of that name in {inputs}") for path in unclaimed]
    names, before, after = [], [], []
    for one, other in together:
        try:
            made = _aligned(one, other, side, crop)
        except BonafaceError as error:
            skipped.append(Skipped(one.stem, str(error)))
            continue
        names.append(one.stem)
        before.append(made[0])
        after.append(made[1])
    if not names:
        listed = "; ".join(f"{one.name}: {one.why}" for one in skipped[:5])
        raise InputError(f"No pair of {inputs} and {targets} can be used. {listed}")
    return Pairs(tuple(names), np.stack(before), np.stack(after), tuple(skipped))


def laid_on(face: Face, other: Face, matrix: Similarity) -> Similarity:
    """From pixels of another photograph of a person to the crop that `matrix` cuts out of the first one.

    Args:
        face: of the first photograph.
        other: of the other photograph.
        matrix: (2, 3), from pixels of the first photograph to pixels of its crop.
    """
    return onto(other.landmarks, transform(face.landmarks, matrix))


def _aligned(first: Path, second: Path, side: int, crop: Crop) -> tuple[Bytes8, Bytes8]:
    from bonaface.api.wiring import tools
    from bonaface.io.pictures import read_picture
    from bonaface.measure.identity import distance

    one, two = read_picture(first), read_picture(second)
    faces = [_face(picture, path) for picture, path in ((one, first), (two, second))]
    pixels = [to_bytes(each.image()) for each in (one, two)]
    embedded = [tools().embedder(each, face.landmarks) for each, face in zip(pixels, faces, strict=True)]
    apart = distance(*embedded)
    if apart > APART:
        raise InputError(
            f"the embeddings of {first} and {second} lie {apart:.2f} apart; pictures of one person mostly lie below "
            f"{APART} (dlib). Check that both show the same person"
        )
    matrix = to_crop(faces[0].landmarks, side, crop)
    over = laid_on(faces[0], faces[1], matrix)
    _check_moved(faces, matrix, over, side)
    return _crop(one.image(), matrix, side), _crop(two.image(), over, side)


def _check_moved(faces: Sequence[Face], matrix: Similarity, over: Similarity, side: int) -> None:
    """Landmarks that no expression moves must come to lie on each other: else the heads are turned differently."""
    back = compose(invert(matrix), over)
    missed = np.hypot(*(transform(faces[1].landmarks, back) - faces[0].landmarks)[list(STABLE)].T).mean()
    share = float(missed / faces[0].inter_ocular)
    if share > 0.08:
        raise InputError(
            f"the two faces cannot be laid on each other: nose and eyes miss by {share:.0%} of the distance between "
            "the eyes (at most 8%). Take photographs from the same side"
        )


def _face(picture: Picture, path: Path) -> Face:
    from bonaface.api.faces import find_faces

    found = find_faces(picture, required=False)
    if not found:
        raise InputError(f"no face was found in {path}")
    return found[0]


def _crop(image: Image, matrix: Similarity, side: int) -> Bytes8:
    return to_bytes(cut(image, matrix, side))
