"""What is measured on edited faces: S4's four numbers, and what stands beside them.

Beside the table stands how far each edit went towards the real picture, and what it did to the face on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from bonaface.api.distributions import features_of
from bonaface.api.measuring import Measurer, Options, missing
from bonaface.bench.people import SIDE, People, Person, landmarks_at
from bonaface.core.errors import BonafaceError
from bonaface.core.images import Image, Points
from bonaface.core.results import Score, Status
from bonaface.measure.distribution import check_count
from bonaface.measure.expression import ECS
from bonaface.measure.fidelity import PSNR
from bonaface.measure.geometry import GROUPS
from bonaface.measure.identity import IDENTITY_ANGLE
from bonaface.measure.movement import moves, share_of
from bonaface.measure.naturalness import NIQE_FACE
from bonaface.measure.openface import OPENFACE_SIMILARITY
from bonaface.measure.quality import QUALICLIP
from bonaface.measure.record import NotApplicable
from bonaface.measure.sets import FID, KID
from bonaface.study.numbers.intervals import Estimate, absent, mean_of

if TYPE_CHECKING:
    from bonaface.measure.distribution import Features

INPUT, REAL = "input", "real"
"""The rows of what editors are given, and of the people's own pictures with the expression: what can be reached."""
IS_REAL = "it is the real picture"
OF_SETS = (FID, KID)
MEASURED = (ECS, OPENFACE_SIMILARITY, QUALICLIP, IDENTITY_ANGLE, NIQE_FACE, PSNR, *OF_SETS)
TABLE_I = (ECS.id, OPENFACE_SIMILARITY.id, QUALICLIP.id, FID.id)
"""S4's ECS, FSS, RS and FID, in its order."""
MOUTH = ("mouth-share", "mouth-stray")
BESIDE = ("probability", IDENTITY_ANGLE.id, NIQE_FACE.id, PSNR.id, *MOUTH, KID.id)
ALONE = tuple(name for name in (*TABLE_I, *BESIDE) if name not in (FID.id, KID.id))
"""Numbers of one picture each."""
STANDS_IN = "the angle of dlib's embeddings stands in for it: another network, in degrees, smaller is more alike"
"""Beside an FSS that cannot be measured."""
_SET = (
    f"{SIDE} px crops of all edited people, against the real pictures of the expression of everyone who is NOT held "
    "back, so that the row `real` says what other people alone amount to; editors learnt from those pictures"
)
CONVENTIONS: Mapping[str, str] = MappingProxyType(
    {
        ECS.id: f"{ECS.convention}. Pictures that the editor failed on, and those without a face, count 0, as in S4, "
        "which divides by all pictures",
        OPENFACE_SIMILARITY.id: f"between the edited and the given picture; {OPENFACE_SIMILARITY.convention}",
        QUALICLIP.id: QUALICLIP.convention,
        FID.id: f"{_SET}; {FID.convention}",
        "probability": "what the expression reader gives the expression asked for, of eight; as ecs otherwise",
        IDENTITY_ANGLE.id: f"between the edited and the given picture; {IDENTITY_ANGLE.convention}",
        NIQE_FACE.id: f"{NIQE_FACE.convention}. People's sense of realness goes against NIQE: nothing is ranked by it",
        PSNR.id: f"dB, to the real picture, laid on the given one by nose and eye corners: the rest of the head moves "
        f"between two photographs, so that no edit comes near; {PSNR.convention}",
        "mouth-share": "how much of the real movement of the mouth's 20 landmarks the edit made: the projection on it, "
        "over its length; 1 is just as far, 0 not at all; dlib's landmarks, after alignment on the bridge of the nose "
        "and the corners of the eyes",
        "mouth-stray": "the length of what the mouth moved beside that (other directions, overshooting), over the "
        "length of the real movement; landmarks that jitter add to it",
        KID.id: f"{_SET}; {KID.convention}",
    }
)
"""By the name of a number."""


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one editor and one expression.

    Attributes:
        target: the expression.
        who: an editor's id, or `INPUT`, or `REAL`.
        n: people whose pictures were given.
        numbers: by name.
        values: what the means are of, by number and person.
        without: by number and person, why there is no value, where others have one.
        failed: by person, why there is no edited picture.
    """

    target: str
    who: str
    n: int
    numbers: Mapping[str, Estimate]
    values: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    without: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)


class Judge:
    """Measures pictures of the people of one expression. What measures need is loaded once."""

    def __init__(self, people: People, *, force: bool = False) -> None:
        """Loads nothing.

        Args:
            people: who was edited.
            force: FID and KID of fewer than 50 pictures, too.
        """
        self.people = people
        self._force = force
        # The crops lie on each other already, and an expression is no fault of the framing.
        options = Options(aligned=True, framing=False)
        self._to_input = Measurer((ECS, OPENFACE_SIMILARITY, QUALICLIP, IDENTITY_ANGLE, NIQE_FACE), options)
        self._to_real = Measurer((PSNR,), options)

    def row(self, who: str, pictures: Mapping[str, Image], failed: Mapping[str, str] | None = None) -> Row:
        """The numbers of one set of pictures.

        Args:
            who: made them.
            pictures: by person, (256, 256, 3).
            failed: by person, why there is none.
        """
        failed = failed or {}
        there = [person for person in self.people.all if person.name in pictures]
        if not there:
            why = f"there is no edited picture: {next(iter(failed.values()), 'nobody was edited')}"
            nothing = {name: absent(why) for name in (*TABLE_I, *BESIDE)}
            return Row(self.people.target, who, len(self.people.all), nothing, failed=failed)
        found = {person.name: self._scores(pictures[person.name], person, real=who == REAL) for person in there}
        numbers: dict[str, Estimate] = {}
        values: dict[str, dict[str, float]] = {}
        without: dict[str, dict[str, str]] = {}
        for name in ALONE:
            scores = {person: each[name] for person, each in found.items()}
            held = {person: float(score.value) for person, score in scores.items() if score.value is not None}
            held |= dict.fromkeys(failed, 0.0) if held and name == ECS.id else {}
            lacking = {person: score.why for person, score in scores.items() if score.value is None}
            if held:
                numbers[name] = mean_of(list(held.values()), list(held), share=name == ECS.id)
                values[name] = held
                without |= {name: lacking} if lacking else {}
            else:
                numbers[name] = absent(next(iter(lacking.values())))
        numbers |= self._sets([pictures[person.name] for person in there])
        ordered = {name: numbers[name] for name in (*TABLE_I, *BESIDE)}
        return Row(self.people.target, who, len(self.people.all), ordered, values, without, failed)

    def _scores(self, picture: Image, person: Person, *, real: bool) -> dict[str, Score]:
        """By name, for one picture; those that measure of the real picture itself say so."""
        scores = dict(self._to_input(picture, person.before, target=self.people.target).scores)
        scores["probability"] = scores.pop(f"{ECS.id}:probability", scores[ECS.id])
        there = landmarks_at(picture, person.face)
        if there is None and scores[ECS.id].status is Status.NOT_APPLICABLE:
            scores[ECS.id] = Score(0.0, ECS.unit)
        if real:
            nothing = Score.not_applicable(IS_REAL)
            return scores | dict.fromkeys((PSNR.id, *MOUTH), nothing)
        scores |= dict(self._to_real(picture, person.real).scores) | _mouth(there, person)
        if scores[PSNR.id].value == float("inf"):
            scores[PSNR.id] = Score.not_applicable("it equals the real picture, pixel by pixel")
        return scores

    def _sets(self, pictures: Sequence[Image]) -> dict[str, Estimate]:
        """FID and KID, or why there are none."""
        reasons = [missing(measure) for measure in OF_SETS]
        if any(reasons):
            return {measure.id: absent(why) for measure, why in zip(OF_SETS, reasons, strict=True)}
        try:
            check_count(np.zeros((len(pictures), 0)), force=self._force)
            made, reference = features_of(pictures, []), self._reference
            found = {each.id: each.named(each.load({})(made, reference, force=self._force)) for each in OF_SETS}
        except (NotApplicable, BonafaceError) as reason:
            return {measure.id: absent(str(reason)) for measure in OF_SETS}
        count = len(pictures)
        why = f"{count} pictures together, against {len(reference)} real ones: no interval"
        return {name: Estimate(scores[""].value, None, None, count, count, why) for name, scores in found.items()}

    @cached_property
    def _reference(self) -> Features:
        return features_of(self.people.reference, [])


def _mouth(made: Points | None, person: Person) -> dict[str, Score]:
    """How much of the mouth's real movement was made, and what else it moved."""
    real, before = person.real_landmarks, person.landmarks
    if made is None or real is None:
        whose = "edited" if made is None else "real"
        return dict.fromkeys(MOUTH, Score.not_applicable(f"no face was found in the {whose} picture"))
    points = list(GROUPS["mouth"])
    share = share_of(moves(made, before)[points], moves(real, before)[points])
    if share is None:
        return dict.fromkeys(MOUTH, Score.not_applicable("the mouth does not move in reality"))
    return dict(zip(MOUTH, (Score(share.share, "share"), Score(share.stray, "share")), strict=True))
