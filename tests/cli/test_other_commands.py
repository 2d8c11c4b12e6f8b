"""`bonaface degrade`, `bonaface demo`, help, start-up time of imports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image
from typer.testing import CliRunner

from bonaface.cli import app, main
from bonaface.degrade import RECIPES
from running import printed, run


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(skimage.data.astronaut()[:256, 96:352]).save(path)
    return path


def test_degrade_is_repeatable_and_names_its_output(photo: Path) -> None:
    assert run("degrade", photo, "--recipe", "study-x4", "--seed", 3) == 0
    written = photo.with_name("photo-study-x4-seed3.png")
    assert Image.open(written).size == (64, 64)
    again = photo.with_name("again.png")
    assert run("degrade", photo, "--recipe", "study-x4", "--seed", 3, "--out", again) == 0
    other = photo.with_name("other.png")
    assert run("degrade", photo, "--recipe", "study-x4", "--seed", 4, "--out", other) == 0
    assert again.read_bytes() == written.read_bytes()
    assert other.read_bytes() != written.read_bytes()


def test_degrade_writes_the_mask_of_an_occlusion(photo: Path) -> None:
    mask = photo.with_name("mask.png")
    assert run("degrade", photo, "--recipe", "occluded-mouth", "--mask", mask) == 0
    covered = np.asarray(Image.open(mask).convert("L"))
    assert set(np.unique(covered)) == {0, 255}
    assert 0.005 < (covered == 255).mean() < 0.4


def test_degrade_refuses_to_overwrite(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = photo.with_name("older.png")
    target.write_bytes(b"mine")
    assert run("degrade", photo, "--recipe", "study-x4", "--out", target) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert target.read_bytes() == b"mine"


def test_degrade_never_overwrites_the_photograph_itself(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = photo.read_bytes()
    same = photo.parent / "." / photo.name
    assert run("degrade", photo, "--recipe", "study-x4", "--out", same, "--overwrite") == 2
    other = photo.with_name("out.png")
    assert run("degrade", photo, "--recipe", "occluded-eyes", "--out", other, "--mask", photo, "--overwrite") == 2
    assert "never overwritten" in capsys.readouterr().err
    assert photo.read_bytes() == before
    assert not other.exists()


def test_degrade_writes_nothing_but_png(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("degrade", photo, "--recipe", "study-x4", "--out", photo.with_name("out.jpg")) == 2
    assert "End it in .png" in capsys.readouterr().err


def test_a_mask_that_does_not_exist_is_not_promised(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("degrade", photo, "--recipe", "study-x4", "--mask", photo.with_name("mask.png")) == 2
    assert "covers nothing" in capsys.readouterr().err
    assert sorted(path.name for path in photo.parent.iterdir()) == ["photo.png"]


def test_a_misspelt_recipe_suggests_the_right_one(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("degrade", photo, "--recipe", "studyx4") == 2
    assert "study-x4" in capsys.readouterr().err


def test_list_describes_every_recipe() -> None:
    text = CliRunner().invoke(app, ["degrade", "--list"]).stdout
    for recipe in RECIPES:
        assert recipe.id in text


def test_demo_audits_every_restorer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("demo", "--out", tmp_path / "demo") == 0
    names = ("bicubic", "pro-uigan-compact", "lanczos")
    for name in ("report.html", "pictures/truth.png", *(f"{name}/report.html" for name in names)):
        assert (tmp_path / "demo" / name).stat().st_size > 1000
    assert Image.open(tmp_path / "demo/pictures/damaged.png").size == (16, 16)
    assert Image.open(tmp_path / "demo/pictures/pro-uigan-compact.png").size == (128, 128)
    page = (tmp_path / "demo/report.html").read_text("utf-8")
    assert "What was invented in the output of pro-uigan-compact" in page
    said = capsys.readouterr()
    for text in (*names, "Invented", "Missing"):
        assert text in said.out
    assert "non-commercial research" in said.err


def test_demo_of_a_covered_face(tmp_path: Path) -> None:
    assert run("demo", "--out", tmp_path / "demo", "--recipe", "prouigan-square-32", "--seed", 2) == 0
    assert (tmp_path / "demo/pictures/mask.png").is_file()
    assert (tmp_path / "demo/pro-uigan-compact/report.html").is_file()


def test_demo_of_a_damage_that_networks_do_not_read(tmp_path: Path) -> None:
    assert run("demo", "--out", tmp_path / "demo", "--recipe", "study-x4") == 0
    assert (tmp_path / "demo/bicubic/report.html").is_file()
    assert not (tmp_path / "demo/pro-uigan-compact").exists()


def test_faults_are_said_in_one_line_and_shown_in_full_on_demand(
    photo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("bonaface.api.degrade", broken)
    assert run("degrade", photo, "--recipe", "study-x4") == 1
    said = capsys.readouterr().err
    assert "fault in Bonaface" in said
    assert "Traceback" not in said
    with pytest.raises(ZeroDivisionError):
        main(["--debug", "degrade", str(photo), "--recipe", "study-x4"])


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, bonaface, bonaface.cli;"
        "heavy = {'numpy', 'cv2', 'dlib', 'scipy', 'matplotlib', 'onnxruntime', 'duckdb', 'skimage', 'torch'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert printed(code).strip() == "[]"
