import numpy as np
import pytest

import bonaface
from bonaface.core.errors import FaceNotFound, UnknownName


def test_a_seed_makes_the_same_damage_again(face_256):
    first, again, other = (bonaface.degrade(face_256, "study-x4", seed=seed).image for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_unknown_recipes_and_restorers(face_256):
    with pytest.raises(UnknownName, match="study-x4"):
        bonaface.degrade(face_256, "study-x5")
    with pytest.raises(UnknownName, match="bicubic"):
        bonaface.restore(face_256, "bicubik", (512, 512))


def test_recipes_placed_by_landmarks_need_a_face():
    from bonaface.degrade import RECIPES

    recipe = next(each.id for each in RECIPES if each.needs_face)
    with pytest.raises(FaceNotFound):
        bonaface.degrade(np.full((96, 96, 3), 128, np.uint8), recipe)


def test_a_restorer_gives_the_size_asked_for(face_256):
    restored = bonaface.restore(face_256, "bicubic", (300, 500))
    assert restored.shape == (300, 500, 3)
    assert restored.dtype == np.float32
    assert 0 <= restored.min() <= restored.max() <= 1
