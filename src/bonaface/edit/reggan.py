"""The editor `reggan-compact`: an expression layer, and RegGAN's refinement network in a small size behind it (S4)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bonaface.core.catalog import Source
from bonaface.edit.expressing import SIDE, Expressing
from bonaface.edit.record import Editor
from bonaface.edit.ridge import LAYERS, LIMITS, THREADS
from bonaface.faces.crops import FFHQ
from bonaface.graphs.bundled import REGGAN_COMPACT as WEIGHTS


def _load(files: Mapping[str, Path], threads: int = 2) -> Expressing:
    layers = {name: file for name, file in files.items() if name != WEIGHTS.name}
    return Expressing("reggan-compact", layers, files[WEIGHTS.name], threads)


REGGAN_COMPACT = Editor(
    id="reggan-compact",
    licence="non-commercial research (CelebAMask-HQ); layers: CC BY 4.0 (Face Research Lab London Set)",
    source=Source("RegGAN (S4), in a compact size (docs/models/reggan.md)"),
    load=_load,
    targets=("happy", "neutral"),
    crop=FFHQ,
    input_size=(SIDE, SIDE),
    weights=(*LAYERS, WEIGHTS),
    layers=tuple(card.name for card in LAYERS),
    knobs=(THREADS,),
    limits=(
        "Sharpens what it reads, blurred faces too (S4, section V); `--sharpness input` keeps the input's own.",
        *LIMITS[1:],
        "Paints teeth as it learnt them from others: whose they are cannot be known.",
    ),
    training_data="900 faces of CelebAMask-HQ; 57 of 80 people of the Face Research Lab London Set",
)
