"""Where faces come from, and what is wrong with them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data

from bonaface.core.errors import InputError
from bonaface.train.faces import merged, open_faces, with_landmarks


def jpeg(value: int = 90) -> bytes:
    return cv2.imencode(".jpg", np.full((32, 32, 3), value, np.uint8))[1].tobytes()


def write_table(path, images, **columns):
    """A Parquet file in the layout of Hugging Face images."""
    import duckdb

    with duckdb.connect() as database:
        database.execute("CREATE TABLE t (name VARCHAR, image STRUCT(bytes BLOB, path VARCHAR))")
        for number, image in enumerate(images):
            database.execute("INSERT INTO t VALUES (?, {'bytes': ?::BLOB, 'path': NULL})", [f"face-{number}", image])
        for name, (kind, values) in columns.items():
            database.execute(f'ALTER TABLE t ADD COLUMN "{name}" {kind}')
            for number, value in enumerate(values):
                database.execute(f'UPDATE t SET "{name}" = ? WHERE name = ?', [value, f"face-{number}"])  # noqa: S608
        database.execute(f"COPY (SELECT * FROM t ORDER BY name) TO '{path}' (FORMAT parquet)")  # noqa: S608


def test_a_table_with_columns(tmp_path):
    points = [[float(i) for i in range(136)]] * 2
    write_table(tmp_path / "t.parquet", [jpeg(), jpeg()], landmarks68=("FLOAT[]", points), identity=("INTEGER", [4, 5]))

    faces = open_faces(tmp_path / "t.parquet", ("landmarks68", "identity"))

    assert faces.names == ("face-0", "face-1")
    assert faces.columns["landmarks68"].shape == (2, 68, 2)
    assert faces.columns["landmarks68"][0, 1].tolist() == [2, 3]
    assert faces.picture(0).shape == (32, 32, 3)


def test_corrupt_pictures_are_skipped_counted_and_named(tmp_path):
    broken = jpeg()[:40]
    write_table(tmp_path / "t.parquet", [jpeg(), broken, b"", jpeg()], identity=("INTEGER", [1, 2, 3, None]))

    faces = open_faces(tmp_path / "t.parquet", ("identity",))

    assert faces.names == ("face-0",)
    assert {one.name: one.why for one in faces.skipped} == {
        "face-1": "not a JPEG or PNG that can be decoded",
        "face-2": "no picture in the row",
        "face-3": "no value in identity",
    }


def test_a_table_without_the_columns_says_which_it_has(tmp_path):
    write_table(tmp_path / "t.parquet", [jpeg()], identity=("INTEGER", [1]))

    with pytest.raises(InputError, match=r"no column 'attr_\*'.*name, image, identity"):
        open_faces(tmp_path / "t.parquet", ("attr_*",))


def test_a_table_without_pictures(tmp_path):
    import duckdb

    duckdb.sql(f"COPY (SELECT 1 AS identity) TO '{tmp_path / 't.parquet'}' (FORMAT parquet)")

    with pytest.raises(InputError, match="no column 'image'"):
        open_faces(tmp_path / "t.parquet")


def test_no_picture_that_can_be_used(tmp_path):
    write_table(tmp_path / "t.parquet", [b"nothing"])

    with pytest.raises(InputError, match="None of 1 pictures"):
        open_faces(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder / "absent", "is not there"),
        (lambda folder: folder, "holds no face data"),
        (lambda folder: _file(folder / "a.txt"), "is no Parquet file"),
    ],
)
def test_no_face_data_at_the_path(tmp_path, make, says):
    with pytest.raises(InputError, match=says):
        open_faces(make(tmp_path))


def _file(path):
    path.write_text("x")
    return path


def test_a_folder_of_pictures_has_no_columns(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.jpg").write_bytes(jpeg())
    (tmp_path / "b.png").write_bytes(b"broken")

    faces = open_faces(tmp_path)

    assert faces.names == ("sub/a.jpg",)
    assert [one.name for one in faces.skipped] == ["b.png"]
    with pytest.raises(InputError, match="holds pictures only"):
        open_faces(tmp_path, ("identity",))


def test_a_hugging_face_folder(tmp_path):
    datasets = pytest.importorskip("datasets", reason="Arrow folders need `pip install datasets`")
    rows = {"image": [{"bytes": jpeg(), "path": None}], "identity": [3]}
    features = datasets.Features({"image": datasets.Image(), "identity": datasets.Value("int32")})
    datasets.Dataset.from_dict(rows, features=features).save_to_disk(str(tmp_path / "hf"))

    faces = open_faces(tmp_path / "hf", ("identity",))

    assert len(faces) == 1
    assert faces.columns["identity"].tolist() == [3]


def test_landmarks_are_found_where_there_are_none(tmp_path):
    face = cv2.cvtColor(skimage.data.astronaut()[:256, 96:352], cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(tmp_path / "astronaut.png"), face)
    cv2.imwrite(str(tmp_path / "nobody.png"), np.zeros((64, 64, 3), np.uint8))

    faces = with_landmarks(open_faces(tmp_path))

    assert faces.names == ("astronaut.png",)
    assert faces.columns["landmarks68"].shape == (1, 68, 2)
    assert [one.why for one in faces.skipped] == ["no face was found"]
    both = merged([faces, faces])
    assert both.names == ("astronaut.png", "astronaut.png")
    assert both.columns["identity"].tolist() == [-1, -1]
