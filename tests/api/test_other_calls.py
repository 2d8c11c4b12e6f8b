import pickle

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


def test_arrays_in_any_memory_order(face_256):
    plain = bonaface.audit(face_256, truth=face_256, floors=False, controls=False)
    odd = bonaface.audit(np.asfortranarray(face_256), truth=face_256[::-1][::-1], floors=False, controls=False)
    assert [f.score for f in odd.findings] == [f.score for f in plain.findings]


def test_a_ledger_can_be_sent_to_another_process(face_256):
    ledger = bonaface.audit(face_256, truth=face_256)
    again = pickle.loads(pickle.dumps(ledger))  # noqa: S301 - our own bytes
    assert again.as_dict() == ledger.as_dict()


@pytest.mark.parametrize("face", ["1", 1.0, True, None])
def test_a_face_is_a_whole_number(face_256, face):
    with pytest.raises(bonaface.BonafaceError, match="whole number"):
        bonaface.audit(face_256, truth=face_256, face=face)


def test_large_pictures_are_looked_at_one_by_one_with_the_same_result(face_256, monkeypatch):
    before = bonaface.audit(face_256, truth=face_256, observed=face_256).as_dict()
    monkeypatch.setattr("bonaface.audit.with_truth.LARGE", 0)
    assert bonaface.audit(face_256, truth=face_256, observed=face_256).as_dict() == before
