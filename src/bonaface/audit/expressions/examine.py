"""The whole audit of one edited expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bonaface.audit.drift import reading_record
from bonaface.audit.expressions import face, geometry, outside, points
from bonaface.audit.expressions.look import Look, moved, variant_images
from bonaface.audit.expressions.rules import nothing
from bonaface.audit.expressions.summary import summary
from bonaface.audit.expressions.words import NO_REAL, Words, words_of
from bonaface.audit.framing import Framing
from bonaface.audit.view import Tools
from bonaface.audit.with_truth import Examined
from bonaface.core.cases import Face
from bonaface.core.images import Similarity, to_bytes
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Finding, Score
from bonaface.faces.align import transform
from bonaface.faces.regions import face_window
from bonaface.measure.colour import histogram
from bonaface.measure.damage import damage
from bonaface.measure.geometry import GROUPS
from bonaface.measure.movement import onto

DETAILS: tuple[tuple[Region, Aspect, str, str], ...] = (
    (Region.WHOLE_FACE, Aspect.GEOMETRY, "all", "how its landmarks moved"),
    (Region.WHOLE_FACE, Aspect.EXPRESSION, "expression", "its expression"),
    (Region.WHOLE_FACE, Aspect.IDENTITY, "embedding", "its embedding"),
    (Region.TEETH, Aspect.EXPRESSION, "teeth", "the teeth"),
    (Region.WHOLE_FACE, Aspect.KEYPOINTS, "sift", "its keypoints"),
    (Region.WHOLE_FACE, Aspect.COLOUR, "outside", "what changed outside the expression's region"),
)
"""What is listed as not applicable where the output shows no face."""
NO_FACE = "no face was found in the output"


@dataclass(frozen=True, slots=True)
class Expressed:
    """What an audit of an expression found.

    Attributes:
        examined: as of any audit; its maps and faces are on the neutral picture's grid.
        framings: how output and photograph were laid on it.
        about: what a ledger says under "expression".
    """

    examined: Examined
    framings: Mapping[str, Framing]
    about: Mapping[str, Any]


def examine(neutral: Look, output: Look, truth: Look | None, target: str, tools: Tools) -> Expressed:
    """Audit an edited expression.

    Args:
        neutral: the picture that the editor started from; with a face.
        output: what it delivered.
        truth: a real photograph of the same person with the expression, with a face; or None.
        target: an id of `core.expressions.EXPRESSIONS`.
        tools: loaded models.
    """
    words = words_of(target)
    looks = {"neutral": neutral, "output": output} | ({} if truth is None else {"truth": truth})
    measures = _histograms(looks)
    if output.face is None:
        return _faceless(looks, measures, target, words)
    placed = {role: outside.place(each, neutral) for role, each in looks.items() if role != "neutral"}
    changed = outside.changes(neutral, placed["output"], placed.get("truth"), words)
    keypoints = points.find(looks)
    found = [
        *geometry.geometry(neutral, output, truth, words),
        face.shown(looks, words, tools.expression.errors),
        face.identity(looks, words),
        face.teeth(looks, words),
        *points.findings(keypoints, words),
        *outside.findings(changed, words),
    ]
    measures |= _means(found) | points.matches(keypoints)
    matrices = {role: each.framing.matrix for role, each in placed.items()}
    examined = Examined(
        findings=_sorted(found),
        measures=measures,
        maps={"changed": changed.change},
        arrays=_arrays(looks, placed, changed),
        faces={role: _moved(each, matrices.get(role)) for role, each in looks.items()},
        damage=damage(output.image),
        readings={role: reading_record(each.reading) for role, each in looks.items() if each.reading is not None},
    )
    about = {
        "target": target,
        "label": words.label,
        "summary": summary(found, words),
        "keypoints": {role: dict(each.counts) for role, each in keypoints.found.items()},
        "keypoints_side": keypoints.side,
        "compared_with": keypoints.reference,
        "mouth": {role: _mouth(each) for role, each in looks.items()},
        "needed_share": float(changed.needed.mean()),
    }
    return Expressed(examined, {role: each.framing for role, each in placed.items()}, about)


def _sorted(found: list[Finding]) -> tuple[Finding, ...]:
    """Worst first; what cannot be decided last."""
    return tuple(sorted(found, key=lambda each: (each.severity is None, -(each.severity or 0.0))))


def _moved(look: Look, matrix: Similarity | None) -> Face:
    """The face on the neutral picture's grid."""
    if look.face is None:
        raise ValueError("a look without a face")
    return look.face if matrix is None else moved(look.face, matrix)


def _mouth(look: Look) -> dict[str, Any]:
    mouth = look.mouth
    if mouth is None:
        raise ValueError("a look without a face")
    return {"teeth": str(mouth.teeth), "inside": mouth.inside, "light": mouth.light}


def _means(found: list[Finding]) -> dict[str, Score]:
    """The three means over all landmarks (S0)."""
    [every] = [each for each in found if each.aspect is Aspect.GEOMETRY and each.detail == "all"]
    out: dict[str, Score] = {}
    for pair in geometry.PAIRS:
        out[f"landmarks-{pair}"] = every.evidence[pair]
        out[f"landmarks-{pair}-px"] = every.evidence[f"{pair}:px"]
        if f"floor:{pair}" in every.evidence:
            out[f"landmarks-{pair}:floor"] = every.evidence[f"floor:{pair}"]
    return out


def _histograms(looks: Mapping[str, Look]) -> dict[str, Score]:
    """Correlations of the colour histograms of whole pictures."""
    held = {role: histogram(look.pixels) for role, look in looks.items()}
    out: dict[str, Score] = {}
    for other, name in (("truth", "histogram-correlation-real"), ("neutral", "histogram-correlation-neutral")):
        if other not in looks:
            out[name] = Score.not_applicable(NO_REAL)
            continue
        out[name] = _correlation(held["output"], held[other])
        if other == "truth":
            out[f"{name}:neutral"] = _correlation(held["neutral"], held["truth"])
        if looks[other].variants:
            changed = [histogram(to_bytes(make())) for make in variant_images(looks[other].image).values()]
            noise = [_correlation(each, held[other]) for each in changed]
            out[f"{name}:floor"] = min(noise, key=lambda score: score.value or 0.0)
    return out


def _correlation(first: Any, second: Any) -> Score:
    import cv2

    return Score(float(cv2.compareHist(first, second, cv2.HISTCMP_CORREL)))


def _faceless(looks: Mapping[str, Look], measures: dict[str, Score], target: str, words: Words) -> Expressed:
    """An output without a face: nothing that needs one can be said (S0 met such outputs, its figure 34)."""
    found = [nothing(region, aspect, detail, what, NO_FACE) for region, aspect, detail, what in DETAILS]
    examined = Examined(
        findings=tuple(found),
        measures=measures,
        maps={},
        arrays={"neutral": looks["neutral"].pixels},
        faces={"neutral": looks["neutral"].face} if looks["neutral"].face is not None else {},
        damage=damage(looks["output"].image),
        readings={role: reading_record(each.reading) for role, each in looks.items() if each.reading is not None},
    )
    about = {"target": target, "label": words.label, "summary": "No face was found in the output."}
    return Expressed(examined, {}, about)


def _arrays(
    looks: Mapping[str, Look], placed: Mapping[str, outside.Placed], changed: outside.Changed
) -> dict[str, Any]:
    """What the pictures of a report are drawn from."""
    neutral = looks["neutral"]
    if neutral.face is None:
        raise ValueError("the neutral picture needs a face")
    rows, columns = face_window(neutral.face.landmarks, *neutral.size)
    arrays: dict[str, Any] = {
        "neutral": neutral.pixels,
        "placed": to_bytes(placed["output"].image),
        "window": [columns.start, rows.start, columns.stop, rows.stop],
        "needed": changed.needed,
        "groups": dict(GROUPS),
        "landmarks_neutral": neutral.face.landmarks,
    }
    for role, look in looks.items():
        if role != "neutral" and look.face is not None:  # laid on the neutral face as they are compared
            there = look.face.landmarks
            arrays[f"landmarks_{role}"] = transform(there, onto(there, neutral.face.landmarks))
    if "truth" in placed:
        arrays["truth"] = to_bytes(placed["truth"].image)
    return arrays
