"""The editors that are measured, and what each makes of a person."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from bonaface.api.cutting import unusable
from bonaface.api.editors import reading_side, usable
from bonaface.bench.people import CROP, SIDE, People, Person
from bonaface.core.errors import BonafaceError, InputError, ModelFailed
from bonaface.core.images import Image, to_bytes, to_image
from bonaface.edit import EDITORS, Edit, Editor
from bonaface.edit.mask import told_where
from bonaface.faces.align import rescaling, transform
from bonaface.faces.crops import resized


def chosen(names: Sequence[str] | None, targets: Sequence[str]) -> tuple[list[Editor], dict[str, str]]:
    """The editors to measure, and why the others of the catalog are not measured.

    Args:
        names: of those that are wanted; None: all that can be used here.
        targets: the expressions that they have to make.

    Raises:
        UnknownName: there is none of that name.
        InputError: one that was named cannot be measured here; the text says why.
    """
    cards = list(EDITORS) if names is None else [EDITORS[name] for name in dict.fromkeys(names)]
    out, left = [], {}
    for card in cards:
        if why := _unmeasurable(card, targets):
            left[card.id] = why
        else:
            out.append(card)
    if names is not None and left:
        said = " ".join(f"{name}: {why}" for name, why in left.items())
        raise InputError(f"Not everything that was named can be measured here. {said}")
    return out, left


def edits(card: Editor, people: People, ready: Edit, seed: int = 0) -> tuple[dict[str, Image], dict[str, str]]:
    """What an editor makes of people, as a file of 8 bits holds it.

    An editor that can be told where to paint is told as `bonaface edit` tells it, by landmarks: no editor sees the real
    picture. One that reads another size has the face cut out of the photograph in
    that size, and its result is brought to 256 px by area averaging.

    Args:
        card: of the editor.
        people: whom.
        ready: the editor.
        seed: of editors that are random; each person has a stream of their own.

    Returns:
        By name, (256, 256, 3), and why there is none of others.
    """
    side = reading_side(card)
    given = {person.name: person.before for person in people.all} if side == SIDE else people.crops(side)
    made: dict[str, Image] = {}
    failed: dict[str, str] = {}
    for person in people.all:
        rng = np.random.default_rng([seed, crc32(person.name.encode())])
        try:
            made[person.name] = _edited(card, ready, given[person.name], person, people.target, rng)
        except BonafaceError as error:
            failed[person.name] = str(error)
        except Exception as error:  # one face costs no other
            failed[person.name] = f"the editor stopped with {type(error).__name__}: {error}"
    return made, failed


def _edited(card: Editor, ready: Edit, image: Image, person: Person, target: str, rng: np.random.Generator) -> Image:
    size = card.input_size
    told = told_where(card, target, transform(person.landmarks, rescaling((SIDE, SIDE), size)), size)
    made = np.asarray(ready(image, target, rng, *([] if told is None else [told > 0])))
    if why := unusable(made, image, size, "the editor"):
        raise ModelFailed(why)
    return to_image(to_bytes(resized(made, SIDE)))


def _unmeasurable(card: Editor, targets: Sequence[str]) -> str:
    if lacking := [name for name in targets if name not in card.targets]:
        return f"it makes no face {' or '.join(lacking)}"
    if card.crop != CROP:
        return "it reads another framing than FFHQ's, which the others are measured in"
    try:
        reading_side(card)
    except InputError as error:
        return str(error)
    return usable(card)
