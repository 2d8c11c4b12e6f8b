import subprocess
import sys

import cv2
import numpy as np
import pytest

from bonaface.core.errors import WeightsError
from bonaface.core.images import to_bytes
from bonaface.measure.openface import (
    OPENFACE,
    OPENFACE_SIMILARITY,
    POINTS,
    SIDE,
    TEMPLATE,
    embedding,
    network_input,
    read_network,
    to_openface_crop,
)
from bonaface.measure.record import NotApplicable


@pytest.fixture(scope="module")
def network(made_weights):
    return read_network(made_weights[OPENFACE.name])


@pytest.fixture(scope="module")
def face(locator, face_256):
    return locator.faces(face_256)[0]


@pytest.fixture(scope="module")
def image(face_256):
    return face_256.astype(np.float32) / np.float32(255)


def test_three_points_lie_on_the_template(face):
    found = to_openface_crop(face.landmarks)
    moved = face.landmarks @ found[:, :2].T + found[:, 2]
    np.testing.assert_allclose(moved[list(POINTS)], TEMPLATE, atol=1e-9)
    expected = cv2.getAffineTransform(face.landmarks[list(POINTS)].astype(np.float32), TEMPLATE.astype(np.float32))
    np.testing.assert_allclose(found, expected, atol=1e-3)  # from float32 points
    inside = (moved > -0.1 * SIDE) & (moved < 1.1 * SIDE)
    assert inside.all()  # the mean face fills the crop


def test_points_on_a_line_place_no_crop(face):
    landmarks = face.landmarks.copy()
    landmarks[33] = (landmarks[36] + landmarks[45]) / 2
    with pytest.raises(NotApplicable, match="lie on one line"):
        to_openface_crop(landmarks)


def test_what_the_network_reads(face_256):
    pixels = face_256[:SIDE, :SIDE]
    found = network_input(pixels.astype(np.float32) / np.float32(255))
    expected = cv2.dnn.blobFromImage(np.ascontiguousarray(pixels[..., ::-1]), 1 / 255, (SIDE, SIDE), swapRB=True)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_arithmetic_by_a_stand_in(image, face):
    """The network replaced by one that delivers the mean colours of four parts: the crop's own values arrive."""
    seen = []

    def stand_in(picture):
        seen.append(picture)
        return np.pad(picture.reshape(1, 12, -1).mean(axis=2), ((0, 0), (0, 116)))

    found = embedding(stand_in, image, face.landmarks)
    assert np.linalg.norm(found) == pytest.approx(1)
    assert seen[0].shape == (1, 3, SIDE, SIDE)
    mouth = seen[0][0, :, 78, 47]  # below the nose of the template; lips are redder than blue
    assert mouth[0] > mouth[2]


def test_a_network_of_torch_7_is_read(network, face_256):
    found = network(network_input(face_256[:SIDE, :SIDE].astype(np.float32) / np.float32(255)))
    assert found.shape == (1, 128)
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)


def test_equal_changed_mirrored_and_other_faces(made_weights, image, face, locator, read, data):
    measure = OPENFACE_SIMILARITY.load(made_weights)
    same = measure(image, image, {"output": face, "truth": face})
    assert same[""] == pytest.approx(1, abs=1e-12)
    assert same["distance"].value == 0
    others = {
        "blurred": cv2.GaussianBlur(image, (0, 0), 0.7),
        "mirrored": np.ascontiguousarray(image[:, ::-1]),
        "another": read(data / "ffhq10/00000.png", 256).astype(np.float32) / np.float32(255),
    }
    found = {
        name: measure(other, image, {"output": locator.faces(to_bytes(other))[0], "truth": face})
        for name, other in others.items()
    }
    assert found["blurred"][""] > max(found["mirrored"][""], found["another"][""]) + 0.1
    for values in found.values():  # of unit vectors
        assert values["distance"].value == pytest.approx(2 - 2 * values[""], abs=1e-9)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "byte 0 of 0: unpack_from requires"),
        (b"<html>not found</html>", "does not begin as a network of Torch 7 does; it begins with b'<html>no'"),
        (b"PK\x03\x04" + bytes(40), "does not begin as"),  # a newer PyTorch file
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "does not begin as"),  # an older one, which is a pickle
    ],
)
def test_what_is_not_torch_7_is_refused(tmp_path, content, why):
    path = tmp_path / OPENFACE.name
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"nn4\.small2\.v1\.t7 cannot be used .*; expected a network") as caught:
        read_network(path)
    assert why in str(caught.value)


def test_another_network_of_torch_7_is_refused(writers, tmp_path):
    path = writers["openface"](tmp_path, size=64)
    with pytest.raises(WeightsError, match=r"delivers \(1, 64\)"):
        read_network(path)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_off(made_weights, tmp_path, share):
    """In a process of its own: that OpenCV's parser ends in an error, and not the process, is what is promised."""
    whole = made_weights[OPENFACE.name].read_bytes()
    path = tmp_path / OPENFACE.name
    path.write_bytes(whole[: int(share * len(whole))])
    program = "import sys, pathlib, bonaface.measure.openface as o; o.read_network(pathlib.Path(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr[-300:]
    assert "WeightsError" in done.stderr
