import importlib.util
from pathlib import Path

import dlib
import numpy as np
import pytest

from bonaface.measure.baselines import BASELINES
from bonaface.measure.identity import EMBEDDER, angle, distance


def test_angle_written_plainly():
    rng = np.random.default_rng(0)
    for _ in range(20):
        a, b = rng.normal(size=(2, 128))
        expected = np.degrees(np.arccos(a @ b / np.sqrt((a @ a) * (b @ b))))
        assert angle(a, b) == pytest.approx(expected, abs=1e-9)
        assert distance(a, b) == pytest.approx(np.sqrt(((a - b) ** 2).sum()))


@pytest.mark.parametrize(("factor", "degrees"), [(1, 0), (3.7, 0), (-1, 180)])
def test_angle_of_parallel_embeddings(factor, degrees):
    a = np.random.default_rng(1).normal(size=128)
    assert angle(a, factor * a) == pytest.approx(degrees, abs=1e-5)  # arccos is steep at its ends


def test_the_embedding_of_a_face(tools, face_256):
    face = tools.locator.faces(face_256)[0]
    first, again = tools.embedder(face_256, face.landmarks), tools.embedder(face_256, face.landmarks)
    assert first.shape == (128,)
    assert np.array_equal(first, again)
    path = Path(importlib.util.find_spec("face_recognition_models").origin).with_name("models") / EMBEDDER.name
    points = [dlib.point(*(int(value) for value in point)) for point in np.rint(face.landmarks)]
    found = dlib.full_object_detection(dlib.rectangle(0, 0, 255, 255), points)
    network = dlib.face_recognition_model_v1(str(path))
    np.testing.assert_allclose(first, network.compute_face_descriptor(face_256, found), atol=1e-6)
    # dlib's network gives vectors of length about 1.4, so that .6 is far.
    assert 1.0 < np.linalg.norm(first) < 2.0


def test_ordinary_changes_turn_less_than_other_people(tools, data, read):
    embeddings = []
    for number in range(4):
        pixels = read(data / f"ffhq10/{number:05d}.png", 512)
        embeddings.append(tools.embedder(pixels, tools.locator.faces(pixels)[0].landmarks))
    darker = (read(data / "ffhq10/00000.png", 512) * 0.8).astype(np.uint8)
    changed = tools.embedder(darker, tools.locator.faces(darker)[0].landmarks)
    others = [angle(embeddings[0], other) for other in embeddings[1:]]
    assert angle(embeddings[0], changed) < 10 < min(others)


def test_baselines_are_in_order():
    same, different = BASELINES["same_person"]["values"], BASELINES["different_people"]["values"]
    assert len(same) == len(different) == len(BASELINES["percentiles"])
    assert same == sorted(same)
    assert different == sorted(different)
    assert all(0 < a < b <= 180 for a, b in zip(same, different, strict=True))
    assert BASELINES["embedder_sha256"] == EMBEDDER.sha256
