"""What changes the output of a restorer, and what does not: knobs without effect, inputs handed on, black pictures."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.api import wiring
from bonaface.api.faces import find_faces
from bonaface.api.outcomes import check_knobs
from bonaface.api.sources import open_picture
from bonaface.core.images import Image
from bonaface.faces.crops import CELEBA, cut, resized, to_crop
from bonaface.restore import RESTORERS, Restorer

LEAST = 0.5
"""Levels of 255 from which a change of some pixel counts: less does not survive being stored in 8 bits."""
SIDE, ENLARGED = 128, 512
"""Of the face and the result, for restorers that have no sizes of their own."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one change did to the output.

    Attributes:
        of: what was changed ("input", "run", "seed" or "knob NAME").
        most: largest difference of a value, in levels of 255.
        mean: likewise, on average.
    """

    of: str
    most: float
    mean: float

    @property
    def changes(self) -> bool:
        """Whether it can be seen in 8 bits."""
        return self.most >= LEAST

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "of": self.of,
            "changes": self.changes,
            "most": round(self.most, 3),
            "mean": round(self.mean, 4),
        }


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found.

    Attributes:
        restorer: its id.
        engine: what computed; empty: no graph of others.
        effects: of another input, of the same again, of another seed, and of each numeric knob.
        passed_through: the output is the input, or only an enlargement of it.
        flat: "black", or "one colour"; empty: neither.
        seconds: that one face took, the second time.
    """

    restorer: str
    engine: str
    effects: tuple[Effect, ...]
    passed_through: bool
    flat: str
    seconds: float

    def effect(self, of: str) -> Effect:
        """The effect of that name."""
        return next(effect for effect in self.effects if effect.of == of)

    @property
    def noise(self) -> str:
        """How repeatable it is: "none", "seeded", or "unfixable" where two runs with one seed differ."""
        if self.effect("run").changes:
            return "unfixable"
        return "seeded" if self.effect("seed").changes else "none"

    @property
    def dead_knobs(self) -> tuple[str, ...]:
        """Knobs whose two settings gave no other picture than two runs with the same setting."""
        floor = 2 * self.effect("run").mean
        return tuple(
            effect.of.removeprefix("knob ")
            for effect in self.effects
            if effect.of.startswith("knob ") and (not effect.changes or effect.mean <= floor)
        )

    @property
    def sentences(self) -> list[str]:
        """What is to be said of it, what is wrong first."""
        said = []
        if self.passed_through:
            said.append("It hands its input on: the output is the input, or only an enlargement of it.")
        if self.flat:
            said.append(f"Its output is {self.flat}.")
        if not self.effect("input").changes:
            said.append("Its output does not depend on its input.")
        said += [f"The knob {name} has no effect." for name in self.dead_knobs]
        said.append(
            {
                "none": "The same input gives the same output; the seed has no effect, as nothing is random.",
                "seeded": "It is random; the same seed gives the same output.",
                "unfixable": "It is random and unfixable: two runs with one seed differ, as noise is drawn inside.",
            }[self.noise]
        )
        return said

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "restorer": self.restorer,
            "engine": self.engine or None,
            "passed_through": self.passed_through,
            "flat": self.flat or None,
            "noise": self.noise,
            "dead_knobs": list(self.dead_knobs),
            "effects": [effect.as_dict() for effect in self.effects],
            "seconds": round(self.seconds, 3),
            "sentences": self.sentences,
        }


def probe(name: str, *, file: Path | None = None, **knobs: Any) -> Probe:
    """Run a restorer on a face and its mirror image, with two seeds and two settings of each numeric knob.

    Args:
        name: an id of `bonaface.restore.RESTORERS`.
        file: a graph to probe in place of the card's file, such as a converted one.
        knobs: what `load` is told besides ("engine", "device").

    Raises:
        UnknownName: there is no such restorer.
        InputError: a file for a restorer that has not exactly one, or a knob that it does not have.
        WeightsError: the weights are not here, or cannot be used.
    """
    card = RESTORERS[name]
    check_knobs(card, knobs)
    files = wiring.model_files(card, file)
    if card.output_size is None:
        knobs = {"size": (ENLARGED, ENLARGED), **knobs}
    face = _face(card)
    other = np.ascontiguousarray(face[:, ::-1])
    ready = card.load(files, **knobs)
    first = ready(face, np.random.default_rng(1))
    started = time.perf_counter()
    again = ready(face, np.random.default_rng(1))
    seconds = time.perf_counter() - started
    effects = [
        _effect("input", first, ready(other, np.random.default_rng(1))),
        _effect("run", first, again),
        _effect("seed", first, ready(face, np.random.default_rng(2))),
    ]
    engine = str(getattr(ready, "engine", ""))
    del ready  # so that only one at a time is in memory
    for knob in card.knobs:
        if knob.settings is not None:
            low, high = (
                card.load(files, **{**knobs, knob.name: setting})(face, np.random.default_rng(1))
                for setting in knob.settings
            )
            effects.append(_effect(f"knob {knob.name}", low, high))
    return Probe(card.id, engine, tuple(effects), _passed_through(face, first), _flat(first), seconds)


def _face(card: Restorer) -> Image:
    """The astronaut of scikit-image, as the restorer reads faces."""
    import skimage.data

    side = (card.input_size or (SIDE, SIDE))[0]
    pixels: NDArray[np.uint8] = skimage.data.astronaut()  # type: ignore[no-untyped-call]
    photo = open_picture(pixels, "astronaut")
    large = max(side, SIDE)
    return resized(cut(photo.image(), to_crop(find_faces(photo)[0].landmarks, large, card.crop or CELEBA), large), side)


def _effect(of: str, one: Image, other: Image) -> Effect:
    difference = np.abs(one - other) * 255
    return Effect(of, float(difference.max()), float(difference.mean(dtype=np.float64)))


def _passed_through(face: Image, made: Image) -> bool:
    import cv2

    enlarged = np.clip(cv2.resize(face, made.shape[1::-1], interpolation=cv2.INTER_CUBIC), 0, 1)
    return not _effect("", np.asarray(enlarged, np.float32), made).changes


def _flat(made: Image) -> str:
    if float(made.max()) * 255 < LEAST:
        return "black"
    return "one colour" if float(np.ptp(made.reshape(-1, 3), axis=0).max()) * 255 < LEAST else ""
