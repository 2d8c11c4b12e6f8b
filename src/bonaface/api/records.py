"""Putting a ledger together: findings with everything that is needed to make them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bonaface.core.images import Picture
from bonaface.core.results import Ledger
from bonaface.faces.cards import CARDS
from bonaface.graphs.bundled import ATTRIBUTES, EXPRESSION, PARSER
from bonaface.io.metadata import private_metadata, redacted_metadata
from bonaface.io.provenance import describe_machine_free_versions
from bonaface.measure.baselines import BASELINES
from bonaface.measure.identity import EMBEDDER

USED = (*CARDS, EMBEDDER, PARSER, ATTRIBUTES, EXPRESSION)
"""The weights that an audit looks with."""

if TYPE_CHECKING:
    from bonaface.audit.framing import Framing
    from bonaface.audit.with_truth import Examined


def build_ledger(
    examined: Examined,
    pictures: Mapping[str, Picture],
    notes: Sequence[str],
    framing: Mapping[str, Any],
    controls: Mapping[str, str],
    parameters: Mapping[str, Any],
    command: str,
    *,
    redact: bool,
    expression: Mapping[str, Any] | None = None,
) -> Ledger:
    """All fields of a `Ledger`, from what was examined and what it was examined on."""
    about = redacted_metadata if redact else private_metadata
    inputs = {
        role: {
            "name": picture.name,
            "sha256": picture.sha256,
            **picture.details,
            "notes": list(picture.notes),
            "metadata": about(picture),
        }
        for role, picture in pictures.items()
    }
    said = [f"{role}: {note}" for role, picture in pictures.items() for note in picture.notes]
    said += [f"{role}: 16 bits a channel" for role, picture in pictures.items() if picture.pixels.dtype == np.uint16]
    return Ledger(
        findings=examined.findings,
        measures=examined.measures,
        maps=examined.maps,
        arrays={**examined.arrays, "pictures": dict(pictures), "identity_baselines": dict(BASELINES)},
        framing=framing,
        faces={
            role: {
                "box": [round(v, 2) for v in face.box],
                "inter_ocular_px": round(face.inter_ocular, 3),
                "pose_degrees": None if face.pose is None else [round(v, 1) for v in face.pose],
                "detector": face.detector,
                "landmarks": [[round(float(x), 2), round(float(y), 2)] for x, y in face.landmarks],
            }
            for role, face in examined.faces.items()
        },
        controls=controls,
        damage=examined.damage,
        notes=(*notes, *examined.notes, *said),
        provenance={
            "inputs": inputs,
            "parameters": dict(parameters),
            "seeds": "none: nothing in an audit is random",
            "weights": {card.name: {"sha256": card.sha256, "licence": card.licence} for card in USED},
            "identity_baselines": {name: BASELINES[name] for name in ("data", "picture_size", "pictures", "people")},
            "versions": describe_machine_free_versions(),
            "command": command,
            "stages": {
                "registration, texture, keypoints, colour, asymmetry": "deterministic",
                "face detection, landmarks, embedding, parsing, attributes, expression": (
                    "deterministic, by trained models that read and do not paint"
                ),
            },
        },
        regions=examined.regions,
        readings=examined.readings,
        expression=dict(expression or {}),
    )


def framing_record(output: Framing | None, observed: Framing | None, truth: Framing | None = None) -> dict[str, Any]:
    """How the pictures lie on the grid that was examined."""
    return {
        name: {
            "method": framing.method,
            "matrix": [[round(float(v), 6) for v in row] for row in framing.matrix],
            "moved_px": round(framing.moved, 3),
            "scale": round(framing.scale, 6),
            "rotation_degrees": round(framing.rotation, 4),
            "shift_px": [round(v, 3) for v in framing.shift],
            "agreement": round(framing.agreement, 4),
        }
        for name, framing in (("output", output), ("observed", observed), ("truth", truth))
        if framing is not None
    }
