"""The individual typology angle."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import lab2rgb

from bonaface.measure.skin import FEWEST, typology_angle


def coloured(light, a, b, side=16):
    return np.broadcast_to(lab2rgb(np.array([[[light, a, b]]], np.float64)), (side, side, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("light", "yellow", "angle"), [(70, 20, 45.0), (50, 15, 0.0), (35, 15, -45.0), (65, 10, 56.31)]
)
def test_is_the_angle_of_chardon_by_scikit_image(light, yellow, angle):
    image = coloured(light, 12, yellow)
    assert typology_angle(image, np.ones((16, 16), bool)) == pytest.approx(angle, abs=0.3)


def test_only_skin_counts_and_by_its_median():
    image = coloured(70, 12, 20).copy()
    image[:4] = 0
    skin = np.ones((16, 16), bool)
    skin[:4] = False
    alone = typology_angle(image, skin)
    image[4:6] = 1  # a glare on part of it
    assert alone == pytest.approx(45, abs=0.3)
    assert typology_angle(image, skin) == pytest.approx(alone, abs=0.3)


def test_no_angle_of_grey_and_of_too_little():
    everywhere = np.ones((16, 16), bool)
    few = np.zeros((16, 16), bool)
    few.flat[: FEWEST - 1] = True
    assert typology_angle(np.full((16, 16, 3), 0.5, np.float32), everywhere) is None
    assert typology_angle(np.full((16, 16, 3), 128 / 255, np.float32), everywhere) is None  # rounding is not yellow
    assert typology_angle(coloured(60, 10, -5), everywhere) is None
    assert typology_angle(coloured(70, 12, 20), few) is None
