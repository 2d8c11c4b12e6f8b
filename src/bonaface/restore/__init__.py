"""Restorers. To add one, write its file and list it here."""

from bonaface.core.catalog import Catalog
from bonaface.core.knobs import Knob
from bonaface.restore.codeformer import CODEFORMER
from bonaface.restore.gfpgan import GFPGAN_12, GFPGAN_13, GFPGAN_14
from bonaface.restore.gpen import GPEN_256, GPEN_512, GPEN_1024, GPEN_2048
from bonaface.restore.interpolate import BICUBIC, LANCZOS
from bonaface.restore.pro_uigan import PLAIN_NETWORK, PRO_UIGAN, PRO_UIGAN_FULL_FORM
from bonaface.restore.record import Restore, Restorer
from bonaface.restore.restoreformer import RESTOREFORMER, RESTOREFORMER_PLUS_PLUS

__all__ = ["RESTORERS", "Knob", "Restore", "Restorer"]

RESTORERS: Catalog[Restorer] = Catalog(
    "restorer",
    [
        BICUBIC,
        LANCZOS,
        PRO_UIGAN,
        PRO_UIGAN_FULL_FORM,
        PLAIN_NETWORK,
        GFPGAN_12,
        GFPGAN_13,
        GFPGAN_14,
        GPEN_256,
        GPEN_512,
        GPEN_1024,
        GPEN_2048,
        CODEFORMER,
        RESTOREFORMER,
        RESTOREFORMER_PLUS_PLUS,
    ],
)
