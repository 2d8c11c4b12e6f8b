"""What the readers and the parser see in one picture and not in the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from bonaface.audit.compare import PROBABILITY, Key
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Score, Verdict
from bonaface.faces.parse import CLASSES, SIDE
from bonaface.measure import attributes, expression
from bonaface.measure.reading import NOT_MEASURED, AttributeErrors, ExpressionErrors, Rates

if TYPE_CHECKING:
    from bonaface.audit.scene import Counts
    from bonaface.audit.view import Reading

PARTS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "glasses": ("glasses", 512),
        "hat": ("a hat", 512),
        "earring": ("earrings", 128),
        "necklace": ("a necklace", 128),
        "mouth interior": ("the inside of an open mouth", 128),
        "left ear": ("the left ear", 128),
        "right ear": ("the right ear", 128),
        "hair": ("hair", 512),
    }
)
"""Classes of the parser that a face may have or lack: their names in a sentence, and with how many pixels of the
parser's 256 px crop they are there for sure.

Measured on 150 of CelebA-HQ's pictures: JPEG of quality 50, noise of 8 grey levels, and halving and back bring no note;
reduced to 64 px and enlarged, 3 of 150.
"""
ABSENT_BELOW = 16
"""Pixels of the crop under which a part is absent from the other picture for sure: between the two nothing is said."""
OF_CROP = f"of {SIDE}x{SIDE}"


def turned(scores: Mapping[str, Score]) -> Verdict | None:
    """What a reading turned into: an attribute that was added or is gone, another expression; None: it did not turn.

    Args:
        scores: "in-truth" and "in-output", or the same with ":" and the name of each expression.
    """
    if "in-truth" in scores:
        real, mine = (scores[name].value or 0.0 for name in ("in-truth", "in-output"))
        if (real >= 0.5) == (mine >= 0.5):
            return None
        return Verdict.INVENTED if mine >= 0.5 else Verdict.LOST
    real_label, mine_label = (expression_label(scores, where) for where in ("in-truth", "in-output"))
    return None if real_label == mine_label else Verdict.ALTERED


def unsure(scores: Mapping[str, Score]) -> bool:
    """Whether an expression is read as likelier than all others together in neither picture."""
    read = [score.value or 0.0 for name, score in scores.items() if name.startswith(("in-truth:", "in-output:"))]
    return bool(read) and max(read) < 0.5


def expression_label(scores: Mapping[str, Score], where: str) -> str:
    """The most probable expression of "in-truth" or "in-output"."""
    return expression.label(np.array([scores[f"{where}:{name}"].value or 0.0 for name in expression.NAMES]))


def reader_rates(of_attributes: AttributeErrors, of_expression: ExpressionErrors) -> dict[Key, dict[str, Score]]:
    """The readers' own error rates as evidence for each of their findings."""
    out: dict[Key, dict[str, Score]] = {}
    for drift in attributes.DRIFTS:
        missed, false = of_attributes.miss_rate, of_attributes.false_rate
        if drift.absent:  # to overlook a beard is to see a "no beard" that is not there
            missed, false = false, missed
        out[Key(drift.region, Aspect.ATTRIBUTES, drift.words)] = {
            **_scores(missed, drift.name, "miss-rate"),
            **_scores(false, drift.name, "false-rate"),
            **_scores(of_attributes.balanced_accuracy, drift.name, "balanced-accuracy"),
        }
    held: dict[str, Score] = {}
    for name in expression.NAMES:
        held |= _scores(of_expression.recall, name, f"recall:{name}")
    whole = {"all": of_expression.balanced_accuracy}
    out[Key(Region.WHOLE_FACE, Aspect.EXPRESSION, "expression")] = _scores(whole, "all", "balanced-accuracy") | held
    return out


def _scores(rates: Rates, name: str, called: str) -> dict[str, Score]:
    rate = rates.get(name)
    return {called: Score.not_applicable(NOT_MEASURED, "share")} if rate is None else rate.scores(called)


def reading_record(reading: Reading) -> dict[str, dict[str, Score]]:
    """What the readers say of one picture: the attributes that audits report, and the expressions."""
    seen = attributes.drift_probabilities(reading.attributes)
    return {
        "attributes": {drift.words: Score(seen[drift.name], PROBABILITY) for drift in attributes.DRIFTS},
        "expression": {
            name: Score(float(value), PROBABILITY)
            for name, value in zip(expression.NAMES, reading.expression, strict=True)
        },
    }


def part_notes(truth: Counts, output: Counts) -> Iterator[str]:
    """Sentences about what the parser sees in one picture and not in the other.

    Args:
        truth: (19,) pixels of each class on the parser's crop.
        output: the same of the output.
    """
    for name, (words, least) in PARTS.items():
        real, mine = (int(counts[CLASSES.index(name)]) for counts in (truth, output))
        if mine >= least and real < ABSENT_BELOW:
            yield f"The parser sees {words} in the output ({mine} px {OF_CROP}), none in the real photograph ({real})."
        if real >= least and mine < ABSENT_BELOW:
            yield f"The parser sees {words} in the real photograph ({real} px {OF_CROP}), none in the output ({mine})."
