"""What can be said of an output when the real photograph is not at hand."""

from __future__ import annotations

import numpy as np

from bonaface.audit.drift import reading_record
from bonaface.audit.framing import Framing
from bonaface.audit.ledger import not_applicable_findings
from bonaface.audit.view import Tools
from bonaface.audit.with_truth import Examined
from bonaface.core.cases import Face
from bonaface.core.images import Image
from bonaface.core.results import Score
from bonaface.faces.align import invert, warp
from bonaface.measure import AUDITED
from bonaface.measure.damage import damage
from bonaface.measure.fidelity import psnr
from bonaface.measure.geometry import aligned_shifts

NO_TRUTH = "no truth was given"
OF_THE_PICTURE = (
    "What the readers see (attributes, expression) is in the output, which a model may have made up: it says nothing "
    "of the person."
)


def examine_alone(
    output: Image,
    face: Face | None,
    tools: Tools,
    observed: Image | None = None,
    framing: Framing | None = None,
    observed_face: Face | None = None,
) -> Examined:
    """Damage and quality of the output, and how well it agrees with the damaged picture that it was made from.

    Args:
        output: (H, W, 3).
        face: its face, if one was found.
        tools: loaded models.
        observed: the damaged picture, in its own size, or None.
        framing: how `observed` lies on the output's grid.
        observed_face: the face of `observed`, in its own pixels, if one was found.
    """
    measures = {measure.id: Score.not_applicable(NO_TRUTH, measure.unit) for measure in AUDITED}
    measures.update(_consistency(output, face, observed, framing, observed_face))
    faces = {"output": face} if face is not None else {}
    return Examined(
        findings=not_applicable_findings(NO_TRUTH),
        measures=measures,
        maps={},
        arrays={},
        faces=faces,
        damage=damage(output),
        readings={} if face is None else {"output": reading_record(tools.read([output], face.landmarks)[0])},
        notes=() if face is None else (OF_THE_PICTURE,),
    )


def _consistency(
    output: Image, face: Face | None, observed: Image | None, framing: Framing | None, observed_face: Face | None
) -> dict[str, Score]:
    """The output brought back to the size of the damaged picture and compared with it."""
    names = {"consistency-psnr": "dB", "consistency-colour": "grey levels", "consistency-shift": "% IOD"}
    if observed is None or framing is None:
        return {name: Score.not_applicable("no damaged picture was given", unit) for name, unit in names.items()}
    back = warp(output, invert(framing.matrix), (observed.shape[0], observed.shape[1]))
    shift = Score.not_applicable("no face was found in the damaged picture or in the output", "% IOD")
    if face is not None and observed_face is not None:
        matrix = framing.matrix
        moved = observed_face.landmarks @ matrix[:, :2].T + matrix[:, 2]
        shift = Score(float(aligned_shifts(face.landmarks, moved).mean()), "% IOD")
    colour = 255 * float(np.abs(back.mean(axis=(0, 1)) - observed.mean(axis=(0, 1))).max())
    return {
        "consistency-psnr": Score(psnr(back, observed), "dB"),
        "consistency-colour": Score(colour, "grey levels"),
        "consistency-shift": shift,
    }
