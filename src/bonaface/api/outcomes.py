"""Running a restorer on the faces of a photograph, and telling restorations from what only looks like one."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bonaface.api import wiring
from bonaface.api.cutting import CutFace, unusable
from bonaface.core.errors import BonafaceError, InputError
from bonaface.core.images import Image
from bonaface.faces.paste import ColourMatch
from bonaface.restore import Restore, Restorer

BATCH = 4
"""Faces that go through the restorer together."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PhotoFace(CutFace):
    """One face of a photograph, and what became of it.

    Attributes:
        restored: (t, t, 3), what the restorer delivered; None: it failed.
        colour: how its colours were changed; None: they were not.
    """

    restored: Image | None = None
    colour: ColourMatch | None = None


def check_knobs(card: wiring.Model, knobs: Mapping[str, Any]) -> None:
    """Refuse what a model cannot be told: an option without effect would pass unseen.

    Raises:
        InputError: a knob that it does not have, or a value that the knob cannot be set to.
    """
    known = {knob.name: knob for knob in card.knobs}
    for name, value in knobs.items():
        if name not in known:
            able = f"it has {', '.join(known)}" if known else "it has none"
            raise InputError(f"{card.id} has no knob called {name!r}: {able}. Leave it out, or correct it.")
        values = known[name].values
        if not values.fit(value):
            raise InputError(
                f"The knob {name} of {card.id} is {value!r}; expected {values.expected} ({known[name].help}). Correct "
                "it, or leave it out."
            )


def open_restorer(card: Restorer, knobs: Mapping[str, Any], file: Path | None = None) -> Restore:
    """A restorer with its weights found, verified and open.

    Args:
        card: of the restorer.
        knobs: of it, by name.
        file: as for `wiring.model_files`.

    Raises:
        WeightsError: its weights are missing, are not what they should be, or hold another graph.
        InputError: a knob that it does not have, or a file for a restorer that has none or several.
    """
    check_knobs(card, knobs)
    return card.load(wiring.model_files(card, file), **knobs)


def run_faces(faces: Sequence[PhotoFace], card: Restorer, ready: Restore, seed: int) -> list[PhotoFace]:
    """Each face restored, or failed and why; one that fails does not take others with it."""
    out: list[PhotoFace] = []
    # Faces that read random numbers go alone, so that what one becomes does not depend on those beside it.
    step = 1 if card.random and getattr(ready, "noise", "seeded") != "none" else BATCH
    for start in range(0, len(faces), step):
        some = faces[start : start + step]
        try:
            made: Sequence[Any] = ready.restore_many([face.crop for face in some], np.random.default_rng(seed))
            if len(made) != len(some):
                raise ValueError(f"{len(made)} pictures came back for {len(some)}")
        except Exception as error:
            log.debug("a batch of %d failed: %s", len(some), error)
            made = [_alone(ready, face.crop, seed) for face in some]
        out += [_judged(face, result, card) for face, result in zip(some, made, strict=True)]
    return out


def _alone(ready: Restore, crop: Image, seed: int) -> Image | str:
    """One face restored, or why it could not be: one that cannot be must not take the others with it."""
    try:
        return ready(crop, np.random.default_rng(seed))
    except BonafaceError as error:
        return str(error)
    except Exception as error:
        return f"the restorer stopped with {type(error).__name__}: {error}"


def _judged(face: PhotoFace, made: Any, card: Restorer) -> PhotoFace:
    size = card.output_size or card.input_size
    why = made if isinstance(made, str) else unusable(made, face.crop, size, "the restorer")
    return replace(face, why=why) if why else replace(face, restored=np.asarray(made, np.float32))
