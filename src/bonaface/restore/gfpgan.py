"""GFPGAN 1.2, 1.3 and 1.4: a U-Net that steers a StyleGAN2 of faces.

Wang et al. 2021, arXiv:2101.04061. Version 1 of the paper, which also colourises, is another model.
"""

from __future__ import annotations

from functools import partial

from bonaface.core.catalog import Source, Weights
from bonaface.faces.crops import TEMPLATE
from bonaface.restore.blind import KNOBS, load
from bonaface.restore.published import GFPGAN_1_2, GFPGAN_1_3, GFPGAN_1_4
from bonaface.restore.record import Restorer

SIDE = 512
SOURCE = Source("Wang et al. 2021 (GFPGAN)", "arXiv:2101.04061")
NOISE = (
    "The network adds noise. A graph that was written with fixed noise gives the same result again; one that draws it "
    "inside cannot be made to (`bonaface models probe` says which it is)."
)
INVENTS = "Draws sharp eyes, teeth, lashes and skin from its memory of other faces: who it shows may change."


def _record(version: str, weights: Weights, *limits: str) -> Restorer:
    return Restorer(
        id=f"gfpgan-{version}",
        licence=weights.licence,
        source=SOURCE,
        load=partial(load, weights=weights, side=SIDE),
        weights=(weights,),
        input_size=(SIDE, SIDE),
        output_size=(SIDE, SIDE),
        crop=TEMPLATE,
        generative=True,
        random=True,  # unless the graph was written with fixed noise, which only the file can tell
        knobs=KNOBS,
        limits=(
            INVENTS,
            *limits,
            NOISE,
            "Invents glasses, double brows and changed pupils, and loses ornaments, scars and tattoos.",
            "The weight option of the original program has no effect, so there is no such knob.",
        ),
        training_data=weights.training_data,
        pastes=True,
    )


GFPGAN_12 = _record("1.2", GFPGAN_1_2, "Sharp, with a look of make-up; some results look unnatural.")
GFPGAN_13 = _record("1.3", GFPGAN_1_3, "Less sharp than 1.2; who it shows changes slightly, as its authors say.")
GFPGAN_14 = _record("1.4", GFPGAN_1_4, "Slightly more detail than 1.3; skin often too smooth, and colours may shift.")
