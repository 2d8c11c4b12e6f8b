"""The tables of a page that are not drawings: measures with their conventions, the headline, the provenance."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Finding, Ledger, Score, Verdict
from bonaface.io.metadata import redacted_metadata
from bonaface.io.provenance import repeat_command
from bonaface.measure import MEASURES
from bonaface.report import described
from bonaface.report.expressions import CONVENTIONS, HIGHER, LABELS
from bonaface.report.words import rounded

FOUND = (Verdict.INVENTED, Verdict.ALTERED, Verdict.LOST)
"""Verdicts that say that something is not as in the truth."""
_OTHER_CONVENTIONS = {
    "tone-gain": "standard deviation of the truth's coarsest luminance in the face over the output's, within 0.5 to 2",
    "tone-offset": "added to the output's luminance after the gain, in 8-bit levels",
    **CONVENTIONS,
    "consistency-psnr": "RGB; the output brought back to the size of the damaged picture and compared with it",
    "consistency-colour": "greatest difference of a channel's mean, output brought back against damaged picture",
    "consistency-shift": "mean shift of 68 landmarks, output against damaged picture, % of the inter-ocular distance",
    "seam": "mean slope of BT.601 luma across the paste's edge, where the weight is one half, over that on both sides "
    "of it; 1: like its surroundings; floor: the same place of the photograph without a paste",
    "colour-shift": "mean CIEDE2000 inside the paste between the picture and what the restorer was given, both blurred "
    "by 3% of the crop's side, so that tone is compared and not detail",
}
_BETTER = {
    "seam": "near its floor",
    "colour-shift": "lower",
    **dict.fromkeys(HIGHER, "higher"),
}
PASTED = ("seam", "colour-shift")
"""Numbers about what pasting a restored face did."""
DAMAGE = {
    "noise": "white noise, standard deviation",
    "resolution": "detail reaches up to this share of the highest frequency (30 to 44% after x4 enlargement)",
    "blocking": "steps at the edges of an 8 px grid over steps elsewhere; 1 without blocks",
    "clipped": "pixels that are wholly black or white",
}
CHOICES = 3
"""Headline sentences about one aspect, at most, while others are left."""
NEARLY = 0.4
"""How severe a finding must be, against the worst one, to be preferred for the sake of variety."""


def headline(ledger: Ledger, count: int = 5) -> list[tuple[Finding, int]]:
    """The worst findings, one for each part of the face, with how many more are alike.

    Returns:
        At most `count` findings, worst first, each with the number of further findings about the same region.
    """
    found = [finding for finding in ledger.findings if finding.verdict in FOUND]
    in_region = Counter(finding.region for finding in found)
    chosen: list[Finding] = []

    def take(finding: Finding, most: int) -> None:
        alike = sum(other.aspect is finding.aspect for other in chosen)
        if len(chosen) < count and alike < most and all(finding.region != other.region for other in chosen):
            chosen.append(finding)

    # First what is nearly as severe, on the face and about different things; then whatever is left.
    enough = NEARLY * (found[0].severity or 0.0) if found else 0.0
    for finding in found:
        if (finding.severity or 0.0) >= enough and finding.region is not Region.BACKGROUND:
            take(finding, CHOICES)
    for finding in found:
        take(finding, count)
    return sorted(
        ((finding, in_region[finding.region] - 1) for finding in chosen), key=lambda pair: -(pair[0].severity or 0)
    )


def summary_sentence(counts: Mapping[str, int]) -> str:
    """What the verdicts come to.

    >>> summary_sentence({"kept": 3, "lost": 0, "invented": 1, "altered": 1, "undecidable": 2})
    'Of 5 findings that could be decided, 2 say that the output departs from the real photograph, and 3 that it agrees.'
    """
    decided = sum(counts.values()) - counts["undecidable"]
    if decided == 0:
        return "Nothing could be decided."
    found = sum(counts[str(verdict)] for verdict in FOUND)
    return (
        f"Of {decided} findings that could be decided, {found} say that the output departs from the real photograph, "
        f"and {counts['kept']} that it agrees."
    )


def measure_rows(measures: Mapping[str, Score]) -> list[dict[str, Any]]:
    """One row for each whole-picture number, with its floor, its controls and its convention."""
    rows = []
    for name, score in measures.items():
        if ":" in name:
            continue
        base = name.removesuffix("-face")
        card = MEASURES[base] if base in MEASURES else None  # noqa: SIM401 - a catalog is no dict
        convention = card.convention if card is not None else _OTHER_CONVENTIONS.get(base, "")
        if base != name:
            convention = convention.replace("whole picture", "the face's window")
        rows.append(
            {
                "name": name,
                "label": measure_label(name),
                "score": score,
                "floor": measures.get(f"{name}:floor"),
                "bicubic": measures.get(f"{name}:bicubic"),
                "other": measures.get(f"{name}:other-face"),
                "neutral": measures.get(f"{name}:neutral"),
                "better": card.better if card is not None else _BETTER.get(base, ""),
                "convention": convention,
                "source": "" if card is None else card.source.text,
            }
        )
    return rows


def measure_label(name: str) -> str:
    """A measure's name as readers know it."""
    base = name.removesuffix("-face")
    known = {
        "psnr": "PSNR", "ssim": "SSIM", "ms-ssim": "MS-SSIM", "ssim-y": "SSIM (luma)", "rmse": "RMSE",
        "ciede2000": "CIEDE2000", "consistency-psnr": "PSNR of consistency",
        "embedding-angle": "Embedding angle", **LABELS,
    }  # fmt: skip
    label = known.get(base, base.replace("-", " ").capitalize())
    return f"{label}, face" if base != name else label


def not_applicable(ledger: Ledger) -> list[tuple[str, str]]:
    """What has no number at all, and why; the same reason once."""
    whys: dict[str, list[str]] = {}
    for finding in ledger.findings:
        if finding.score.value is None and not finding.evidence:
            whys.setdefault(finding.score.why, []).append(str(finding.aspect))
    for name, score in ledger.measures.items():
        if score.value is None and ":" not in name:
            whys.setdefault(score.why, []).append(measure_label(name))
    return [(", ".join(dict.fromkeys(names)), why) for why, names in whys.items()]


def why_not(ledger: Ledger, aspect: Aspect) -> str:
    """Why there is no number of an aspect; a general reason where there is one, or none is known."""
    whys = [f.score.why for f in ledger.findings if f.aspect is aspect and f.score.value is None]
    return whys[0] if whys else "it was not measured"


def asymmetries(ledger: Ledger) -> list[Finding]:
    """Findings about the two sides of the face that were measured."""
    return [finding for finding in ledger.findings if finding.aspect is Aspect.ASYMMETRY and finding.evidence]


def record(ledger: Ledger, *, redact: bool) -> dict[str, Any]:
    """The ledger as JSON, floats rounded; with `redact` without private metadata and names of folders."""
    out: dict[str, Any] = rounded(ledger.as_dict())
    if not redact:
        return out
    provenance = out["provenance"]
    pictures = ledger.arrays.get("pictures", {})
    for role, about in provenance.get("inputs", {}).items():
        about["metadata"] = redacted_metadata(pictures[role]) if role in pictures else {}
        about["name"] = _last(about["name"])
    if provenance.get("command"):
        provenance["command"] = repeat_command(shlex.split(provenance["command"]), redact=True)
    out["descriptions"] = described.redacted(out["descriptions"])
    out["notes"] = [without_folders(note) for note in out["notes"]]
    out["controls"] = {name: without_folders(text) for name, text in out["controls"].items()}
    return out


def _last(name: str) -> str:
    return re.split(r"[\\/]", name)[-1]


def without_folders(text: str) -> str:
    """Paths inside a sentence, shortened to their last names.

    >>> without_folders("control: /home/anna/faces/b.png (given)")
    'control: b.png (given)'
    """
    return re.sub(r"(?<!\w)(?:[A-Za-z]:)?(?:[\\/]+[^\s\\/]+)+", lambda found: _last(found.group()), text)


def selections(findings: Sequence[Finding]) -> dict[str, list[str]]:
    """What the table can be filtered by: values that occur, in the order of the lists of `core`."""
    return {
        "verdict": [str(v) for v in Verdict if any(f.verdict is v for f in findings)],
        "aspect": [str(a) for a in Aspect if any(f.aspect is a for f in findings)],
        "region": [str(r) for r in Region if any(f.region is r for f in findings)],
    }
