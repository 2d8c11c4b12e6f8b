"""GPEN-BFR at 256, 512, 1024 and 2048 px: an encoder before a StyleGAN2 of faces.

Yang et al. 2021, arXiv:2105.06070.
"""

from __future__ import annotations

from bonaface.core.catalog import Weights
from bonaface.restore.blind import record
from bonaface.restore.gfpgan import INVENTS
from bonaface.restore.published import GPEN_BFR_256, GPEN_BFR_512, GPEN_BFR_1024, GPEN_BFR_2048
from bonaface.restore.record import Restorer


def _record(side: int, weights: Weights, *limits: str) -> Restorer:
    return record(
        f"gpen-bfr-{side}",
        weights,
        side,
        (
            INVENTS,
            *limits,
            "Its repository has no licence file, and says that it is for academic and non-commercial use.",
            "There is no converter for its checkpoints here: only the published graphs can be used.",
        ),
    )


GPEN_256 = _record(
    256,
    GPEN_BFR_256,
    "Some programs cut faces for this size a little tighter (a template of face recognition); here, as FFHQ's.",
)
GPEN_512 = _record(512, GPEN_BFR_512, "Noise is a part of its features, and not drawn.")
GPEN_1024 = _record(1024, GPEN_BFR_1024, "A face of less than 1024 px gets detail that no camera took.")
GPEN_2048 = _record(
    2048,
    GPEN_BFR_2048,
    "A face of less than 2048 px gets detail that no camera took.",
    "Needs much memory and time for one face.",
)
