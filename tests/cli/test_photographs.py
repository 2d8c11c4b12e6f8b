"""`bonaface restore` on whole photographs, with small graphs in place of published ones."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from bonaface.cli.photographs import parsed_knobs
from bonaface.core.errors import InputError
from bonaface.io.pins import Pin, record_pin
from bonaface.jobs import photos
from bonaface.restore import RESTORERS
from made_graphs import write_graph
from made_restorers import group
from running import run


def said(capsys) -> tuple[str, str]:
    """Standard output and error, on one line each."""
    out, err = capsys.readouterr()
    return " ".join(out.split()), " ".join(err.split())


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A folder of weights, and a function that puts a made graph for an unpinned card there."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("BONAFACE_MODELS", str(folder))

    def put(name="gfpgan-1.2", **how) -> Path:
        path = write_graph(folder, name, **how)
        data = path.read_bytes()
        (folder / "pins.json").unlink(missing_ok=True)
        record_pin(folder, path.name, Pin(hashlib.sha256(data).hexdigest(), len(data), "put there by hand"))
        return path

    return put


@pytest.fixture
def photo(tmp_path, astronaut) -> Path:
    path = tmp_path / "photo.jpg"
    soft = cv2.GaussianBlur(astronaut[0:256, 90:346], (0, 0), 1)
    Image.fromarray(soft).save(path, quality=95, subsampling=0, dpi=(300, 300))
    return path


def test_a_photograph(models, photo, tmp_path, capsys):
    models()
    out = tmp_path / "out"
    assert run("restore", photo, "--out", out) == 0
    printed, err = said(capsys)
    assert "Restoring with gfpgan-1.2, the best that is here" in err
    assert "iBUG 300-W" in err
    assert "--scale" in err
    assert f"1 photograph, 1 face restored: {out / 'photo.jpg'}" in printed
    assert sorted(path.name for path in out.iterdir()) == ["photo.jpg", "restore.jsonl"]
    made, given = (np.asarray(Image.open(path), float) for path in (out / "photo.jpg", photo))
    assert made.shape == given.shape
    assert Image.open(out / "photo.jpg").info["dpi"] == (300, 300)
    line = json.loads((out / "restore.jsonl").read_text())
    assert line["restorer"] == "gfpgan-1.2"
    assert list(line["weights"]) == ["gfpgan_1.2.onnx"]
    assert len(line["weights"]["gfpgan_1.2.onnx"]) == 64
    assert line["engine"] in ("onnxruntime", "openvino")
    x0, y0, x1, y1 = (round(v) for v in line["faces"][0]["box"])
    expected = (given / 127.5 - 1) * 0.8 * 127.5 + 127.5
    inner = np.s_[y0 + 10 : y1 - 10, x0 + 10 : x1 - 10]
    assert np.abs(made - expected)[inner].mean() < 2
    assert np.abs(made - given)[:, :10].mean() < 1.5
    assert b"compositeWithTrainedAlgorithmicMedia" in (out / "photo.jpg").read_bytes()


def test_every_option(models, photo, tmp_path, capsys):
    models()
    words = ("--model", "gfpgan-1.2", "--scale", 2, "--mask-shape", "face", "--feather", 0.05, "--match-colour",
             "--keep-stages", "--seed", 3, "--device", "cpu", "--knob", "threads=1", "--face", 1)  # fmt: skip
    out = tmp_path / "out"
    assert run("restore", photo, "--out", out, *words) == 0
    line = json.loads((out / "restore.jsonl").read_text())
    assert (line["scale"], line["mask"], line["feather"], line["colour_match"]) == (2.0, "face", 0.05, True)
    assert (line["seed"], line["knobs"]) == (3, {"threads": 1, "device": "cpu"})
    assert (out / line["faces"][0]["stages"] / "restored.png").is_file()
    assert Image.open(out / "photo.jpg").size == (512, 512)
    assert line["faces"][0]["colour"] is not None
    capsys.readouterr()
    assert run("restore", photo, "--out", out, *words) == 0
    printed, err = said(capsys)
    assert "1 of 1 was done already" in err
    assert "Nothing was left to do" in printed
    assert run("restore", photo, "--out", out, "--model", "gfpgan-1.2") == 2
    assert "--overwrite" in said(capsys)[1]
    assert run("restore", photo, "--out", out, "--model", "gfpgan-1.2", "--overwrite") == 0
    assert not (out / "stages").exists()


@pytest.mark.parametrize(("kind", "why"), [("identity", "exactly what it was given"), ("black", "black everywhere")])
def test_a_failure_is_visible(models, photo, tmp_path, capsys, kind, why):
    models(kind=kind)
    out = tmp_path / "out"
    assert run("restore", photo, "--out", out) == 1
    printed, err = said(capsys)
    assert "Not done: photo.jpg, face 1: the restorer delivered" in err
    assert why in err
    assert "restored" not in printed
    assert [path.name for path in out.iterdir()] == ["restore.jsonl"]
    line = json.loads((out / "restore.jsonl").read_text())
    assert (line["status"], line["output"]) == ("failed", None)
    assert why in line["faces"][0]["why"]


def test_not_a_number_is_a_failure(models, photo, tmp_path, capsys):
    models(kind="nan")
    assert run("restore", photo, "--out", tmp_path / "out") == 1
    assert "NaN or infinite" in said(capsys)[1]


def test_a_folder_with_a_broken_picture(models, photo, tmp_path, capsys):
    models()
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(photo.read_bytes())
    (folder / "b.jpg").write_bytes(photo.read_bytes()[:2000])
    (folder / "c.jpg").write_bytes(photo.read_bytes())
    out = tmp_path / "out"
    assert run("restore", folder, "--out", out) == 1
    printed, err = said(capsys)
    assert "2 photographs, 2 faces restored" in printed
    assert "Not done: b.jpg" in err
    assert (out / "a.jpg").read_bytes() != b""
    assert (out / "c.jpg").exists()
    assert run("restore", folder, "--out", out) == 1
    assert "2 of 3 were done already" in said(capsys)[1]


def test_a_group(models, astronaut, tmp_path):
    models()
    Image.fromarray(group(cv2.GaussianBlur(astronaut, (0, 0), 1))).save(tmp_path / "three.png")
    assert run("restore", tmp_path / "three.png", "--out", tmp_path / "out", "--keep-stages") == 0
    line = json.loads((tmp_path / "out/restore.jsonl").read_text())
    assert [face["stages"] for face in line["faces"]] == [f"stages/three.png/face{n}" for n in (1, 2, 3)]


def test_noise_that_no_seed_fixes_is_said(models, photo, tmp_path, capsys):
    models(kind="random")
    assert run("restore", photo, "--out", tmp_path / "out") == 0
    assert "draws noise that no seed fixes" in said(capsys)[1]
    assert json.loads((tmp_path / "out/restore.jsonl").read_text())["noise"] == "unfixable"


def test_without_any_model_faces_become_crops_and_it_is_said(photo, tmp_path, capsys, models):
    assert run("restore", photo, "--out", tmp_path / "out") == 0
    assert "bonaface models fetch gfpgan-1.4" in said(capsys)[1]
    assert Image.open(tmp_path / "out/photo.png").size == (128, 128)


def test_crops_and_aligned_crops(models, photo, tmp_path):
    models()
    assert run("restore", photo, "--out", tmp_path / "crops", "--model", "gfpgan-1.2", "--crops") == 0
    made = Image.open(tmp_path / "crops/photo.png")
    assert made.size == (512, 512)
    record = json.loads(made.text["bonaface"])
    assert record["restorer"] == "gfpgan-1.2"
    assert len(record["weights"]["gfpgan_1.2.onnx"]) == 64
    words = ("--model", "gfpgan-1.2", "--aligned", "--knob", "threads=1")
    assert run("restore", tmp_path / "crops/photo.png", "--out", tmp_path / "aligned", *words) == 0
    again = np.asarray(Image.open(tmp_path / "aligned/photo.png"), float)
    expected = (np.asarray(made, float) / 127.5 - 1) * 0.8 * 127.5 + 127.5
    assert np.abs(again - expected).max() <= 1


def test_missing_weights_say_how_to_get_them(models, photo, tmp_path, capsys):
    assert run("restore", photo, "--out", tmp_path / "out", "--model", "gpen-bfr-512") == 2
    assert "bonaface models fetch" in said(capsys)[1]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--scale", "0.5"], "expected 1 to 8"),
        (["--mask-shape", "oval"], "expected box or face"),
        (["--feather", "2"], "expected 0.01 to 0.5"),
        (["--knob", "w"], "expected NAME=VALUE"),
        (["--knob", "w=0.7"], "no knob called 'w'"),
        (["--knob", "threads=1", "--knob", "threads=2"], "sets threads twice"),
        (["--device", "cpu", "--knob", "device=cuda"], "Give one of them"),
        (["--device", "abacus"], "abacus"),
        (["--aligned", "--scale", "2"], "--scale: for whole photographs only"),
        (["--crops", "--keep-stages"], "--keep-stages: for whole photographs only"),
        (["--box", "1,2,3"], "four numbers"),
        (["--edit", "mouth=0,4"], "takes no landmarks"),
    ],
)
def test_usage(models, photo, tmp_path, capsys, words, text):
    models()
    assert run("restore", photo, "--out", tmp_path / "out", "--model", "gfpgan-1.2", *words) == 2
    assert text in said(capsys)[1]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("model", "knob", "text"),
    [
        ("codeformer", "w=abc", "The knob w of codeformer is 'abc'; expected a number from 0 to 1"),
        ("codeformer", "w=", "The knob w of codeformer is ''; expected a number from 0 to 1"),
        ("codeformer", "w=1.5", "is 1.5; expected a number from 0 to 1"),
        ("codeformer", "w=nan", "is nan; expected a number from 0 to 1"),
        ("gfpgan-1.2", "threads=abc", "The knob threads of gfpgan-1.2 is 'abc'; expected a whole number, 1 or more"),
        ("gfpgan-1.2", "threads=0", "is 0; expected a whole number, 1 or more"),
        ("gfpgan-1.2", "threads=1.5", "is 1.5; expected a whole number, 1 or more"),
        ("gfpgan-1.2", "threads=true", "is True; expected a whole number, 1 or more"),
        ("gfpgan-1.2", "engine=fast", "is 'fast'; expected one of auto, onnxruntime, openvino"),
        ("pro-uigan-compact", "reduce=maybe", "is 'maybe'; expected true or false"),
        ("pro-uigan-compact", "threads=abc", "is 'abc'; expected a whole number, 1 or more"),
        ("bicubic", "size=3", "expected height and width in pixels"),
    ],
)
def test_a_knob_that_cannot_be_set_so(photo, tmp_path, capsys, monkeypatch, model, knob, text):
    monkeypatch.setenv("BONAFACE_MODELS", str(tmp_path))
    own = write_graph(tmp_path, model) if RESTORERS[model].pastes else None
    weights = [] if own is None else ["--weights", own]
    assert run("restore", photo, "--out", tmp_path / "out", "--model", model, *weights, "--knob", knob) == 2
    err = said(capsys)[1]
    assert text in err
    assert "fault in Bonaface" not in err
    assert not (tmp_path / "out").exists()


def test_a_device_that_cannot_be_had(models, photo, tmp_path, capsys):
    models()
    words = ("--out", tmp_path / "out", "--model", "gfpgan-1.2", "--device", "rocm")
    assert run("restore", photo, *words) == 2
    err = said(capsys)[1]
    assert "is to be computed on 'rocm', which cannot be had here. Name a device that can (cpu" in err
    assert "Provider" not in err


def test_a_tampered_model_is_named_where_the_default_is_chosen(models, photo, tmp_path, capsys):
    models("gfpgan-1.2")
    (tmp_path / "models" / "gfpgan_1.4.onnx").write_bytes(b"tampered with")
    assert run("restore", photo, "--out", tmp_path / "out") == 0
    err = said(capsys)[1]
    assert "Note: gfpgan-1.4 is here and cannot be used:" in err
    assert "gfpgan_1.4.onnx does not hold gfpgan_1.4.onnx: its SHA-256 is" in err
    assert "Restoring with gfpgan-1.2, the best that is here and can be used" in err
    (tmp_path / "models" / "gfpgan_1.2.onnx").unlink()
    assert run("restore", photo, "--out", tmp_path / "crops") == 0
    assert "no model that restores whole photographs that is here can be used" in said(capsys)[1]


def test_being_stopped_says_what_stays(models, photo, tmp_path, capsys, monkeypatch):
    models()
    (tmp_path / "in").mkdir()
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / "in" / name).write_bytes(photo.read_bytes())
    really, calls = photos.restore_one, []

    def stopping(*given):
        calls.append(given)
        if len(calls) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return really(*given)

    monkeypatch.setattr(photos, "restore_one", stopping)
    assert run("restore", tmp_path / "in", "--out", tmp_path / "out") == 130
    err = said(capsys)[1]
    assert f"Stopped. 1 of 3 is finished and stays in {tmp_path / 'out'}; nothing is half written." in err
    assert "The same command goes on from there." in err
    assert run("restore", tmp_path / "in", "--out", tmp_path / "out") == 0
    assert "1 of 3 was done already" in said(capsys)[1]


def test_a_grey_photograph(models, photo, tmp_path, capsys):
    models()
    Image.open(photo).convert("L").save(tmp_path / "grey.jpg", quality=95)
    assert run("restore", tmp_path / "grey.jpg", "--out", tmp_path / "out") == 0
    assert Image.open(tmp_path / "out/grey.jpg").mode == "L"
    assert "what a model made in colour is delivered as its luma" in said(capsys)[1]
    notes = json.loads((tmp_path / "out/restore.jsonl").read_text())["notes"]
    assert not any("turned into RGB" in note for note in notes)


def test_several_photographs_and_one_place(models, photo, tmp_path, capsys):
    models()
    words = ("--out", tmp_path / "out", "--model", "gfpgan-1.2", "--box", "80,60,190,180")
    assert run("restore", photo, photo.parent, *words) == 2
    assert "speak of one picture" in said(capsys)[1]
    assert run("restore", photo, *words) == 0


def test_pro_uigan_does_not_paste(photo, tmp_path, capsys):
    assert run("restore", photo, "--out", tmp_path / "out", "--model", "pro-uigan-compact", "--scale", 2) == 2
    assert "pro-uigan-compact delivers crops here" in said(capsys)[1]


def test_knobs_are_numbers_where_they_can_be():
    card = RESTORERS["codeformer"]
    assert parsed_knobs(["w=0.7", "threads=2", "engine=auto"], None, card) == {"w": 0.7, "threads": 2, "engine": "auto"}
    assert parsed_knobs([], "cpu", RESTORERS["bicubic"]) == {}
    assert parsed_knobs(["reduce=False", "providers=A,B"], None, card) == {"reduce": False, "providers": ("A", "B")}
    with pytest.raises(InputError, match="on the processor only"):
        parsed_knobs([], "cuda", RESTORERS["bicubic"])


def test_a_real_group(models, data, tmp_path):
    models()
    assert run("restore", data / "groups/16.jpg", "--out", tmp_path / "out") in (0, 1)
    line = json.loads((tmp_path / "out/restore.jsonl").read_text())
    assert line["faces"]


def test_a_graph_of_ones_own_takes_the_place_of_the_pinned_one(tmp_path, photo, models, capsys):
    (tmp_path / "own").mkdir()
    own = write_graph(tmp_path / "own", "gfpgan-1.4").rename(tmp_path / "own" / "converted.onnx")

    assert run("restore", photo, "--model", "gfpgan-1.4", "--weights", own, "--out", tmp_path / "out") == 0

    line = json.loads((tmp_path / "out" / "restore.jsonl").read_text())
    assert line["weights"] == {"converted.onnx": hashlib.sha256(own.read_bytes()).hexdigest()}
    assert run("restore", photo, "--model", "gfpgan-1.4", "--weights", own, "--out", tmp_path / "out") == 0
    assert "Nothing was left to do" in said(capsys)[0]
    write_graph(tmp_path / "own", "gfpgan-1.4", kind="blur").replace(own)  # another graph is another key
    assert run("restore", photo, "--model", "gfpgan-1.4", "--weights", own, "--out", tmp_path / "out") == 2
    assert "was made in another way" in said(capsys)[1]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--model", "gfpgan-1.4", "--weights", "gone.onnx"], "There is no file gone.onnx"),
        (["--weights", "gone.onnx"], "name it with --model"),
        (["--model", "pro-uigan-compact", "--weights", "gone.onnx"], "--weights: for whole photographs only"),
    ],
)
def test_weights_that_cannot_be_used(tmp_path, photo, models, capsys, words, what):
    assert run("restore", photo, *words, "--out", tmp_path / "out") == 2
    assert what in said(capsys)[1]
    assert not (tmp_path / "out").exists()
