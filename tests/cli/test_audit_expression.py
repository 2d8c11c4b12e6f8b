"""`bonaface audit --neutral --target` as a user types it, on a photograph that scikit-image brings."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import skimage.data
import tifffile
from PIL import Image

import bonaface.report
from bonaface.io.tables import read_parquet
from running import process

run = partial(process, columns=160)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders neutral/ and edited/: the same face, whose mouth was painted over in one; one edit without a neutral."""
    root = tmp_path_factory.mktemp("edits")
    photo = np.ascontiguousarray(skimage.data.astronaut()[:256, 96:352])
    painted = photo.copy()
    painted[150:185, 95:150] = (150, 90, 85)
    for folder, name, pixels in (
        ("neutral", "one", photo),
        ("edited", "one", painted),
        ("edited", "two", photo),
    ):
        (root / folder).mkdir(exist_ok=True)
        Image.fromarray(pixels).save(root / folder / f"{name}.png")
    return root


def test_one_edit_writes_a_whole_report(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(
        "audit", pictures / "edited/one.png", "--neutral", pictures / "neutral/one.png", "--target", "smiling",
        "--truth", pictures / "neutral/one.png", "--out", out,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ledger = json.loads((out / "ledger.json").read_text(encoding="utf-8"))
    schema = json.loads(Path(bonaface.report.__file__).with_name("ledger.schema.json").read_text("utf-8"))
    jsonschema.validate(ledger, schema, cls=jsonschema.Draft202012Validator)
    assert ledger["expression"]["target"] == "happy"
    assert ledger["provenance"]["parameters"]["target"] == "happy"
    assert set(ledger["provenance"]["inputs"]) == {"output", "neutral", "truth"}
    first = " ".join(done.stdout.split())
    assert ledger["expression"]["summary"] in first
    rows = read_parquet(out / "findings.parquet")
    assert len(rows["region"]) == len(ledger["findings"])
    named = [name for name, score in zip(rows["score_name"], rows["score"], strict=True) if score is not None]
    assert all(named)  # every number that was judged has a name
    plane = tifffile.imread(out / "maps/changed.tiff")
    assert plane.shape == (256, 256)
    assert plane.dtype == np.float32
    assert plane[150:185, 95:150].mean() > 5 > plane[:100].mean()


def test_folders_are_paired_by_name(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(
        "audit",
        pictures / "edited",
        "--neutral",
        pictures / "neutral",
        "--target",
        "happy",
        "--no-floors",
        "--out",
        out,
    )
    assert done.returncode == 1
    assert "no neutral picture of the name two" in " ".join(done.stderr.split())
    assert (out / "one/report.html").is_file()
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    [first, second] = summary["audits"]
    assert first["expression"].startswith("The mouth moved by")
    assert second["status"] == "failed"
    assert first["expression"] in (out / "report.html").read_text("utf-8").replace("&#39;", "'")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--target", "joyful"), "no expression called 'joyful'"),
        ((), "not the expression that was asked for"),
        (("--target", "happy", "--describe", "recorded"), "leave --describe out"),
        (("--target", "happy", "--all-faces"), "leave --all-faces out"),
    ],
)
def test_bad_words_are_told_and_nothing_is_written(
    pictures: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    done = run("audit", pictures / "edited/one.png", "--neutral", pictures / "neutral/one.png", *words, folder=tmp_path)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert list(tmp_path.iterdir()) == []


def test_a_target_without_a_neutral_picture(pictures: Path, tmp_path: Path) -> None:
    done = run("audit", pictures / "edited/one.png", "--target", "happy", folder=tmp_path)
    assert done.returncode == 2
    assert "Add --neutral" in " ".join(done.stderr.replace("│", " ").split())


def test_measure_knows_the_same_words(pictures: Path) -> None:
    said = {
        run("measure", pictures / "neutral/one.png", "--measures", "ecs", "--target", word).stdout
        for word in ("happy", "happiness", "Smiling")
    }
    assert len(said) == 1
    assert "ecs" in said.pop()
