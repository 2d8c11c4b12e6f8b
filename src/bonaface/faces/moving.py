"""Which parts of a face an expression moves: one table for whoever paints there, and whoever looks what else changed.

After the action units of the Facial Action Coding System and its table of emotions (Ekman & Friesen 1978; EMFACS:
Friesen & Ekman 1983), which stand in the comments. Which regions each unit reaches is chosen here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bonaface.core.regions import Region

_R = Region
_EYES = (_R.LEFT_EYE, _R.RIGHT_EYE, _R.PERIOCULAR)
_BROWS = (_R.LEFT_BROW, _R.RIGHT_BROW)


@dataclass(frozen=True, slots=True)
class Moved:
    """What one expression moves.

    Attributes:
        parts: where the muscles of its action units act: what an editor that can be told paints anew.
        regions: these, and what they pull along, or what may move as well: there a change is no surprise.
    """

    parts: tuple[Region, ...]
    regions: tuple[Region, ...]


def _moved(parts: tuple[Region, ...], *beyond: Region) -> Moved:
    return Moved(parts, (*parts, *beyond))


MOVED: Mapping[str, Moved] = MappingProxyType(
    {
        # whatever there was is undone, wherever in the face it was
        "neutral": Moved(
            (_R.MOUTH, *_EYES, *_BROWS, _R.CHEEKS, _R.CHIN_JAW, _R.NOSE), (_R.WHOLE_FACE, _R.FACE_OUTLINE)
        ),
        # 6 cheek raiser, 12 lip corner puller
        "happy": _moved((_R.MOUTH, _R.CHEEKS, *_EYES), _R.NOSE, _R.CHIN_JAW, _R.FACE_OUTLINE),
        # 1 and 4 brows, 15 lip corner depressor, 17 chin raiser
        "sad": _moved((_R.MOUTH, *_BROWS, *_EYES, _R.CHIN_JAW), _R.FOREHEAD, _R.FACE_OUTLINE),
        # 1, 2 and 5: brows and lids; 26 jaw drop
        "surprised": _moved((_R.MOUTH, *_BROWS, *_EYES, _R.CHIN_JAW), _R.FOREHEAD, _R.CHEEKS, _R.FACE_OUTLINE),
        # 4 brow lowerer, 5 and 7 lids, 23 lip tightener
        "angry": _moved((_R.MOUTH, *_BROWS, *_EYES), _R.FOREHEAD, _R.NOSE, _R.CHIN_JAW, _R.FACE_OUTLINE),
        # 9 nose wrinkler, 15, 17
        "disgusted": _moved((_R.MOUTH, _R.NOSE, _R.CHEEKS, _R.CHIN_JAW), *_BROWS, _R.FOREHEAD, *_EYES, _R.FACE_OUTLINE),
        # 1, 2, 4, 5 and 7; 20 lip stretcher, 26
        "afraid": _moved((_R.MOUTH, *_BROWS, *_EYES, _R.CHIN_JAW), _R.FOREHEAD, _R.CHEEKS, _R.FACE_OUTLINE),
        # 12 and 14 on one side
        "contemptuous": _moved((_R.MOUTH, _R.CHEEKS), _R.CHIN_JAW, _R.FACE_OUTLINE),
    }
)
"""By the expression's id in `core.expressions.EXPRESSIONS`."""
