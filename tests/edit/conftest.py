"""Neutral and smiling faces of the London set, cut out as editors read them."""

from __future__ import annotations

import numpy as np
import pytest

from bonaface.faces.align import transform
from bonaface.faces.crops import FFHQ, cut, to_crop
from bonaface.faces.paste import outline, paste_weight

SIDE = 256


@pytest.fixture(scope="session")
def london(data, read, locator):
    """[(neutral (256, 256, 3), smiling, weight of the face (256, 256))] of every eighth person."""
    names = sorted(path.name for path in (data / "london" / "neutral").glob("*.jpg"))[::8]
    out = []
    for name in names:
        crops = []
        for kind in ("neutral", "smiling"):
            pixels = read(data / "london" / kind / name)
            face = locator.faces(pixels)[0]
            matrix = to_crop(face.landmarks, SIDE, FFHQ)
            crops.append((cut(pixels.astype(np.float32) / 255, matrix, SIDE), transform(face.landmarks, matrix)))
        (neutral, points), (smiling, _) = crops
        out.append((neutral, smiling, paste_weight("face", SIDE, outline(points))))
    return out
