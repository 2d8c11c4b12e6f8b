import cv2
import numpy as np
import pytest

from bonaface.audit.framing import REFUSE_BELOW, SAME_FRAMING, agreement, covered_mask, register, resized
from bonaface.audit.refine import corner_shift, refine
from bonaface.core.errors import FramingError, ImageError
from bonaface.core.images import luminance
from bonaface.faces.align import compose, invert, rescaling, warp

TOLERANCE = 0.25
"""Pixels of the truth at the farthest corner; measured on five restored faces: median 0.09, at most 0.21."""


def image(pixels):
    return pixels.astype(np.float32) / np.float32(255)


def similarity(degrees, scale, shift, size):
    centre = (np.array(size[::-1]) - 1) / 2
    c, s = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    linear = np.array([[c, -s], [s, c]])
    return np.hstack([linear, (centre + shift - linear @ centre)[:, None]])


@pytest.fixture(scope="module")
def restored(data, read):
    """[(output, truth)] at 512 px: what GPEN made of five faces, and the real photographs."""
    return [
        tuple(
            image(read(data / place, 512))
            for place in (f"restored/gpen_inpainting/output/{number:05d}.jpg", f"ffhq10/{number:05d}.png")
        )
        for number in range(5)
    ]


@pytest.mark.parametrize(
    ("degrees", "scale", "shift"),
    [(0, 1, (0.5, -0.3)), (0, 1, (7, -4)), (0, 1, (60, 25)), (2, 1, (0, 0)), (-8, 1.05, (3, 2)), (0, 0.93, (0, 0)),
     (25, 1.1, (-10, 5))],
)  # fmt: skip
def test_a_known_transform_of_a_real_output_is_found(restored, degrees, scale, shift):
    for output, truth in restored:
        applied = similarity(degrees, scale, shift, (512, 512))
        moved = warp(output, applied, (512, 512))
        framing = register(moved, truth)
        assert corner_shift(compose(framing.matrix, applied), (512, 512)) < TOLERANCE
        assert framing.scale == pytest.approx(1 / scale, rel=1e-3)
        assert framing.rotation == pytest.approx(-degrees, abs=0.05)
        assert framing.agreement > 0.9
        assert framing.moved > 0


def test_a_crop_is_found(restored):
    output, truth = restored[0]
    framing = register(np.ascontiguousarray(output[40:440, 70:470]), truth)
    expected = np.array([[1.0, 0, 70], [0, 1, 40]])
    assert corner_shift(compose(framing.matrix, invert(expected)), (512, 512)) < TOLERANCE


def test_half_a_turn_is_found(restored):
    output, truth = restored[0]
    framing = register(np.ascontiguousarray(output[::-1, ::-1]), truth)
    assert framing.method == "features"
    assert abs(framing.rotation) == pytest.approx(180, abs=0.05)
    assert corner_shift(compose(framing.matrix, np.array([[-1.0, 0, 511], [0, -1, 511]])), (512, 512)) < TOLERANCE


@pytest.mark.parametrize("number", range(5))
def test_inpainted_faces_are_left_where_they_are(data, read, number):
    output = image(read(data / f"restored/gpen_inpainting/output/{number:05d}.jpg"))
    framing = register(output, image(read(data / f"ffhq10/{number:05d}.png")))
    assert framing.moved == 0
    assert framing.method == "same size"
    assert framing.agreement > SAME_FRAMING


def test_other_restored_faces_are_left_where_they_are(data, read):
    """36 outputs at 256 px; one asks for 0.14 px at a corner, on the edge of what is believed."""
    moved = []
    for file in sorted((data / "restored").glob("dps_*/output/*.png")):
        truth = file.parents[1] / "truth" / file.name
        moved.append(register(image(read(file)), image(read(truth))).moved)
    assert len(moved) == 36
    assert sum(shift > 0 for shift in moved) <= 1
    assert max(moved) < 0.15


def test_another_size_is_the_same_framing(restored):
    moved = []
    for output, truth in restored:
        larger = np.clip(cv2.resize(truth, (1024, 1024), interpolation=cv2.INTER_CUBIC), 0, 1)
        framing = register(output, larger)
        assert framing.scale == pytest.approx(2, abs=1e-3)
        moved.append(framing.moved)
        if framing.moved == 0:
            assert framing.method == "resized"
            np.testing.assert_allclose(framing.matrix, rescaling((512, 512), (1024, 1024)))
        smaller = cv2.resize(output, (128, 128), interpolation=cv2.INTER_AREA)
        assert register(smaller, truth).moved == 0
    # One of the five asks for 0.12 px of the truth, which is 0.06 of its own.
    assert sum(shift > 0 for shift in moved) <= 1
    assert max(moved) < 0.15


def test_other_people_are_refused(data, read):
    faces = [image(read(file, 256)) for file in sorted((data / "ffhq10").glob("*.png"))]
    accepted, said = [], []
    for first in range(10):
        for second in range(10):
            if first == second:
                continue
            try:
                accepted.append(register(faces[first], faces[second]))
            except FramingError as error:
                said.append(str(error))
    assert all("do not show the same scene" in each for each in said)
    assert len(said) >= 88
    assert all(framing.agreement < 0.7 for framing in accepted)  # a reader is warned, at least


def test_a_mirror_image_is_refused_as_one(restored):
    for output, truth in restored:
        with pytest.raises(FramingError, match=r"mirror image of the truth .* Flip one of them"):
            register(np.ascontiguousarray(output[:, ::-1]), truth)


@pytest.mark.parametrize("width", [1036, 1075, 1280, 600])
def test_a_stretched_output_is_refused_by_name(restored, width):
    output, truth = restored[0]
    with pytest.raises(FramingError, match="stretched to other proportions"):
        register(cv2.resize(output, (width, 1024)), truth)


def test_a_replaced_background_is_no_other_scene(face_512):
    from bonaface.api import wiring
    from bonaface.core.images import to_image
    from bonaface.core.regions import Region
    from bonaface.faces.regions import inner_window, landmark_regions

    face = wiring.tools().locator.faces(face_512)[0]
    inside = landmark_regions(face.landmarks, *face_512.shape[:2])[Region.WHOLE_FACE]
    output = np.where(cv2.dilate(inside.astype(np.uint8), np.ones((31, 31)))[..., None] > 0, face_512, 255)
    window = inner_window(face.landmarks, *face_512.shape[:2])
    framing = register(to_image(output.astype(np.uint8)), to_image(face_512), window=window)
    assert framing.moved == 0
    with pytest.raises(FramingError):
        register(to_image(output.astype(np.uint8)), to_image(face_512))


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_flat_output_is_refused(restored, value):
    with pytest.raises(FramingError, match=r"their agreement is -?0.00"):
        register(np.full((512, 512, 3), value, np.float32), restored[0][1])


@pytest.mark.parametrize("size", [(32, 32), (32, 500), (3000, 33), (32, 20_000)])
def test_tiny_and_elongated_pictures_are_refused(restored, size):
    noise = np.random.default_rng(0).random((*size, 3)).astype(np.float32)
    with pytest.raises(FramingError):
        register(noise, restored[0][1])


def test_what_opencv_cannot_warp_is_refused(restored):
    with pytest.raises(ImageError, match="32800x32 pixels"):
        register(np.zeros((32, 32_800, 3), np.float32), restored[0][1])


def test_noise_is_refused_and_a_noisy_output_is_not(restored):
    output, truth = restored[0]
    rng = np.random.default_rng(0)
    with pytest.raises(FramingError):
        register(rng.random(truth.shape).astype(np.float32), truth)
    noisy = np.clip(output + rng.normal(0, 0.4, output.shape), 0, 1).astype(np.float32)
    assert register(noisy, truth).moved < 0.3


def test_agreement_is_one_for_the_same_and_near_zero_for_another(restored):
    first, second = luminance(restored[0][1]), luminance(restored[1][1])
    assert agreement(first, first) == pytest.approx(1, abs=1e-3)
    assert agreement(second, first) < REFUSE_BELOW
    assert agreement(1 - first, first) == pytest.approx(-1, abs=1e-3)
    # Tone says nothing of the scene.
    assert agreement(0.4 * first + 0.2, first) == pytest.approx(1, abs=1e-3)


def test_agreement_needs_something_in_common(restored):
    plane = luminance(restored[0][1])
    assert agreement(plane, plane, np.zeros(plane.shape, bool)) == -1


def test_refine_leaves_a_right_start_alone(restored):
    for _, truth in restored:
        assert refine(luminance(truth), luminance(truth), np.eye(2, 3)) is None


@pytest.mark.parametrize("flat", [0.0, 0.5])
def test_refine_has_nothing_to_say_of_flat_pictures(flat):
    plane = np.full((100, 120), flat, np.float32)
    assert refine(plane, plane, np.eye(2, 3)) is None


def test_covered_is_where_the_output_has_pixels(restored):
    output, truth = restored[0]
    framing = register(np.ascontiguousarray(output[100:400, 60:512]), truth)
    covered = covered_mask(framing, (300, 452), (512, 512))
    assert covered[106:394, 66:512].all()
    assert not covered[:100].any()
    assert not covered[401:].any()
    assert not covered[:, :60].any()


def test_a_resized_output_covers_everything():
    for small in ((128, 128), (511, 512), (300, 301), (1024, 1024)):
        truth = np.random.default_rng(0).random((512, 512, 3)).astype(np.float32)
        output = np.zeros((*small, 3), np.float32)
        assert covered_mask(resized(output, truth), small, (512, 512)).all(), small
