"""`bonaface measure`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from running import run


@pytest.fixture
def folder(tmp_path: Path, face_256: np.ndarray) -> Path:
    """A pair, a pair of folders with a picture alone on each side, and a broken file among them."""
    noise = np.random.default_rng(0).normal(0, 8, face_256.shape)
    made = np.clip(face_256 + noise, 0, 255).astype(np.uint8)
    for name in ("outputs", "truths"):
        (tmp_path / name).mkdir()
    for name in ("one", "two", "broken"):
        Image.fromarray(made).save(tmp_path / f"outputs/{name}.png")
        Image.fromarray(face_256).save(tmp_path / f"truths/{name}.png")
    (tmp_path / "outputs/broken.png").write_bytes(b"no picture")
    return tmp_path


def pair(folder: Path) -> tuple[object, ...]:
    return "measure", folder / "outputs/one.png", "--truth", folder / "truths/one.png"


def test_a_pair(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*pair(folder), "--measures", "psnr,ssim-y", "--out", folder / "rows.json") == 0
    said = capsys.readouterr()
    assert "psnr" in said.out
    assert "dB" in said.out
    assert said.err == ""  # no weights, no terms
    rows = json.loads((folder / "rows.json").read_text())
    assert [(row["name"], row["measure"], row["status"]) for row in rows] == [
        ("one", "psnr", "ok"),
        ("one", "ssim-y", "ok"),
    ]
    assert run(*pair(folder), "--measures", "psnr", "--out", folder / "rows.json") == 2
    assert "is there already" in capsys.readouterr().err


def test_options_may_come_first_and_run_may_be_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, output, *rest = pair(folder)
    assert run("measure", *rest, "--measures", "psnr", output) == 0
    first = capsys.readouterr().out
    assert run("measure", "run", output, *rest, "--measures", "psnr") == 0
    assert capsys.readouterr().out == first


def test_folders_with_a_broken_file_and_names_without_partner(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "outputs/two.png").rename(folder / "outputs/zwei.png")
    out = folder / "rows.csv"
    words = ("measure", folder / "outputs", "--truth", folder / "truths", "--measures", "psnr", "--out", out)
    assert run(*words) == 1
    said = capsys.readouterr()
    assert "Over 2 pictures" in said.out
    for name in ("zwei.png", "two.png", "broken"):
        assert f"Not done: {name}" in said.err
    assert [line.split(",")[0] for line in out.read_text().splitlines()[1:]] == ["broken", "one"]


def test_nothing_that_can_be_measured_is_bad_input(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "rows.csv"
    words = ("measure", folder / "outputs/broken.png", "--truth", folder / "truths/one.png", "--out", out)
    assert run(*words) == 2
    assert "broken.png" in capsys.readouterr().err
    assert not out.exists()


def test_all_measures_say_what_they_lack(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("measure", folder / "outputs/one.png", "--all") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "no truth given" in said
    assert "no target given" in said


def test_a_size_that_differs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = folder / "small.png"
    Image.open(folder / "outputs/one.png").resize((128, 128)).save(small)
    words = ("measure", small, "--truth", folder / "truths/one.png", "--measures", "psnr")
    assert run(*words) == 2
    assert "--resize output" in capsys.readouterr().err
    assert run(*words, "--resize", "truth") == 0
    assert run(*words, "--resize", "both") == 2
    assert "expected output or truth" in capsys.readouterr().err


def test_framing_is_checked_unless_told_not_to(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    turned = folder / "turned.png"
    Image.open(folder / "outputs/one.png").rotate(180).save(turned)
    words = ("measure", turned, "--truth", folder / "truths/one.png", "--measures", "psnr")
    assert run(*words) == 2
    assert "The framings differ" in capsys.readouterr().err
    assert run(*words, "--no-framing") == 0


def test_compare(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, output, *rest = pair(folder)
    assert run("measure", "compare", output, *rest, "--measures", "psnr-y,ssim") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "scikit-image" in said
    assert "+1.32" in said
    assert "studio range" in said
    assert "the same convention" in said
    assert run("measure", "compare", output, *rest, "--measures", "lmd") == 2
    assert "lmd cannot be compared" in capsys.readouterr().err


def test_list_and_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("measure", "list") == 0
    said = capsys.readouterr().out
    assert "ms-ssim-y" in said
    assert "…" not in said  # it fits into 80 columns
    assert run("measure", "show", "niqe") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Convention: BT.601 luma" in said
    assert "bonaface models fetch niqe-pris-params" in said
    assert run("measure", "show", "nique") == 2
    assert "Did you mean niqe" in capsys.readouterr().err


def test_usage(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("measure", folder / "nowhere.png") == 2
    assert "There is no file or folder called" in capsys.readouterr().err
    assert run(*pair(folder), "--all", "--measures", "psnr") == 2
    assert run(*pair(folder), "--out", folder / "rows.xlsx") == 2
    assert run("measure", "--help") == 0
    assert "fit-niqe" in capsys.readouterr().out


def test_fit_niqe(folder: Path, face_512: np.ndarray, capsys: pytest.CaptureFixture[str]) -> None:
    sharp = folder / "sharp"
    sharp.mkdir()
    texture = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    Image.fromarray(texture).save(sharp / "texture.png")
    (sharp / "broken.png").write_bytes(b"no picture")
    out = folder / "own.json"
    assert run("measure", "fit-niqe", sharp, "--block", 16, "--out", out) == 1
    assert "256 sharp blocks of 1 pictures" in capsys.readouterr().out
    assert run(*pair(folder), "--measures", "psnr", "--niqe", out) == 0
    assert "niqe-own" in capsys.readouterr().out
    assert run("measure", "fit-niqe", sharp, "--out", folder / "more.json", "--block", 17) == 2
    assert run("measure", "fit-niqe", sharp, "--out", folder / "more.json") == 2
    assert "at least 200 are needed" in capsys.readouterr().err
    assert not (folder / "more.json").exists()


def test_a_measure_of_sets_says_what_it_lacks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*pair(folder), "--measures", "fid,psnr") == 1  # asked for by name, and without a number
    said = capsys.readouterr()
    assert "no reference given" in " ".join(said.out.split())
    assert "psnr" in said.out
    assert "Not done: fid" in said.err
    assert "Over " not in said.out  # the row of the set is no picture


def test_a_missing_library_is_named_with_the_command_that_brings_it(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "lpips" else find(name, *rest))
    out = folder / "rows.json"
    assert run(*pair(folder), "--measures", "lpips-alex,psnr", "--out", out) == 1
    row = json.loads(out.read_text())[0]
    assert row["status"] == "not_applicable"
    assert "pip install 'bonaface[metrics]'" in row["why"]
    assert run("measure", "list") == 0
    line = [line for line in capsys.readouterr().out.splitlines() if line.startswith("lpips-alex")][-1]
    assert "install" in line


def test_the_protocols_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("measure", "protocols") == 0
    assert "gfpgan-reproduction" in capsys.readouterr().out
    assert run("measure", "protocols", "hallucination-study") == 0
    said = capsys.readouterr().out
    assert "0.0489" in said
    assert "3 faces" in said
    assert run("measure", "protocols", "celeba") == 2
    assert "Did you mean celeba-test" in capsys.readouterr().err


def test_a_protocol_fixes_measures_and_size_and_shows_the_printed_rows(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / "rows.json"
    assert run(*pair(folder), "--protocol", "gfpgan-reproduction", "--out", out) == 1  # fid has no reference
    said = capsys.readouterr().out
    assert "Measured here, 1 of 100 pictures" in said
    assert "Output, UTKFace" in said
    assert "14.4" in said
    assert "misaligned" in " ".join(said.split())
    assert [row["measure"] for row in json.loads(out.read_text())] == ["psnr", "ssim", "lpips-vgg", "niqe", "fid"]
    assert run(*pair(folder), "--protocol", "celeba-test") == 2
    assert "256x256 pixels; the protocol measures 512x512" in " ".join(capsys.readouterr().err.split())
    assert run(*pair(folder), "--protocol", "celeba-test", "--resize", "output") == 2
    assert "without resizing" in capsys.readouterr().err
    assert run(*pair(folder), "--protocol", "celeba-test", "--measures", "psnr") == 2
    assert "more than one was given" in capsys.readouterr().err
