"""`bonaface audit` as a user types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import tifffile
from PIL import Image

from bonaface.io.tables import read_parquet
from running import process as bonaface


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders truth/, damaged/, soft/ and sharp/ with two photographs each, and odd files beside them."""
    root = tmp_path_factory.mktemp("pictures")
    photo = skimage.data.astronaut()[:256, 96:352]
    for name, real in (("one", photo), ("two", np.ascontiguousarray(photo[:, ::-1]))):
        small = cv2.resize(real, (64, 64), interpolation=cv2.INTER_AREA)
        made = {
            "truth": real,
            "damaged": small,
            "soft": cv2.resize(small, (256, 256), interpolation=cv2.INTER_CUBIC),
            "sharp": cv2.resize(small, (256, 256), interpolation=cv2.INTER_LANCZOS4),
        }
        for folder, pixels in made.items():
            (root / folder).mkdir(exist_ok=True)
            Image.fromarray(pixels).save(root / folder / f"{name}.png")
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)).save(root / "noise.png")
    (root / "text.png").write_text("hello")
    (root / "nothing").mkdir()
    return root


def test_one_output_writes_a_whole_report(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = bonaface(
        "audit", pictures / "soft/one.png", "--truth", pictures / "truth/one.png", "--observed",
        pictures / "damaged/one.png", "--out", out,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert str(out / "report.html") in done.stdout.replace("\n", "")
    ledger = json.loads((out / "ledger.json").read_text(encoding="utf-8"))
    assert ledger["schema_version"] == 1
    assert "Not for identification" in ledger["note"]
    assert len(read_parquet(out / "findings.parquet")["region"]) == len(ledger["findings"])
    for name in ("invented", "lost"):
        plane = tifffile.imread(out / f"maps/{name}.tiff")
        assert plane.shape == (256, 256)
        assert plane.dtype == np.float32
        assert np.isfinite(plane).all()
    assert (out / "report.html").stat().st_size > 10_000


def test_json_prints_the_ledger_and_writes_nothing(pictures: Path, tmp_path: Path) -> None:
    words = ("audit", pictures / "soft/one.png", "--truth", pictures / "truth/one.png", "--json")
    done = bonaface(*words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["measures"]["psnr"]["value"] > 20
    assert list(tmp_path.iterdir()) == []


def test_several_outputs_of_one_truth_go_into_one_report(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    outputs = [pictures / "soft/one.png", pictures / "sharp/one.png"]
    done = bonaface("audit", *outputs, "--truth", pictures / "truth/one.png", "--out", out)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir() if path.is_dir()) == ["sharp-one", "soft-one"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "soft-one/report.html" in page
    assert "sharp-one/report.html" in page
    assert set(read_parquet(out / "findings.parquet")["audit"]) == {"soft-one", "sharp-one"}


def test_folders_pair_by_name_and_give_each_other_controls(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = bonaface("audit", pictures / "soft", "--truth", pictures / "truth", "--out", out)
    assert done.returncode == 0, done.stderr
    ledger = json.loads((out / "one/ledger.json").read_text(encoding="utf-8"))
    assert ledger["provenance"]["inputs"]["truth"]["name"] == "one.png"
    assert "two.png" in ledger["controls"]["other-face"]


def test_an_output_without_partner_is_listed_and_the_rest_is_done(pictures: Path, tmp_path: Path) -> None:
    lonely = tmp_path / "outputs"
    lonely.mkdir()
    for name, source in (("one.png", "soft/one.png"), ("three.png", "soft/two.png")):
        (lonely / name).write_bytes((pictures / source).read_bytes())
    done = bonaface("audit", lonely, "--truth", pictures / "truth", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "three.png" in done.stderr
    assert "two.png" in done.stderr  # a truth that nobody claimed
    assert (tmp_path / "out/one/report.html").exists()


def test_one_broken_file_among_several_does_not_stop_the_rest(pictures: Path, tmp_path: Path) -> None:
    outputs = [pictures / "soft/one.png", pictures / "text.png"]
    done = bonaface("audit", *outputs, "--truth", pictures / "truth/one.png", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "text.png is not a picture" in done.stderr.replace("\n", " ")
    assert "is not a picture" in (tmp_path / "out/report.html").read_text(encoding="utf-8")


def test_without_a_truth_the_rest_is_not_applicable(pictures: Path) -> None:
    done = bonaface("audit", pictures / "soft/one.png", "--observed", pictures / "damaged/one.png", "--json")
    assert done.returncode == 0, done.stderr
    ledger = json.loads(done.stdout)
    assert {finding["score"]["status"] for finding in ledger["findings"]} == {"not_applicable"}
    assert ledger["measures"]["consistency-psnr"]["value"] > 25
    assert ledger["damage"]["resolution"]["value"] < 60


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["soft/one.png", "--truth", "truth/two.png"], "mirror image"),
        (["text.png", "--truth", "truth/one.png"], "is not a picture"),
        (["missing.png", "--truth", "truth/one.png"], "There is no file or folder called"),
        (["nothing", "--truth", "truth"], "no picture"),
        (["soft/one.png", "--truth", "noise.png"], "No face was found in noise.png"),
        (["soft/one.png", "--truth", "truth/one.png", "--face", "7"], "Face 7 was asked for"),
        (["soft/one.png", "--truth", "truth/one.png", "--control", "truth/one.png"], "the truth's own file"),
        (["soft/one.png", "--truth", "truth/one.png", "--face", "2", "--all-faces"], "Give one of them"),
        (["soft/one.png", "soft/one.png", "--truth", "truth/one.png"], "given twice"),
        (["noise.png", "--truth", "truth/one.png"], "do not show the same scene"),
    ],
)
def test_bad_input_ends_with_code_2_and_writes_nothing(
    pictures: Path, tmp_path: Path, words: list[str], says: str
) -> None:
    given = [pictures / word if word[0] != "-" and not word.isdigit() else word for word in words]
    done = bonaface("audit", *given, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_older_report_is_replaced_only_when_asked(pictures: Path, tmp_path: Path) -> None:
    words = ("audit", pictures / "soft/one.png", "--out", tmp_path / "out")
    assert bonaface(*words).returncode == 0
    before = (tmp_path / "out/ledger.json").read_bytes()
    refused = bonaface(*words)
    assert refused.returncode == 2
    assert "--overwrite" in refused.stderr
    assert (tmp_path / "out/ledger.json").read_bytes() == before
    assert bonaface(*words, "--overwrite").returncode == 0


def test_a_folder_of_somebody_elses_is_never_replaced(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/diary.txt").write_text("mine")
    done = bonaface("audit", pictures / "soft/one.png", "--out", tmp_path / "out", "--overwrite")
    assert done.returncode == 2
    assert (tmp_path / "out/diary.txt").read_text() == "mine"


def test_every_face_is_audited_when_asked(pictures: Path, tmp_path: Path) -> None:
    sheets = {}
    for name in ("truth", "soft"):
        faces = [np.asarray(Image.open(pictures / name / f"{which}.png")) for which in ("one", "two")]
        sheets[name] = tmp_path / f"{name}.png"
        Image.fromarray(np.hstack(faces)).save(sheets[name])
    done = bonaface("audit", sheets["soft"], "--truth", sheets["truth"], "--all-faces", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    folders = sorted(path.name for path in (tmp_path / "out").iterdir() if path.is_dir())
    assert folders == ["soft-face1", "soft-face2"]
    ledger = json.loads((tmp_path / "out/soft-face1/ledger.json").read_text(encoding="utf-8"))
    assert "another face" in ledger["controls"]["other-face"]


def test_redact_leaves_private_metadata_out(pictures: Path, tmp_path: Path) -> None:
    photo = Image.open(pictures / "soft/one.png")
    exif = Image.Exif()
    exif[0x010F] = "Acme"
    exif[0x013B] = "Anna Example"
    exif.get_ifd(0x8825)[2] = (52.0, 30.0, 0.0)
    private = tmp_path / "private.jpg"
    photo.save(private, exif=exif, quality=95)
    open_, shut = (
        bonaface("audit", private, "--out", tmp_path / name, *extra)
        for name, extra in (("a", ()), ("b", ("--redact",)))
    )
    assert (open_.returncode, shut.returncode) == (0, 0), open_.stderr + shut.stderr
    files = [tmp_path / name / file for name in ("a", "b") for file in ("report.html", "ledger.json")]
    texts = [file.read_text(encoding="utf-8") for file in files]
    assert "Anna Example" in texts[1]
    assert "Anna Example" not in texts[2] + texts[3]
    assert str(tmp_path) not in texts[2] + texts[3]


def odd_pictures(folder: Path, pixels: np.ndarray) -> dict[str, str]:
    """File names of one picture in many forms, and what the report notes of each."""
    picture = Image.fromarray(pixels)
    cv2.imwrite(str(folder / "deep.png"), pixels[..., ::-1].astype(np.uint16) * 257)
    picture.convert("L").save(folder / "grey.jpg", quality=95)
    picture.quantize(64).save(folder / "palette.png")
    picture.convert("RGBA").save(folder / "alpha.png")
    picture.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.fromarray(np.rot90(pixels).copy()).save(folder / "turned.jpg", exif=turned, quality=95)
    picture.save(folder / "moving.gif", save_all=True, append_images=[picture.transpose(Image.Transpose.ROTATE_180)])
    return {
        "deep.png": "16 bits",
        "grey.jpg": "grey",
        "palette.png": "palette",
        "alpha.png": "alpha",
        "cmyk.jpg": "CMYK",
        "turned.jpg": "upright",
        "moving.gif": "first",
    }


def test_odd_pictures_work_and_are_noted(pictures: Path, tmp_path: Path) -> None:
    notes = odd_pictures(tmp_path, np.asarray(Image.open(pictures / "soft/one.png")))
    outputs = [tmp_path / name for name in notes]
    done = bonaface("audit", *outputs, "--truth", pictures / "truth/one.png", "--json")
    assert done.returncode == 0, done.stderr
    for (name, note), ledger in zip(notes.items(), json.loads(done.stdout), strict=True):
        assert note in " ".join(ledger["notes"]), name
        assert ledger["measures"]["psnr"]["value"] > 20, name


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["soft/one.png", "--truth", "truth/one.png", "--control", "sharp/one.png"], "shows the truth's own scene"),
        (["soft/one.png", "--control", "truth/two.png"], "Add --truth"),
        (["soft/one.png", "--truth", "truth/one.png", "--aligned", "--all-faces"], "exclude each other"),
    ],
)
def test_options_without_sense_are_refused(pictures: Path, tmp_path: Path, words: list[str], says: str) -> None:
    given = [word if word.startswith("--") else pictures / word for word in words]
    done = bonaface("audit", *given, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert says in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_json_is_a_list_whenever_several_were_asked_for(pictures: Path) -> None:
    words = ("audit", pictures / "soft/one.png", pictures / "text.png", "--truth", pictures / "truth/one.png", "--json")
    done = bonaface(*words)
    assert done.returncode == 1
    assert len(json.loads(done.stdout)) == 1


def test_a_turned_output_is_registered_and_the_reader_is_told(pictures: Path, tmp_path: Path) -> None:
    turned = tmp_path / "turned.png"
    Image.open(pictures / "sharp/one.png").transpose(Image.Transpose.ROTATE_180).save(turned)
    done = bonaface("audit", turned, "--truth", pictures / "truth/one.png", "--json")
    assert done.returncode == 0, done.stderr
    assert any("turned by" in note and "180" in note for note in json.loads(done.stdout)["notes"])


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and devices")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_audit_leaves_nothing_behind(pictures: Path, tmp_path: Path, number: int) -> None:
    words = ["audit", pictures / "soft", pictures / "sharp", "--truth", pictures / "truth", "--out", tmp_path / "out"]
    command = [sys.executable, "-m", "bonaface", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        while not any(tmp_path.iterdir()) and running.poll() is None:  # until the staging folder is there
            time.sleep(0.02)
        running.send_signal(number)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "nothing is half written" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
def test_a_closed_pipe_costs_no_report(pictures: Path, tmp_path: Path) -> None:
    words = ["audit", pictures / "soft/one.png", "--truth", pictures / "truth/one.png", "--out", tmp_path / "out"]
    command = [sys.executable, "-m", "bonaface", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.close()
        assert running.wait(timeout=60) == 0
    assert (tmp_path / "out/report.html").exists()


def test_a_terminal_without_unicode_still_prints(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "é"
    done = subprocess.run(
        [sys.executable, "-m", "bonaface", "audit", str(pictures / "soft/one.png"), "--out", str(out)],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (out / "report.html").exists()
