"""Rows of numbers, and how they are written down."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bonaface.bench.entrants import Entrant
from bonaface.bench.leaks import CELEBA_VAL_IN_CELEBAMASK, CELEBAMASK_IN_CELEBA_TRAIN
from bonaface.bench.numbers import CONVENTIONS
from bonaface.bench.thumbnails import CONVENTION as THUMBNAILS
from bonaface.core.catalog import Weights
from bonaface.io.provenance import describe_machine_free_versions
from bonaface.measure.protocols import pro_uigan as published
from bonaface.study.numbers.intervals import CONVENTION as INTERVALS
from bonaface.study.numbers.intervals import Estimate

TRUTH = "truth"
"""The name of the row that holds the faces themselves: what can be reached at best."""
FRAMINGS = {
    "ffhq": "faces of celeba_val.parquet as they are, 128 px: FFHQ's alignment, 0.82 of its side, hair and background",
    "facial-area": "S2's framing: held-back tenth of celebamask (256 px) where dlib finds a face, main facial area "
    "cut out at 128 px by area averaging and Lanczos",
    "london": "Face Research Lab London Set (800 px), cut out as ffhq",
    "press": "held-back people of expressions.parquet (at most 160 px) where dlib finds a face, cut out as ffhq",
}
"""Faces by the name that a row gives them."""


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured on one restorer, one kind of mask and one set of faces.

    Attributes:
        check: "hallucination", or a part of S2's section V.
        faces: see `FRAMINGS`.
        mask: see `thumbnails.MASKS`.
        restorer: its name, or "truth".
        told: whether it was told what was covered; None: nothing was, or it cannot be told.
        n: faces that were restored.
        numbers: by name.
    """

    check: str
    faces: str
    mask: str
    restorer: str
    told: bool | None
    n: int
    numbers: Mapping[str, Estimate] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        names = ("check", "faces", "mask", "restorer", "told", "n")
        return {name: getattr(self, name) for name in names} | {
            name: estimate.as_dict() for name, estimate in self.numbers.items()
        }


def told(entrant: Entrant | None, mask: str) -> bool | None:
    """For `Row.told`."""
    return None if entrant is None or mask == "none" or not entrant.takes_mask else entrant.told


def document(
    command: str,
    rows: Sequence[Row],
    entrants: Sequence[Entrant],
    weights: Iterable[Weights],
    conventions: Mapping[str, str] = CONVENTIONS,
) -> dict[str, Any]:
    """Everything that is needed to read the rows and to make them again, for JSON.

    Args:
        command: that made them.
        rows: of one bench.
        entrants: that were measured.
        weights: of the tools that looked at the restored faces.
        conventions: of the numbers, by name.
    """
    used = {row.faces for row in rows}
    return {
        "command": command,
        "versions": describe_machine_free_versions(),
        "conventions": {**conventions, "interval": INTERVALS, "thumbnail": THUMBNAILS},
        "faces": {name: text for name, text in FRAMINGS.items() if name in used},
        "left out": {
            "why": "trained on as another crop of the same photograph (scripts/near_duplicates.py)",
            "ffhq": sorted(CELEBA_VAL_IN_CELEBAMASK),
            "facial-area": sorted(CELEBAMASK_IN_CELEBA_TRAIN),
        },
        "restorers": [
            {"name": one.name, "what": one.note, **({"sha256": one.sha256} if one.sha256 else {})} for one in entrants
        ],
        "tools": [{"name": card.name, "sha256": card.sha256, "licence": card.licence} for card in weights],
        "rows": [row.as_dict() for row in rows],
        "published": published.as_dict(),
    }


def as_csv(rows: Sequence[Row]) -> str:
    """One line a row and number; empty where there is no value."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["check", "faces", "mask", "restorer", "told", "number", "value", "low", "high", "n", "people"])
    for row in rows:
        said = "" if row.told is None else str(row.told).lower()
        for name, one in row.numbers.items():
            values = ["" if value is None else f"{value:.6g}" for value in (one.value, one.low, one.high)]
            table.writerow([row.check, row.faces, row.mask, row.restorer, said, name, *values, one.n, one.people])
    return text.getvalue()
