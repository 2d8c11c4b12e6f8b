"""One table of what expressions move: what is painted is a part of what may change."""

import numpy as np
import pytest

from bonaface.core.expressions import EXPRESSIONS
from bonaface.core.regions import Region
from bonaface.faces.moving import MOVED
from bonaface.faces.regions import landmark_regions
from bonaface.measure.change import needed_region


@pytest.fixture(scope="module")
def landmarks(locator, face_512):
    return locator.faces(face_512, network=False)[0].landmarks


def test_every_expression_is_in_it():
    assert tuple(MOVED) == EXPRESSIONS.ids


@pytest.mark.parametrize("target", EXPRESSIONS.ids)
def test_what_moves_is_a_part_of_what_may_change(target, landmarks):
    moved = MOVED[target]
    assert set(moved.parts) <= set(moved.regions) or Region.WHOLE_FACE in moved.regions
    assert len(set(moved.regions)) == len(moved.regions)
    drawn = landmark_regions(landmarks, 512, 512)
    needed = needed_region(EXPRESSIONS[target].label, [landmarks], (512, 512))
    for part in moved.parts:
        assert needed[drawn[part]].mean() > 0.99, part
    np.testing.assert_array_equal(needed, needed_region(target, [landmarks], (512, 512)))
