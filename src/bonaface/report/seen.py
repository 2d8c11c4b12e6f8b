"""What the readers see in the pictures, as rows for a page."""

from __future__ import annotations

from typing import Any

from bonaface.core.results import Aspect, Finding, Ledger, Score, Verdict
from bonaface.report.rows import control
from bonaface.report.words import percent, shown

SETTLED = (Verdict.KEPT, Verdict.UNDECIDABLE)


def attribute_rows(ledger: Ledger) -> dict[str, list[dict[str, Any]]]:
    """Rows of the attributes that changed, and of the rest, in the order of the findings; empty without a truth."""
    rows: dict[str, list[dict[str, Any]]] = {"changed": [], "rest": []}
    for finding in ledger.findings:
        if finding.aspect is Aspect.ATTRIBUTES and "in-truth" in finding.evidence:
            rows["rest" if finding.verdict in SETTLED else "changed"].append(_row(finding))
    return rows


def _row(finding: Finding) -> dict[str, Any]:
    evidence = finding.evidence
    return {
        "finding": finding,
        "truth": evidence["in-truth"],
        "output": evidence["in-output"],
        "bicubic": control(finding, "bicubic"),
        "other": control(finding, "other-face"),
        "misses": _rate(evidence, "miss-rate"),
        "false": _rate(evidence, "false-rate"),
    }


def _rate(evidence: Any, name: str) -> str:
    """With its interval: "12% (8.1% to 17%)"."""
    rate: Score | None = evidence.get(name)
    if rate is None or rate.value is None:
        return "not measured yet"
    ends = [evidence.get(f"{name}:{end}") for end in ("low", "high")]
    if any(end is None or end.value is None for end in ends):
        return shown(rate)
    return f"{percent(rate.value)} ({percent(ends[0].value)} to {percent(ends[1].value)})"


def expression_table(ledger: Ledger) -> dict[str, Any] | None:
    """The probabilities of each expression in both pictures; None without a truth, or where a face is missing."""
    finding = next((f for f in ledger.findings if f.aspect is Aspect.EXPRESSION and "change" in f.evidence), None)
    if finding is None or finding.score.value is None:
        return None
    names = [key.partition(":")[2] for key in finding.evidence if key.startswith("in-truth:")]
    return {
        "finding": finding,
        "rows": [
            {
                "name": name,
                "truth": finding.evidence[f"in-truth:{name}"],
                "output": finding.evidence[f"in-output:{name}"],
                "recall": _rate(finding.evidence, f"recall:{name}"),
            }
            for name in names
        ],
        "accuracy": _rate(finding.evidence, "balanced-accuracy"),
    }


def readings_alone(ledger: Ledger) -> dict[str, list[tuple[str, Score]]] | None:
    """What is seen in the output where there is no truth: the most probable first; None where no face was found."""
    seen = None if ledger.judged else ledger.readings.get("output")
    if seen is None:
        return None
    return {kind: sorted(scores.items(), key=lambda item: -(item[1].value or 0.0)) for kind, scores in seen.items()}
