"""Every example runs as its text says."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(name: str, *words: object) -> str:
    """What an example prints."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_has_a_test():
    assert {path.name for path in EXAMPLES.glob("*.py")} == {
        "audit_in_python.py", "audit_real_outputs.py", "reproduce_gfpgan_report.py", "robust_editing.py",
    }  # fmt: skip


def test_audit_in_python():
    said = run("audit_in_python.py")
    assert "bicubic: PSNR" in said
    assert "not in the real photograph" in said or "have no partner" in said


def test_audit_real_outputs(data, tmp_path):
    said = run("audit_real_outputs.py", "--data", data, "--first", 1, "--csv", tmp_path / "table.csv")
    assert "GPEN: AUROC of the map 0.9" in said
    assert len((tmp_path / "table.csv").read_text(encoding="utf-8").splitlines()) == 5


def test_audit_real_outputs_says_what_is_missing(tmp_path):
    with pytest.raises(AssertionError, match="There is no folder"):
        run("audit_real_outputs.py", "--data", tmp_path)


def test_reproduce_gfpgan_report_goes_on_where_it_was(data, tmp_path):
    words = ("--data", data, "--out", tmp_path, "--sets", "celeba", "--workers", 1)
    said = run("reproduce_gfpgan_report.py", *words, "--faces", 1)
    assert "celeba: damaged as reported" in said
    assert "reported: GFP-GAN" in said
    assert "With one person nothing can be told from chance" in said
    again = run("reproduce_gfpgan_report.py", *words, "--faces", 1)
    outputs = said.split("celeba: ")[1].split()[0]
    assert f"{outputs} outputs, {outputs} of them done before." in again


def test_robust_editing(tmp_path):
    said = run("robust_editing.py", "--with", "ridge", "--out", tmp_path)
    assert "Editing to neutral with ridge." in said
    assert "motion, 4 px at 30 degrees" in said
    kept, left = (float(part.split()[0]) for part in said.split("Mean of the larger one: ")[1].split(",")[:2])
    assert kept < 0.7 * left
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "astronaut-Gaussian.png", "astronaut-as-it-is.png", "astronaut-motion.png",
    ]  # fmt: skip
