import cv2
import numpy as np
import pytest

from bonaface.core.results import Status
from bonaface.measure.asymmetry import DETAILS, asymmetry


@pytest.fixture(scope="module")
def mirrored(locator, face_512):
    """A face made of one half and its mirror image, with mirrored landmarks: no asymmetry at all."""
    landmarks = locator.faces(face_512)[0].landmarks
    middle = round(float(landmarks[27:31, 0].mean()))
    half = face_512[:, middle - 140 : middle]
    pixels = np.concatenate([half, half[:, ::-1]], axis=1)
    points = landmarks - (middle - 140, 0)
    for right, left in (*zip(range(17, 22), range(26, 21, -1), strict=True), (36, 45), (37, 44), (38, 43), (39, 42),
                        (40, 47), (41, 46)):  # fmt: skip
        points[left] = (279 - points[right, 0], points[right, 1])
    return pixels.astype(np.float32) / np.float32(255), points


def values(image, landmarks):
    return {name: score.value for name, score in asymmetry(image, landmarks).items()}


def test_a_mirrored_face_has_none(mirrored):
    found = values(*mirrored)
    assert set(found) == set(DETAILS)
    # Patches are resampled on grids that are not mirror images of each other, and edges of masks are rounded.
    tolerances = {"eye colour": 1.5, "glare": 1, "brow colour": 2, "mirror image around the eyes": 2}
    del found["gaze"]  # eyes that are mirror images of each other do not look in one direction
    for name, value in found.items():
        assert value == pytest.approx(0, abs=tolerances.get(name, 1e-6)), name


def test_each_kind_of_asymmetry_is_seen(mirrored):
    image, landmarks = mirrored
    before = values(image, landmarks)
    left = landmarks[42:48]
    x0, y0 = left.min(axis=0).astype(int) - 3
    x1, y1 = left.max(axis=0).astype(int) + 4

    blue = image.copy()
    blue[y0:y1, x0:x1] = np.clip(blue[y0:y1, x0:x1] * (0.6, 0.8, 1) + (0, 0, 0.25), 0, 1)
    assert values(blue, landmarks)["eye colour"] > before["eye colour"] + 5

    flashed = image.copy()
    cv2.circle(flashed, tuple(int(v) for v in left.mean(axis=0)), 3, (1.0, 1.0, 1.0), -1)
    assert values(flashed, landmarks)["glare"] > before["glare"] + 2

    looking = image.copy()
    eye = looking[y0:y1, x0:x1]
    eye[:, (x1 - x0) // 2 :] = eye[:, (x1 - x0) // 2 :] * 0.3
    eye[:, : (x1 - x0) // 2] = eye[:, : (x1 - x0) // 2] * 0.5 + 0.5
    assert values(looking, landmarks)["gaze"] > before["gaze"] + 5

    wide = landmarks.copy()
    wide[[43, 44], 1] -= 4
    assert values(image, wide)["eye size"] > before["eye size"] + 10
    wide[26, 0] += 15
    assert values(image, wide)["brow size"] > before["brow size"] + 5

    painted = image.copy()
    painted[y0 - 8 : y1 + 8, x0:x1] = image[y0 - 8 : y1 + 8, x0:x1][::-1]
    assert values(painted, landmarks)["mirror image around the eyes"] > before["mirror image around the eyes"] + 5


def test_small_eyes_say_nothing(face_256, locator):
    landmarks = locator.faces(face_256)[0].landmarks
    small = cv2.resize(face_256, (128, 128), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)
    for score in asymmetry(small, landmarks / 2).values():
        assert score.status is Status.NOT_APPLICABLE
        assert "at least 12 are needed" in score.why


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_flat_pictures_are_symmetric(value, face_512, locator):
    landmarks = locator.faces(face_512)[0].landmarks
    found = values(np.full((512, 512, 3), value, np.float32), landmarks)
    for name in ("eye colour", "gaze", "glare", "brow colour", "mirror image around the eyes"):
        assert found[name] == pytest.approx(0, abs=1e-4), name


def test_landmarks_over_the_edge_of_the_picture(face_512, locator):
    landmarks = locator.faces(face_512)[0].landmarks - (250, 200)
    image = face_512.astype(np.float32) / np.float32(255)
    assert all(np.isfinite(value) and value >= 0 for value in values(image, landmarks).values())
