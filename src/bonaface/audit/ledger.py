"""From readings to verdicts: the rules, in one place.

A reading is judged by two names: what was invented and what was lost (or, where the two cannot be told apart, what
was altered). Only invented above its floor: invented; only lost: lost; both: altered; neither, with all floors under
0.3: kept; else, or with fewer than 64 px of region: undecidable. Severity = (score - floor) / (1 - floor), as shares of
full scale.

What a reader says (attributes, expression) is judged otherwise: it is kept unless the answer turned around, and
invented, lost or altered only where it did so by more than its floor and a margin; and an expression that fills half of
the probability in neither picture changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bonaface.audit.compare import Key, Readings
from bonaface.audit.drift import turned, unsure
from bonaface.audit.sentences import FEWEST_PIXELS, KEPT_FLOOR, sentence
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Finding, Score, Status, Verdict


@dataclass(frozen=True, slots=True)
class Rule:
    """Which readings judge an aspect, and what their full scale is."""

    invented: str | None
    lost: str | None
    altered: str | None
    scale: float
    margin: float | None = None
    """Of what a reader says: how far above its floor a change must lie. It must also turn the reading around."""


DRIFT_MARGIN = 0.25
"""How far above its floor a reader's change must lie, in probability. Harmless changes stronger than the audit's own
variants (JPEG 50, noise of 8 levels, halving and back) then turn no attribute (`scripts/drift_margin.py`)."""
RULES: Mapping[Aspect, Rule] = {
    Aspect.TEXTURE: Rule("invented-share", "lost-share", None, 1.0),
    Aspect.KEYPOINTS: Rule("unmatched-share", "missing-share", None, 1.0),
    Aspect.GEOMETRY: Rule(None, None, "shift", 100.0),
    Aspect.COLOUR: Rule(None, None, "ciede2000", 100.0),
    Aspect.IDENTITY: Rule(None, None, "angle", 90.0),
    Aspect.ASYMMETRY: Rule("added", None, None, 100.0),
    Aspect.ATTRIBUTES: Rule(None, None, "change", 1.0, DRIFT_MARGIN),
    Aspect.EXPRESSION: Rule(None, None, "change", 1.0, DRIFT_MARGIN),
}


def severity(score: float, floor: float) -> float:
    """(score - floor) / (1 - floor), not below 0; both are shares of full scale."""
    return max(0.0, (score - floor) / (1 - floor)) if floor < 1 else 0.0


def judge(key: Key, scores: Mapping[str, Score], floors: Mapping[str, Score], pixels: int) -> tuple[Verdict, str]:
    """The verdict on one reading, and the name of the score that its severity is made from."""
    rule = RULES[key.aspect]
    if rule.margin is not None:
        return _judge_reading(scores, floors, rule.margin)
    above: dict[str, float] = {}
    known: dict[str, float] = {}
    for name in (rule.invented, rule.lost, rule.altered):
        if name is None or scores[name].value is None or (name in floors and floors[name].value is None):
            continue
        if name not in floors:
            return Verdict.UNDECIDABLE, name
        score, floor = _share(scores[name], rule), _share(floors[name], rule)
        known[name] = floor
        if score > floor:
            above[name] = severity(score, floor)
    first = next(name for name in (rule.invented, rule.lost, rule.altered) if name is not None)
    if not known or pixels < FEWEST_PIXELS:
        return Verdict.UNDECIDABLE, next(iter(known), first)
    if not above:
        highest = max(known, key=lambda name: known[name])
        if known[highest] >= KEPT_FLOOR:
            return Verdict.UNDECIDABLE, highest
        return Verdict.KEPT, next(iter(known))
    worst = max(above, key=lambda name: above[name])
    if rule.altered in above or len(above) == 2:
        return Verdict.ALTERED, worst
    return (Verdict.INVENTED if rule.invented in above else Verdict.LOST), worst


def _judge_reading(scores: Mapping[str, Score], floors: Mapping[str, Score], margin: float) -> tuple[Verdict, str]:
    """A reader's answer is kept unless it turned around by more than its floor and a margin."""
    name = "change"
    change, floor = scores[name].value, floors[name].value if name in floors else None
    if change is None or floor is None or floor >= KEPT_FLOOR:
        return Verdict.UNDECIDABLE, name
    verdict = turned(scores)
    if verdict is None:
        return Verdict.KEPT, name
    decided = change > floor + margin and not unsure(scores)
    return (verdict if decided else Verdict.UNDECIDABLE), name


def _share(score: Score, rule: Rule) -> float:
    return min(1.0, (score.value or 0.0) / rule.scale)


def floors_of(variants: Iterable[Readings]) -> dict[Key, dict[str, Score]]:
    """For each reading the largest value over the harmless variants of the truth."""
    floors: dict[Key, dict[str, Score]] = {}
    for readings in variants:
        for key, scores in readings.items():
            for name, score in scores.items():
                held = floors.setdefault(key, {}).get(name)
                if held is None or held.value is None or (score.value is not None and score.value > held.value):
                    floors[key][name] = score
    return floors


def findings(
    readings: Readings,
    floors: Readings | None,
    controls: Mapping[str, Readings | str],
    pixels: Mapping[Region, int],
    known: Readings | None = None,
) -> tuple[Finding, ...]:
    """Judge all readings.

    Args:
        readings: of the output against the truth.
        floors: from `floors_of`, or None where none were computed.
        controls: readings of "bicubic" and "other-face" against the truth, or why there are none.
        pixels: of each region.
        known: further evidence for some of them: how often a reader errs.

    Returns:
        Worst first; those that cannot be decided last.
    """
    more = known or {}
    found = [
        _finding(key, {**scores, **more.get(key, {})}, floors, controls, _pixels(key, pixels))
        for key, scores in readings.items()
    ]
    return tuple(sorted(found, key=lambda f: (f.severity is None, -(f.severity or 0.0), f.region, f.aspect, f.detail)))


def _pixels(key: Key, pixels: Mapping[Region, int]) -> int:
    """Readers look at the whole face, whatever part of it they speak of."""
    return pixels[Region.WHOLE_FACE if RULES[key.aspect].margin is not None else key.region]


def _finding(
    key: Key,
    scores: Mapping[str, Score],
    floors: Readings | None,
    controls: Mapping[str, Readings | str],
    pixels: int,
) -> Finding:
    mine = {} if floors is None else floors.get(key, {})
    verdict, name = judge(key, scores, mine, pixels)
    rule = RULES[key.aspect]
    floor = mine.get(name, Score.not_applicable("no noise floor was computed", scores[name].unit))
    evidence = dict(scores)
    judged = [n for n in (rule.invented, rule.lost, rule.altered) if n is not None]
    for other in judged:
        if other in mine:
            evidence[f"floor:{other}"] = mine[other]
    for control, theirs in controls.items():
        for other in judged:
            if isinstance(theirs, str):
                evidence[f"{control}:{other}"] = Score.not_applicable(theirs, scores[other].unit)
            elif key in theirs:
                evidence[f"{control}:{other}"] = theirs[key][other]
    return Finding(
        region=key.region,
        aspect=key.aspect,
        detail=key.detail,
        verdict=verdict,
        score=scores[name],
        floor=floor,
        severity=_severity(verdict, scores[name], floor, rule),
        sentence=sentence(key, verdict, name, evidence, pixels),
        evidence=evidence,
    )


def _severity(verdict: Verdict, score: Score, floor: Score, rule: Rule) -> float | None:
    if verdict is Verdict.UNDECIDABLE:
        return None
    return 0.0 if verdict is Verdict.KEPT else severity(_share(score, rule), _share(floor, rule))


def not_applicable_findings(why: str) -> tuple[Finding, ...]:
    """One finding for each aspect that a truth would be needed for."""
    nothing = Score(None, "", Status.NOT_APPLICABLE, why)
    return tuple(
        Finding(
            region=Region.WHOLE_FACE,
            aspect=aspect,
            detail="all",
            verdict=Verdict.UNDECIDABLE,
            score=nothing,
            floor=nothing,
            severity=None,
            sentence=f"Whole face: nothing can be said of its {aspect}: {why}.",
        )
        for aspect in Aspect
    )
