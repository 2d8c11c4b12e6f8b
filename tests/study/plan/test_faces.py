import shutil

import pytest

from bonaface.core.errors import InputError, PictureError
from bonaface.study.plan.faces import MISSING, counted, subjects


def test_a_folder(people):
    found = subjects(people)
    assert [subject.name for subject in found] == ["person0", "person1", "person2", "person3"]
    assert len({subject.id for subject in found}) == 4
    assert found[0].read().pixels.shape == (160, 160, 3)
    assert counted(found) == "4 faces of 4 people"
    assert len(subjects(people, 2)) == 2


def test_a_list_with_groups(people, tmp_path):
    table = tmp_path / "faces.csv"
    table.write_text(
        f"path,person,age,colour\n{people}/person0.png,anna,31,red\n{people}/person1.png,anna,32,\ngone.png,ben,40,\n",
        "utf-8",
    )
    found = subjects(table)
    assert [(one.name, one.person, dict(one.groups)) for one in found] == [
        ("gone", "ben", {"age": "40"}),
        ("person0", "anna", {"age": "31"}),
        ("person1", "anna", {"age": "32"}),
    ]
    assert found[0].id == MISSING + "gone"
    with pytest.raises(PictureError, match=r"gone\.png cannot be read"):
        found[0].read()


def test_a_parquet_file(people, tmp_path):
    import duckdb

    place = tmp_path / "faces.parquet"
    files = sorted(people.glob("*.png"))
    with duckdb.connect() as database:
        database.execute("CREATE TABLE t (name VARCHAR, image STRUCT(bytes BLOB), identity INT, attr_Male BOOLEAN)")
        for number, path in enumerate(files):
            row = [path.stem, {"bytes": path.read_bytes()}, number // 2, number % 2 == 0]
            database.execute("INSERT INTO t VALUES (?, ?, ?, ?)", row)
        database.execute("INSERT INTO t VALUES ('none', NULL, 9, NULL)")
        database.execute(f"COPY t TO '{place}' (FORMAT parquet)")
    found = subjects(place)
    assert [(one.name, one.person) for one in found] == [
        ("none", "9"), ("person0", "0"), ("person1", "0"), ("person2", "1"), ("person3", "1"),
    ]  # fmt: skip
    assert dict(found[1].groups) == {"male": "yes"}
    assert found[2].id == subjects(people)[1].id
    assert (found[2].read().pixels == subjects(people)[1].read().pixels).all()
    assert found[0].why == "its row has no picture"


def test_names_of_utkface_tell_groups(people, tmp_path):
    shutil.copy(people / "person0.png", tmp_path / "61_1_3_20170109.png")
    (only,) = subjects(tmp_path)
    assert dict(only.groups) == {"age": "61", "gender": "female", "ethnicity": "indian"}


def test_two_faces_of_one_name_are_refused(people, tmp_path):
    shutil.copy(people / "person0.png", tmp_path / "anna.png")
    shutil.copy(people / "person1.png", tmp_path / "Anna.PNG")
    with pytest.raises(InputError, match=r"Two faces .* are called"):
        subjects(tmp_path)


def test_the_same_picture_twice_is_told(people, tmp_path):
    shutil.copy(people / "person0.png", tmp_path / "a.png")
    shutil.copy(people / "person0.png", tmp_path / "b.png")
    found = subjects(tmp_path)
    assert found[0].why == ""
    assert "the same picture as a" in found[1].why


def test_empty_places_are_refused(tmp_path):
    with pytest.raises(PictureError, match="no picture"):
        subjects(tmp_path)
    with pytest.raises(InputError, match="There is no file or folder"):
        subjects(tmp_path / "nowhere")
    empty = tmp_path / "faces.csv"
    empty.write_text("path\n", "utf-8")
    with pytest.raises(InputError, match="holds no faces"):
        subjects(empty)
    (tmp_path / "faces.doc").write_text("x", "utf-8")
    with pytest.raises(InputError, match="no place of faces"):
        subjects(tmp_path / "faces.doc")


def test_a_picture_that_changed_meanwhile_is_told(people, tmp_path):
    shutil.copy(people / "person0.png", tmp_path / "a.png")
    (only,) = subjects(tmp_path)
    shutil.copy(people / "person1.png", tmp_path / "a.png")
    with pytest.raises(PictureError, match="changed while the study ran"):
        only.read()
