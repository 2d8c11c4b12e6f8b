"""GFPGAN 1.2, 1.3 and 1.4: a U-Net that steers a StyleGAN2 of faces.

Wang et al. 2021, arXiv:2101.04061. Version 1 of the paper, which also colourises, is another model.
"""

from __future__ import annotations

from bonaface.core.catalog import Weights
from bonaface.restore.blind import record
from bonaface.restore.published import GFPGAN_1_2, GFPGAN_1_3, GFPGAN_1_4
from bonaface.restore.record import Restorer

SIDE = 512
NOISE = (
    "The network adds noise. A graph that was written with fixed noise gives the same result again; one that draws it "
    "inside cannot be made to (`bonaface models probe` says which it is)."
)
INVENTS = "Draws sharp eyes, teeth, lashes and skin from its memory of other faces: who it shows may change."


def _record(version: str, weights: Weights, *limits: str) -> Restorer:
    return record(
        f"gfpgan-{version}",
        weights,
        SIDE,
        (
            INVENTS,
            *limits,
            NOISE,
            "Invents glasses, double brows and changed pupils, and loses ornaments, scars and tattoos.",
            "The weight option of the original program has no effect, so there is no such knob.",
        ),
        random=True,  # unless the graph was written with fixed noise, which only the file can tell
    )


GFPGAN_12 = _record("1.2", GFPGAN_1_2, "Sharp, with a look of make-up; some results look unnatural.")
GFPGAN_13 = _record("1.3", GFPGAN_1_3, "Less sharp than 1.2; who it shows changes slightly, as its authors say.")
GFPGAN_14 = _record("1.4", GFPGAN_1_4, "Slightly more detail than 1.3; skin often too smooth, and colours may shift.")
