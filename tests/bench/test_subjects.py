import numpy as np
import pytest

from bonaface.bench import leaks, subjects
from bonaface.core.errors import InputError
from bonaface.train.splits import fold_of_people, held_back_names


def test_ffhq_faces_are_as_in_the_file(ffhq_faces, data):
    again = subjects.ffhq(data, 3)
    assert [face.name for face in again] == [face.name for face in ffhq_faces[:3]]
    for face in ffhq_faces:
        assert face.truth.shape == (128, 128, 3)
        assert face.truth.dtype == np.float32
        assert face.person.startswith("identity ")
        assert face.name not in leaks.CELEBA_VAL_IN_CELEBAMASK
        assert face.labels is None


def test_facial_areas_show_the_area_of_the_paper(area_faces):
    assert all(held_back_names([face.name for face in area_faces], 10))
    apart = [face.landmarks[42:48].mean(axis=0) - face.landmarks[36:42].mean(axis=0) for face in area_faces]
    assert 48 < np.median(apart, axis=0)[0] < 58  # of 128 px: 52.8 on average, less in turned faces
    for face in area_faces:
        assert face.name not in leaks.CELEBAMASK_IN_CELEBA_TRAIN
        assert (face.labels == 1).mean() > 0.2  # skin
        inside = face.labels[48:80, 40:88]
        assert np.isin(inside, (1, 2, 3, 4, 5)).mean() > 0.8  # skin, nose, glasses, eyes: the masks are warped alike


def test_landmarks_fit_the_truth(area_faces, judge):
    errors = [judge.alignment(face.truth, face) for face in area_faces]
    assert np.median(errors) < 5


def test_london_shows_the_same_people(data):
    neutral, smiling = subjects.london(data, "neutral", 3), subjects.london(data, "smiling", 3)
    assert [face.person for face in neutral] == [face.person for face in smiling]
    assert {face.expression for face in neutral} == {"neutral"}
    assert {face.expression for face in smiling} == {"happiness"}


def test_press_faces_are_of_people_who_were_held_back(data):
    faces = subjects.press(data, 8)
    assert (fold_of_people([face.name for face in faces], 5) == 0).all()
    assert all(face.expression for face in faces)
    assert all(not face.person[-1].isdigit() for face in faces)


def test_any_number_of_faces_is_drawn_by_checksum():
    names = [f"{i}.jpg" for i in range(100)]
    few = subjects.drawn(names, 10)
    assert few == subjects.drawn(names[::-1], 10) == subjects.drawn(names, 20)[:10]
    assert few != names[:10]
    assert sorted(subjects.drawn(names, None)) == sorted(names)
    with pytest.raises(InputError, match="one or more"):
        subjects.drawn(names, 0)


def test_a_box_keeps_its_centre_under_a_turn():
    half = np.array([[0.0, -0.5, 10], [0.5, 0.0, 20]])  # a quarter turn, half the size
    assert subjects.carried((0, 0, 8, 4), half) == pytest.approx((7, 21, 11, 23))


def test_missing_data_are_named(tmp_path):
    with pytest.raises(InputError, match="celeba_val"):
        subjects.ffhq(tmp_path)
