"""One implementation of a measure by another library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bonaface.core.images import Image


@dataclass(frozen=True, slots=True)
class Peer:
    """One implementation of a measure by another library.

    Attributes:
        measure: the id of ours.
        library: as it is installed.
        module: as it is imported.
        settings: how it is called, or "as it comes".
        why: what explains a difference; empty: none is expected.
        run: from output and truth, (H, W, 3) each, to the value.
        tolerance: how far it may lie from ours where `why` is empty.
    """

    measure: str
    library: str
    module: str
    settings: str
    why: str
    run: Callable[[Image, Image], float]
    tolerance: float = 0.0
