"""Findings in plain language."""

from __future__ import annotations

from collections.abc import Mapping

from bonaface.audit.compare import Key
from bonaface.audit.drift import expression_label, unsure
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Score, Verdict

FEWEST_PIXELS = 64
"""Of a region under which nothing is decided; `audit.ledger` judges by it."""
KEPT_FLOOR = 0.3
"""Above this floor, as a share of full scale, nothing is called kept; `audit.ledger` judges by it."""
LITTLE = 0.1
"""Invented detail of less than this share of the truth's energy is called little."""
_PLURAL = (Region.CHEEKS, Region.CHIN_JAW, Region.GLASSES, Region.TEETH)
"""Regions whose labels are plural: their detail, not its detail."""


def sentence(key: Key, verdict: Verdict, name: str, evidence: Mapping[str, Score], pixels: int) -> str:
    """One or two sentences for a finding.

    Args:
        key: what it is about.
        verdict: as judged.
        name: of the score that the verdict rests on.
        evidence: all scores, floors as "floor:NAME", controls as "bicubic:NAME".
        pixels: of the region.
    """
    place = key.region.label
    if verdict is Verdict.UNDECIDABLE:
        return f"{place}: {_undecided(key, name, evidence, pixels)}"
    if key.aspect is Aspect.TEXTURE:
        return f"{place}: {_texture(key, verdict, evidence)}"
    if key.aspect is Aspect.KEYPOINTS:
        return f"{place}: {_keypoints(key, verdict, evidence)}"
    if key.aspect is Aspect.ATTRIBUTES:
        return f"{place}: {_attribute(key, verdict, evidence)}"
    if key.aspect is Aspect.EXPRESSION:
        return f"{place}: {_expression(verdict, evidence)}"
    value, floor = evidence[name], evidence[f"floor:{name}"]
    numbers = f"(floor {number(floor)})"
    changed = verdict is not Verdict.KEPT
    if key.aspect is Aspect.GEOMETRY:
        group = key.detail.replace("-", " ")
        points = f"{its(key.region)} landmarks" if key.detail == "all" else f"the landmarks of the {group}"
        verb = "moved by" if changed else "stayed within"
        return f"{place}: {points} {verb} {number(value)} of the distance between the eyes {numbers}."
    if key.aspect is Aspect.COLOUR:
        whole = number(evidence["ciede2000-of-means"])
        verb = "differs by" if changed else "is kept:"
        said = f"{its(key.region)} colour {verb} {number(value)} on average {numbers}"
        return f"{place}: {said}; as a whole it shifted by {whole}."
    if key.aspect is Aspect.IDENTITY:
        verb = "turned by" if changed else "stayed within"
        usual = " and ".join(
            f"{number(evidence[f'{group}:p5'])} to {number(evidence[f'{group}:p95'])} between pictures of {of}"
            for group, of in (("same-person", "one person"), ("different-people", "different people"))
        )
        return (
            f"{place}: the face embedding {verb} {number(value)} {numbers}; usual are {usual}. Not for identification."
        )
    if changed:
        return (
            f"{place}: the two sides differ more than in the real photograph: {key.detail} by {number(value)} more "
            f"{numbers}."
        )
    return f"{place}: the two sides are as alike in {key.detail} as in the real photograph {numbers}."


def its(region: Region) -> str:
    """The pronoun of a region's label."""
    return "their" if region in _PLURAL else "its"


def _texture(key: Key, verdict: Verdict, evidence: Mapping[str, Score]) -> str:
    invented, lost = evidence["invented-share"], evidence["lost-share"]
    floor_i, floor_l = evidence.get("floor:invented-share"), evidence.get("floor:lost-share")
    detail = f"{its(key.region)} {key.detail} detail"
    unreal = f"is not in the real photograph (floor {percent(floor_i)})"
    made_up = f"{percent(invented)} of {detail} {unreal}"
    gone = f"{percent(lost)} of the real photograph's {key.detail} detail is missing (floor {percent(floor_l)})"
    before = evidence.get("bicubic:lost-share")
    already = ""
    if before is not None and before.value is not None and verdict in (Verdict.LOST, Verdict.ALTERED):
        already = f" The damaged picture had already lost {percent(before)} of it."
    amount = evidence.get("invented-amount")
    little = ""
    if amount is not None and amount.value is not None and amount.value < LITTLE:
        little = f" (little of it: {percent(amount)} of the real amount)"
    if verdict is Verdict.INVENTED:
        return f"{made_up}{little}."
    if verdict is Verdict.LOST:
        return f"{gone}.{already}"
    if verdict is Verdict.ALTERED:
        return f"{made_up}{little}, and {gone}.{already}"
    if invented.value is None:
        return f"{detail} is kept: {percent(lost)} of the real photograph's is missing (floor {percent(floor_l)})."
    return f"{detail} is kept: {percent(invented)} {unreal}."


def _keypoints(key: Key, verdict: Verdict, evidence: Mapping[str, Score]) -> str:
    alone, of = evidence["unmatched-output"], evidence["points-output"]
    gone, real = evidence["unmatched-truth"], evidence["points-truth"]
    floors = [percent(evidence.get(f"floor:{name}")) for name in ("unmatched-share", "missing-share")]
    made_up = f"{_count(alone)} of {_count(of)} keypoints have no partner in the real photograph (floor {floors[0]})"
    missing = f"{_count(gone)} of the real photograph's {_count(real)} keypoints have no partner (floor {floors[1]})"
    if verdict is Verdict.INVENTED:
        return f"{made_up}."
    if verdict is Verdict.LOST:
        return f"{missing}."
    if verdict is Verdict.ALTERED:
        return f"{made_up}, and {missing}."
    return f"{its(key.region)} keypoints are kept: {made_up}."


def _attribute(key: Key, verdict: Verdict, evidence: Mapping[str, Score]) -> str:
    mine, real = percent(evidence["in-output"]), percent(evidence["in-truth"])
    floor = f"floor {percent(evidence.get('floor:change'))}"
    if verdict is Verdict.KEPT:
        there = (evidence["in-output"].value or 0.0) >= 0.5
        seen = f"{key.detail} in both pictures" if there else f"{key.detail} in neither picture"
        return f"the reader sees {seen} ({real} and {mine} likely; {floor})."
    sees = f"the reader sees {key.detail} in the"
    if verdict is Verdict.INVENTED:
        said = f"{sees} output ({mine} likely) and not in the real photograph ({real}; {floor})"
    else:
        said = f"{sees} real photograph ({real} likely) and not in the output ({mine}; {floor})"
    missed, false = evidence.get("miss-rate"), evidence.get("false-rate")
    if missed is None or false is None or missed.value is None or false.value is None:
        return f"{said}. How often it errs is not measured yet."
    return (
        f"{said}. It misses {_with_ends('miss-rate', evidence)} of those that are there, and sees "
        f"{_with_ends('false-rate', evidence)} that are not."
    )


def _with_ends(name: str, evidence: Mapping[str, Score]) -> str:
    """A rate with its 95% interval, where that is known."""
    low, high = evidence.get(f"{name}:low"), evidence.get(f"{name}:high")
    ends = "" if low is None or high is None else f" ({percent(low)} to {percent(high)})"
    return f"{percent(evidence[name])}{ends}"


def _expression(verdict: Verdict, evidence: Mapping[str, Score]) -> str:
    labels = {where: expression_label(evidence, where) for where in ("in-truth", "in-output")}
    numbers = {where: percent(evidence[f"{where}:{name}"]) for where, name in labels.items()}
    floor = f"floor {percent(evidence.get('floor:change'))}"
    if verdict is Verdict.KEPT:
        return (
            f"the reader sees {labels['in-truth']} in both pictures ({numbers['in-truth']} and {numbers['in-output']} "
            f"likely; {floor})."
        )
    said = (
        f"the reader sees {labels['in-output']} in the output ({numbers['in-output']} likely) and {labels['in-truth']} "
        f"in the real photograph ({numbers['in-truth']}; change {percent(evidence['change'])}, {floor})"
    )
    mine, real = (evidence.get(f"recall:{labels[where]}") for where in ("in-output", "in-truth"))
    if mine is None or real is None or mine.value is None or real.value is None:
        return f"{said}. How often it errs is not measured yet."
    return (
        f"{said}. It reads {percent(mine)} of the pictures that show {labels['in-output']} rightly, and "
        f"{percent(real)} of those that show {labels['in-truth']}."
    )


def _undecided(key: Key, name: str, evidence: Mapping[str, Score], pixels: int) -> str:
    about = {Aspect.TEXTURE: f"{key.detail} detail", Aspect.ASYMMETRY: f"symmetry ({key.detail})"}
    what = f"{its(key.region)} {about.get(key.aspect, str(key.aspect))}"
    if key.aspect is Aspect.ATTRIBUTES and key.detail != "all":
        what = key.detail
    if evidence[name].value is None:
        return f"nothing can be said of {what}: {evidence[name].why}."
    floor = evidence.get(f"floor:{name}")
    if floor is None:
        return f"nothing can be said of {what}: no noise floor was computed."
    if pixels < FEWEST_PIXELS:
        return f"nothing can be said of {what}: there are {pixels} pixels, and at least {FEWEST_PIXELS} are needed."
    if floor.value is None:
        return f"nothing can be said of {what}: {floor.why}."
    if key.aspect is Aspect.EXPRESSION and floor.value < KEPT_FLOOR and unsure(evidence):
        seen = [(expression_label(evidence, where), where) for where in ("in-truth", "in-output")]
        real, mine = (f"{label} ({percent(evidence[f'{where}:{label}'])})" for label, where in seen)
        return f"nothing can be said of {what}: the reader sees {real} in the real photograph and {mine} in the output."
    if key.aspect in (Aspect.ATTRIBUTES, Aspect.EXPRESSION) and floor.value < KEPT_FLOOR:
        change = f"by {percent(evidence[name])} (floor {percent(floor)})"
        return f"nothing can be said of {what}: the reader changes its answer, but only {change}."
    return f"nothing can be said of {what}: harmless changes to the real photograph alone score {number(floor)}."


def percent(score: Score | None) -> str:
    """A share or a probability."""
    if score is None or score.value is None:
        return "unknown"
    value = 100 * score.value
    return f"{value:.0f}%" if value >= 0.95 or value == 0 else f"{value:.1f}%"


def _count(score: Score) -> str:
    return f"{score.value:.0f}"


def number(score: Score) -> str:
    """A score with its unit, or why there is none."""
    if score.value is None:
        return f"unknown ({score.why})"
    if score.unit in ("share", "probability"):
        return percent(score)
    if score.unit == "ΔE00":
        return f"ΔE00 {score.value:.1f}"
    if score.unit == "% IOD":
        return f"{score.value:.1f}%"
    if score.unit == "°":
        return f"{score.value:.1f}°"
    if score.unit.startswith("%"):
        return f"{score.value:.1f}{score.unit}"
    return f"{score.value:.3g} {score.unit}".rstrip()
