"""What every restorer's card says, and what it does once its weights are open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from bonaface.core.catalog import Source, Weights
from bonaface.core.images import Image, Mask, Points
from bonaface.faces.crops import Crop


class Restore(Protocol):
    """A restorer that is ready: its weights are open and its knobs are set. Threads may share it."""

    def __call__(
        self,
        image: Image,
        rng: np.random.Generator | None = None,
        occlusion: Mask | None = None,
        landmarks: Points | None = None,
    ) -> Image:
        """Restore one picture.

        Args:
            image: (h, w, 3), of the size that the card names.
            rng: for restorers whose card says `random`; the others leave it alone.
            occlusion: (H, W) on the grid of the result, True where the face was covered.
            landmarks: (68, 2) in pixels of the result: where the features shall be.

        Returns:
            (H, W, 3) in [0, 1].

        Raises:
            InputError: another size than the card names, or an argument that the card does not list under `takes`.
        """
        ...

    def restore_many(
        self,
        images: Sequence[Image],
        rng: np.random.Generator | None = None,
        occlusions: Sequence[Mask | None] | None = None,
        landmarks: Sequence[Points | None] | None = None,
    ) -> list[Image]:
        """As calling it for one picture after another, together; `None` inside a list stands for none given."""
        ...


@dataclass(frozen=True, slots=True)
class Values:
    """What a knob can be set to.

    Attributes:
        expected: in words, for messages.
        fit: whether a value is one of them.
    """

    expected: str
    fit: Callable[[Any], bool]


def numbers(low: float, high: float) -> Values:
    """Numbers from `low` to `high`.

    >>> numbers(0, 1).fit(0.5), numbers(0, 1).fit("0.5"), numbers(0, 1).fit(float("nan"))
    (True, False, False)
    """
    return Values(
        f"a number from {low:g} to {high:g}",
        lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high,
    )


def whole(least: int) -> Values:
    """Whole numbers from `least` on."""
    return Values(
        f"a whole number, {least} or more",
        lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least,
    )


def one_of(*names: str) -> Values:
    """One of these words."""
    return Values(f"one of {', '.join(names)}", lambda value: value in names)


ANYTHING = Values("anything", lambda value: True)
SWITCH = Values("true or false", lambda value: isinstance(value, bool))
NAMES = Values(
    "names, in a sequence",
    lambda value: isinstance(value, (tuple, list)) and all(isinstance(name, str) and name for name in value),
)
SIZE = Values(
    "height and width in pixels, each 1 or more",
    lambda value: isinstance(value, (tuple, list)) and len(value) == 2 and all(whole(1).fit(side) for side in value),
)


@dataclass(frozen=True, slots=True)
class Knob:
    """Something that `Restorer.load` can be told.

    Attributes:
        name: of the keyword.
        help: what it does, its range and its default.
        values: what it can be set to.
        settings: of a number, the two that lie furthest apart; None: it is no number.
    """

    name: str
    help: str
    values: Values = ANYTHING
    settings: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Restorer:
    """One restorer.

    Attributes:
        id: as on the command line.
        licence: the terms of using it, weights included.
        source: where it is described.
        load: from verified files by name, and knobs, to the restorer that is ready.
        weights: what `load` needs.
        input_size: height and width that it reads; None: any.
        output_size: height and width that it delivers; None: what the knob `size` says.
        crop: how the faces that it reads are cut out of photographs; None: it reads any picture.
        generative: whether it paints detail that its input does not have.
        random: whether two calls with one input may differ.
        takes: which of "occlusion" and "landmarks" it can be told; it refuses the others.
        knobs: what `load` can be told.
        limits: what it is known to do badly, a sentence each.
        training_data: what its weights were trained on, as far as it is known; empty: nothing was trained.
        pastes: its results hold enough of the face to be put back into the photograph that the face was cut from.
    """

    id: str
    licence: str
    source: Source
    load: Callable[..., Restore]
    weights: tuple[Weights, ...] = ()
    input_size: tuple[int, int] | None = None
    output_size: tuple[int, int] | None = None
    crop: Crop | None = None
    generative: bool = False
    random: bool = False
    takes: tuple[str, ...] = ()
    knobs: tuple[Knob, ...] = ()
    limits: tuple[str, ...] = ()
    training_data: str = ""
    pastes: bool = False
