"""Where an expression changes a face."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from bonaface.core.errors import InputError, UnknownName
from bonaface.core.expressions import EXPRESSIONS
from bonaface.core.regions import Region
from bonaface.edit import EDITORS
from bonaface.edit.mask import DifferenceMask, as_region, is_told, landmark_mask, told_where
from bonaface.faces.align import transform
from bonaface.faces.crops import FFHQ, cut, to_crop
from bonaface.faces.moving import MOVED
from bonaface.faces.regions import landmark_regions

SIDE = 256


@pytest.fixture(scope="module")
def face(face_256):
    return face_256.astype(np.float32) / np.float32(255)


@pytest.fixture(scope="module")
def landmarks(locator, face_256):
    return locator.faces(face_256)[0].landmarks


@pytest.fixture(scope="module")
def smiling(face):
    """The same with 20 x 40 pixels around the mouth changed by 60 levels, and everything by 5."""
    out = face * np.float32(0.9) + np.float32(0.02)
    out[150:170, 110:150] = np.clip(out[150:170, 110:150] + np.float32(60 / 255), 0, 1)
    return out


def test_the_difference_is_what_opencv_computes(face, smiling):
    """S0's own calls, on 8 bits."""
    mask = DifferenceMask(threshold=30, dilation=3 / SIDE, blur=2 / SIDE)
    eight = [np.rint(picture * 255).astype(np.uint8) for picture in (face, smiling)]
    difference = cv2.absdiff(*eight).max(axis=2)
    _, counts = cv2.threshold(difference, 30, 255, cv2.THRESH_BINARY)
    grown = cv2.dilate(counts, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
    theirs = cv2.GaussianBlur(grown, (0, 0), 2, borderType=cv2.BORDER_REPLICATE) / 255
    ours = mask(face, smiling)
    assert ours.dtype == np.float32
    assert np.mean(np.abs(ours - theirs) > 0.02) < 0.001  # rounding to 8 bits moves single pixels over the threshold
    assert np.allclose(DifferenceMask(30, 3 / SIDE, 2 / SIDE, invert=True)(face, smiling), 1 - ours)


def test_it_finds_what_changed_and_nothing_else(face, smiling):
    region = as_region(DifferenceMask()(face, smiling))
    rows, columns = np.nonzero(region)
    assert 140 <= rows.min() < 150
    assert 170 < rows.max() <= 180
    assert 100 <= columns.min() < 110
    assert 150 < columns.max() <= 160
    mouth = np.zeros((SIDE, SIDE), np.float32)
    mouth[150:170, 110:150] = 1
    grown = cv2.dilate(mouth, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13)))
    assert np.array_equal(region, cv2.GaussianBlur(grown, (0, 0), 4, borderType=cv2.BORDER_REPLICATE) > 0.5)


def test_it_grows_with_the_side_of_the_picture(face, smiling):
    small = as_region(DifferenceMask()(face, smiling))
    double = [cv2.resize(picture, (512, 512), interpolation=cv2.INTER_NEAREST) for picture in (face, smiling)]
    assert as_region(DifferenceMask()(*double)).mean() == pytest.approx(small.mean(), rel=0.05)


def test_another_size_is_brought_to_that_of_the_neutral_face(face, smiling):
    double = cv2.resize(smiling, (512, 512), interpolation=cv2.INTER_NEAREST)
    assert np.array_equal(DifferenceMask()(face, double), DifferenceMask()(face, smiling))


def test_only_within(face, smiling):
    within = np.zeros((SIDE, SIDE), bool)
    within[:, :130] = True
    region = as_region(DifferenceMask()(face, smiling, within))
    assert region[:, :130].any()
    assert not region[:, 145:].any()


def test_pictures_that_differ_nowhere_or_everywhere_are_refused(face):
    with pytest.raises(InputError, match="No pixel of the two pictures differs by more than 25"):
        DifferenceMask()(face, face)
    with pytest.raises(InputError, match="align both on their landmarks first"):
        DifferenceMask()(face, np.clip(1 - face, 0, 1))


def test_a_real_smile_is_around_mouth_and_eyes(data, locator, read):
    """On pairs of the London set, brought onto the crop of FFHQ."""
    inside, reached = [], []
    for number in ("001", "022", "064", "120"):
        pictures = [read(data / "london" / kind / f"{number}.jpg") for kind in ("neutral", "smiling")]
        points = [locator.faces(picture)[0].landmarks for picture in pictures]
        matrices = [to_crop(landmarks, SIDE, FFHQ) for landmarks in points]
        neutral, real = (
            cut(picture.astype(np.float32) / np.float32(255), matrix, SIDE)
            for picture, matrix in zip(pictures, matrices, strict=True)
        )
        placed = transform(points[0], matrices[0])
        regions = landmark_regions(placed, SIDE, SIDE)
        within = regions[Region.WHOLE_FACE] & ~regions[Region.FACE_OUTLINE]
        changed = as_region(DifferenceMask()(neutral, real, within))
        expected = as_region(landmark_mask(placed, (SIDE, SIDE), "happy"))
        inside.append((changed & expected).sum() / changed.sum())
        mouth = as_region(landmark_mask(placed, (SIDE, SIDE), parts=(Region.MOUTH,)))
        x, y = np.rint(transform(points[1], matrices[1])[48:]).astype(int).T
        reached.append(mouth[y, x].mean())
        assert changed[regions[Region.MOUTH]].mean() > changed[regions[Region.FOREHEAD]].mean()
    assert np.mean(inside) > 0.7
    assert np.mean(reached) == 1.0


def test_landmarks_give_the_parts_that_an_expression_moves(landmarks):
    masks = {target: as_region(landmark_mask(landmarks, (SIDE, SIDE), target)) for target in EXPRESSIONS.ids}
    regions = landmark_regions(landmarks, SIDE, SIDE)
    for target, mask in masks.items():
        assert 0.02 < mask.mean() < 0.5, target
        for part in MOVED[target].parts:
            if regions[part].sum() > 20:
                assert mask[regions[part] & regions[Region.WHOLE_FACE]].mean() > 0.9, (target, part)
    brows = regions[Region.LEFT_BROW] | regions[Region.RIGHT_BROW]
    assert masks["surprised"][brows].mean() > 0.9 > masks["disgusted"][brows].mean()
    assert not masks["happy"][~regions[Region.WHOLE_FACE]].mean() > 0.02
    assert masks["happy"].sum() < masks["neutral"].sum()


def test_below_a_jaw_that_may_drop_there_is_room(landmarks):
    below = landmarks[8] + 0.1 * (landmarks[8] - landmarks[27])
    x, y = np.rint(below).astype(int)
    assert as_region(landmark_mask(landmarks, (SIDE, SIDE), "surprised"))[y, x]
    assert not as_region(landmark_mask(landmarks, (SIDE, SIDE), "happy"))[y, x]


def test_parts_of_ones_own(landmarks):
    mouth = landmark_mask(landmarks, (SIDE, SIDE), parts=(Region.MOUTH,), margin=0, blur=0)
    assert np.array_equal(mouth > 0, landmark_regions(landmarks, SIDE, SIDE)[Region.MOUTH])
    wider = landmark_mask(landmarks, (SIDE, SIDE), parts=(Region.MOUTH,))
    assert (wider >= 0.5).sum() > (mouth > 0).sum()
    assert np.allclose(landmark_mask(landmarks, (SIDE, SIDE), parts=(Region.MOUTH,), invert=True), 1 - wider)


def test_masks_that_cannot_be_made(landmarks):
    with pytest.raises(InputError, match="Neither an expression nor parts"):
        landmark_mask(landmarks, (SIDE, SIDE))
    with pytest.raises(InputError, match="hair: landmarks do not show it"):
        landmark_mask(landmarks, (SIDE, SIDE), parts=(Region.HAIR,))
    with pytest.raises(InputError, match="lie outside the picture"):
        landmark_mask(landmarks + 2 * SIDE, (SIDE, SIDE), "happy")
    with pytest.raises(UnknownName):
        landmark_mask(landmarks, (SIDE, SIDE), "gleeful")


def test_editors_are_told_what_they_can_be_told(landmarks):
    told = {card.id: told_where(card, "happy", landmarks, (SIDE, SIDE)) for card in EDITORS}
    assert {name for name, mask in told.items() if mask is not None} == {
        "instruct-pix2pix", "sdxl-refiner", "dreamshaper-inpainting",
    }  # fmt: skip
    np.testing.assert_array_equal(told["sdxl-refiner"], landmark_mask(landmarks, (SIDE, SIDE), "happy"))
    card = EDITORS["sdxl-refiner"]
    assert not is_told(card, "bored")
    assert told_where(card, "bored", landmarks, (SIDE, SIDE)) is None, "nobody knows what that moves"
    with pytest.raises(ValueError, match="needs a region, and not that it takes one"):
        replace(card, needs_region=True, takes_region=False)
