"""What an editor changed, brought into the photograph: that, and nothing else, as sharp as the photograph is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from bonaface.edit.change import Brought, bring_back, change_of
from bonaface.faces.align import rescaling
from bonaface.faces.crops import cut
from known_edits import moved, redden, soften

SIDE = 256
WHOLE = np.array([[1.0, 0, 0], [0, 1.0, 0]])


@pytest.fixture(scope="module")
def crop(face_256):
    return face_256.astype(np.float32) / 255


@pytest.fixture(scope="module")
def weight():
    """(256, 256): a soft disc in the middle."""
    y, x = np.mgrid[:SIDE, :SIDE]
    return np.clip((90 - np.hypot(y - 128, x - 128)) / 30, 0, 1).astype(np.float32)


def brought(photo, edited, weight, *, keep=True, to_crop=WHOLE, strength=1.0, region=None):
    crop = cut(photo, to_crop, SIDE)
    change = change_of(crop, edited(crop).astype(np.float32), weight, keep_sharpness=keep)
    return bring_back(photo, [Brought(change, weight, to_crop)], strength, region), change


def fineness(image, where):
    """How strong the finest detail is beside the next finer: it falls with every blur, and contrast leaves it alone."""
    plane = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    first, second = (cv2.GaussianBlur(plane, (0, 0), s) for s in (1.0, 3.0))
    return float(np.std((plane - first)[where]) / np.std((first - second)[where]))


def test_what_is_the_same_stays(crop, weight):
    (image, changed), change = brought(crop, lambda image: image, weight)
    np.testing.assert_allclose(image, crop, atol=2e-6)
    assert (changed == (weight > 1e-3)).all()
    assert not change.gone.any()


def test_a_known_change(crop, weight):
    (image, changed), _ = brought(crop * 0.5 + 0.2, redden, weight)
    given = crop * 0.5 + 0.2
    assert (image[~changed] == given[~changed]).all()
    inside = weight == 1
    np.testing.assert_allclose((image - given)[inside], np.full((inside.sum(), 3), (0.1, -0.05, -0.05)), atol=0.002)
    half = np.abs(weight - 0.5) < 0.01
    np.testing.assert_allclose((image - given)[half], np.full((half.sum(), 3), (0.05, -0.025, -0.025)), atol=0.003)


@pytest.mark.parametrize("strength", [0.25, 1.0, 1.5])
def test_the_strength_scales_the_change(crop, weight, strength):
    given = crop * 0.5 + 0.2
    (image, _), _ = brought(given, redden, weight, strength=strength)
    inside = weight == 1
    np.testing.assert_allclose((image - given)[inside, 0], 0.1 * strength, atol=0.003)


def test_a_strength_of_nothing_gives_back_the_photograph(crop, weight):
    (image, changed), _ = brought(crop, redden, weight, strength=0)
    assert (image == crop).all()
    assert not changed.any()


def test_detail_that_the_editor_never_saw_stays(face_512, weight):
    """A photograph four times as large as the crop, with detail as fine as its pixels."""
    grain = np.random.default_rng(0).normal(0, 0.02, (1024, 1024, 1))
    photo = np.clip(cv2.resize(face_512, (1024, 1024)) / 255 * 0.6 + 0.2 + grain, 0, 1).astype(np.float32)
    (image, changed), _ = brought(photo, redden, weight, to_crop=rescaling((1024, 1024), (SIDE, SIDE)))
    inside = cv2.resize(weight, (1024, 1024)) > 0.999
    moved_by = (image - photo)[inside]
    np.testing.assert_allclose(moved_by, np.broadcast_to((0.1, -0.05, -0.05), moved_by.shape), atol=0.01)
    assert (image[~changed] == photo[~changed]).all()


def test_detail_goes_where_something_else_is_shown(weight):
    """Stripes finer than the crop's pixels on teeth that are not there any more would stay as ghosts."""
    stripes = (np.arange(1024) % 4 < 2).astype(np.float32) * 0.3 + 0.35
    photo = np.ascontiguousarray(np.broadcast_to(stripes[:, None], (1024, 1024, 3)))[..., :1].repeat(3, -1)
    for amount, left in ((-0.3, 0.0), (-0.02, 0.3)):
        (image, _), _ = brought(
            photo, lambda image, by=amount: image + by, weight, to_crop=rescaling((1024, 1024), (SIDE, SIDE))
        )
        middle = image[480:544, 480:544, 0]
        assert np.ptp(middle) == pytest.approx(left, abs=0.02)
        assert middle.mean() == pytest.approx(0.5 + amount, abs=0.01)


def test_outside_of_a_region_that_was_given_nothing_changes(crop, weight):
    region = np.zeros((SIDE, SIDE), np.float32)
    region[100:150, 110:160] = 1
    (image, changed), _ = brought(crop, redden, weight, region=region)
    assert not changed[region == 0].any()
    assert (image[region == 0] == crop[region == 0]).all()
    assert changed.any()


def test_a_crop_that_lies_outside_changes_nothing(crop, weight):
    away = np.array([[1.0, 0, -900], [0, 1.0, -900]])
    change = change_of(crop, redden(crop).astype(np.float32), weight, keep_sharpness=True)
    image, changed = bring_back(crop, [Brought(change, weight, away)])
    assert (image == crop).all()
    assert not changed.any()


BLURS = {
    "gauss": lambda image: cv2.GaussianBlur(image, (0, 0), 2.0),
    "gauss-strong": lambda image: cv2.GaussianBlur(image, (0, 0), 3.5),
    "motion": lambda image: moved(9, 30, image),
    "motion-long": lambda image: moved(17, 90, image),
}


@pytest.mark.parametrize("kind", BLURS)
def test_a_blurred_face_stays_blurred(london, kind):
    """The hardest editor there is: it answers any input with the real, sharp photograph of the other expression."""
    blur = BLURS[kind]
    for neutral, smiling, weight in london:
        photo, goal = blur(neutral), blur(smiling)
        where = weight > 0.95
        kept, left = (brought(photo, lambda _, sharp=smiling: sharp, weight, keep=keep)[0][0] for keep in (True, False))
        wanted = fineness(photo, where)
        assert abs(np.log(fineness(kept, where) / wanted)) < 0.35 * np.log(fineness(left, where) / wanted)
        assert np.abs(kept - goal)[where].mean() < 0.6 * np.abs(left - goal)[where].mean()


def test_a_sharp_face_stays_sharp(london):
    """An editor that sees everything blurred, as masked regression does."""
    for neutral, smiling, weight in london:
        where, seen = weight > 0.95, soften(smiling)
        kept, left = (brought(neutral, lambda _, soft=seen: soft, weight, keep=keep)[0][0] for keep in (True, False))
        wanted = fineness(neutral, where)
        assert fineness(left, where) < 0.5 * wanted
        assert abs(np.log(fineness(kept, where) / wanted)) < 0.5 * abs(np.log(fineness(left, where) / wanted))
