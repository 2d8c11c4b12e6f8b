"""The editor `ridge`: masked regression alone, S4's expression layer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bonaface.core.catalog import Source
from bonaface.core.knobs import Knob, whole
from bonaface.edit.expressing import SIDE, Expressing
from bonaface.edit.record import Editor
from bonaface.faces.crops import FFHQ
from bonaface.graphs.bundled import RIDGE_HAPPY, RIDGE_NEUTRAL

LAYERS = (RIDGE_HAPPY, RIDGE_NEUTRAL)
THREADS = Knob("threads", "for one call; 2", whole(1))
SOURCE = Source("RegGAN (S4), section III.C; masked regression: Khan et al. 2020", "doi:10.1007/s11263-019-01256-3")
LIMITS = (
    "Each pixel is a weighted mean of its neighbours: what it makes is blurred, and teeth are a pale band.",
    "Learnt from 57 adults, from the front and in even light: other poses and lights come out worse.",
    "Happy from neutral and neutral from happy only; a face that shows something else is changed all the same.",
)


def _load(files: Mapping[str, Path], threads: int = 2) -> Expressing:
    return Expressing("ridge", files, threads=threads)


RIDGE = Editor(
    id="ridge",
    licence="CC BY 4.0 (Face Research Lab London Set, DeBruine & Jones)",
    source=SOURCE,
    load=_load,
    targets=("happy", "neutral"),
    crop=FFHQ,
    input_size=(SIDE, SIDE),
    weights=LAYERS,
    layers=tuple(card.name for card in LAYERS),
    knobs=(THREADS,),
    limits=LIMITS,
    training_data="57 of 80 people of the Face Research Lab London Set, neutral and smiling",
)
