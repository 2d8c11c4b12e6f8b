"""Layouts of descriptors and embeddings, as drawings in plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bonaface.report.study.given import Summed, ordered

SIDE, MARGIN = 400, 10
ORIGINAL = "original"


class Placed(Protocol):
    """One layout; `bonaface.study.results.layout.Layout` is one."""

    @property
    def title(self) -> str: ...  # noqa: D102 - said there
    @property
    def how(self) -> str: ...  # noqa: D102
    @property
    def names(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def places(self) -> NDArray[np.float64]: ...  # noqa: D102
    @property
    def about(self) -> tuple[str, ...]: ...  # noqa: D102


class Placings(Protocol):
    """All of them; `bonaface.study.results.layout.Layouts` is one."""

    @property
    def layouts(self) -> Sequence[Placed]: ...  # noqa: D102
    @property
    def why(self) -> str: ...  # noqa: D102


def layouts(found: Placings | None, study: Summed) -> dict[str, Any] | None:
    """Drawings with a colour for each restorer, and rings for originals; None: nobody laid anything out."""
    if found is None:
        return None
    names = ordered({name for each in found.layouts for name in each.names} - {ORIGINAL}, study.generative)
    return {
        "why": found.why,
        "restorers": names,
        "side": SIDE,
        "drawings": [
            {
                "title": each.title,
                "how": each.how,
                "count": len(each.names),
                "radius": 2 if len(each.names) > 400 else 4,
                "points": [_point(each, i, names) for i in _outputs_first(each)],
            }
            for each in found.layouts
        ],
    }


def _outputs_first(each: Placed) -> list[int]:
    """Originals lie on top."""
    return sorted(range(len(each.names)), key=lambda i: each.names[i] == ORIGINAL)


def _point(each: Placed, i: int, names: Sequence[str]) -> dict[str, Any]:
    x, y = (MARGIN + (SIDE - 2 * MARGIN) * float(v) for v in each.places[i])
    original = each.names[i] == ORIGINAL
    return {"x": f"{x:.1f}", "y": f"{y:.1f}", "c": "" if original else f"c{names.index(each.names[i]) % 7}",
            "said": each.about[i] if len(each.names) <= 400 else ""}  # fmt: skip
