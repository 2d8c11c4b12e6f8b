"""One output on a page: its pictures, numbers and worst sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bonaface.report.study.given import Row, label, on_grid, value
from bonaface.report.study.thumbs import Thumbs

NUMBERS = 8
"""Numbers under a picture, at most."""


@dataclass(frozen=True, slots=True)
class Cards:
    """Makes them.

    Attributes:
        thumbs: small pictures.
        audits: by cell: the address of its own audit, from `assets/x/`.
    """

    thumbs: Thumbs
    audits: Mapping[str, str]

    def of(self, row: Row, *, region: str | None = None, alike: bool = False, note: str = "") -> dict[str, Any]:
        """What a page shows of one output.

        Args:
            row: of the table of pictures.
            region: the severity and the sentence are of this one; None: of the output.
            alike: restorer and damage need not be said.
            note: what the page is about, in place of severity and sentence; empty: those.
        """
        severity, sentence = row["severity"], row["sentence"]
        seed = [f"seed {row['seed']}"] if row["seed"] else []
        if region is not None:
            severity, sentence = row["features"][region]
        return {
            "face": row["face"],
            "what": ", ".join(seed if alike else [row["restorer"], row["degradation"], *seed]),
            "pictures": self.thumbs.of(row) if row["status"] == "ok" else {},
            "why": row["why"] if row["status"] != "ok" else "",
            "note": note,
            "severity": None if note else severity,
            "sentence": "" if note else sentence,
            "audit": self.audits.get(row["cell"], ""),
            "numbers": _numbers(row["values"]),
        }


def _numbers(values: Sequence[tuple[str, str, float, str]]) -> dict[str, list[str]]:
    """Each measure once, on the truth's own grid where it has a number there; by grid."""
    best: dict[str, tuple[str, str, float, str]] = {}
    for each in sorted(values, key=lambda each: (each[1] != "truth", each[1])):
        best.setdefault(each[0], each)
    out: dict[str, list[str]] = {}
    for name, grid, number, unit in list(best.values())[:NUMBERS]:
        out.setdefault(on_grid(grid), []).append(f"{label(name)} {value(number, unit)}")
    return out
