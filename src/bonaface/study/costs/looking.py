"""Reading one picture of a study: an embedding, 40 attributes, an expression, the lightness of the skin.

All pictures of a face are read at the place of the truth's face, on one grid, so that a reading differs between them by
pixels alone: never by what a detector makes of a damaged picture. It says nothing of who a person is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.api import wiring
from bonaface.audit.variants import VARIANTS
from bonaface.core.cases import Face
from bonaface.core.errors import BonafaceError
from bonaface.core.images import Image, Mask, Similarity, to_bytes
from bonaface.faces.align import compose, invert, rescaling, transform
from bonaface.faces.crops import CELEBA, cut, is_crop, to_crop
from bonaface.faces.parse import CLASSES, FEWEST_PIXELS
from bonaface.io.pictures import read_picture
from bonaface.measure.colour import to_lab
from bonaface.study.engine.feeding import Truth, eight_bit, output_on
from bonaface.study.engine.store import Store
from bonaface.study.plan.plans import Grid

STEPS = 1
"""Raised whenever the same pictures and weights give other readings."""
SIDE = 128
"""Pixels of the crop for attributes, expression and skin: `measure.reading` reads no other."""
WIDE = 256
"""Pixels of the same crop for the embedding, whose chip of 150 px lies inside of it."""
HARMLESS = tuple(name for name in VARIANTS if name != "PNG round trip")
"""Variants of a truth that are read for the floor; a stored truth is its own PNG round trip."""
SKIN = (CLASSES.index("skin"), CLASSES.index("nose"))
"""Classes of the parser that are skin here."""
_DIGITS = 6
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """One picture to be read.

    Attributes:
        key: of the reading.
        picture: SHA-256 of the stored picture.
        to_output: JSON of the transform from pixels of the truth to its own, as in `feeding.Fed`; empty: it shows the
            whole truth.
        variant: one of `HARMLESS`, of the truth; empty: the picture as it is.
    """

    key: str
    picture: str
    to_output: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Sitting:
    """Pictures of one face that are read one after another.

    Attributes:
        truth: SHA-256 of the stored truth.
        landmarks: JSON of its (68, 2) landmarks.
        looks: what is read.
    """

    truth: str
    landmarks: str
    looks: tuple[Look, ...]


def read(sitting: Sitting, store: Store) -> list[Row]:
    """Rows of readings; of a picture that cannot be read, one that says why.

    Args:
        sitting: what to read.
        store: of its pictures.
    """
    try:
        eye = _Eye(_image(store, sitting.truth), np.array(json.loads(sitting.landmarks), np.float64))
    except BonafaceError as error:
        return [_row(sitting, look) | {"status": "failed", "why": str(error)} for look in sitting.looks]
    return [_row(sitting, look) | _looked(eye, store, look) for look in sitting.looks]


def _row(sitting: Sitting, look: Look) -> Row:
    return {"key": look.key, "picture": look.picture, "truth": sitting.truth, "variant": look.variant, "why": ""}


def _looked(eye: _Eye, store: Store, look: Look) -> Row:
    try:
        image = _image(store, look.picture)
        if look.variant:
            image = eight_bit(VARIANTS[look.variant](image))
        return eye.look(image, np.array(json.loads(look.to_output)) if look.to_output else None)
    except MemoryError:
        raise
    except BonafaceError as error:
        return {"status": "failed", "why": str(error)}
    except Exception as error:  # one picture that cannot be read must not cost the others
        return {"status": "failed", "why": f"{type(error).__name__}: {error}"}


class _Eye:
    """Looks at pictures of one face."""

    def __init__(self, truth: Image, landmarks: NDArray[np.float64]) -> None:
        self._truth = Truth(truth, Face((0.0, 0.0, 0.0, 0.0), landmarks), 1, aligned=False)
        self._landmarks = landmarks

    def look(self, output: Image, to_output: Similarity | None) -> Row:
        wide = self._crop(output, to_output, WIDE)
        if isinstance(wide, str):
            return {"status": "not_applicable", "why": wide}
        small = self._crop(output, to_output, SIDE)
        if isinstance(small, str):
            return {"status": "not_applicable", "why": small}
        points = transform(self._landmarks, self._matrix(WIDE))
        vector = wiring.tools().embedder(to_bytes(wide), points)
        skin = None
        if (mask := self._skin) is not None:
            skin = round(float(to_lab(small)[..., 0][mask].mean(dtype=np.float64)), _DIGITS)
        return {
            "status": "ok",
            "embedding": _text(vector),
            "attributes": _text(wiring.attribute_reader()([small])[0]),  # one by one: batches differ in the last bits
            "expression": _text(wiring.expression_reader()([small])[0]),
            "skin": skin,
        }

    def _crop(self, output: Image, to_output: Similarity | None, side: int) -> Image | str:
        """The crop that is read, of any picture of this face; why there is none."""
        matrix = self._matrix(side)
        if to_output is None:  # what lies beyond the truth's own edges repeats them, as in the truth
            whole = rescaling(self._truth.size, (output.shape[0], output.shape[1]))
            return cut(output, compose(matrix, invert(whole)), side)
        placed = output_on(Grid("celeba", side), output, to_output, self._truth, matrix, (side, side))
        return placed.why if placed.output is None else placed.output

    def _matrix(self, side: int) -> Similarity:
        size = self._truth.size
        if size[0] == size[1] and is_crop(self._landmarks, size, CELEBA):
            return rescaling(size, (side, side))
        return to_crop(self._landmarks, side, CELEBA)

    @cached_property
    def _skin(self) -> Mask | None:
        """Where the truth shows skin, on the small crop; None: hardly anywhere."""
        crop = self._crop(self._truth.image, None, WIDE)
        if isinstance(crop, str):
            return None
        mask = np.isin(wiring.parser().parse_at(crop, (SIDE, SIDE)), SKIN)
        return np.asarray(mask) if np.count_nonzero(mask) >= FEWEST_PIXELS else None


def _image(store: Store, sha256: str) -> Image:
    return read_picture(store.picture(sha256), 1).image()


def _text(values: NDArray[np.float64]) -> str:
    return json.dumps([round(float(value), _DIGITS) for value in values])
