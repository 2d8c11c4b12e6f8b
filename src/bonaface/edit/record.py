"""What every editor's card says, and what it does once its weights are open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bonaface.core.catalog import Source, Weights
from bonaface.core.images import Image, Mask
from bonaface.core.knobs import Knob
from bonaface.core.snapshots import Snapshot
from bonaface.faces.crops import Crop


class Edit(Protocol):
    """An editor that is ready: its weights are open and its knobs are set. Threads may share it."""

    def __call__(
        self,
        image: Image,
        target: str,
        rng: np.random.Generator | None = None,
        region: Mask | None = None,
    ) -> Image:
        """Change the expression of one face.

        Args:
            image: (S, S, 3), a face cut out as the card's `crop` says, of the card's `input_size`.
            target: the expression that it shall show: an id of `core.expressions.EXPRESSIONS`, or a name that the
                editor's own weights bring.
            rng: for editors whose card says `random`; the others leave it alone. None: seed 0.
            region: (S, S), True where the picture may change, for editors whose card says `takes_region`.

        Returns:
            (S, S, 3) in [0, 1].

        Raises:
            InputError: another size than the card names, an expression that the editor cannot make, or a region that
                it does not take.
        """
        ...


@dataclass(frozen=True, slots=True)
class Editor:
    """One editor of expressions.

    Attributes:
        id: as on the command line.
        licence: the terms of using it, weights included.
        source: where it is described.
        load: from verified files by name, and knobs, to the editor that is ready.
        targets: ids of the expressions that it can be asked for.
        crop: how the faces that it reads are cut out of photographs.
        input_size: height and width of that crop.
        weights: what `load` needs.
        layers: names of those weights which a person's own expression layer takes the place of.
        random: whether its result depends on `rng`.
        takes_region: whether it can be told where to change the picture.
        needs_region: whether it does nothing without being told.
        snapshot: the folder of weights that `load` needs, for pipelines of several networks; None: none.
        extra: of the package that it needs installed: "diffusion"; empty: none.
        knobs: what `load` can be told.
        limits: what it is known to do badly, a sentence each.
        training_data: what its weights were trained on, as far as it is known.
    """

    id: str
    licence: str
    source: Source
    load: Callable[..., Edit]
    targets: tuple[str, ...]
    crop: Crop
    input_size: tuple[int, int]
    weights: tuple[Weights, ...] = ()
    layers: tuple[str, ...] = ()
    random: bool = False
    takes_region: bool = False
    needs_region: bool = False
    snapshot: Snapshot | None = None
    extra: str = ""
    knobs: tuple[Knob, ...] = ()
    limits: tuple[str, ...] = ()
    training_data: str = ""

    def __post_init__(self) -> None:
        if self.needs_region and not self.takes_region:
            raise ValueError(f"the card of {self.id} says that it needs a region, and not that it takes one")
