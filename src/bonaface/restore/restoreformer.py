"""RestoreFormer and RestoreFormer++: attention between a damaged face and a dictionary of clean ones.

Wang et al. 2022, arXiv:2201.06374; Wang et al. 2023, arXiv:2308.07228.
"""

from __future__ import annotations

from bonaface.restore.blind import record
from bonaface.restore.published import RESTOREFORMER as FIRST
from bonaface.restore.published import RESTOREFORMER_PLUS_PLUS as SECOND

SIDE = 512


LIMITS = (
    "Draws eyes, mouth and nose from a dictionary of clean faces: who it shows may change.",
    "Damage of strongly damaged faces may come back as texture.",
    "Glasses, hats and hands over the face are often wrong.",
)
RESTOREFORMER = record("restoreformer", FIRST, SIDE, LIMITS)
RESTOREFORMER_PLUS_PLUS = record("restoreformer-plus-plus", SECOND, SIDE, LIMITS)
