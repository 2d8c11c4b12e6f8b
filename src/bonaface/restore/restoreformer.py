"""RestoreFormer and RestoreFormer++: attention between a damaged face and a dictionary of clean ones.

Wang et al. 2022, arXiv:2201.06374; Wang et al. 2023, arXiv:2308.07228.
"""

from __future__ import annotations

from functools import partial

from bonaface.core.catalog import Weights
from bonaface.faces.crops import TEMPLATE
from bonaface.restore.blind import KNOBS, load
from bonaface.restore.published import RESTOREFORMER as FIRST
from bonaface.restore.published import RESTOREFORMER_PLUS_PLUS as SECOND
from bonaface.restore.record import Restorer

SIDE = 512


def _record(name: str, weights: Weights) -> Restorer:
    return Restorer(
        id=name,
        licence=weights.licence,
        source=weights.source,
        load=partial(load, weights=weights, side=SIDE),
        weights=(weights,),
        input_size=(SIDE, SIDE),
        output_size=(SIDE, SIDE),
        crop=TEMPLATE,
        generative=True,
        knobs=KNOBS,
        limits=(
            "Draws eyes, mouth and nose from a dictionary of clean faces: who it shows may change.",
            "Damage of strongly damaged faces may come back as texture.",
            "Glasses, hats and hands over the face are often wrong.",
        ),
        training_data=weights.training_data,
        pastes=True,
    )


RESTOREFORMER = _record("restoreformer", FIRST)
RESTOREFORMER_PLUS_PLUS = _record("restoreformer-plus-plus", SECOND)
