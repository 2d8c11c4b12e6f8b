"""The public functions on one case: they read pictures, find weights, and call the pure parts."""

from bonaface.api.auditing import Auditor, audit
from bonaface.api.degrading import degrade
from bonaface.api.distributions import measure_set
from bonaface.api.editing import EditedPhoto, edit
from bonaface.api.measuring import measure
from bonaface.api.reading import FaceReading, ParsedFace, parse, read_attributes, read_expression
from bonaface.api.restoring import RestoredFace, restore, restore_faces

__all__ = [
    "Auditor",
    "EditedPhoto",
    "FaceReading",
    "ParsedFace",
    "RestoredFace",
    "audit",
    "degrade",
    "edit",
    "measure",
    "measure_set",
    "parse",
    "read_attributes",
    "read_expression",
    "restore",
    "restore_faces",
]
