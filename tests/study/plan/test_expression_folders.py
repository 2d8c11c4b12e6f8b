import shutil

import pytest

from bonaface.core.errors import InputError, PictureError
from bonaface.study.plan.expression_folders import has_expressions
from bonaface.study.plan.faces import MISSING, counted, subjects


@pytest.fixture
def place(expressive, tmp_path):
    """A copy of the folder, for tests that change it."""
    return shutil.copytree(expressive, tmp_path / "faces")


def test_people_have_a_neutral_picture_and_real_expressions(expressive):
    found = subjects(expressive)
    assert [one.name for one in found] == ["person0", "person1", "person2", "person3"]
    assert [sorted(one.real) for one in found] == [["happy"], ["happy"], ["happy"], []]
    assert found[0].file == expressive / "neutral" / "person0.png"
    real = found[0].real["happy"]
    assert (real.name, real.person) == ("person0 (happy)", "person0")
    assert real.read().sha256 == real.id != found[0].id
    assert counted(found) == "4 faces of 4 people"


def test_a_plain_folder_is_none_of_these(people):
    assert not has_expressions(people)
    assert all(not one.real for one in subjects(people))


def test_folders_are_called_as_expressions_are(place):
    (place / "smiling").rename(place / "Happiness")
    shutil.copytree(place / "Happiness", place / "surprise")
    assert sorted(subjects(place)[0].real) == ["happy", "surprised"]
    (place / ".git").mkdir()
    (place / "surprise").rename(place / "suprise")
    with pytest.raises(InputError, match=r"suprise .* is called as no expression is.*surprised.*Rename it"):
        subjects(place)


def test_two_folders_of_one_expression_are_refused(place):
    shutil.copytree(place / "smiling", place / "happy")
    with pytest.raises(InputError, match=r"happy and smiling .* stand for one expression \(happy\)"):
        subjects(place)


def test_folders_without_a_name_in_common_are_refused(place):
    for path in (place / "smiling").iterdir():
        path.rename(path.with_name(f"x{path.name}"))
    with pytest.raises(InputError, match=r"No picture of .*smiling has the name of one in .*neutral"):
        subjects(place)


def test_an_empty_folder_is_refused(place):
    (place / "angry").mkdir()
    with pytest.raises(PictureError, match="no picture"):
        subjects(place)


def test_somebody_without_a_neutral_picture_is_a_subject_that_says_so(place):
    (place / "neutral" / "person1.png").unlink()
    found = {one.name: one for one in subjects(place)}
    assert set(found) == {"person0", "person1 (happy)", "person2", "person3"}
    lost = found["person1 (happy)"]
    assert lost.id == MISSING + lost.name
    assert "smiling/person1.png has no neutral picture of that name" in lost.why
    with pytest.raises(PictureError, match="no neutral picture"):
        lost.read()


def test_a_neutral_picture_does_not_stand_for_a_smile(place):
    shutil.copy(place / "neutral" / "person0.png", place / "smiling" / "person0.png")
    real = subjects(place)[0].real["happy"]
    assert "is the neutral picture, byte for byte" in real.why
