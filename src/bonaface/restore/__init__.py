"""Restorers. To add one, write its file and list it here."""

from bonaface.core.catalog import Catalog
from bonaface.restore.interpolate import BICUBIC, LANCZOS, Interpolation

RESTORERS: Catalog[Interpolation] = Catalog("restorer", [BICUBIC, LANCZOS])
