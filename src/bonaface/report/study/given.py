"""What a report on a study is made of, as values: reports know no store."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from bonaface.report.facts import measure_label, without_folders
from bonaface.report.words import NOTHING, number

Row = dict[str, Any]
Find = Callable[[str], Path]
"""From a picture's SHA-256 to its file."""
SEVERITY = "hallucination"
"""The outcome that audits give."""


class Summed(Protocol):
    """A study summed up; `bonaface.study.results.reported.Reported` is one, and says what is in it."""

    @property
    def tables(self) -> Mapping[str, list[Row]]: ...  # noqa: D102 - said there
    @property
    def faces(self) -> list[Row]: ...  # noqa: D102
    @property
    def generative(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def people(self) -> int: ...  # noqa: D102
    @property
    def advice(self) -> str: ...  # noqa: D102
    @property
    def notes(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def worst_by(self) -> str: ...  # noqa: D102


def redacted(study: Summed) -> Summed:
    """The same without names of folders in what went wrong."""
    rows = [row | {"why": without_folders(row["why"] or "")} for row in study.tables["pictures"]]
    held: Any = study  # a frozen dataclass, whichever it is
    changed: Summed = replace(held, tables={**study.tables, "pictures": rows})
    return changed


def label(outcome: str) -> str:
    """An outcome as readers know it.

    >>> label("psnr"), label("hallucination")
    ('PSNR', 'Severity of hallucination')
    """
    more = {"lmd": "LMD", "lpips-alex": "LPIPS (AlexNet)", "lpips-vgg": "LPIPS (VGG)", "nrmse": "NRMSE",
            "keypoints": "Keypoints with a partner", "nrmse-fan": "NRMSE (FAN)", "parsing-iou": "Parsing IoU",
            "niqe": "NIQE", "niqe-face": "NIQE (faces)", "fid": "FID", "ecs": "ECS"}  # fmt: skip
    return "Severity of hallucination" if outcome == SEVERITY else more.get(outcome) or measure_label(outcome)


def inside(name: str) -> str:
    """A label within a sentence.

    >>> inside("Identity angle"), inside("PSNR")
    ('identity angle', 'PSNR')
    """
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def on_grid(grid: str) -> str:
    """Where a measure was taken; empty: on the truth's own pixels.

    >>> on_grid("celeba-128"), on_grid("512")
    ('on the celeba crop at 128 px', 'at 512 px')
    """
    crop, _, side = grid.rpartition("-")
    if grid in ("truth", ""):
        return ""
    return f"on the {crop} crop at {side} px" if crop else f"at {side} px"


def interval(row: Mapping[str, Any], unit: str = "") -> str:
    """The 95% interval of a row's number, or that there is none."""
    low, high = row["low"], row["high"]
    if low is None or high is None:
        return "no interval"
    return span(low, high, unit)


def span(low: float, high: float, unit: str = "") -> str:
    """Two ends with their unit once.

    >>> span(25.5, 29.01, "dB")
    '25.50 to 29.01 dB'
    """
    first, last = number(low, unit), number(high, unit)
    shared = re.search(r"[^\d.−∞]*$", last)
    return f"{first.removesuffix(shared.group() if shared else '')} to {last}"


def two(found: float) -> str:
    """A severity.

    >>> two(0.4899)
    '0.49'
    """
    return f"{found:.2f}"


def severity_span(row: Mapping[str, Any]) -> str:
    """The interval of a row's severity."""
    low, high = row["severity_low"], row["severity_high"]
    return "no interval" if low is None or high is None else f"{two(low)} to {two(high)}"


def value(found: float | None, unit: str = "") -> str:
    """A number with its unit; a dash where there is none."""
    return NOTHING if found is None else number(found, unit)


def counted(count: int, one: str, many: str = "") -> str:
    """A number and its noun.

    >>> counted(1, "person", "people"), counted(2, "face")
    ('1 person', '2 faces')
    """
    return f"{count} {one if count == 1 else many or one + 's'}"


def ordered(names: Iterable[str], generative: Sequence[str]) -> list[str]:
    """Restorers: what interpolates first, then models, each by name."""
    return sorted(set(names), key=lambda name: (name in generative, name))


def slug(text: str) -> str:
    """A name for a file that every system takes.

    >>> slug("codeformer(w=0.7)")
    'codeformer-w-0-7'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:80] or "unnamed"


def damages(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Degradations by family and level, without a family first."""
    found = {row["degradation"]: (row["family"] or "", row["level"] or 0.0) for row in rows}
    return sorted(found, key=lambda name: (*found[name], name))
