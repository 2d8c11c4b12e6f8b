"""`bonaface parse` and `bonaface read`."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from bonaface.core.errors import WeightsMissing
from bonaface.measure import attributes, expression
from running import run


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def folder(tmp_path: Path, astronaut: np.ndarray) -> Path:
    """A photograph, a grey picture of nobody, and a file that is no picture."""
    Image.fromarray(astronaut).save(tmp_path / "one.png")
    Image.fromarray(np.full((90, 120, 3), 130, np.uint8)).save(tmp_path / "nobody.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut off")
    return tmp_path


def test_parse_writes_classes_of_the_pictures_size(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "labels"
    assert run("parse", folder / "one.png", "--out", out) == 0
    said = capsys.readouterr()
    assert "1 picture parsed (1 cut out)" in said.out
    assert "non-commercial" in said.err
    written = Image.open(out / "one.png")
    assert written.mode == "L"
    assert written.size == (512, 512)
    assert np.asarray(written).max() <= 18
    assert [path.name for path in out.iterdir()] == ["one.png"]


def test_parse_lists_what_it_could_not_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("parse", folder, "--out", folder / "labels") == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "Not done: broken.jpg" in said
    assert "No face was found in nobody.png" in said
    assert [path.name for path in (folder / "labels").iterdir()] == ["one.png"]


def test_parse_of_nothing_usable_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("parse", folder / "nobody.png", "--out", folder / "labels") == 2
    assert run("parse", folder / "nobody.png", folder / "broken.jpg", "--out", folder / "labels") == 2
    assert "Nothing could be parsed" in capsys.readouterr().err
    assert run("parse", folder / "nowhere.png", "--out", folder / "labels") == 2
    assert not (folder / "labels").exists()


def test_parse_into_a_folder_that_is_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "labels"
    out.mkdir()
    assert run("parse", folder / "nobody.png", "--aligned", "--out", out) == 0
    before = (out / "nobody.png").read_bytes()
    assert run("parse", folder / "nobody.png", "--aligned", "--out", out) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert run("parse", folder / "nobody.png", "--aligned", "--out", out, "--overwrite") == 0
    assert (out / "nobody.png").read_bytes() == before


def test_parse_never_replaces_its_input(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "one.png").read_bytes()
    assert run("parse", folder / "one.png", "--out", folder, "--overwrite") == 2
    assert "never overwritten" in capsys.readouterr().err
    assert (folder / "one.png").read_bytes() == before
    other = folder / "other"
    other.mkdir()
    (other / "one.jpg").write_bytes(before)
    assert run("parse", folder / "one.png", other / "one.jpg", "--out", folder / "labels") == 2
    assert "both become one.png" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["attributes", "expression"])
def test_read_writes_a_row_for_each_picture(folder: Path, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    table = folder / "table.csv"
    assert run("read", what, folder, "--out", table) == 1
    found = {row["name"]: row for row in rows(table)}
    assert [row["name"] for row in rows(table)] == ["broken.jpg", "nobody.png", "one.png"]
    assert {name: row["status"] for name, row in found.items()} == {
        "broken.jpg": "failed",
        "nobody.png": "not_applicable",
        "one.png": "ok",
    }
    assert "no face was found" in found["nobody.png"]["why"].casefold()
    assert found["one.png"]["why"] == ""
    assert found["one.png"]["framing"] == "cut out"
    names = attributes.NAMES if what == "attributes" else expression.NAMES
    head = ["name", "status", "why", "framing", "faces", *(["expression"] if what == "expression" else []), *names]
    assert list(found["one.png"]) == head
    values = [float(found["one.png"][name]) for name in names]
    assert all(0 <= value <= 1 for value in values)
    assert all(found["nobody.png"][name] == "" for name in names)
    if what == "expression":
        assert sum(values) == pytest.approx(1, abs=0.001)
        assert found["one.png"]["expression"] == names[int(np.argmax(values))]
    said = capsys.readouterr()
    assert "1 of 3 pictures read" in said.out
    assert "Not done: broken.jpg" in " ".join(said.err.split())


def test_read_of_declared_crops_looks_for_no_face(folder: Path) -> None:
    table = folder / "table.csv"
    assert run("read", "attributes", folder / "nobody.png", "--aligned", "--out", table) == 0
    assert rows(table)[0]["framing"] == "declared"
    assert run("read", "attributes", folder / "nobody.png", "--aligned", "--out", table) == 2
    assert run("read", "attributes", folder / "nobody.png", "--aligned", "--out", table, "--overwrite") == 0


def test_read_twice_is_the_same(folder: Path) -> None:
    for name in ("a.csv", "b.csv"):
        assert run("read", "attributes", folder / "one.png", "--out", folder / name) == 0
    assert (folder / "a.csv").read_bytes() == (folder / "b.csv").read_bytes()


def test_pictures_of_one_name_are_told_apart(folder: Path, astronaut: np.ndarray) -> None:
    other = folder / "other"
    other.mkdir()
    cv2.imwrite(str(other / "one.png"), astronaut[..., ::-1])
    table = folder / "table.csv"
    assert run("read", "expression", folder / "one.png", other / "one.png", "--out", table) == 0
    assert len({row["name"] for row in rows(table)}) == 2


def test_read_writes_csv_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("read", "attributes", folder / "one.png", "--out", folder / "table.xlsx") == 2
    assert "End its name in .csv" in capsys.readouterr().err
    assert run("read", "attributes", folder / "nowhere.png", "--out", folder / "table.csv") == 2
    assert not (folder / "table.csv").exists()


def test_missing_weights_are_said_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing() -> None:
        raise WeightsMissing("bonaface-parser.onnx was not found. Install Bonaface again.")

    monkeypatch.setattr("bonaface.api.wiring.parser", missing)
    assert run("parse", folder, "--out", folder / "labels") == 2
    assert "bonaface-parser.onnx was not found" in capsys.readouterr().err
