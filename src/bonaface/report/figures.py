"""What the drawings of a page are made of: keypoints, landmarks, bars, histograms, all as plain numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Finding, Ledger, Score
from bonaface.faces.align import transform, umeyama
from bonaface.measure.geometry import GROUPS, inter_ocular
from bonaface.measure.texture import BANDS
from bonaface.report.overlays import density, outline
from bonaface.report.pictures import Box
from bonaface.report.words import percent, shown

MAGNIFICATIONS = (1, 2, 5, 10, 20)


def region_outlines(ledger: Ledger) -> list[dict[str, str]]:
    """Each region's border, with its name."""
    return [
        {"label": f"{region.label} (found by {region.found_by})", "path": path, "kind": _kind(region)}
        for (left, top), regions in ledger.arrays.get("zones", ())
        for region, mask in regions.items()
        if (path := outline(mask, (float(left), float(top))))
    ]


def _kind(region: Region) -> str:
    if region is Region.WHOLE_FACE:
        return "whole"
    return "parsed" if region.found_by == "parser" else "part"


def keypoint_marks(ledger: Ledger, face: Box) -> dict[str, Any] | None:
    """Keypoints without a partner: discs for the output's, squares for the truth's, and counts for each region."""
    arrays = ledger.arrays
    if "unmatched_output" not in arrays:
        return None
    least = 0.003 * max(face[2], face[3])
    made_up, missing = arrays["unmatched_output"], arrays["unmatched_truth"]
    radii = _radii(arrays.get("unmatched_output_sizes"), len(made_up), least)
    halves = _radii(arrays.get("unmatched_truth_sizes"), len(missing), least)
    distance = float(ledger.faces["truth"]["inter_ocular_px"])
    dense = density(made_up, face, distance)
    inside = arrays.get("face_points", np.zeros(len(made_up), bool))
    return {
        "discs": [(f"{x + 0.5:.1f}", f"{y + 0.5:.1f}", f"{r:.1f}") for (x, y), r in zip(made_up, radii, strict=True)],
        "squares": "".join(
            f"M{x + 0.5 - h:.1f} {y + 0.5 - h:.1f}h{2 * h:.1f}v{2 * h:.1f}h{-2 * h:.1f}z"
            for (x, y), h in zip(missing, halves, strict=True)
        ),
        "counts": {
            "output": len(made_up),
            "truth": len(missing),
            "face": int(np.count_nonzero(inside)),
            "matched": len(arrays.get("matched_output", ())),
        },
        "density": dense.layers[0].data,
        "greatest": dense.greatest,
        "regions": [_counted(finding) for finding in _of(ledger, Aspect.KEYPOINTS)],
    }


def _radii(sizes: Any, count: int, least: float) -> NDArray[np.float64]:
    held = np.zeros(count) if sizes is None else np.asarray(sizes, np.float64)
    return np.clip(held / 2, least, 10 * least)


def _counted(finding: Finding) -> dict[str, Any]:
    names = ("points-output", "unmatched-output", "points-truth", "unmatched-truth")
    return {
        "finding": finding,
        **{name.replace("-", "_"): shown(finding.evidence.get(name)) for name in names},
        **{name.replace("-", "_"): shown(finding.evidence.get(name)) for name in ("unmatched-share", "missing-share")},
        "floor_unmatched": shown(finding.evidence.get("floor:unmatched-share")),
        "floor_missing": shown(finding.evidence.get("floor:missing-share")),
    }


def landmark_arrows(ledger: Ledger) -> dict[str, Any] | None:
    """From each landmark of the truth to where the output's lies after alignment; None where a face is missing."""
    arrays = ledger.arrays
    if "landmarks_output" not in arrays or "landmarks_truth" not in arrays:
        return None
    truth, output = arrays["landmarks_truth"], arrays["landmarks_output"]
    moved = transform(output, umeyama(output, truth)) - truth
    distance = inter_ocular(truth)
    lengths = 100 * np.hypot(*moved.T) / distance
    findings = {finding.detail: finding for finding in _of(ledger, Aspect.GEOMETRY)}
    group_of = {index: group for group, indices in GROUPS.items() for index in indices}
    arrows = []
    for index, ((x, y), (dx, dy), length) in enumerate(zip(truth, moved, lengths, strict=True)):
        finding = findings.get(group_of[index])
        floor = None if finding is None else finding.floor.value
        arrows.append(
            {
                **{"x": f"{x + 0.5:.2f}", "y": f"{y + 0.5:.2f}", "dx": f"{dx:.2f}", "dy": f"{dy:.2f}"},
                "above": floor is not None and length > floor,
                "label": f"Point {index + 1}, {group_of[index].replace('-', ' ')}: {length:.2f}%",
            }
        )
    typical = float(np.percentile(lengths, 90)) / 100
    factor = max((k for k in MAGNIFICATIONS if k * typical <= 0.2), default=1)
    return {
        "arrows": arrows,
        "unit": distance / 100,
        "magnification": factor,
        "magnifications": MAGNIFICATIONS,
        "above": sum(arrow["above"] for arrow in arrows),
        "groups": [findings[name] for name in (*GROUPS, "all") if name in findings],
    }


def texture_bars(ledger: Ledger) -> list[dict[str, Any]]:
    """For each region and band the invented and the lost share, with their floors and controls."""
    found = {(f.region, f.detail): f for f in _of(ledger, Aspect.TEXTURE)}
    regions = [region for region in Region if any((region, band) in found for band in BANDS)]
    if not any(f.evidence for f in found.values()):
        return []
    return [
        {"region": region, "bands": [_band(found[region, band]) for band in BANDS if (region, band) in found]}
        for region in regions
    ]


def _band(finding: Finding) -> dict[str, Any]:
    evidence, bars, said = finding.evidence, [], []
    for name, word in (("invented-share", "invented"), ("lost-share", "lost")):
        values = {kind: _share(evidence.get(prefix + name)) for kind, prefix in _KINDS.items()}
        text = shown(evidence.get(name))
        bars.append({"kind": word, "text": text, **values})
        floor = "unknown" if values["floor"] is None else percent(values["floor"])
        said.append(f"{word} {text}, floor {floor}")
        said += [f"{kind} {percent(values[kind] or 0)}" for kind in ("bicubic", "other") if values[kind] is not None]
    return {"bars": bars, "verdict": finding.verdict, "label": f"{finding.detail}: {', '.join(said)}"}


_KINDS = {"value": "", "floor": "floor:", "bicubic": "bicubic:", "other": "other-face:"}


def _share(score: Score | None) -> float | None:
    return None if score is None or score.value is None else min(1.0, max(0.0, score.value))


def histograms(ledger: Ledger) -> list[dict[str, str]]:
    """R, G and B of truth and output as steps in a field of 256 x 100; the square root of the counts is drawn."""
    if "histogram_truth" not in ledger.arrays:
        return []
    truth, output = (np.sqrt(np.asarray(ledger.arrays[f"histogram_{n}"], np.float64)) for n in ("truth", "output"))
    # The two ends hold clipped pixels; they must not flatten the rest.
    top = max(float(np.percentile(plane, 99)) for plane in (truth, output)) * 1.08 or 1.0
    return [
        {"name": name, "truth": _steps(truth[i] / top, closed=True), "output": _steps(output[i] / top, closed=False)}
        for i, name in enumerate(("Red", "Green", "Blue"))
    ]


def _steps(heights: NDArray[np.float64], *, closed: bool) -> str:
    step = 256 / len(heights)
    ys = 100 - 100 * np.clip(heights, 0, 1)
    parts = [f"M0 {ys[0]:.1f}"] if not closed else [f"M0 100V{ys[0]:.1f}"]
    parts += [f"V{y:.1f}H{(i + 1) * step:g}" for i, y in enumerate(ys)]
    return "".join(parts) + ("V100Z" if closed else "")


def identity_scale(ledger: Ledger) -> dict[str, Any] | None:
    """The angle between the embeddings of output and truth, beside what other pairs of pictures score."""
    finding = next(iter(_of(ledger, Aspect.IDENTITY)), None)
    if finding is None or finding.score.value is None:
        return None
    evidence = finding.evidence
    marks: Mapping[str, Score | None] = {
        "output": finding.score,
        "floor": evidence.get("floor:angle"),
        "bicubic": evidence.get("bicubic:angle"),
        "other": evidence.get("other-face:angle"),
    }
    baselines = ledger.arrays.get("identity_baselines")
    ranges: list[dict[str, Any]] = []
    for key, label in (("same_person", "two pictures of one person"), ("different_people", "two different people")):
        if baselines:
            values = dict(zip(baselines["percentiles"], baselines[key]["values"], strict=True))
            ranges.append({"label": label, **_range(values)})
    known = [s.value for s in marks.values() if s is not None and s.value is not None]
    top = max([*known, *(r["high"] for r in ranges)])
    return {
        "finding": finding,
        "marks": {name: s.value for name, s in marks.items() if s is not None and s.value is not None},
        "texts": {name: shown(s) for name, s in marks.items()},
        "ranges": ranges,
        "top": 10 * (int(top / 10) + 1),
        "baselines": baselines,
        "overlap": len(ranges) == 2 and ranges[0]["high"] > ranges[1]["low"],
    }


def _range(values: Mapping[float, float]) -> dict[str, float]:
    """From the 5th to the 95th percentile, or the widest range inside them that is given, and the middle."""
    percentiles: Sequence[float] = sorted(p for p in values if 5 <= p <= 95)
    low, high = percentiles[0], percentiles[-1]
    middle = min(percentiles, key=lambda p: abs(p - 50))
    return {"low": values[low], "high": values[high], "middle": values[middle], "from": low, "to": high}


def _of(ledger: Ledger, aspect: Aspect) -> list[Finding]:
    return [finding for finding in ledger.findings if finding.aspect is aspect]
