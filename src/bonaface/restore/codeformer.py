"""CodeFormer: a transformer that reads a face as codes of clean faces, and a weight between these and the input.

Zhou et al. 2022, arXiv:2206.11253.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bonaface.core.catalog import Weights
from bonaface.core.errors import InputError
from bonaface.core.knobs import Knob, numbers
from bonaface.restore.blind import KNOBS, Blind, opened, record
from bonaface.restore.published import CODEFORMER as WEIGHTS

SIDE = 512
DEFAULT_W = 0.5


def load(
    files: Mapping[str, Path],
    *,
    weights: Weights,
    side: int,
    w: float = DEFAULT_W,
    engine: str = "auto",
    device: str = "cpu",
    threads: int | None = None,
) -> Blind:
    """The restorer from its verified file.

    Args:
        files: see `blind.load`, as for the others.
        weights: likewise.
        side: likewise.
        engine: likewise.
        device: likewise.
        threads: likewise.
        w: 0: as the codes of clean faces have it, the sharpest and furthest from the input; 1: closest to the input.

    Raises:
        InputError: w is outside [0, 1].
        GraphMismatch: as for `blind.load`; or the graph reads no weight, so that w could have no effect.
    """
    if not 0 <= w <= 1:
        raise InputError(f"w is {w:g}; expected 0 (sharpest) to 1 (closest to the input).")
    return opened(files[weights.name], weights, side, float(w), engine, device, threads)


CODEFORMER = record(
    "codeformer",
    WEIGHTS,
    SIDE,
    (
        "Draws a face from 1,024 codes learnt from clean faces: at low w, who it shows may change.",
        "At high w, damage of the input stays.",
        "Teeth, glasses and hands over the face are often wrong.",
        "Some graphs have w built in, mostly 0.5: they are refused, as w would have no effect.",
    ),
    opens=load,
    knobs=(
        Knob("w", "0 (sharpest, most invented) to 1 (closest to the input); 0.5", numbers(0, 1), settings=(0.0, 1.0)),
        *KNOBS,
    ),
)
