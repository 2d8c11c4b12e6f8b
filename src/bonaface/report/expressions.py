"""What a page shows of an edited expression: differences per region, movements, keypoints, mouth, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bonaface.core.results import Aspect, Finding, Ledger, Score, Verdict
from bonaface.measure.change import VISIBLE
from bonaface.measure.geometry import GROUPS, inter_ocular
from bonaface.report.overlays import FULL_CHANGE, change_overlay, outline
from bonaface.report.words import number, percent, shown

PAIRS: Mapping[str, str] = {
    "neutral-real": "neutral picture to real photograph",
    "real-generated": "real photograph to output",
    "neutral-generated": "neutral picture to output",
}
"""The three differences, in the order of the study's figure 45, in words."""
ROLES: Mapping[str, str] = {"neutral": "Neutral picture", "truth": "Real photograph", "output": "Output"}
MEANINGS: Mapping[Verdict, str] = {
    Verdict.INVENTED: "the output moves or shows what the real expression does not",
    Verdict.LOST: "the output lacks what the real expression moves or shows, or what was asked for",
    Verdict.ALTERED: "both, or the output departs from the picture it was made from farther than an expression does",
    Verdict.KEPT: "the output does what the expression asks, as well as harmless changes let one tell",
    Verdict.UNDECIDABLE: "no verdict: no number, nothing to compare it with, or harmless changes score as much",
}
"""Of the verdicts, where an edited expression is judged."""
CONVENTIONS: Mapping[str, str] = {
    "histogram-correlation-real": "histogram-correlation of output and real photograph, whole pictures; beside it the "
    "neutral picture's with the photograph",
    "histogram-correlation-neutral": "histogram-correlation of output and neutral picture, whole pictures",
    "landmarks-neutral-real": "mean distance of 68 landmarks, aligned by eye corners and the bridge of the nose, % of "
    "the inter-ocular distance (S0, there without alignment)",
    "landmarks-real-generated": "the same of photograph and output",
    "landmarks-neutral-generated": "the same of neutral picture and output",
    **{f"landmarks-{pair}-px": "the same in pixels of the neutral picture" for pair in PAIRS},
    "keypoint-matches": "SIFT keypoints of the output with a partner in the photograph, ratio 0.75, mutual best, on "
    "one crop of the face (S0: 7 of 143); beside it the neutral picture's",
    "clip-improvement-share": "how much of the photograph's gain in cosine to the expression's words, over the neutral "
    "picture, the output has (S0, VI.F)",
}
"""Of the numbers of the whole picture that only edited expressions have."""
LABELS: Mapping[str, str] = {
    "histogram-correlation-real": "Histogram correlation, output and real",
    "histogram-correlation-neutral": "Histogram correlation, output and neutral",
    **{
        f"landmarks-{pair}{end}": f"Landmarks, {pair.replace('-', ' to ').replace('generated', 'output')}{unit}"
        for pair in PAIRS
        for end, unit in (("", ""), ("-px", ", px"))
    },
    "keypoint-matches": "Keypoint matches, output and real",
    "clip-semantics": "CLIP semantics",
    "clip-improvement-share": "CLIP: share of the real improvement",
}
HIGHER = ("histogram-correlation-real", "histogram-correlation-neutral", "keypoint-matches", "clip-improvement-share")
"""Those of them that are better the higher they are."""
PARTS = ("jaw", "upper face", "sizes", "orientations")
Place = Callable[[str, bytes, str], str]


def expressed(ledger: Ledger, place: Place) -> dict[str, Any] | None:
    """Everything of the section on the expression; None where no edited expression was audited."""
    about = ledger.expression
    if not about:
        return None
    found = {(each.aspect, each.detail, each.region): each for each in ledger.findings}
    by_detail = {(each.aspect, each.detail): each for each in found.values()}
    roles = [role for role in ROLES if role in ledger.provenance["inputs"]]
    return {
        "target": about["target"],
        "label": about["label"],
        "meanings": MEANINGS,
        "summary": about["summary"],
        "has_real": "truth" in roles,
        "roles": roles,
        "names": ROLES,
        "compared_with": ROLES.get(about.get("compared_with", ""), "").lower(),
        "differences": _differences(ledger),
        "pairs": PAIRS,
        "moves": _moves(ledger),
        "features": _features(about),
        "parts": [by_detail[Aspect.KEYPOINTS, part] for part in PARTS if (Aspect.KEYPOINTS, part) in by_detail],
        "mouths": about.get("mouth", {}),
        "teeth": by_detail.get((Aspect.EXPRESSION, "teeth")),
        "reader": _reader(by_detail.get((Aspect.EXPRESSION, "expression")), roles),
        "identity": _identity(by_detail.get((Aspect.IDENTITY, "embedding"))),
        "outside": [each for each in ledger.findings if each.detail == "outside"],
        "change": _change(ledger, place),
        "visible": VISIBLE,
        "full_change": FULL_CHANGE,
    }


def _differences(ledger: Ledger) -> dict[str, Any] | None:
    """The mean differences of each group of landmarks in three bars; None where a face is missing."""
    held = {f.detail: f for f in ledger.findings if f.aspect is Aspect.GEOMETRY and "neutral-generated" in f.evidence}
    if not held:
        return None
    rows = [_row(held[name]) for name in (*GROUPS, "all") if name in held]
    greatest = max(bar["value"] for row in rows for bar in row["bars"] if bar["value"] is not None)
    pairs = [pair for pair in PAIRS if any(bar["pair"] == pair for bar in rows[0]["bars"])]
    return {"rows": rows, "greatest": greatest or 1.0, "pairs": pairs}


def _row(finding: Finding) -> dict[str, Any]:
    evidence = finding.evidence
    bars, said = [], []
    for pair, words in PAIRS.items():
        value = evidence[pair].value
        if value is None:
            continue
        floor = evidence.get(f"floor:{pair}")
        text = f"{shown(evidence[f'{pair}:px'])} ({number(value, '% IOD')})"
        bars.append({"pair": pair, "value": value, "floor": None if floor is None else floor.value, "text": text})
        said.append(f"{words} {text}")
    return {"finding": finding, "bars": bars, "label": f"{finding.detail.replace('-', ' ')}: {'; '.join(said)}"}


def _moves(ledger: Ledger) -> dict[str, Any] | None:
    """For each picture, lines from the neutral face's landmarks to its own, laid on the points that hardly move."""
    arrays = ledger.arrays
    if "landmarks_neutral" not in arrays:
        return None
    start = arrays["landmarks_neutral"]
    lines = {
        role: [
            tuple(f"{value + 0.5:.2f}" for value in (*before, *after))
            for before, after in zip(start, arrays[f"landmarks_{role}"], strict=True)
        ]
        for role in ("truth", "output")
        if f"landmarks_{role}" in arrays
    }
    dots = [tuple(f"{value + 0.5:.2f}" for value in point) for point in start]
    return {"dots": dots, "lines": lines, "unit": inter_ocular(start) / 100}


def _features(about: Mapping[str, Any]) -> dict[str, Any] | None:
    """Keypoints of each facial feature in each picture, as counts and as shares of all on features."""
    held: Mapping[str, Mapping[str, int]] | None = about.get("keypoints")
    if held is None:
        return None
    totals = {role: sum(counts.values()) for role, counts in held.items()}
    roles = [role for role in ROLES if role in held]
    rows: list[dict[str, Any]] = []
    for group in GROUPS:
        cells = [
            {"role": role, "count": held[role][group], "share": held[role][group] / max(1, totals[role])}
            for role in roles
        ]
        rows.append({"group": group.replace("-", " "), "cells": cells})
    greatest = max(float(cell["share"]) for row in rows for cell in row["cells"])
    return {
        "rows": rows,
        "roles": roles,
        "totals": totals,
        "greatest": greatest or 1.0,
        "side": about["keypoints_side"],
    }


def _reader(finding: Finding | None, roles: list[str]) -> dict[str, Any] | None:
    """The probabilities of each expression in each picture."""
    if finding is None or not finding.evidence:
        return None
    names = [name.partition(":")[2] for name in finding.evidence if name.startswith("in-output:")]
    rows = [
        {
            "name": name,
            "cells": [finding.evidence.get(f"in-{role}:{name}") for role in roles],
            "recall": _recall(finding.evidence, name),
        }
        for name in names
    ]
    return {"finding": finding, "rows": rows}


def _recall(evidence: Mapping[str, Score], name: str) -> str:
    rate, low, high = (evidence.get(f"recall:{name}{end}") for end in ("", ":low", ":high"))
    if rate is None or rate.value is None:
        return "not measured yet"
    if low is None or high is None or low.value is None or high.value is None:
        return percent(rate.value)
    return f"{percent(rate.value)} ({percent(low.value)} to {percent(high.value)})"


def _identity(finding: Finding | None) -> dict[str, Any] | None:
    if finding is None or finding.score.value is None:
        return None
    evidence = finding.evidence
    usual = {
        words: f"{shown(evidence[f'{group}:p5'])} to {shown(evidence[f'{group}:p95'])}"
        for group, words in (("same-person", "pictures of one person"), ("different-people", "different people"))
    }
    return {
        "finding": finding,
        "real": evidence.get("real:angle"),
        "harmless": evidence.get("floor:harmless"),
        "usual": usual,
    }


def _change(ledger: Ledger, place: Place) -> dict[str, Any] | None:
    """The map of what changed, and the outline of where the expression may."""
    if "changed" not in ledger.maps or "needed" not in ledger.arrays:
        return None
    overlay = change_overlay(ledger.maps["changed"])
    [layer] = overlay.layers
    x, y, width, height = layer.box
    return {
        "href": place("changed", layer.data, "image/png"),
        **{"x": x, "y": y, "width": width, "height": height},
        "greatest": overlay.greatest,
        "outline": outline(np.asarray(ledger.arrays["needed"]), (0.0, 0.0)),
    }
