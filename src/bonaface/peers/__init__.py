"""The same measures as other libraries compute them: why one number differs from another.

To add an implementation, write it down in `light` (no PyTorch) or `torch_side`. Nothing here is part of any measure.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

from bonaface.core.cases import Case
from bonaface.core.images import Image
from bonaface.core.results import Score
from bonaface.measure import MEASURES
from bonaface.peers.light import LIGHT
from bonaface.peers.record import Peer

__all__ = ["COMPARED", "Compared", "Peer", "compare", "peers"]

COMPARED = ("psnr", "psnr-y", "rmse", "ssim", "ssim-y", "ms-ssim", "ms-ssim-y", "ciede2000")
"""The measures that others compute, too."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure of one pair by one implementation.

    Attributes:
        measure: its id.
        by: the library and its version; "Bonaface" is ours.
        settings: how it was called.
        score: its value, or why there is none.
        difference: from ours; None where either has no finite value.
        why: which convention explains the difference.
    """

    measure: str
    by: str
    settings: str
    score: Score
    difference: float | None
    why: str


def peers() -> tuple[Peer, ...]:
    """Every implementation whose library is installed."""
    known: tuple[Peer, ...] = LIGHT
    others = any(importlib.util.find_spec(name) is not None for name in ("torchmetrics", "piq", "pyiqa"))
    if others and importlib.util.find_spec("torch") is not None:
        from bonaface.peers.torch_side import TORCH_SIDE

        known = (*LIGHT, *TORCH_SIDE)
    return tuple(peer for peer in known if importlib.util.find_spec(peer.module) is not None)


def compare(output: Image, truth: Image, measures: Iterable[str] = COMPARED) -> list[Compared]:
    """Put one pair through every implementation that is installed.

    Args:
        output: (H, W, 3), sRGB in [0, 1].
        truth: the same shape.
        measures: ids of `COMPARED`.

    Returns:
        By measure: ours first, then the others.
    """
    rows = []
    for name in measures:
        ours = MEASURES[name].score(Case(output, truth))
        rows.append(Compared(name, "Bonaface", MEASURES[name].convention, ours, None, ""))
        for peer in peers():
            if peer.measure == name:
                score = _run(peer, output, truth, ours.unit)
                rows.append(Compared(name, _named(peer), peer.settings, score, _apart(score, ours), peer.why))
    return rows


def _run(peer: Peer, output: Image, truth: Image, unit: str) -> Score:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as a division by zero for equal pictures
            return Score(peer.run(output, truth), unit)
    except Exception as error:  # whatever another library makes of these pictures is a row of the table
        return Score.failed(f"{type(error).__name__}: {str(error) or 'no reason given'}".splitlines()[0], unit)


def _apart(score: Score, ours: Score) -> float | None:
    if score.value is None or ours.value is None or float("inf") in (score.value, ours.value):
        return None
    return score.value - ours.value


def _named(peer: Peer) -> str:
    return f"{peer.library} {importlib.metadata.version(peer.library)}"
