"""Findings as rows: for the Parquet table and for the page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bonaface.audit.ledger import RULES
from bonaface.core.results import Finding, Score
from bonaface.report.words import rounded, significant

CONTROLS = ("bicubic", "other-face")
SHARES = ("invented-share", "lost-share", "unmatched-share", "missing-share")
"""Judged numbers that come in pairs; each has its floor and its controls in columns of their own."""
READINGS = (
    *SHARES,
    *("invented-amount", "correlation", "points-output", "points-truth", "unmatched-output", "unmatched-truth"),
    *("shift", "shift-raw", "ciede2000", "ciede2000-of-means", "angle", "distance"),
    *("added", "in-output", "in-truth"),
    *("change", "miss-rate", "false-rate", "balanced-accuracy"),
)
"""What findings may hold as evidence, in the order of the columns."""


def score_name(finding: Finding) -> str | None:
    """Which of the readings the finding's score is ("lost-share"); None where nothing was read."""
    rule = RULES[finding.aspect]
    names = (rule.invented, rule.lost, rule.altered)
    judged = [name for name in names if name is not None and name in finding.evidence]
    exact = [
        name
        for name in judged
        if finding.evidence[name] == finding.score
        and finding.evidence.get(f"floor:{name}", finding.floor) == finding.floor
    ]
    return next(iter(exact or judged), None) or _own_name(finding)


def _own_name(finding: Finding) -> str | None:
    """Of findings about an edited expression, which have numbers of their own."""
    return next((name for name, score in finding.evidence.items() if score == finding.score), None)


def control(finding: Finding, name: str) -> Score | None:
    """What a null control ("bicubic", "other-face") scores for the finding's own number."""
    own = score_name(finding)
    return None if own is None else finding.evidence.get(f"{name}:{own}")


def said(finding: Finding) -> str:
    """The sentence without the region that it starts with, for a row that names the region already."""
    text = finding.sentence.removeprefix(f"{finding.region.label}: ")
    return text[:1].upper() + text[1:]


def second_name(finding: Finding) -> str:
    """The region's name in the standards, where it says more than the label."""
    term = finding.region.standard_term
    return "" if term.startswith("(") or term.casefold() == finding.region.label.casefold() else term


def finding_row(finding: Finding) -> dict[str, Any]:
    """One finding as a flat row; numbers are floats or None, everything else is text."""
    row: dict[str, Any] = {
        "region": str(finding.region),
        "standard_term": finding.region.standard_term,
        "found_by": finding.found_by,
        "aspect": str(finding.aspect),
        "detail": finding.detail,
        "verdict": str(finding.verdict),
        "severity": _float(finding.severity),
        "score_name": score_name(finding) or "",
        "score": _float(finding.score.value),
        "unit": finding.score.unit,
        "status": str(finding.score.status),
        "why": finding.score.why,
        "floor": _float(finding.floor.value),
        "floor_status": str(finding.floor.status),
        "floor_why": finding.floor.why,
        "bicubic": _value(control(finding, "bicubic")),
        "other_face": _value(control(finding, "other-face")),
    }
    for name in READINGS:
        row[_column(name)] = _value(finding.evidence.get(name))
        for kind in ("floor", *CONTROLS) if name in SHARES else ():
            row[f"{_column(name)}_{_column(kind)}"] = _value(finding.evidence.get(f"{kind}:{name}"))
    row["sentence"] = finding.sentence
    row["evidence"] = json.dumps(
        rounded({name: score.as_dict() for name, score in finding.evidence.items()}), ensure_ascii=False
    )
    return row


def columns(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows as `finding_row` makes them -> columns."""
    held = list(rows)
    return {name: [row[name] for row in held] for name in ROW_NAMES}


def _column(name: str) -> str:
    return name.replace("-", "_")


def _value(score: Score | None) -> float | None:
    return None if score is None else _float(score.value)


def _float(value: float | None) -> float | None:
    return None if value is None else significant(float(value))


ROW_NAMES = (
    *("region", "standard_term", "found_by", "aspect", "detail", "verdict", "severity", "score_name", "score", "unit"),
    *("status", "why", "floor", "floor_status", "floor_why", "bicubic", "other_face"),
    *(
        column
        for name in READINGS
        for column in (
            _column(name),
            *(f"{_column(name)}_{_column(kind)}" for kind in ("floor", *CONTROLS) if name in SHARES),
        )
    ),
    *("sentence", "evidence"),
)
"""The columns of a table of findings, in their order."""
_TEXTS = frozenset(
    {
        *("region", "standard_term", "found_by", "aspect", "detail", "verdict", "score_name", "unit", "status", "why"),
        *("floor_status", "floor_why", "sentence", "evidence"),
    }
)
NUMBERS = tuple(name for name in ROW_NAMES if name not in _TEXTS)
"""Columns that hold numbers, also in a table where they are all empty."""
