"""The audit of an edited expression: reading the three pictures, finding their faces, and what the pure parts need."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bonaface.api import wiring
from bonaface.api.faces import find_faces
from bonaface.audit.expressions.words import NO_REAL
from bonaface.core.cases import Face
from bonaface.core.errors import FaceNotFound, InputError
from bonaface.core.expressions import expression_named
from bonaface.core.images import Picture, to_bytes
from bonaface.core.results import Score

if TYPE_CHECKING:
    from bonaface.api.measuring import Measurer
    from bonaface.audit.expressions.examine import Expressed
    from bonaface.audit.expressions.look import Look, Wanted

KEPT_LOOKS = 4
"""How many pictures' features are held in memory at a time: several outputs have one neutral picture."""
NO_CONTROLS = "not applicable: the neutral picture stands for what no editor touched"


@dataclass(slots=True)
class ExpressionAuditor:
    """Looks at the pictures of edited expressions; those that several audits share are looked at once.

    Attributes:
        aligned: the pictures are crops of one face in FFHQ's alignment.
        floors: compute noise floors.
    """

    aligned: bool = False
    floors: bool = True
    _looks: OrderedDict[tuple[Any, ...], Look] = field(default_factory=OrderedDict)
    _clip: Measurer | None = None

    def __call__(
        self,
        output: Picture,
        neutral: Picture,
        truth: Picture | None,
        target: str,
        face: Face,
    ) -> tuple[Expressed, list[str]]:
        """Audit one edited expression.

        Args:
            output: what the editor delivered.
            neutral: what it started from.
            truth: a real photograph with the expression, or None.
            target: an id of `core.expressions.EXPRESSIONS`.
            face: of the neutral picture, in its own pixels.

        Returns:
            What was found, and what a reader should know.

        Raises:
            FaceNotFound: no face in the photograph.
        """
        from bonaface.audit.expressions.examine import examine
        from bonaface.audit.expressions.look import Wanted

        notes: list[str] = []
        before = self._look(neutral, face, Wanted(embedding=True))
        made = self._look(output, self._of(output, face, neutral, notes), Wanted(reading=True))
        real = None
        if truth is not None:
            found = self._of(truth, face, neutral, notes)
            if found is None:
                raise FaceNotFound(f"No face was found in the real photograph, {truth.name}. Give one that shows it.")
            real = self._look(truth, found, Wanted(embedding=True, mouth=True))
        expressed = examine(before, made, real, target, wiring.tools())
        notes += _notes(expressed, output, {"output": output, "neutral": neutral, "truth": truth})
        return expressed, notes

    def _of(self, picture: Picture, face: Face, neutral: Picture, notes: list[str]) -> Face | None:
        """The face where the neutral picture has it, where the framing is the same; else the largest."""
        same = picture.pixels.shape == neutral.pixels.shape
        if same and wiring.locator().same_face(to_bytes(picture.image()), face) is not None:
            return face  # the place itself, not what is found there: equal pictures are then looked at alike
        faces = find_faces(picture, aligned=self.aligned, required=False)
        if len(faces) > 1:
            notes.append(f"{len(faces)} faces were found in {picture.name}; the largest is compared.")
        return faces[0] if faces else None

    def _look(self, picture: Picture, face: Face | None, wanted: Wanted) -> Look:
        from bonaface.audit.expressions.look import fitted, look, moved

        key = (picture.sha256, wanted, None if face is None else face.box)
        if key in self._looks:
            self._looks.move_to_end(key)
            return self._looks[key]
        image, matrix = fitted(picture.image())
        here = None if face is None else moved(face, matrix)
        held = look(image, here, wiring.tools(), wanted if self.floors else None, float(matrix[0, 0]))
        self._looks[key] = held
        while len(self._looks) > KEPT_LOOKS:
            self._looks.popitem(last=False)
        return held

    def clip(self, output: Picture, neutral: Picture, truth: Picture | None, target: str) -> dict[str, Score]:
        """How much nearer to the expression's words the output is, to CLIP; or why that cannot be said.

        Args:
            output: what the editor delivered.
            neutral: what it started from.
            truth: a real photograph with the expression, or None.
            target: an id of `core.expressions.EXPRESSIONS`.

        Returns:
            "clip-semantics", with ":neutral" and ":truth" beside it, and "clip-improvement-share".
        """
        if self._clip is None:
            from bonaface.api.measuring import Measurer, Options
            from bonaface.measure.semantics import CLIP_SEMANTICS

            self._clip = Measurer((CLIP_SEMANTICS,), Options(framing=False))
        found = self._clip(output, truth, None, target, neutral).scores
        cosine = found["clip-semantics"]
        share = found.get("clip-semantics:share")
        if share is None:
            share = Score.not_applicable(NO_REAL if cosine.value is not None else cosine.why, "share")
        beside = {f"clip-semantics:{name}" for name in ("neutral", "truth")} & found.keys()
        scores = {"clip-semantics": cosine, **{name: found[name] for name in sorted(beside)}}
        return scores | {"clip-improvement-share": share}


def _notes(expressed: Expressed, output: Picture, pictures: dict[str, Picture | None]) -> list[str]:
    from bonaface.audit.expressions.look import LONGEST
    from bonaface.audit.expressions.outside import BY_POINTS

    out = []
    if "output" not in expressed.examined.faces:
        out.append(f"No face was found in the output, {output.name}: most of the audit is not applicable.")
    large = [role for role, p in pictures.items() if p is not None and max(p.pixels.shape[:2]) > LONGEST]
    if large:
        out.append(f"Looked at with {LONGEST} px on the longest side: {', '.join(large)}. Shifts are in full pixels.")
    angles = [each.evidence for each in expressed.examined.findings if "real:angle" in each.evidence]
    if angles and (angles[0]["real:angle"].value or 0.0) > (angles[0]["same-person:p95"].value or 0.0):
        apart, usual = (angles[0][name].value for name in ("real:angle", "same-person:p95"))
        out.append(
            f"The face embeddings of the neutral picture and of the real photograph lie {apart:.1f}° apart, farther "
            f"than 95 of 100 pairs of pictures of one person ({usual:.1f}°): make sure that the two belong together."
        )
    made = expressed.framings.get("output")
    if made is not None and made.method == BY_POINTS:
        out.append(
            "The output does not show the neutral picture's scene in its framing: the two were laid on each other by "
            f"the {BY_POINTS}, and what changed outside the expression's region is rough."
        )
    return out


def check_given(neutral: object, target: str | None, others: Sequence[tuple[str, object]]) -> str | None:
    """The id of the expression asked for, where this is the audit of one.

    Args:
        neutral: the picture that the editor started from, or None.
        target: a word for the expression, or None.
        others: what such an audit does not take, by name.

    Raises:
        InputError: one of the two is missing, or something was given that does not go with them.
        UnknownName: no expression of that name.
    """
    if target is None and neutral is None:
        return None
    if target is None:
        raise InputError(
            "A neutral picture was given, but not the expression that was asked for. Add it: --target happy."
        )
    expression = expression_named(target)
    if neutral is None:
        raise InputError(
            f"The expression {expression.id} was given, but not the picture that the editor started from. "
            "Add --neutral."
        )
    unwanted = [name for name, value in others if value]
    if unwanted:
        raise InputError(
            "An edited expression is compared with the neutral picture and, with --truth, with a real photograph of "
            f"the expression: leave {' and '.join(unwanted)} out."
        )
    return expression.id
