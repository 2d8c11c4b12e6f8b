"""Parquet against pyarrow and DuckDB itself; TIFF against three other readers."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import io as skio

from bonaface.core.errors import InputError, OutputExists
from bonaface.io.store import iter_parquet, read_parquet, write_parquet, write_tiff

TABLE = {
    "name": ["a", None, "ü'\"\n;--"],
    "score": [1.5, None, float("inf")],
    "mixed": [1, 2.5, None],
    "count": [2**62, -3, None],
    "good": [True, None, False],
    "nothing": [None, None, None],
    'odd "column", with\'quotes': [1, 2, 3],
}


def test_values_come_back(tmp_path):
    write_parquet(tmp_path / "a.parquet", TABLE)
    assert read_parquet(tmp_path / "a.parquet") == TABLE
    assert list(read_parquet(tmp_path / "a.parquet")) == list(TABLE)


def test_types(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    write_parquet(tmp_path / "a.parquet", TABLE)
    table = parquet.read_table(tmp_path / "a.parquet")
    types = [str(kind) for kind in table.schema.types]
    assert types == ["string", "double", "double", "int64", "bool", "string", "int64"]
    assert table.to_pydict() == TABLE


def test_numpy_values(tmp_path):
    columns = {"a": np.array([1.5, 2.5]), "b": np.array([1, 2], np.int32), "c": [np.bool_(True), None]}
    write_parquet(tmp_path / "a.parquet", columns)
    assert read_parquet(tmp_path / "a.parquet") == {"a": [1.5, 2.5], "b": [1, 2], "c": [True, None]}


def test_some_columns_in_the_order_asked(tmp_path):
    write_parquet(tmp_path / "a.parquet", TABLE)
    assert list(read_parquet(tmp_path / "a.parquet", ["good", "name"])) == ["good", "name"]


def test_no_rows(tmp_path):
    write_parquet(tmp_path / "a.parquet", {"a": [], "b": []})
    assert read_parquet(tmp_path / "a.parquet") == {"a": [], "b": []}


@pytest.mark.parametrize("name", ["it's.parquet", "[1]*?.parquet", "ü 雪.parquet", "a=1/b.parquet", "';DROP.parquet"])
def test_odd_paths(tmp_path, name):
    write_parquet(tmp_path / name, {"x": [1, 2]})
    assert read_parquet(tmp_path / name) == {"x": [1, 2]}


def test_wildcards_are_plain_characters(tmp_path):
    write_parquet(tmp_path / "ab.parquet", {"x": [1]})
    write_parquet(tmp_path / "a*.parquet", {"x": [2]})
    assert read_parquet(tmp_path / "a*.parquet") == {"x": [2]}


def test_the_same_rows_give_the_same_bytes(tmp_path):
    columns = {"i": list(range(5000)), "s": [f"row {i % 7}" for i in range(5000)]}
    for name in ("a", "b"):
        write_parquet(tmp_path / name, columns)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert read_parquet(tmp_path / "a") == columns


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({}, "needs a column"),
        ({"a": [1], "b": [1, 2]}, "different lengths"),
        ({"a": [float("nan")]}, "NaN"),
        ({"a": [np.float32("nan")]}, "NaN"),
        ({"a": [1, "x"]}, "int, str"),
        ({"a": [True, 1]}, "bool, int"),
        ({"a": [2**63]}, "64 bits"),
        ({"a": [b"x"]}, "bytes"),
        ({"a": [1], "A": [2]}, "same name"),
    ],
)
def test_what_is_no_table(tmp_path, columns, text):
    with pytest.raises(ValueError, match=text):
        write_parquet(tmp_path / "a.parquet", columns)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_unasked(tmp_path):
    write_parquet(tmp_path / "a.parquet", {"x": [1]})
    with pytest.raises(OutputExists):
        write_parquet(tmp_path / "a.parquet", {"x": [2]})
    write_parquet(tmp_path / "a.parquet", {"x": [3]}, overwrite=True)
    assert read_parquet(tmp_path / "a.parquet") == {"x": [3]}
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


def test_reading_what_is_not_there(tmp_path):
    with pytest.raises(InputError, match="is not there"):
        read_parquet(tmp_path / "gone.parquet")
    (tmp_path / "a.parquet").write_bytes(b"PAR1nonsense")
    with pytest.raises(InputError, match="cannot be read as a Parquet file"):
        read_parquet(tmp_path / "a.parquet")
    write_parquet(tmp_path / "b.parquet", {"x": [1]})
    with pytest.raises(InputError, match="has no column 'y'; it has x"):
        read_parquet(tmp_path / "b.parquet", ["y"])


def test_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        write_parquet(tmp_path / "file" / "a.parquet", {"x": [1]})


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False))), st.data())
def test_any_numbers_and_texts(tmp_path, numbers, data):
    letters = st.text(st.characters(exclude_categories=["Cs"]))
    texts = data.draw(st.lists(letters, min_size=len(numbers), max_size=len(numbers)))
    write_parquet(tmp_path / "a.parquet", {"n": numbers, "t": texts}, overwrite=True)
    assert read_parquet(tmp_path / "a.parquet") == {"n": numbers, "t": texts}


def test_rows_one_at_a_time(tmp_path):
    write_parquet(tmp_path / "a.parquet", {"i": list(range(1000)), "s": ["x", "y"] * 500, "dotted.name": [0] * 1000})
    rows = list(iter_parquet(tmp_path / "a.parquet", ["i", "dotted.name"], {"s": "y"}, batch=7))
    assert rows == [{"i": i, "dotted.name": 0} for i in range(1, 1000, 2)]
    with pytest.raises(InputError, match="no column 'z'"):
        next(iter_parquet(tmp_path / "a.parquet", ["i"], {"z": 1}))


def test_pictures_and_landmarks_of_the_dataset(data):
    import duckdb

    path = data / "celeba_val.parquet"
    rows = iter_parquet(path, ["image.bytes", "landmarks68", "identity"])
    first = next(rows)
    assert first["image.bytes"][:3] == b"\xff\xd8\xff"
    assert len(first["landmarks68"]) == 136
    assert 0 < first["landmarks68"][0] < 128
    assert 1 + sum(1 for _ in rows) == 628
    same = {"identity": first["identity"]}
    found = list(iter_parquet(path, ["identity"], same))
    assert found
    assert all(row == same for row in found)
    assert duckdb.execute("select count(*) from read_parquet(?)", [str(path)]).fetchone() == (628,)
    count = "select count(*) from read_parquet(?) where identity = ?"
    assert duckdb.execute(count, [str(path), first["identity"]]).fetchone() == (len(found),)


def test_tiff_is_read_by_others(tmp_path):
    plane = np.random.default_rng(0).normal(0, 3, (37, 53)).astype(np.float32)
    path = tmp_path / "a.tif"
    write_tiff(path, plane)
    assert np.array_equal(tifffile.imread(path), plane)
    assert np.array_equal(skio.imread(path), plane)
    assert np.array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), plane)
    assert np.array_equal(np.asarray(Image.open(path)), plane)


def test_tiff_is_compressed_and_repeatable(tmp_path):
    plane = np.zeros((200, 200), np.float32)
    write_tiff(tmp_path / "a.tif", plane)
    write_tiff(tmp_path / "b.tif", plane)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()
    assert (tmp_path / "a.tif").stat().st_size < 3000


@pytest.mark.parametrize(
    ("plane", "text"),
    [
        (np.array([[np.nan]], np.float32), "NaN"),
        (np.array([[np.inf]], np.float32), "infinite"),
        (np.zeros((4, 4, 3), np.float32), "shape"),
        (np.zeros((4, 4), np.uint8), "uint8"),
    ],
)
def test_what_is_no_map(tmp_path, plane, text):
    with pytest.raises(ValueError, match=text):
        write_tiff(tmp_path / "a.tif", plane)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_column_of_numbers_stays_one(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "table.parquet"
    write_parquet(path, {"name": ["a", "b"], "score": [None, None]}, numbers=["score"])
    described = duckdb.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    assert {name: kind for name, kind, *_ in described} == {"name": "VARCHAR", "score": "DOUBLE"}
