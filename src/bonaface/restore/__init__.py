"""Restorers. To add one, write its file and list it here."""

from bonaface.core.catalog import Catalog
from bonaface.restore.interpolate import BICUBIC, LANCZOS
from bonaface.restore.pro_uigan import PRO_UIGAN
from bonaface.restore.record import Knob, Restore, Restorer

__all__ = ["RESTORERS", "Knob", "Restore", "Restorer"]

RESTORERS: Catalog[Restorer] = Catalog("restorer", [BICUBIC, LANCZOS, PRO_UIGAN])
