import cv2
import numpy as np
import pytest
from skimage.transform import SimilarityTransform

from bonaface.core.errors import GraphMismatch
from bonaface.core.images import to_bytes
from bonaface.faces.align import five_points, scale_of, transform
from bonaface.measure.arcface import (
    IDENTITY_ARCFACE_ANGLE,
    IDENTITY_ARCFACE_COSINE,
    SIDE,
    TEMPLATE,
    ArcFace,
    network_input,
    to_arcface_crop,
)
from bonaface.measure.identity import angle
from bonaface.measure.published import ARCFACE


@pytest.fixture(scope="module")
def face(locator, face_256):
    return locator.faces(face_256)[0]


@pytest.fixture(scope="module")
def image(face_256):
    return face_256.astype(np.float32) / np.float32(255)


@pytest.fixture(scope="module")
def embed(made_weights):
    return ArcFace(made_weights[ARCFACE.name])


def test_the_crop_by_another_implementation(face):
    found = to_arcface_crop(face.landmarks)
    fit = SimilarityTransform.from_estimate(five_points(face.landmarks), TEMPLATE)
    np.testing.assert_allclose(found, fit.params[:2], atol=1e-9)
    away = transform(five_points(face.landmarks), found) - TEMPLATE
    assert np.hypot(*away.T).max() < 8  # px of 112: a broad smile is no mean face


def test_a_face_like_the_template_lies_on_it_exactly(face):
    landmarks = face.landmarks.copy()
    turn = np.array([[2.5, -0.7], [0.7, 2.5]])  # larger and turned
    target = TEMPLATE @ turn.T + (40, 9)
    for points, place in zip((range(36, 42), range(42, 48), [30], [48], [54]), target, strict=True):
        landmarks[list(points)] += place - landmarks[list(points)].mean(axis=0)
    found = to_arcface_crop(landmarks)
    np.testing.assert_allclose(transform(five_points(landmarks), found), TEMPLATE, atol=1e-9)
    assert scale_of(found) == pytest.approx(1 / np.hypot(2.5, 0.7))


def test_what_the_network_reads(face_256):
    pixels = face_256[:SIDE, :SIDE]
    found = network_input(pixels.astype(np.float32) / np.float32(255))
    assert found.shape == (1, 3, SIDE, SIDE)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0, 0], (pixels[..., 0].astype(np.float64) - 127.5) / 127.5, atol=1e-6)  # red first
    np.testing.assert_allclose(found[0, 2], (pixels[..., 2].astype(np.float64) - 127.5) / 127.5, atol=1e-6)


def test_size_and_turn_of_the_picture_count_for_little(embed, image, face):
    """The same face twice as large and turned by 20 degrees: its crop is nearly the same."""
    turned = cv2.getRotationMatrix2D((128, 128), 20, 2)
    turned[:, 2] += 128
    larger = np.clip(cv2.warpAffine(image, turned, (512, 512), flags=cv2.INTER_CUBIC), 0, 1)
    moved = embed(larger, transform(face.landmarks, turned))
    assert angle(embed(image, face.landmarks), moved) < 5


def test_mirrored_and_other_faces_differ_more_than_changed_ones(embed, image, face, locator, read, data):
    first = embed(image, face.landmarks)
    assert angle(first, embed(image * np.float32(0.9), face.landmarks)) < 1  # a linear network
    mirrored = np.ascontiguousarray(image[:, ::-1])
    pixels = read(data / "ffhq10/00000.png", 256)
    others = [mirrored, pixels.astype(np.float32) / np.float32(255)]
    found = [embed(other, locator.faces(to_bytes(other))[0].landmarks) for other in others]
    assert min(angle(first, other) for other in found) > 30  # random weights see edges, no persons


def test_angle_and_cosine_of_one_pair(made_weights, real_pair, locator):
    faces = {role: locator.faces(to_bytes(each))[0] for role, each in zip(("output", "truth"), real_pair, strict=True)}
    degrees, cosine = (
        measure.load(made_weights)(*real_pair, faces) for measure in (IDENTITY_ARCFACE_ANGLE, IDENTITY_ARCFACE_COSINE)
    )
    assert degrees > 1
    assert cosine == pytest.approx(np.cos(np.radians(degrees)))
    same = {"output": faces["truth"], "truth": faces["truth"]}
    assert IDENTITY_ARCFACE_ANGLE.load(made_weights)(real_pair[1], real_pair[1], same) == 0


@pytest.mark.parametrize("shape", [{"side": 128}, {"size": 128}])
def test_another_graph_is_refused_with_both_shapes(writers, tmp_path, shape):
    path = writers["arcface"](tmp_path, **shape)
    with pytest.raises(GraphMismatch) as caught:
        ArcFace(path)
    text = str(caught.value)
    assert f"(1, 3, {shape.get('side', 112)}, {shape.get('side', 112)})" in text
    assert "expected one input float32 (N or 1, 3, 112, 112), and an output float32 (N or 1, 512)" in text


def test_a_file_that_is_no_graph(tmp_path):
    path = tmp_path / ARCFACE.name
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(GraphMismatch, match="cannot be opened as an ONNX graph"):
        ArcFace(path)


def test_a_graph_whose_first_axis_is_free_does_as_well(writers, tmp_path, embed, image, face):
    free = ArcFace(writers["arcface"](tmp_path, batch="batch"))
    np.testing.assert_allclose(free(image, face.landmarks), embed(image, face.landmarks), rtol=1e-5)
