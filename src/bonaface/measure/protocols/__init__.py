"""The protocols of the papers as bundles: measures, sizes, references, traps, and the printed rows.

To add one, write its file and list it here.
"""

from bonaface.core.catalog import Catalog
from bonaface.measure.protocols.authface import AUTHFACE
from bonaface.measure.protocols.celeba_test import CELEBA_TEST
from bonaface.measure.protocols.gfpgan_reproduction import GFPGAN_REPRODUCTION
from bonaface.measure.protocols.hallucination_study import HALLUCINATION_STUDY
from bonaface.measure.protocols.pro_uigan import PRO_UIGAN
from bonaface.measure.protocols.record import Protocol, Published
from bonaface.measure.protocols.reggan import REGGAN

__all__ = ["PROTOCOLS", "Protocol", "Published"]

PROTOCOLS: Catalog[Protocol] = Catalog(
    "protocol", [CELEBA_TEST, HALLUCINATION_STUDY, GFPGAN_REPRODUCTION, PRO_UIGAN, AUTHFACE, REGGAN]
)
