"""Editors of expressions. To add one, write its file and list it here."""

from bonaface.core.catalog import Catalog
from bonaface.edit.record import Edit, Editor

__all__ = ["EDITORS", "Edit", "Editor"]

EDITORS: Catalog[Editor] = Catalog("editor", [])
