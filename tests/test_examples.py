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
    assert {path.name for path in EXAMPLES.glob("*.py")} == {"audit_in_python.py", "audit_real_outputs.py"}


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
