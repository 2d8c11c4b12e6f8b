import numpy as np
import pytest

from bonaface.core.errors import GraphMismatch
from bonaface.core.images import to_bytes
from bonaface.faces.align import transform
from bonaface.measure.fan import GRID, LMD_FAN, NRMSE_FAN, SIDE, Fan, decoded, to_fan_crop
from bonaface.measure.published import FAN
from bonaface.measure.record import NotApplicable


@pytest.fixture(scope="module")
def face(locator, face_256):
    return locator.faces(face_256)[0]


@pytest.fixture(scope="module")
def image(face_256):
    return face_256.astype(np.float32) / np.float32(255)


def bells(points, sigma=1.75, height=0.8, noise=0.0):
    """Heat maps (N, 64, 64) with a peak at each of (N, 2) places in pixels of the crop, as FAN was trained to draw."""
    cells = (points - 1.5) / 4
    grid = np.arange(GRID)
    across = np.exp(-((grid - cells[:, :1]) ** 2) / (2 * sigma**2))
    down = np.exp(-((grid - cells[:, 1:]) ** 2) / (2 * sigma**2))
    drawn = np.random.default_rng(0).normal(0, noise, (len(points), GRID, GRID)) if noise else 0
    return (height * down[:, :, None] * across[:, None, :] + drawn).astype(np.float32)


@pytest.fixture(scope="module")
def places():
    return np.random.default_rng(1).uniform(12, SIDE - 12, (400, 2))


def test_peaks_are_found_between_the_cells(places):
    found = decoded(bells(places))
    np.testing.assert_allclose(found, places, atol=1e-3)
    coarse = bells(places).reshape(len(places), -1).argmax(axis=1)
    coarse = np.stack([coarse % GRID, coarse // GRID], axis=1) * 4 + 1.5
    assert np.hypot(*(coarse - places).T).mean() > 1.2  # px: what the grid alone is worth


def test_noise_on_the_heat_maps_costs_a_fraction_of_a_cell(places):
    found = decoded(bells(places, noise=0.01))
    assert np.hypot(*(found - places).T).mean() < 0.3  # px of the crop; a cell has 4


def test_jitter_is_measured_as_it_is(places):
    """Shifts of the detector between 0 and 1 px: the grid gives 0 or 4 px, the decoding the shift itself."""
    shift = np.random.default_rng(2).uniform(0, 1, (len(places), 1)) * (0.6, 0.8)
    moved = np.hypot(*(decoded(bells(places + shift)) - decoded(bells(places))).T)
    assert moved.mean() == pytest.approx(np.hypot(*shift.T).mean(), abs=0.01)


@pytest.mark.parametrize("place", [(0, 0), (63, 63), (0, 30), (30, 63)])
def test_peaks_at_the_edge_stay_there(place):
    maps = np.zeros((1, GRID, GRID), np.float32)
    maps[0, place[1], place[0]] = 1
    found = decoded(maps)[0]
    np.testing.assert_allclose(found, np.array(place) * 4 + 1.5, atol=1e-9)


@pytest.mark.parametrize("value", [0.0, 0.5, -1.0])
def test_flat_maps_give_numbers(value):
    assert np.isfinite(decoded(np.full((3, GRID, GRID), value, np.float32))).all()


def test_the_crop_follows_the_box_of_the_landmarks(face):
    matrix = to_fan_crop(face.landmarks)
    moved = transform(face.landmarks, matrix)
    width, height = np.ptp(moved, axis=0)
    assert width + height == pytest.approx(SIDE * 195 / 200)
    middle = (moved.min(axis=0) + moved.max(axis=0)) / 2
    np.testing.assert_allclose(middle, (127.5, 127.5 + 0.12 * height))
    assert moved.min() > 0
    assert moved.max() < SIDE - 1


def test_a_dot_is_found_where_it_is(writers, tmp_path, image, face):
    """Through crop, network, decoding and back: a network that answers with a Gaussian finds the middle of a dot."""
    fan, matrix = Fan(writers["fan"](tmp_path, dot=True)), to_fan_crop(face.landmarks)
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    for place in ((120.3, 131.6), (101.0, 90.5)):
        dot = np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / (2 * 3**2)).astype(np.float32)
        points, peak = fan(np.repeat(dot[..., None], 3, axis=2), matrix)
        assert points.shape == (68, 2)
        np.testing.assert_allclose(points, np.tile(place, (68, 1)), atol=0.05)
        assert 0 < peak < 1


def test_points_at_one_place_are_no_face(writers, tmp_path, image, face):
    measure = LMD_FAN.load({FAN.name: writers["fan"](tmp_path, dot=True)})
    with pytest.raises(NotApplicable, match="at one place"):
        measure(image, image, {"output": face, "truth": face})


def test_equal_changed_and_mirrored_faces(made_weights, image, face, locator):
    distance, squares = LMD_FAN.load(made_weights), NRMSE_FAN.load(made_weights)
    faces = {"output": face, "truth": face}
    assert distance(image, image, faces)[""] == 0
    assert squares(image, image, faces) == {"": 0, "aligned": pytest.approx(0, abs=1e-9)}
    noisy = np.clip(image + np.random.default_rng(0).normal(0, 0.01, image.shape), 0, 1).astype(np.float32)
    mirrored = np.ascontiguousarray(image[:, ::-1])
    others = {"output": locator.faces(to_bytes(mirrored))[0], "truth": face}
    near, far = distance(noisy, image, faces), distance(mirrored, image, others)
    assert 0 < near[""] < far[""] / 2
    assert set(far) == {"", "px", "aligned", "jaw", "right-brow", "left-brow", "nose", "right-eye", "left-eye", "mouth",
                        "peak"}  # fmt: skip
    assert squares(noisy, image, faces)[""] >= near[""]


def test_both_faces_must_have_been_found(made_weights, image, face):
    for role, missing in (("output", "truth"), ("truth", "output")):
        with pytest.raises(NotApplicable, match=f"no face was found in the {missing}"):
            LMD_FAN.load(made_weights)(image, image, {role: face})


def test_another_graph_is_refused_with_both_shapes(writers, tmp_path):
    path = writers["fan"](tmp_path, side=128)
    with pytest.raises(GraphMismatch) as caught:
        Fan(path)
    assert "(1, 3, 128, 128)" in str(caught.value)
    assert "float32 (N or 1, 3, 256, 256), and an output float32 (N or 1, 68, 64, 64)" in str(caught.value)
