"""What moved, by the landmarks of each facial feature, and how much of the real movement that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonaface.audit.compare import GROUP_REGIONS
from bonaface.audit.expressions import sentences
from bonaface.audit.expressions.look import Look
from bonaface.audit.expressions.rules import NO_FLOOR, SHIFT_MARGIN, Judged, decide, finding
from bonaface.audit.expressions.words import NO_REAL, Words
from bonaface.core.images import Points
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Finding, Score, Verdict
from bonaface.measure.geometry import GROUPS, raw_shifts
from bonaface.measure.movement import Moves, Share, mean_length, moves, share_of

UNIT = "% IOD"
Lengths = NDArray[np.float64]
"""(68,)."""
PAIRS = ("neutral-real", "real-generated", "neutral-generated")
"""The three differences of the hallucination study (S0, its figure 45)."""


@dataclass(frozen=True, slots=True)
class Moved:
    """All landmarks of output and photograph on the neutral face, and how far harmless changes move them.

    Attributes:
        made: (68, 2) of the output, in percent of the inter-ocular distance.
        real: the same of the real photograph; None without one.
        noise: by picture ("neutral", "output", "truth"), (68, 2) for each harmless variant.
    """

    made: Moves
    real: Moves | None
    noise: Mapping[str, list[Moves]]


def movements(neutral: Points, output: Look, truth: Look | None, before: Look) -> Moved:
    """Bring everything onto the neutral face by the points that hardly move."""
    noise = {"neutral": [moves(variant.landmarks, neutral) for variant in before.variants]}
    placed = {}
    for name, seen in (("output", output), ("truth", truth)):
        if seen is None or seen.face is None:
            continue
        placed[name] = moves(seen.face.landmarks, neutral)
        noise[name] = [moves(variant.landmarks, neutral) - placed[name] for variant in seen.variants]
    return Moved(placed["output"], placed.get("truth"), noise)


def geometry(neutral: Look, output: Look, truth: Look | None, words: Words) -> Iterator[Finding]:
    """One finding for each group of landmarks, and one for all."""
    if neutral.face is None or output.face is None:
        raise ValueError("geometry needs a face in the neutral picture and in the output")
    moved = movements(neutral.face.landmarks, output, truth, neutral)
    pixels = neutral.face.inter_ocular / neutral.scale / 100
    raw = _raw(neutral, output, truth)
    for group, indices in (*GROUPS.items(), ("all", tuple(range(68)))):
        chosen = list(indices)
        evidence: dict[str, Score] = {}
        for pair, lengths in _differences(moved, chosen).items():
            evidence |= _pair(pair, lengths, pixels, raw[pair], chosen)
        evidence |= _shares(moved, chosen, evidence, words)
        yield _judged(group, evidence, words)


def _differences(moved: Moved, chosen: list[int]) -> dict[str, tuple[float, float | None] | None]:
    """By pair: mean difference and its floor, in percent of the inter-ocular distance; None without a photograph."""
    made, noise = moved.made[chosen], moved.noise

    def floor(*pictures: str) -> float | None:
        lengths = [mean_length(each[chosen]) for name in pictures for each in noise.get(name, [])]
        return max(lengths, default=None)

    out: dict[str, tuple[float, float | None] | None] = dict.fromkeys(PAIRS)
    out["neutral-generated"] = mean_length(made), floor("neutral", "output")
    if moved.real is not None:
        real = moved.real[chosen]
        out["neutral-real"] = mean_length(real), floor("neutral", "truth")
        out["real-generated"] = mean_length(made - real), floor("output", "truth")
    return out


def _pair(
    pair: str, lengths: tuple[float, float | None] | None, pixels: float, raw: Lengths | str, chosen: list[int]
) -> dict[str, Score]:
    if lengths is None:
        return {f"{pair}{part}": Score.not_applicable(NO_REAL, unit) for part, unit in (("", UNIT), (":px", "px"))}
    length, floor = lengths
    return {
        pair: Score(length, UNIT),
        f"floor:{pair}": Score.not_applicable(NO_FLOOR, UNIT) if floor is None else Score(floor, UNIT),
        f"{pair}:px": Score(length * pixels, "px"),
        f"{pair}:raw": _unaligned(raw, chosen),
    }


def _unaligned(raw: Lengths | str, chosen: list[int]) -> Score:
    return Score.not_applicable(raw, "px") if isinstance(raw, str) else Score(float(raw[chosen].mean()), "px")


def _raw(neutral: Look, output: Look, truth: Look | None) -> dict[str, Lengths | str]:
    """S0's own way: distances without any alignment, in pixels; or why there are none."""
    ends = {"neutral-real": (neutral, truth), "real-generated": (truth, output), "neutral-generated": (neutral, output)}
    out: dict[str, Lengths | str] = {}
    for pair, (first, second) in ends.items():
        if first is None or second is None or first.face is None or second.face is None:
            out[pair] = NO_REAL
        elif first.size != second.size or first.scale != second.scale:
            out[pair] = "the pictures differ in size"
        else:
            out[pair] = raw_shifts(first.face.landmarks, second.face.landmarks) / first.scale
    return out


def _shares(moved: Moved, chosen: list[int], evidence: Mapping[str, Score], words: Words) -> dict[str, Score]:
    """How much of the real movement the output makes, with floors; or why that cannot be said."""
    names = ("share", "missing-share", "stray-share")
    if moved.real is None:
        return {name: Score.not_applicable(NO_REAL, "share") for name in names}
    real = moved.real[chosen]
    length, floor = evidence["neutral-real"].value or 0.0, evidence["floor:neutral-real"].value
    found = share_of(moved.made[chosen], real)
    if found is None or (floor is not None and length <= floor):
        why = (
            f"{words.real} moves it by {length:.1f}% of the distance between the eyes, no more than harmless changes "
            f"do ({floor or 0:.1f}%)"
        )
        return {name: Score.not_applicable(why, "share") for name in names}
    values = found.share, found.missing, found.stray
    out = {name: Score(value, "share") for name, value in zip(names, values, strict=True)}
    out["ratio"] = Score(mean_length(moved.made[chosen]) / length, "x")
    noise = [share_of(each[chosen], real) for held in moved.noise.values() for each in held]
    known = [share for share in noise if share is not None]
    if not known:
        return out | {f"floor:{name}": Score.not_applicable(NO_FLOOR, "share") for name in names[1:]}
    return out | _share_floors(known)


def _share_floors(noise: list[Share]) -> dict[str, Score]:
    return {
        "floor:missing-share": Score(min(1.0, max(abs(each.share) for each in noise)), "share"),
        "floor:stray-share": Score(min(1.0, max(each.stray for each in noise)), "share"),
    }


def _judged(group: str, evidence: dict[str, Score], words: Words) -> Finding:
    region = GROUP_REGIONS.get(group, Region.WHOLE_FACE)
    made, floor = evidence["neutral-generated"], evidence["floor:neutral-generated"]
    if evidence["share"].value is not None:
        margin = SHIFT_MARGIN / (evidence["neutral-real"].value or SHIFT_MARGIN)
        verdict, on = decide(
            tuple(
                Judged(name, evidence[name], evidence[f"floor:{name}"], says, margin=margin)
                for name, says in (("missing-share", Verdict.LOST), ("stray-share", Verdict.INVENTED))
            )
        )
        text = sentences.by_share(region, verdict, evidence, words)
    elif evidence["neutral-real"].value is not None:
        # Nothing moves here in reality; what the real photograph's points are off by is allowed to the output, too.
        if floor.value is not None and (evidence["neutral-real"].value or 0.0) > floor.value:
            floor = evidence["neutral-real"]
        verdict, on = decide((Judged("neutral-generated", made, floor, Verdict.INVENTED, 100.0, SHIFT_MARGIN),))
        text = sentences.where_nothing_moves(region, on, evidence, words)
    else:
        verdict = Verdict.UNDECIDABLE
        on = Judged("neutral-generated", made, floor, Verdict.ALTERED, 100.0, SHIFT_MARGIN)
        text = sentences.without_real(region, on, words)
    return finding(region, Aspect.GEOMETRY, group, verdict, on, text, evidence)
