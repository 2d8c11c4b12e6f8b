"""Findings about an edited expression in plain language, without the region that each begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bonaface.audit.expressions.words import NO_REAL, Words
from bonaface.audit.sentences import its, number, percent
from bonaface.core.regions import Region
from bonaface.core.results import Score, Verdict
from bonaface.measure.teeth import Teeth

if TYPE_CHECKING:
    from bonaface.audit.expressions.rules import Judged

EYES = "of the distance between the eyes"


def went(evidence: Mapping[str, Score], words: Words) -> str:
    """How far something moved against the real movement: "moved 12% of what the real smile moves"."""
    share = evidence["share"].value or 0.0
    if share < -0.005:
        return f"went the other way, by {percent(Score(-share, 'share'))} of what {words.real} moves"
    return f"moved {percent(Score(round(max(share, 0.0), 3), 'share'))} of what {words.real} moves"


def by_share(region: Region, verdict: Verdict, evidence: Mapping[str, Score], words: Words) -> str:
    """Of landmarks that move in reality."""
    said = f"{its(region)} landmarks {went(evidence, words)} them"
    floors = [percent(evidence.get(f"floor:{name}")) for name in ("missing-share", "stray-share")]
    stray = f"{percent(evidence['stray-share'])} of that length in other ways"
    if verdict is Verdict.LOST:
        return f"{said} (floor {floors[0]})."
    if verdict is Verdict.KEPT:
        return f"{said} (floor {floors[0]}), and nowhere else beyond the noise."
    if verdict is Verdict.UNDECIDABLE:
        return (
            f"{said}, but the movement is small: harmless changes alone move them by {floors[0]} of it, and "
            f"{floors[1]} in other ways. Nothing is decided."
        )
    return f"{said} (floor {floors[0]}), and {stray} (floor {floors[1]})."


def where_nothing_moves(region: Region, on: Judged, evidence: Mapping[str, Score], words: Words) -> str:
    """Of landmarks that stay where they are in reality."""
    still = f"{words.real} leaves {its(region)} landmarks where they are ({number(evidence['neutral-real'])} {EYES})"
    return f"{still}; the output moves them by {number(on.score)} (floor {number(on.floor)})."


def without_real(region: Region, on: Judged, words: Words) -> str:
    """Of landmarks, where nobody knows how far the expression would move them."""
    if on.floor.value is None:
        moved = f"{its(region)} landmarks lie {number(on.score)} {EYES} from where {words.before} has them"
    elif on.above:
        moved = f"{its(region)} landmarks moved by {number(on.score)} {EYES} (floor {number(on.floor)})"
    else:
        moved = f"{its(region)} landmarks did not move beyond the noise ({number(on.score)}, floor {number(on.floor)})"
    return f"{moved}. How far {words.any} would move them is not known: {NO_REAL}."


def reader(verdict: Verdict, seen: Mapping[str, tuple[str, float]], asked: Score, floor: Score, words: Words) -> str:
    """What the expression reader sees.

    Args:
        verdict: as judged.
        seen: by picture ("neutral", "output", "truth"), the most probable expression and its probability.
        asked: how probable the expression asked for is in the output.
        floor: how far harmless changes to the output move that.
        words: of the expression.
    """
    label, likely = seen["output"]
    sees = f"the reader sees {label} in the output ({_likely(likely)} likely)"
    beside = f"{words.label} {percent(asked)}, floor {percent(floor)}"
    truth = seen.get("truth")
    real = "" if truth is None else f" In {words.real} it sees {truth[0]} ({_likely(truth[1])})."
    if verdict is Verdict.KEPT:
        return f"{sees}, as was asked for (floor {percent(floor)}).{real}"
    if verdict is Verdict.LOST:
        remains = f"the face remains {label}: " if label == seen["neutral"][0] else ""
        return f"{remains}{sees}, not the expression asked for ({beside}).{real}"
    if truth is not None and truth[0] != words.label:
        return (
            f"the reader does not see {words.label} in {words.real} either, but {truth[0]} ({_likely(truth[1])}), so "
            f"its word on the output ({label}, {_likely(likely)}) decides nothing."
        )
    if likely < 0.5:
        most = f"{label} {_likely(likely)} at most"
        return f"nothing is decided: no expression is likely enough in the output ({most}).{real}"
    return f"nothing is decided: {sees}, and {beside}.{real}"


def _likely(value: float) -> str:
    return percent(Score(value, "share"))


def identity(verdict: Verdict, angle: Score, floor: Score, real: Score, usual: str, words: Words) -> str:
    """How far the face embedding turned away from the neutral picture's."""
    said = f"the face embedding lies {number(angle)} from that of {words.before}"
    beside = "" if real.value is None else f"; {words.real} lies {number(real)} from it"
    if verdict is Verdict.UNDECIDABLE:
        return f"{said}{beside}. No floor is known. Usual are {usual}. Not for identification."
    more = "farther" if verdict is Verdict.ALTERED else "no farther"
    return (
        f"{said}, {more} than an expression accounts for (floor {number(floor)}){beside}. Usual are {usual}. "
        "Not for identification."
    )


def teeth(verdict: Verdict, states: Mapping[str, Teeth], pixels: Mapping[str, int], words: Words) -> str:
    """Whether teeth are seen: "the teeth of the real smile are missing".

    Args:
        verdict: as judged.
        states: by picture, what can be said.
        pixels: by picture, how many of the parser's 256 x 256 have a tooth's colour inside the mouth.
        words: of the expression.
    """
    counts = f"(parser: {pixels['output']} px of 256x256 in the output" + (
        f", {pixels['truth']} in the photograph)" if "truth" in pixels else ")"
    )
    if verdict is Verdict.LOST:
        return f"the teeth of {words.real} are missing {counts}."
    if verdict is Verdict.INVENTED:
        return f"the output shows teeth, and {words.real} shows none {counts}."
    if verdict is Verdict.KEPT:
        if states["output"] is Teeth.SEEN:
            return f"teeth are seen in both the output and {words.real} {counts}."
        return f"teeth are seen neither in the output nor in {words.real} {counts}."
    if "truth" not in states:
        return (
            f"teeth are {states['output']} in the output and {states['neutral']} in {words.before} {counts}. Whether "
            f"{words.any} of this person shows teeth is not known: {NO_REAL}."
        )
    return (
        f"nothing is decided: teeth are {states['output']} in the output and {states['truth']} in {words.real} "
        f"{counts}. The mouth is hardly open, or holds little that is as light as teeth."
    )


def keypoint_share(
    part: str, verdict: Verdict, ratio: Score, floor: Score, counts: Mapping[str, int], than: str
) -> str:
    """How many keypoints of the face lie in a part of it, against another picture."""
    mine = f"{counts['part']} of the output's {counts['all']} keypoints on facial features lie in the {part}"
    theirs = f"{counts['reference-part']} of {counts['reference-all']} in {than}"
    said = f"{mine}, {theirs}: {_times(ratio)} the share (usual: {_band(floor)})"
    ends = {
        Verdict.INVENTED: f"The {part} is crowded with detail.",
        Verdict.LOST: f"The {part} is neglected.",
        Verdict.KEPT: "Two photographs of one person differ as much.",
    }
    return f"{said}. {ends.get(verdict, 'There are too few to tell.')}"


def _times(ratio: Score) -> str:
    return f"{ratio.value or 0.0:.2f} times"


def _band(floor: Score) -> str:
    """A factor that chance and another photograph of the person may reach in both directions."""
    value = floor.value or 1.0
    return f"{1 / value:.2f} to {value:.2f}"


def distribution(what: str, verdict: Verdict, on: Judged, than: str, counts: tuple[int, int]) -> str:
    """Whether the sizes or the orientations of keypoints are distributed alike."""
    band = f"distance {number(on.score)}, usual up to {number(on.floor)}"
    numbers = f"({band}; {counts[0]} and {counts[1]} points)"
    if verdict is Verdict.ALTERED:
        return f"the {what} of the output's keypoints are distributed otherwise than in {than} {numbers}."
    if verdict is Verdict.KEPT:
        return f"the {what} of its keypoints are distributed as in {than} {numbers}."
    return f"nothing can be said of the {what} of its keypoints: there are too few to tell {numbers}."


def outside(verdict: Verdict, on: Judged, most: tuple[str, float] | None, words: Words) -> str:
    """What changed where the expression needs no change."""
    numbers = f"{percent(on.score)} of the pixels changed visibly (floor {percent(on.floor)})"
    said = f"outside the region that {words.any} needs, {numbers}"
    if verdict is Verdict.UNDECIDABLE:
        return f"{said}; nothing is decided."
    named = ""
    if verdict is Verdict.ALTERED and most is not None and most[1] > 0:
        named = f", most of all the {most[0].lower()} ({_likely(most[1])} of it)"
    return f"{said}{named}."
