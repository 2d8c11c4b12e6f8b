"""What every restorer's card says, and what it does once its weights are open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bonaface.core.catalog import Source, Weights
from bonaface.core.images import Image, Mask, Points
from bonaface.core.knobs import Knob
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
