"""`audit`: which parts of a face a model made up."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bonaface.api import wiring
from bonaface.api.expressions import NO_CONTROLS, ExpressionAuditor, check_given
from bonaface.api.faces import find_faces, search_faces
from bonaface.api.records import build_ledger, framing_record
from bonaface.api.sources import PictureSource, open_picture
from bonaface.core.cases import Face
from bonaface.core.errors import FramingError, InputError
from bonaface.core.images import MIN_SIDE, MIN_THUMBNAIL, Image, Picture, Points, to_bytes
from bonaface.core.results import Ledger

if TYPE_CHECKING:
    from bonaface.audit.framing import Framing
    from bonaface.audit.with_truth import Other, Prepared
    from bonaface.faces.search import Search

KEPT_TRUTHS = 2
"""How many truths' features are held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Options:
    """What an audit does.

    Attributes:
        aligned: the pictures are crops of one face in FFHQ's alignment; a face need not be detected.
        floors: compute noise floors; without them nothing can be decided, but it is faster.
        controls: compute null controls.
        redact: leave private metadata and folder names out of the provenance.
    """

    aligned: bool = False
    floors: bool = True
    controls: bool = True
    redact: bool = False


@dataclass(slots=True)
class Auditor:
    """Audits that share what can be shared: models, and the features and floors of each truth.

    Args:
        options: the same for all audits.
        command: the command line that a reader can repeat it with; recorded in the provenance.
    """

    options: Options = field(default_factory=Options)
    command: str = ""
    _prepared: OrderedDict[tuple[Any, ...], Prepared] = field(default_factory=OrderedDict)
    _faces: OrderedDict[tuple[Any, ...], Search] = field(default_factory=OrderedDict)
    _expressions: ExpressionAuditor | None = None

    def faces(self, picture: Picture, *, all_faces: bool = False) -> list[Face]:
        """The faces of a picture, largest first; found once.

        Raises:
            FaceNotFound: there is none.
        """
        return self.search(picture, all_faces=all_faces).faces

    def search(self, picture: Picture, *, all_faces: bool = True) -> Search:
        """As `faces`, and which ones were not looked for."""
        from bonaface.faces.search import Search

        key = (picture.sha256, self.options.aligned, all_faces)
        if key not in self._faces:
            if all_faces and not self.options.aligned:
                found = search_faces(picture, required=True)
            else:
                found = Search(find_faces(picture, aligned=self.options.aligned))
                if len(found.faces) > 1:  # count, and number, as --all-faces does
                    found = self.search(picture)
            self._faces[key] = found
            _forget(self._faces, 4 * KEPT_TRUTHS)
        return self._faces[key]

    def audit(
        self,
        output: PictureSource,
        truth: PictureSource | None = None,
        observed: PictureSource | None = None,
        *,
        control: PictureSource | None = None,
        face: int = 1,
        others: Sequence[PictureSource] = (),
        neutral: PictureSource | None = None,
        target: str | None = None,
    ) -> Ledger:
        """See `bonaface.audit`; `others` are further truths of the same job, from which a control may be taken."""
        if isinstance(face, bool) or not isinstance(face, int):
            raise InputError(f"face is {face!r}; expected a whole number from 1, the largest face.")
        unwanted = (("the damaged picture (--observed)", observed), ("the control (--control)", control))
        expression = check_given(neutral, target, [(name, value is not None) for name, value in unwanted])
        made = open_picture(output, "output")
        if expression is not None and neutral is not None:
            before = open_picture(neutral, "neutral")
            real = None if truth is None else open_picture(truth, "truth")
            with wiring.one_thread_each():
                return self._expression(made, before, real, expression, face)
        # No face has to be found in the thumbnail of an aligned crop.
        smallest = MIN_THUMBNAIL if self.options.aligned else MIN_SIDE
        damaged = None if observed is None else open_picture(observed, "observed", smallest)
        real = None if truth is None else open_picture(truth, "truth")
        with wiring.one_thread_each():
            if real is None:
                return self._without_truth(made, damaged, face)
            return self._with_truth(made, real, damaged, control, face, others)

    def _with_truth(
        self,
        made: Picture,
        real: Picture,
        damaged: Picture | None,
        control: PictureSource | None,
        number: int,
        others: Sequence[PictureSource],
    ) -> Ledger:
        from bonaface.audit.with_truth import examine

        output, truth = made.image(), real.image()
        faces = self.faces(real, all_faces=number > 1)
        chosen = _numbered(faces, number, f"the truth, {real.name}")
        notes = [] if len(faces) == 1 or number > 1 else [_several(len(faces), real.name)]
        # First, so that its work is under way in the lanes while the pictures are registered here.
        prepared = self._prepare(real, truth, chosen, number)
        framing = self._register(output, truth, chosen)
        seen = None if damaged is None else self._register_observed(damaged, truth, "the truth", notes)
        other, control_note = self._control(control, real, faces, chosen, others)
        examined = examine(
            prepared,
            output,
            framing,
            wiring.tools(),
            wiring.lanes(),
            observed=None if damaged is None or seen is None else damaged.image(),
            observed_framing=seen,
            other=other,
            controls=self.options.controls,
        )
        if "output" not in examined.faces:
            notes.append(
                f"No face was found in the output, {made.name}, where the truth has it: geometry and identity are not "
                "applicable."
            )
        if framing.method not in ("same size", "resized") and (framing.moved > 1 or abs(framing.rotation) > 1):
            notes.append(
                f"The output was registered on the truth ({framing.method}): scaled x{framing.scale:.4g}, turned by "
                f"{framing.rotation:.1f}°, shifted by {framing.shift[0]:.1f}, {framing.shift[1]:.1f} px."
            )
        if framing.doubtful:
            notes.append(
                f"The output and the truth agree only weakly ({framing.agreement:.2f} of 1): make sure that they show "
                "the same scene."
            )
        pictures = {"output": made, "truth": real} | ({} if damaged is None else {"observed": damaged})
        return build_ledger(
            examined,
            pictures,
            notes,
            framing_record(framing, seen),
            self._controls_record(other, control_note, damaged),
            self._parameters(number),
            self.command,
            redact=self.options.redact,
        )

    def _expression(self, made: Picture, before: Picture, real: Picture | None, target: str, number: int) -> Ledger:
        faces = self.faces(before, all_faces=number > 1)
        chosen = _numbered(faces, number, f"the neutral picture, {before.name}")
        notes = [] if len(faces) == 1 or number > 1 else [_several(len(faces), before.name)]
        if self._expressions is None:
            self._expressions = ExpressionAuditor(aligned=self.options.aligned, floors=self.options.floors)
        expressed, more = self._expressions(made, before, real, target, chosen)
        examined = expressed.examined
        pictures = {"output": made, "neutral": before} | ({} if real is None else {"truth": real})
        framings = expressed.framings
        return build_ledger(
            replace(examined, measures={**examined.measures, **self._expressions.clip(made, before, real, target)}),
            pictures,
            [*notes, *more],
            framing_record(framings.get("output"), None, framings.get("truth")),
            {"bicubic": NO_CONTROLS, "other-face": NO_CONTROLS},
            self._parameters(number) | {"target": target},
            self.command,
            redact=self.options.redact,
            expression=expressed.about,
        )

    def _without_truth(self, made: Picture, damaged: Picture | None, number: int) -> Ledger:
        from bonaface.audit.without_truth import examine_alone

        output = made.image()
        faces = find_faces(made, aligned=False, all_faces=number > 1, required=False)
        notes = [] if len(faces) <= 1 or number > 1 else [_several(len(faces), made.name)]
        if not faces:
            notes.append(f"No face was found in the output, {made.name}.")
        chosen = _numbered(faces, number, f"the output, {made.name}") if faces else None
        # Of aligned pictures it is known how they are framed: there is nothing to note.
        said = [] if self.options.aligned else notes
        framing = None if damaged is None else self._register_observed(damaged, output, "the output", said)
        observed_face = None
        if damaged is not None:
            observed_face = next(iter(find_faces(damaged, aligned=False, all_faces=False, required=False)), None)
        observed = None if damaged is None else damaged.image()
        examined = examine_alone(output, chosen, wiring.tools(), observed, framing, observed_face)
        pictures = {"output": made} | ({} if damaged is None else {"observed": damaged})
        none = {"bicubic": "no truth was given", "other-face": "no truth was given"}
        parameters = self._parameters(number)
        record = framing_record(None, framing)
        return build_ledger(
            examined, pictures, notes, record, none, parameters, self.command, redact=self.options.redact
        )

    def _prepare(self, real: Picture, truth: Image, face: Face, number: int) -> Prepared:
        from bonaface.audit.with_truth import prepare

        key = (real.sha256, number, self.options.aligned, self.options.floors)
        if key in self._prepared:
            self._prepared.move_to_end(key)
        else:
            self._prepared[key] = prepare(truth, face, wiring.tools(), wiring.lanes(), floors=self.options.floors)
            _forget(self._prepared, KEPT_TRUTHS)
        return self._prepared[key]

    def _register(self, output: Image, truth: Image, face: Face) -> Framing:
        from bonaface.audit.framing import register
        from bonaface.faces.regions import inner_window

        def landmarks() -> Any:
            found = wiring.tools().locator.faces(to_bytes(output), network=False)
            return (found[0].landmarks, face.landmarks) if found else None

        window = inner_window(face.landmarks, truth.shape[0], truth.shape[1])
        return register(output, truth, landmarks, window=window, declared=self.options.aligned)

    def _register_observed(self, damaged: Picture, onto: Image, what: str, notes: list[str]) -> Framing:
        """A damaged picture may agree with little: where its proportions fit, it is taken to be framed as `what` is."""
        from bonaface.audit.framing import DOUBT_BELOW, register, resized

        observed = damaged.image()
        try:
            return register(observed, onto, enough=DOUBT_BELOW)
        except FramingError as error:
            height, width = observed.shape[:2]
            if abs(width / height * onto.shape[0] / onto.shape[1] - 1) > 0.01:
                raise FramingError(f"The damaged picture {damaged.name} does not fit. {error}") from error
            notes.append(
                f"The damaged picture {damaged.name} agrees too little to check its framing; it was taken to be framed "
                f"as {what} is."
            )
            return resized(observed, onto)

    def _control(
        self,
        control: PictureSource | None,
        real: Picture,
        faces: Sequence[Face],
        chosen: Face,
        others: Sequence[PictureSource],
    ) -> tuple[Other | None, str]:
        from bonaface.audit.with_truth import Other

        if not self.options.controls:
            return None, "controls were switched off"
        if control is not None:
            picture = open_picture(control, "control")
            if picture.sha256 == real.sha256:
                raise InputError(
                    f"The control, {picture.name}, is the truth's own file. Give a picture of another person."
                )
            points = self.faces(picture)[0].landmarks
            if _same_scene(picture.image(), points, real.image(), chosen.landmarks):
                raise InputError(
                    f"The control, {picture.name}, shows the truth's own scene. Give a picture of another person."
                )
            return Other(picture.image(), points, picture.name), "given"
        for candidate in others:
            picture = open_picture(candidate, "other truth")
            found = [] if picture.sha256 == real.sha256 else find_faces(picture, aligned=False, required=False)
            if found:
                return Other(picture.image(), found[0].landmarks, picture.name), "another truth of the same job"
        for face in faces:
            if face is not chosen and face.width >= 0.5 * chosen.width:
                return Other(real.image(), face.landmarks, f"another face of {real.name}"), "another face of the truth"
        return None, "no other face was given (--control), and the job has no other"

    def _controls_record(self, other: Other | None, note: str, damaged: Picture | None) -> dict[str, str]:
        if not self.options.controls:
            return {"bicubic": "controls were switched off", "other-face": "controls were switched off"}
        bicubic = "not applicable: no damaged picture was given (--observed)"
        if damaged is not None:
            bicubic = f"{damaged.name}, enlarged by bicubic interpolation"
        return {
            "bicubic": bicubic,
            "other-face": f"not applicable: {note}" if other is None else f"{other.name} ({note})",
        }

    def _parameters(self, number: int) -> dict[str, Any]:
        options = self.options
        return {"face": number, "aligned": options.aligned, "floors": options.floors, "controls": options.controls}


def audit(
    output: PictureSource,
    truth: PictureSource | None = None,
    observed: PictureSource | None = None,
    *,
    control: PictureSource | None = None,
    face: int = 1,
    aligned: bool = False,
    floors: bool = True,
    controls: bool = True,
    neutral: PictureSource | None = None,
    target: str | None = None,
) -> Ledger:
    """Say which parts of a restored, enlarged or edited face are real, and which a model made up.

    With `neutral` and `target` it is the audit of an edited expression: how much of a real one the editor made, and
    what it changed besides. The truth is then a real photograph of the same person with that expression: it need not
    lie on the output pixel by pixel, and without it whatever needs one is `not_applicable`.

    Args:
        output: what the model delivered: a path, or an array (H, W, 3) of RGB, uint8, uint16 or floats in [0, 1].
        truth: the real photograph, in any size but the same framing up to a similarity transform. Without it only
            damage, quality and agreement with `observed` are reported.
        observed: the damaged picture that the model was given.
        control: a picture of another person, for the null control.
        face: which face of the truth, counted from the largest: 1, 2, ...
        aligned: the pictures are FFHQ-aligned crops of one face.
        floors: compute noise floors. Without them no verdict is given.
        controls: compute null controls.
        neutral: the picture that an expression editor started from.
        target: the expression that it was asked for: "happy", "surprise"; see `bonaface.core.expressions`.

    Returns:
        The ledger: findings (worst first), measures, maps on the truth's pixel grid (of an expression: on the neutral
        picture's), and provenance.

    Raises:
        PictureError: a file that cannot be used.
        ImageError: an array that is no picture, or holds NaN or values out of range.
        FaceNotFound: no face in the truth or in the neutral picture.
        FramingError: no similarity transform brings output and truth into the same framing.
        InputError: one of `neutral` and `target` without the other, or with a damaged picture or a control.
        UnknownName: no such expression.
    """
    return Auditor(Options(aligned=aligned, floors=floors, controls=controls)).audit(
        output, truth, observed, control=control, face=face, neutral=neutral, target=target
    )


def _numbered(faces: Sequence[Face], number: int, where: str) -> Face:
    if not 1 <= number <= len(faces):
        counted = "1 face was" if len(faces) == 1 else f"{len(faces)} faces were"
        raise InputError(f"Face {number} was asked for, but {counted} found in {where}. Count from 1, the largest.")
    return faces[number - 1]


def _same_scene(control: Image, face: Points, truth: Image, truth_face: Points) -> bool:
    """Whether a control shows what the truth shows: the truth again in another file, or an output of it."""
    from bonaface.audit.framing import SAME_FRAMING, placed_agreement
    from bonaface.faces.align import umeyama
    from bonaface.faces.regions import inner_window

    window = inner_window(truth_face, truth.shape[0], truth.shape[1])
    return placed_agreement(control, truth, umeyama(face, truth_face), window) >= SAME_FRAMING


def _several(count: int, name: str) -> str:
    return f"{count} faces were found in {name}; the largest is examined (--face N or --all-faces for others)."


def _forget(held: OrderedDict[Any, Any], most: int) -> None:
    while len(held) > most:
        held.popitem(last=False)
