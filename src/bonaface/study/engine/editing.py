"""From a face to what an editor reads, and to the picture that shows in reality what it was asked for.

Editors read the damaged picture, cut out by the landmarks of the face as it was: see `feeding`. What is random in them
is drawn alike for all damages of a face, so that what differs between two of them comes from the picture.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from bonaface.api.cutting import unusable
from bonaface.api.editors import open_editor
from bonaface.api.faces import find_faces
from bonaface.core.errors import FaceNotFound, ImageError, InputError
from bonaface.core.images import Image, Picture, to_bytes
from bonaface.degrade import Degraded
from bonaface.edit import EDITORS, Edit
from bonaface.edit.mask import told_where
from bonaface.faces.align import rescaling, scale_of, transform, warp
from bonaface.measure.movement import onto
from bonaface.study.engine.feeding import ENLARGED, Fed, Truth, as_read, eight_bit
from bonaface.study.plan.cells import canonical, seed_of
from bonaface.study.plan.contenders import Asked
from bonaface.study.plan.own_layers import OwnLayer


@dataclass(frozen=True, slots=True)
class Edited:
    """What an output of an editor is compared with.

    Attributes:
        target: the expression, an id of `core.expressions.EXPRESSIONS`.
        real: the person's own picture with it, on the truth's pixels; None: `why`.
        why: there is no such picture.
    """

    target: str
    real: Truth | None
    why: str = ""


def real_of(picture: Picture, truth: Truth) -> Truth:
    """Another photograph of the person, laid on the truth.

    Args:
        picture: that shows another expression.
        truth: the face before it is edited.

    Returns:
        On the truth's pixels: turned, shifted and scaled so that the bridge of the nose and the corners of the eyes lie
        on those of the truth.

    Raises:
        FaceNotFound: one of them shows no face.
        InputError: the photograph would be enlarged.
    """
    before = truth.require_face()
    found = find_faces(picture, required=False)
    if not found:
        raise FaceNotFound(f"no face was found in {picture.name}, by either detector")
    matrix = onto(found[0].landmarks, before.landmarks)
    if scale_of(matrix) > ENLARGED:
        raise InputError(
            f"the face in {picture.name} is {1 / scale_of(matrix):.2f} times as large as in the neutral picture; "
            "pictures of real expressions are never enlarged"
        )
    made = eight_bit(warp(picture.image(), matrix, truth.size))
    there = find_faces(Picture(to_bytes(made), "", picture.name), aligned=truth.aligned, required=False)
    return Truth(made, there[0] if there else None, len(found), truth.aligned)


def fed_to(asked: Asked, seen: Degraded, truth: Truth) -> Fed:
    """The damaged picture as an editor reads it.

    An editor that can be told where to paint is told as `bonaface edit` tells it, by the truth's landmarks: also where
    a real picture of the expression is at hand, which no editor shall see.

    Raises:
        FaceNotFound: there is no face to cut out.
    """
    face, card = truth.require_face(), asked.card
    size = card.input_size
    image, matrix = as_read(seen.image, truth, card.crop, size, size)
    if not asked.told:
        return Fed(image, None, matrix, size)
    points = transform(face.landmarks, rescaling(truth.size, size) if matrix is None else matrix)
    told = told_where(card, asked.target, points, size)
    return Fed(image, None, matrix, size, None if told is None else told > 0)


def edited(asked: Asked, given: Fed, face_id: str, seed: int) -> Image:
    """What the editor delivers, in levels of 8 bits.

    Raises:
        BonafaceError: it cannot be opened, or refuses what it is given.
        ImageError: what it delivered is no edited face.
    """
    ready = _opened(asked.editor, canonical(asked.knobs), asked.layer)
    rng = np.random.default_rng(seed_of("editor", face_id, asked.draws, seed))
    made = ready(given.image, asked.target, rng, *([] if given.region is None else [given.region]))
    if why := unusable(made, given.image, given.size, "the editor"):
        raise ImageError(why)
    return eight_bit(np.asarray(made, np.float32))


@cache
def _opened(editor: str, knobs: str, layer: OwnLayer | None) -> Edit:
    """An editor, opened once for each setting of its knobs and each layer, with one thread where it can be told."""
    card = EDITORS[editor]
    own: dict[str, Any] = {"threads": 1} if "threads" in {knob.name for knob in card.knobs} else {}
    if layer is None:
        return open_editor(card, own | json.loads(knobs))
    with layer.on_disk() as file:  # it was carried here with the plan
        return open_editor(card, own | json.loads(knobs), file)
