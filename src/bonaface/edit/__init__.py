"""Editors of expressions. To add one, write its file and list it here."""

from bonaface.core.catalog import Catalog
from bonaface.edit.inpaint import INPAINTING
from bonaface.edit.instruct_pix2pix import INSTRUCT_PIX2PIX
from bonaface.edit.record import Edit, Editor
from bonaface.edit.reggan import REGGAN_COMPACT
from bonaface.edit.ridge import RIDGE
from bonaface.edit.sdxl_refiner import SDXL_REFINER

__all__ = ["EDITORS", "Edit", "Editor"]

EDITORS: Catalog[Editor] = Catalog("editor", [REGGAN_COMPACT, RIDGE, INSTRUCT_PIX2PIX, SDXL_REFINER, INPAINTING])
