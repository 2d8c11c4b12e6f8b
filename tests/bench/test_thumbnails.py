import numpy as np
import pytest

from bonaface.bench.thumbnails import MASKS, PARTS, SERIES, thumbnail
from bonaface.core.errors import UnknownName


@pytest.mark.parametrize("mask", MASKS)
def test_thumbnails_are_16_px_in_whole_levels(mask, ffhq_faces):
    made = thumbnail(ffhq_faces[0], mask)
    levels = made.image * 255
    assert made.image.shape == (16, 16, 3)
    assert np.abs(levels - np.rint(levels)).max() < 1e-4
    if mask == "none":
        assert made.occlusion is None
    else:
        assert made.occlusion.shape == (128, 128)
        assert 0 < made.occlusion.mean() < 0.75


def test_each_picture_has_its_own_mask_at_every_call(ffhq_faces):
    first, second = ffhq_faces[:2]
    assert np.array_equal(thumbnail(first, "irregular").occlusion, thumbnail(first, "irregular").occlusion)
    assert not np.array_equal(thumbnail(first, "irregular").occlusion, thumbnail(second, "irregular").occlusion)


def test_the_series_has_the_sizes_of_the_paper(ffhq_faces):
    sizes = [int(thumbnail(ffhq_faces[0], mask).occlusion.sum() ** 0.5) for mask in SERIES]
    assert sizes == [16, 24, 32, 48, 64]


def test_named_parts_are_placed_by_landmarks(area_faces):
    face = area_faces[0]
    covered = {part: thumbnail(face, part).occlusion for part in PARTS}
    eye, mouth = (face.landmarks[i : i + 6].mean(axis=0).round().astype(int) for i in (36, 48))
    assert covered["eyes"][eye[1], eye[0]]
    assert not covered["eyes"][mouth[1], mouth[0]]
    assert covered["mouth"][mouth[1], mouth[0]]
    assert not covered["mouth"][eye[1], eye[0]]


def test_an_unknown_mask_is_refused(ffhq_faces):
    with pytest.raises(UnknownName, match=r"no mask called 'round'.*square"):
        thumbnail(ffhq_faces[0], "round")
