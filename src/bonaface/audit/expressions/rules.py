"""How findings about an edited expression are judged: the rules, in one place.

Movement: with a real photograph, the share of the real movement that is missing is judged (lost), and the movement that
is none of it (invented); both: altered; neither, where half of it would have been seen: kept; else undecidable. A
region that does not move in the real photograph (no farther than harmless changes move its landmarks) must not move in
the output either: else invented.

What counts lies above the noise floor and a margin: floors come from harmless changes to one photograph, and a second
photograph of the same smile, which would say how much two of them differ, is not at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bonaface.audit.ledger import severity
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Finding, Score, Verdict

SHIFT_MARGIN = 0.3
"""How far above its floor a movement must lie, in percent of the inter-ocular distance; as a share of the real
movement, divided by its mean length. Harmless changes stronger than the audit's own variants (JPEG 50, noise of 8
levels, halving and back) stay within it in 98 of 100 regions (20 people, `scripts/expression_alarms.py`)."""
KEPT_BELOW = 0.5
"""Floor and margin, as a share of full scale, under which something can be called kept: half of it would be seen."""
OUTSIDE_MARGIN = 0.01
"""How much more of the pixels outside than in harmless variants must have changed."""
SMILE_ANGLE = 11.9
"""How far a real smile turns the face embedding: 95% of 80 people in two photographs of one session (`london`)."""
OTHER_PHOTO = {"jaw": 1.5, "upper face": 1.5, "sizes": 0.12, "orientations": 0.14}
"""What the neutral and the smiling photograph of one person differ by in 95 of 100: the ratio of the shares of
keypoints in a part of the face, and the distances of two distributions (80 people, `london`, 800 px)."""
NO_FLOOR = "no noise floor was computed"


@dataclass(frozen=True, slots=True)
class Judged:
    """One number that a verdict rests on.

    Attributes:
        name: of it, in the evidence.
        score: in natural units.
        floor: of harmless changes, in the same units.
        says: the verdict if only this one lies above its floor.
        scale: the natural units that are full scale.
        margin: in natural units.
    """

    name: str
    score: Score
    floor: Score
    says: Verdict
    scale: float = 1.0
    margin: float = 0.0

    @property
    def known(self) -> bool:
        """Whether it can be judged."""
        return self.score.value is not None and self.floor.value is not None

    @property
    def above(self) -> bool:
        """Whether it stands above its floor and the margin."""
        return self.known and (self.score.value or 0.0) > (self.floor.value or 0.0) + self.margin

    @property
    def shares(self) -> tuple[float, float]:
        """Score and floor as shares of full scale."""
        score, floor = (min(1.0, max(0.0, (each.value or 0.0) / self.scale)) for each in (self.score, self.floor))
        return score, floor


def decide(judged: tuple[Judged, ...]) -> tuple[Verdict, Judged]:
    """The verdict, and the number that it rests on."""
    if not all(each.known for each in judged):
        return Verdict.UNDECIDABLE, next(each for each in judged if not each.known)
    above = [each for each in judged if each.above]
    if not above:
        highest = max(judged, key=lambda each: each.shares[1] + each.margin / each.scale)
        hidden = highest.shares[1] + highest.margin / highest.scale
        return (Verdict.UNDECIDABLE, highest) if hidden >= KEPT_BELOW else (Verdict.KEPT, judged[0])
    worst = max(above, key=lambda each: severity(*each.shares))
    return (above[0].says if len(above) == 1 else Verdict.ALTERED), worst


def finding(
    region: Region,
    aspect: Aspect,
    detail: str,
    verdict: Verdict,
    rests_on: Judged,
    sentence: str,
    evidence: Mapping[str, Score],
) -> Finding:
    """A finding, with its severity."""
    grade = {Verdict.UNDECIDABLE: None, Verdict.KEPT: 0.0}.get(verdict, severity(*rests_on.shares))
    said = f"{region.label}: {sentence}"
    score, floor = rests_on.score, rests_on.floor
    # First of the evidence: tables take its name from there.
    held = ({rests_on.name: score} if rests_on.name in evidence else {}) | dict(evidence)
    return Finding(region, aspect, detail, verdict, score, floor, grade, said, held)


def nothing(region: Region, aspect: Aspect, detail: str, what: str, why: str, unit: str = "") -> Finding:
    """A finding that there is no number, and why."""
    score = Score.not_applicable(why, unit)
    judged = Judged("", score, score, Verdict.ALTERED)
    return finding(region, aspect, detail, Verdict.UNDECIDABLE, judged, f"nothing can be said of {what}: {why}.", {})
