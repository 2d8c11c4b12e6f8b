"""`restore_photo`: faces found, restored, put back; and what becomes of those that cannot be."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from bonaface.api.outcomes import run_faces
from bonaface.api.photos import PhotoOptions, prepare, restore_photo
from bonaface.api.sources import open_picture
from bonaface.core.errors import FaceNotFound, ImageError, InputError, UnknownName
from bonaface.faces.paste import FEATHER
from made_restorers import Made, group, made, nearly, sharpen, tint


@pytest.fixture(scope="module")
def soft(astronaut):
    """(512, 512, 3) uint8: a photograph as restorers get them."""
    return cv2.GaussianBlur(astronaut, (0, 0), 1)


@pytest.fixture(scope="module")
def three(astronaut):
    return group(cv2.GaussianBlur(astronaut, (0, 0), 1))


def sky(size=(200, 200)):
    return np.full((*size, 3), 150, np.uint8)


@pytest.mark.parametrize("shape", ["box", "face"])
def test_a_restorer_that_does_next_to_nothing(soft, shape):
    photo = restore_photo(soft, made(nearly), shape=shape)
    assert photo.status == "ok"
    assert np.abs(photo.image * 255 - soft).max() <= 1.25  # 0.6 of it is the restorer's
    untouched = photo.restored == 0
    assert untouched.mean() > 0.8
    assert np.array_equal(photo.image[untouched], (soft / np.float32(255))[untouched])


def test_what_is_restored_is_the_face(soft, locator):
    photo = restore_photo(soft, made(tint))
    (face,) = photo.faces
    assert (face.number, face.status, face.why) == (1, "ok", "")
    assert face.crop.shape == face.restored.shape == (512, 512, 3)
    x, y = np.round(face.face.landmarks.mean(axis=0)).astype(int)
    expected = soft[y, x] / 255 * np.array([1, 0.9, 0.6])
    np.testing.assert_allclose(photo.image[y, x], expected, atol=0.02)
    assert "--scale 4 keeps more" in photo.notes[-1]


def test_colours_matched_where_asked(soft):
    plain, matched = restore_photo(soft, made(tint)), restore_photo(soft, made(tint), match_colour=True)
    change = [np.abs(photo.image - soft / 255)[photo.restored > 0.9].mean() for photo in (plain, matched)]
    assert change[1] < 0.6 * change[0]
    assert plain.faces[0].colour is None
    assert matched.faces[0].colour.shift[2] < -5
    assert np.array_equal(matched.faces[0].restored, plain.faces[0].restored)  # a stage shows what was delivered


def test_every_face_of_a_group(three):
    photo = restore_photo(three, made(tint))
    assert [face.number for face in photo.faces] == [1, 2, 3]
    widths = [face.face.width for face in photo.faces]
    assert widths == sorted(widths, reverse=True)
    for face in photo.faces:
        x, y = np.round(face.face.landmarks[30]).astype(int)
        assert photo.image[y, x, 2] < 0.7 * three[y, x, 2] / 255


def test_one_face_of_a_group(three):
    photo = restore_photo(three, made(tint), face=2)
    (face,) = photo.faces
    assert face.number == 2
    changed = np.abs(photo.image - three / 255).max(axis=2) > 0.05
    x, y = face.face.landmarks.mean(axis=0)
    where = np.argwhere(changed)
    assert np.abs(where.mean(axis=0) - (y, x)).max() < 30
    with pytest.raises(InputError, match="Face 9 was asked for, but 3 found"):
        restore_photo(three, made(tint), face=9)


def only_of(crop, change):
    """A restorer that fails on one crop."""

    def restored(image):
        return change() if np.array_equal(image, crop) else sharpen(image)

    return restored


def stops():
    raise RuntimeError("out of order")


BAD = {
    "stopped": (stops, "RuntimeError: out of order"),
    "black": (lambda: np.zeros((512, 512, 3)), "black everywhere"),
    "constant": (lambda: np.full((512, 512, 3), 0.4), "of one colour everywhere"),
    "nan": (lambda: np.full((512, 512, 3), np.nan), "NaN"),
    "range": (lambda: np.linspace(0, 2, 512 * 512 * 3).reshape(512, 512, 3), "expected .0, 1."),
    "size": (lambda: np.random.default_rng(0).random((256, 256, 3)), "256x256 pixels; expected 512x512"),
    "nothing": (lambda: None, "what the restorer delivered"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_face_that_fails_keeps_its_pixels_and_is_listed(three, kind):
    change, why = BAD[kind]
    card = made(sharpen)
    second = prepare(open_picture(three, "group"), card, PhotoOptions()).faces[1]
    photo = restore_photo(three, made(only_of(second.crop, change)))
    assert [face.status for face in photo.faces] == ["ok", "failed", "ok"]
    assert photo.status == "partly"
    import re

    assert re.search(why, photo.faces[1].why)
    assert photo.faces[1].restored is None
    x0, y0, x1, y1 = (round(v) for v in second.face.box)
    own = np.s_[y0:y1, x0:x1]
    assert np.array_equal(photo.image[own], (three / np.float32(255))[own])
    whole = restore_photo(three, card)
    for other in (0, 2):
        x, y = np.round(whole.faces[other].face.landmarks[30]).astype(int)
        assert np.array_equal(photo.image[y - 5 : y + 5, x - 5 : x + 5], whole.image[y - 5 : y + 5, x - 5 : x + 5])


def test_handing_back_the_input_is_a_failure(soft):
    photo = restore_photo(soft, made(lambda image: image))
    assert photo.status == "failed"
    assert photo.faces[0].why == "the restorer delivered exactly what it was given"
    assert np.array_equal(photo.image, soft / np.float32(255))
    assert not photo.restored.any()


def test_a_restorer_that_returns_fewer_faces_is_asked_one_by_one(three):
    ready = Made(sharpen)
    ready.restore_many = lambda images, rng=None: [sharpen(images[0])]
    card = made(sharpen)
    faces = run_faces(prepare(open_picture(three, "group"), card, PhotoOptions()).faces, card, ready, 0)
    assert [face.status for face in faces] == ["ok"] * 3


def test_noise_depends_on_the_seed_only(three, soft):
    def noisy(image, rng):
        return np.clip(image + rng.normal(0, 0.05, image.shape), 0, 1)

    card = made(noisy, random=True)
    first, again, other = (restore_photo(three, card, seed=seed).image for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    alone = restore_photo(three, card, seed=1, face=2)
    np.testing.assert_array_equal(alone.faces[0].restored, restore_photo(three, card, seed=1).faces[1].restored)


@pytest.mark.parametrize("scale", [2, 1.5])
def test_enlarged(soft, scale):
    photo = restore_photo(soft, made(sharpen), scale=scale)
    size = round(512 * scale)
    assert photo.image.shape == (size, size, 3)
    assert photo.restored.shape == (size, size)
    small = cv2.resize(photo.image, (512, 512), interpolation=cv2.INTER_AREA)
    outside = cv2.resize(photo.restored, (512, 512), interpolation=cv2.INTER_AREA) == 0
    assert np.abs(small - soft / 255)[outside].mean() < 0.01
    face = photo.faces[0]
    x, y = (np.round((face.face.landmarks[30] + 0.5) * scale - 0.5)).astype(int)
    assert photo.restored[y, x] > 0.99


def test_another_upscaler(soft):
    calls = []

    def nearest(image, factor):
        calls.append(factor)
        return image.repeat(int(factor), 0).repeat(int(factor), 1)

    photo = restore_photo(soft, made(tint), scale=2, upscaler=nearest)
    assert calls == [2]
    assert np.array_equal(photo.image[:50:2, :50:2], photo.image[1:50:2, 1:50:2])
    with pytest.raises(ImageError, match="The upscaler delivered 512x512 pixels; expected 1024x1024"):
        restore_photo(soft, made(tint), scale=2, upscaler=lambda image, factor: image)


def test_restorers_of_another_size(soft):
    small = restore_photo(soft, made(tint, side=256))
    assert small.faces[0].crop.shape == (256, 256, 3)

    def twice(image):
        return np.clip(cv2.resize(tint(image), None, fx=2, fy=2), 0, 1)

    large = restore_photo(soft, made(twice, side=256, output_size=(512, 512)))
    assert large.faces[0].restored.shape == (512, 512, 3)
    assert np.abs(large.image - small.image).max() < 0.05
    assert np.abs(large.restored - small.restored).max() < 0.05


def test_no_face(tmp_path):
    with pytest.raises(FaceNotFound, match="No face was found"):
        restore_photo(sky(), made(tint))
    photo = restore_photo(sky(), made(tint), scale=2)
    assert (photo.status, photo.faces, photo.image.shape) == ("ok", (), (400, 400, 3))


def test_a_face_that_a_person_points_at(soft, locator):
    face = locator.faces(soft)[0]
    photo = restore_photo(soft, made(tint), box=face.box)
    assert photo.faces[0].face.detector == "given"
    told = restore_photo(soft, made(tint), landmarks=face.landmarks)
    assert np.array_equal(told.image, photo.image)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"scale": 0.5}, "The scale is 0.5; expected 1 to 8"),
        ({"scale": 9}, "expected 1 to 8"),
        ({"shape": "oval"}, "expected box or face"),
        ({"feather": 0}, "share of the crop's side"),
        ({"knobs": {"w": 1}}, "no knob called 'w'"),
        ({"box": (1, 1, 90, 90), "face": 1}, "pointed at and numbered"),
    ],
)
def test_settings_that_mean_nothing(soft, words, said):
    with pytest.raises(InputError, match=said):
        restore_photo(soft, made(tint), **words)


def test_too_large(soft):
    wide = np.broadcast_to(np.uint8(150), (5000, 5000, 3))
    with pytest.raises(InputError, match="more than 100,000,000 pixels"):
        restore_photo(wide, made(tint), scale=2.1)


@pytest.mark.parametrize("name", ["bicubic", "pro-uigan-compact"])
def test_restorers_whose_results_cannot_be_put_back(soft, name):
    with pytest.raises(InputError, match=r"gfpgan-1\.4"):
        restore_photo(soft, name)
    with pytest.raises(UnknownName):
        restore_photo(soft, "gfpgan-14")


def test_16_bits(soft, tmp_path):
    deep = soft.astype(np.uint16) * 257 + 100
    photo = restore_photo(np.clip(deep, 0, 65535).astype(np.uint16), made(nearly))
    assert np.abs(photo.image - deep / 65535)[photo.restored == 0].max() < 1e-6


def test_small_faces_in_a_real_group(data):
    photo = restore_photo(data / "groups/1.jpg", made(sharpen))
    assert photo.status == "ok"
    assert len(photo.faces) >= 44
    assert photo.smallest == 20
    given = np.asarray(Image.open(data / "groups/1.jpg").convert("RGB")) / np.float32(255)
    assert np.array_equal(photo.image[photo.restored == 0], given[photo.restored == 0])
    (doubt,) = photo.doubts
    assert "not sure that there is a face" in doubt
    assert photo.notes[0] == doubt  # said before what matters less


def test_what_was_not_looked_for_is_said(soft):
    large = cv2.resize(soft, (1600, 1600), interpolation=cv2.INTER_CUBIC)
    photo = restore_photo(large, made(tint))
    assert photo.smallest > 30
    assert f"faces of less than {photo.smallest:.0f} px" in photo.notes[0]
    assert photo.doubts == photo.notes[:1]
    assert restore_photo(large, made(tint), face=1).doubts == ()  # nobody asked for the others
    with pytest.raises(FaceNotFound, match="those of less than 20 px were not looked for"):
        restore_photo(sky(), made(tint))


def test_the_default_feather_of_the_command_is_that_of_the_function():
    from bonaface.cli import restoring

    assert restoring.FEATHER == FEATHER == PhotoOptions().feather
