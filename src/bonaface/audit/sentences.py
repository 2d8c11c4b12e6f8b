"""Findings in plain language."""

from __future__ import annotations

from collections.abc import Mapping

from bonaface.audit.compare import Key
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Score, Verdict

FEWEST_PIXELS = 64
"""Of a region under which nothing is decided; `audit.ledger` judges by it."""
LITTLE = 0.1
"""Invented detail of less than this share of the truth's energy is called little."""
_PLURAL = (Region.CHEEKS, Region.CHIN_JAW)
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
    value, floor = evidence[name], evidence[f"floor:{name}"]
    numbers = f"(floor {_number(floor)})"
    changed = verdict is not Verdict.KEPT
    if key.aspect is Aspect.GEOMETRY:
        group = key.detail.replace("-", " ")
        points = f"{_its(key)} landmarks" if key.detail == "all" else f"the landmarks of the {group}"
        verb = "moved by" if changed else "stayed within"
        return f"{place}: {points} {verb} {_number(value)} of the distance between the eyes {numbers}."
    if key.aspect is Aspect.COLOUR:
        whole = _number(evidence["ciede2000-of-means"])
        verb = "differs by" if changed else "is kept:"
        said = f"{_its(key)} colour {verb} {_number(value)} on average {numbers}"
        return f"{place}: {said}; as a whole it shifted by {whole}."
    if key.aspect is Aspect.IDENTITY:
        verb = "turned by" if changed else "stayed within"
        usual = " and ".join(
            f"{_number(evidence[f'{group}:p5'])} to {_number(evidence[f'{group}:p95'])} between pictures of {of}"
            for group, of in (("same-person", "one person"), ("different-people", "different people"))
        )
        return (
            f"{place}: the face embedding {verb} {_number(value)} {numbers}; usual are {usual}. Not for identification."
        )
    if changed:
        return (
            f"{place}: the two sides differ more than in the real photograph: {key.detail} by {_number(value)} more "
            f"{numbers}."
        )
    return f"{place}: the two sides are as alike in {key.detail} as in the real photograph {numbers}."


def _its(key: Key) -> str:
    return "their" if key.region in _PLURAL else "its"


def _texture(key: Key, verdict: Verdict, evidence: Mapping[str, Score]) -> str:
    invented, lost = evidence["invented-share"], evidence["lost-share"]
    floor_i, floor_l = evidence.get("floor:invented-share"), evidence.get("floor:lost-share")
    detail = f"{_its(key)} {key.detail} detail"
    unreal = f"is not in the real photograph (floor {_percent(floor_i)})"
    made_up = f"{_percent(invented)} of {detail} {unreal}"
    gone = f"{_percent(lost)} of the real photograph's {key.detail} detail is missing (floor {_percent(floor_l)})"
    before = evidence.get("bicubic:lost-share")
    already = ""
    if before is not None and before.value is not None and verdict in (Verdict.LOST, Verdict.ALTERED):
        already = f" The damaged picture had already lost {_percent(before)} of it."
    amount = evidence.get("invented-amount")
    little = ""
    if amount is not None and amount.value is not None and amount.value < LITTLE:
        little = f" (little of it: {_percent(amount)} of the real amount)"
    if verdict is Verdict.INVENTED:
        return f"{made_up}{little}."
    if verdict is Verdict.LOST:
        return f"{gone}.{already}"
    if verdict is Verdict.ALTERED:
        return f"{made_up}{little}, and {gone}.{already}"
    if invented.value is None:
        return f"{detail} is kept: {_percent(lost)} of the real photograph's is missing (floor {_percent(floor_l)})."
    return f"{detail} is kept: {_percent(invented)} {unreal}."


def _keypoints(key: Key, verdict: Verdict, evidence: Mapping[str, Score]) -> str:
    alone, of = evidence["unmatched-output"], evidence["points-output"]
    gone, real = evidence["unmatched-truth"], evidence["points-truth"]
    floors = [_percent(evidence.get(f"floor:{name}")) for name in ("unmatched-share", "missing-share")]
    made_up = f"{_count(alone)} of {_count(of)} keypoints have no partner in the real photograph (floor {floors[0]})"
    missing = f"{_count(gone)} of the real photograph's {_count(real)} keypoints have no partner (floor {floors[1]})"
    if verdict is Verdict.INVENTED:
        return f"{made_up}."
    if verdict is Verdict.LOST:
        return f"{missing}."
    if verdict is Verdict.ALTERED:
        return f"{made_up}, and {missing}."
    return f"{_its(key)} keypoints are kept: {made_up}."


def _undecided(key: Key, name: str, evidence: Mapping[str, Score], pixels: int) -> str:
    about = {Aspect.TEXTURE: f"{key.detail} detail", Aspect.ASYMMETRY: f"symmetry ({key.detail})"}
    what = f"{_its(key)} {about.get(key.aspect, str(key.aspect))}"
    if evidence[name].value is None:
        return f"nothing can be said of {what}: {evidence[name].why}."
    floor = evidence.get(f"floor:{name}")
    if floor is None:
        return f"nothing can be said of {what}: no noise floor was computed."
    if pixels < FEWEST_PIXELS:
        return f"nothing can be said of {what}: there are {pixels} pixels, and at least {FEWEST_PIXELS} are needed."
    if floor.value is None:
        return f"nothing can be said of {what}: {floor.why}."
    return f"nothing can be said of {what}: harmless changes to the real photograph alone score {_number(floor)}."


def _percent(score: Score | None) -> str:
    if score is None or score.value is None:
        return "unknown"
    percent = 100 * score.value
    return f"{percent:.0f}%" if percent >= 0.95 or percent == 0 else f"{percent:.1f}%"


def _count(score: Score) -> str:
    return f"{score.value:.0f}"


def _number(score: Score) -> str:
    if score.value is None:
        return f"unknown ({score.why})"
    if score.unit == "share":
        return _percent(score)
    if score.unit == "ΔE00":
        return f"ΔE00 {score.value:.1f}"
    if score.unit == "% IOD":
        return f"{score.value:.1f}%"
    if score.unit == "°":
        return f"{score.value:.1f}°"
    if score.unit.startswith("%"):
        return f"{score.value:.1f}{score.unit}"
    return f"{score.value:.3g} {score.unit}".rstrip()
