"""`bonaface edit`, with the editor that comes with Bonaface."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from bonaface.edit import EDITORS
from bonaface.edit.layer import Layer
from bonaface.edit.layer_graph import LayerFacts, layer_graph
from running import run


def said(capsys) -> tuple[str, str]:
    """Standard output and error, on one line each."""
    out, err = capsys.readouterr()
    return " ".join(out.split()), " ".join(err.split())


@pytest.fixture
def photo(tmp_path, astronaut) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(astronaut[0:256, 90:346]).save(path)
    return path


@pytest.fixture
def layer(tmp_path) -> Path:
    """An expression layer of one's own: a little darker everywhere."""
    path = tmp_path / "bored.onnx"
    made = Layer(np.full((256, 256, 3, 1), 0.8), np.zeros((256, 256, 3)))
    path.write_bytes(layer_graph(made, LayerFacts("bored", "neutral", 256, {})))
    return path


def test_a_photograph(photo, tmp_path, capsys):
    out = tmp_path / "out"
    assert run("edit", photo, "--to", "neutral", "--with", "ridge", "--out", out) == 0
    printed, err = said(capsys)
    assert f"1 photograph, 1 face made neutral by ridge: {out / 'photo-neutral.png'}" in printed
    assert "Outside of the edited region, which has" in printed
    assert "it is identical to the photograph: checked after encoding." in printed
    assert "iBUG 300-W" in err
    line = json.loads((out / "edit.jsonl").read_text())
    x0, y0, x1, y1 = line["edited_region"]["box"]
    before, after = (np.asarray(Image.open(path)) for path in (photo, out / "photo-neutral.png"))
    outside = np.ones((256, 256), bool)
    outside[y0:y1, x0:x1] = False
    assert (before[outside] == after[outside]).all()
    assert (before != after).any()
    assert run("edit", photo, "--to", "smile", "--with", "ridge", "--out", out) == 0
    assert sorted(path.name for path in out.iterdir()) == ["edit.jsonl", "photo-happy.png", "photo-neutral.png"]


def test_the_first_editor_that_can_is_taken_and_named(photo, tmp_path, capsys):
    assert run("edit", photo, "--to", "neutral", "--out", tmp_path / "out") == 0
    first = next(card.id for card in EDITORS if "neutral" in card.targets)
    assert f"Editing with {first}, the first that can and is here; --with names another." in said(capsys)[1]


def test_every_option(photo, tmp_path, capsys):
    mask = np.zeros((256, 256), np.uint8)
    mask[90:150, 90:190] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    words = ("--to", "neutral", "--with", "ridge", "--strength", 1.5, "--sharpness", "editor", "--region",
             tmp_path / "mask.png", "--box", "90,70,185,165", "--knob", "threads=1", "--seed", 4)  # fmt: skip
    name = tmp_path / "out" / "other.tif"
    assert run("edit", photo, *words, "--out", name) == 0
    line = json.loads((tmp_path / "out" / "edit.jsonl").read_text())
    assert (line["strength"], line["sharpness"], line["seed"], line["knobs"]) == (1.5, "editor", 4, {"threads": 1})
    assert (line["given"], line["format"], line["output"]) == ("box", "tiff", "other.tif")
    assert line["faces"][0]["detector"] == "given"
    assert len(line["region_sha256"]) == 64
    assert "given as a box, in which its landmarks were predicted" in said(capsys)[1]
    before, after = np.asarray(Image.open(photo)), np.asarray(Image.open(name))
    assert (before[mask == 0] == after[mask == 0]).all()
    assert (before != after).any()


def test_again_and_in_another_way(photo, tmp_path, capsys):
    words = ("edit", photo, "--to", "neutral", "--with", "ridge", "--out", tmp_path / "out")
    assert run(*words) == 0
    capsys.readouterr()
    assert run(*words) == 0
    printed, err = said(capsys)
    assert "1 of 1 was done already" in err
    assert "Nothing was left to do" in printed
    assert run(*words, "--strength", 0.5) == 2
    assert "--overwrite" in said(capsys)[1]
    assert run(*words, "--strength", 0.5, "--overwrite") == 0


def test_a_folder(photo, tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    photo.rename(folder / "photo.png")
    Image.new("RGB", (200, 200), "grey").save(folder / "sky.png")
    assert run("edit", folder, "--to", "neutral", "--with", "ridge", "--out", tmp_path / "out") == 1
    printed, err = said(capsys)
    assert "1 photograph, 1 face made neutral by ridge" in printed
    assert "Not done: sky.png: No face was found" in err


def test_several_photographs_and_one_name(photo, tmp_path, capsys):
    other = tmp_path / "other.png"
    other.write_bytes(photo.read_bytes())
    assert run("edit", photo, other, "--to", "neutral", "--with", "ridge", "--out", tmp_path / "one.png") == 2
    assert "2 photographs were given, and --out" in said(capsys)[1]
    assert run("edit", photo, other, "--to", "neutral", "--with", "ridge", "--out", tmp_path, "--box", "1,1,90,90") == 2
    assert "speak of one photograph" in said(capsys)[1]


def test_a_jpeg_only_when_asked(photo, tmp_path, capsys):
    assert run("edit", photo, "--to", "neutral", "--with", "ridge", "--out", tmp_path / "out", "--format", "jpeg") == 0
    printed, err = said(capsys)
    assert (tmp_path / "out" / "photo-neutral.jpg").is_file()
    assert "identical to the photograph: checked" not in printed
    assert "a JPEG has losses everywhere" in err
    words = ("--to", "neutral", "--with", "ridge", "--out", tmp_path / "a.png")
    assert run("edit", photo, *words, "--format", "jpeg") == 2
    assert "--out ends in .png, and --format is jpeg" in said(capsys)[1]


def test_a_layer_of_ones_own(photo, layer, tmp_path, capsys):
    words = ("edit", photo, "--with", "ridge", "--weights", layer, "--out", tmp_path / "out")
    assert run(*words, "--to", "bored") == 0
    assert "1 face made bored by ridge" in said(capsys)[0]
    line = json.loads((tmp_path / "out" / "edit.jsonl").read_text())
    assert list(line["weights"]) == ["bored.onnx"]
    assert run(*words, "--to", "happy") == 2
    assert "makes faces bored; happy was asked for" in said(capsys)[1]
    assert run("edit", photo, "--weights", layer, "--to", "bored", "--out", tmp_path / "out") == 2
    assert "Name it (--with ridge" in said(capsys)[1]


def test_no_layer(photo, tmp_path, capsys):
    words = ("edit", photo, "--with", "ridge", "--to", "happy", "--out", tmp_path / "out", "--weights")
    (tmp_path / "text.onnx").write_text("no graph")
    assert run(*words, tmp_path / "text.onnx") == 2
    assert "expression layer" in said(capsys)[1]
    assert run(*words, tmp_path / "none.onnx") == 2
    assert "There is no file" in said(capsys)[1]
    assert not (tmp_path / "out").exists()


def small(tmp_path, astronaut):
    Image.fromarray(cv2.resize(astronaut, (128, 128), interpolation=cv2.INTER_AREA)).save(tmp_path / "small.png")
    return tmp_path / "small.png"


def empty(tmp_path, _):
    Image.new("RGB", (200, 200), "grey").save(tmp_path / "sky.png")
    return tmp_path / "sky.png"


def whole(tmp_path, astronaut):
    Image.fromarray(astronaut).save(tmp_path / "whole.png")
    return tmp_path / "whole.png"


@pytest.mark.parametrize(
    ("make", "words", "why"),
    [
        (whole, ("--to", "sad", "--with", "ridge"), "Nobody trained ridge to make a face sad: it makes"),
        (whole, ("--to", "sad", "--with", "ridge"), "bonaface train ridge --pairs A/ B/"),
        (whole, ("--to", "hapy"), "Did you mean happy"),
        (whole, ("--to", "happy", "--with", "rigde"), "no editor called 'rigde'. Did you mean ridge?"),
        (whole, ("--with", "ridge"), "bonaface edit PHOTO --to happy --out FOLDER"),
        (whole, ("--to", "happy", "--face", "two"), "--face is 'two'; expected a number"),
        (whole, ("--to", "happy", "--with", "ridge", "--face", "7"), "Face 7 was asked for, but"),
        (whole, ("--to", "happy", "--box", "1,2,3"), "expected four numbers"),
        (whole, ("--to", "happy", "--with", "ridge", "--knob", "w=1"), "no knob called 'w'"),
        (whole, ("--to", "happy", "--strength", "7"), "The strength is 7; expected 0"),
        (whole, ("--to", "happy", "--with", "ridge", "--commercial-only"), "iBUG 300-W"),
        (whole, ("--to", "happy", "--with", "ridge", "--format", "bmp"), "'bmp'; expected png"),
        (small, ("--to", "happy", "--with", "ridge"), "face 1 is too small"),
        (empty, ("--to", "happy", "--with", "ridge"), "Say where it is (--box or --landmarks)"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(make, words, why, tmp_path, astronaut, capsys):
    out = tmp_path / "out"
    assert run("edit", make(tmp_path, astronaut), *words, "--out", out) == 2
    printed, err = said(capsys)
    assert why in err
    assert printed == ""
    assert not out.exists()


def test_a_face_that_cannot_be_edited(photo, tmp_path, capsys):
    mask = np.zeros((256, 256), np.uint8)
    mask[250:, :6] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    words = ("--to", "happy", "--with", "ridge", "--region", tmp_path / "mask.png")
    assert run("edit", photo, *words, "--out", tmp_path / "out") == 2
    assert "make it reach into the face" in said(capsys)[1]
    assert not (tmp_path / "out").exists()


def test_the_list(capsys):
    assert run("edit", "--list") == 0
    printed, _ = said(capsys)
    for card in EDITORS:
        assert card.id in printed
        assert card.licence[:20] in printed
    assert "happy, neutral" in printed
    assert "bonaface train ridge --pairs A/ B/" in printed
