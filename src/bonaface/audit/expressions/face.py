"""What readers, embedding and parser say of the face: the expression, how far it turned away, and the teeth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bonaface.audit.compare import PROBABILITY, usual_angles
from bonaface.audit.drift import reader_rates
from bonaface.audit.expressions import sentences
from bonaface.audit.expressions.look import Look
from bonaface.audit.expressions.rules import NO_FLOOR, SMILE_ANGLE, Judged, decide, finding
from bonaface.audit.expressions.words import NO_REAL, Words
from bonaface.audit.ledger import DRIFT_MARGIN
from bonaface.audit.sentences import number
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Finding, Score, Verdict
from bonaface.measure import expression
from bonaface.measure.baselines import BASELINES
from bonaface.measure.identity import Embedding, angle
from bonaface.measure.reading import AttributeErrors, ExpressionErrors
from bonaface.measure.teeth import Mouth, Teeth

Looks = Mapping[str, Look]
"""By role: "neutral", "output" and, where there is one, "truth"; all with a face."""
SURE = 0.5
"""Probability from which on the reader's word counts: likelier than all other expressions together."""


def shown(looks: Looks, words: Words, errors: ExpressionErrors) -> Finding:
    """Which expression the reader sees, and whether it is the one asked for."""
    evidence: dict[str, Score] = {}
    seen: dict[str, tuple[str, float]] = {}
    asked: dict[str, float] = {}
    for role, look in looks.items():
        held = _expression(look)
        evidence |= {
            f"in-{role}:{name}": Score(float(p), PROBABILITY) for name, p in zip(expression.NAMES, held, strict=True)
        }
        seen[role] = expression.label(held), float(held.max())
        asked[role] = float(held[expression.NAMES.index(words.label)])
    output = looks["output"]
    shifts = [
        abs(float(each.reading.expression[expression.NAMES.index(words.label)]) - asked["output"])
        for each in output.variants
        if each.reading is not None
    ]
    missing = Score(round(1 - asked["output"], 4), PROBABILITY)
    floor = Score(round(max(shifts), 4), PROBABILITY) if shifts else Score.not_applicable(NO_FLOOR, PROBABILITY)
    evidence |= {"asked-missing": missing, "floor:asked-missing": floor}
    on = Judged("asked-missing", missing, floor, Verdict.LOST)
    verdict = _verdict(on, seen, asked, words)
    rates = reader_rates(AttributeErrors(), errors)
    evidence |= next(scores for key, scores in rates.items() if key.aspect is Aspect.EXPRESSION)
    text = sentences.reader(verdict, seen, Score(asked["output"], PROBABILITY), floor, words)
    recall = {name: evidence[f"recall:{name}"] for name in dict.fromkeys((seen["output"][0], words.label))}
    if all(rate.value is not None for rate in recall.values()):
        rightly = " and ".join(f"{number(rate)} of the pictures that show {name}" for name, rate in recall.items())
        text += f" It reads {rightly} rightly."
    return finding(Region.WHOLE_FACE, Aspect.EXPRESSION, "expression", verdict, on, text, evidence)


def _verdict(on: Judged, seen: Mapping[str, tuple[str, float]], asked: Mapping[str, float], words: Words) -> Verdict:
    label, likely = seen["output"]
    if on.floor.value is None or likely < SURE:
        return Verdict.UNDECIDABLE
    if label == words.label:
        return Verdict.KEPT
    if "truth" in asked and asked["truth"] < SURE:  # it does not know this person's smile
        return Verdict.UNDECIDABLE
    return Verdict.LOST if likely - asked["output"] > on.floor.value + DRIFT_MARGIN else Verdict.UNDECIDABLE


def _expression(look: Look) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    if look.reading is None:
        raise ValueError("a look without a face")
    return look.reading.expression


def identity(looks: Looks, words: Words) -> Finding:
    """How far the output's embedding turned away from the neutral picture's, beside what an expression accounts for."""
    neutral = _embedding(looks["neutral"])
    found = Score(angle(neutral, _embedding(looks["output"])), "°")
    noise = [angle(neutral, each.embedding) for each in looks["neutral"].variants if each.embedding is not None]
    real = Score.not_applicable(NO_REAL, "°")
    allowed = list(noise)
    if "truth" in looks:
        real = Score(angle(neutral, _embedding(looks["truth"])), "°")
        others = [each.embedding for each in looks["truth"].variants]
        allowed += [real.value or 0.0, *(angle(neutral, each) for each in others if each is not None)]
    allowed.append(_usual(words))
    floor = Score(max(allowed), "°") if noise else Score.not_applicable(NO_FLOOR, "°")
    on = Judged("angle", found, floor, Verdict.ALTERED, 90.0)
    verdict, on = decide((on,))
    usual = usual_angles()
    evidence = {"angle": found, "floor:angle": floor, "real:angle": real, **usual}
    evidence["floor:harmless"] = Score(max(noise), "°") if noise else Score.not_applicable(NO_FLOOR, "°")
    said = " and ".join(
        f"{number(usual[f'{group}:p5'])} to {number(usual[f'{group}:p95'])} between pictures of {of}"
        for group, of in (("same-person", "one person"), ("different-people", "different people"))
    )
    text = sentences.identity(verdict, found, floor, real, said, words)
    return finding(Region.WHOLE_FACE, Aspect.IDENTITY, "embedding", verdict, on, text, evidence)


def _usual(words: Words) -> float:
    """Degrees that an expression accounts for: measured for smiles; for others, what pictures of one person have."""
    if words.label in ("happiness", "neutral"):
        return SMILE_ANGLE
    place = BASELINES["percentiles"].index(95)
    return float(BASELINES["same_person"]["values"][place])


def _embedding(look: Look) -> Embedding:
    if look.embedding is None:
        raise ValueError("a look without a face")
    return look.embedding


def teeth(looks: Looks, words: Words) -> Finding:
    """Whether the teeth of the real photograph are there, and no others."""
    mouths = {role: _mouth(look) for role, look in looks.items()}
    states = {role: mouth.teeth for role, mouth in mouths.items()}
    evidence = {f"inside:{role}": Score(mouth.inside, "px²") for role, mouth in mouths.items()}
    evidence |= {f"teeth:{role}": Score(mouth.light, "px²") for role, mouth in mouths.items()}
    pixels = {role: mouth.light for role, mouth in mouths.items()}
    if "truth" not in looks:
        nothing = Score.not_applicable(NO_REAL, "share")
        on = Judged("missing-share", nothing, nothing, Verdict.LOST)
        verdict = Verdict.UNDECIDABLE
    else:
        real = mouths["truth"]
        variants = [each.mouth for each in looks["truth"].variants if each.mouth is not None]
        pair = states["truth"], states["output"]
        name = "added-share" if pair == (Teeth.NOT_SEEN, Teeth.SEEN) else "missing-share"
        score = _apart(mouths["output"], real, name)
        noise = [_apart(each, real, name).value or 0.0 for each in variants]
        floor = Score(max(noise), "share") if noise else Score.not_applicable(NO_FLOOR, "share")
        verdict = _teeth_verdict(pair, floor)
        says = Verdict.INVENTED if name == "added-share" else Verdict.LOST
        on = Judged(name, score, floor, says)
        evidence |= {name: score, f"floor:{name}": floor}
    text = sentences.teeth(verdict, states, pixels, words)
    return finding(Region.TEETH, Aspect.EXPRESSION, "teeth", verdict, on, text, evidence)


def _teeth_verdict(pair: tuple[Teeth, Teeth], floor: Score) -> Verdict:
    if floor.value is None or Teeth.UNCLEAR in pair:
        return Verdict.UNDECIDABLE
    if pair[0] is pair[1]:
        return Verdict.KEPT
    return Verdict.LOST if pair[0] is Teeth.SEEN else Verdict.INVENTED


def _apart(mine: Mouth, real: Mouth, name: str) -> Score:
    """How much of the real photograph's teeth is missing, or how much of the output's is more than the real one has."""
    less, more = (mine, real) if name == "missing-share" else (real, mine)
    return Score(1 - min(1.0, less.light / more.light) if more.light else 0.0, "share")


def _mouth(look: Look) -> Mouth:
    if look.mouth is None:
        raise ValueError("a look without a face")
    return look.mouth
