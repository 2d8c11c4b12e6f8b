"""Which faces are kept out of training: by person where people are known, and the same ones at every call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bonaface.train.faces import FaceData


def held_back_identities(identities: NDArray[np.int64], share: int, fold: int = 0) -> NDArray[np.bool_]:
    """(N,) True for part `fold` of `share` parts of the identities, always the same; none where share is 0."""
    if not share:
        return np.zeros(len(identities), np.bool_)
    chosen = [i for i in np.unique(identities) if i >= 0 and np.random.default_rng([7, int(i)]).integers(share) == fold]
    return np.isin(identities, chosen)


def held_back_names(names: Sequence[str], share: int) -> NDArray[np.bool_]:
    """(N,) True for about one name in `share`, by the name's checksum; none where share is 0."""
    return np.array([bool(share) and crc32(Path(name).stem.encode()) % share == 0 for name in names], np.bool_)


def people_of(names: Sequence[str]) -> NDArray[np.int64]:
    """(N,) a number for each person, from names such as "Tony_Blair_0012.jpg"."""
    people = [re.sub(r"[_\-]?\d+$", "", Path(name).stem).lower() for name in names]
    return np.array([crc32(person.encode()) for person in people], np.int64)


def fold_of_people(names: Sequence[str], folds: int) -> NDArray[np.int64]:
    """(N,) 0 to folds - 1, the same for all pictures of one person."""
    return people_of(names) % folds


def held_back_faces(faces: FaceData, share: int) -> NDArray[np.bool_]:
    """(N,) True for held-back faces: by identity, and by name where no identity is known (-1).

    Pictures without identity are held back as the parser's are, one in ten, so that no network has seen them.
    """
    identities = faces.columns["identity"]
    known = held_back_identities(identities, share)
    return known | ((identities < 0) & held_back_names(faces.names, 10 if share else 0))
