"""`bonaface bench`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from running import printed, run

FORMS = ("pro-uigan-plain", "pro-uigan-compact-full", "pro-uigan-compact")


def test_pro_uigan_prints_the_papers_table_next_to_ours(data: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "figures.json"
    words = ("--data", data, "--masks", "square", "--framing", "facial-area", "--count", 3, "--out", out)
    assert run("bench", "pro-uigan", *words) == 0
    said = capsys.readouterr()
    assert "25.68" in said.out
    assert "arXiv:2108.00602" in said.out
    assert "pro-uigan-compact" in said.out
    held = json.loads(out.read_text())
    assert [(row["restorer"], row["told"]) for row in held["rows"]] == [
        ("truth", None),
        ("bicubic", None),
        ("bicubic-inpainted", True),
        *((name, told) for name in FORMS for told in (True, False)),
    ]
    assert run("bench", "pro-uigan", *words) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_downstream_writes_a_table(data: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "figures.csv"
    words = ("--check", "alignment", "--check", "recognition", "--count", 2, "--restorer", "bicubic", "--out", out)
    assert run("bench", "downstream", "--data", data, *words) == 0
    said = capsys.readouterr().out
    assert "7.16" in said
    assert "not of the identification" in said
    rows = list(csv.DictReader(out.open()))
    assert {row["check"] for row in rows} == {"alignment", "recognition"}
    assert {row["restorer"] for row in rows} == {"truth", "bicubic", "pro-uigan-compact"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--data", "nowhere"), "nowhere"),
        (("--masks", "round"), "square"),
        (("--framing", "profile"), "facial-area"),
        (("--graph", "full"), "NAME=FILE.onnx"),
        (("--graph", "full=gone.onnx"), "gone.onnx"),
        (("--out", "figures.txt"), ".csv"),
    ],
)
def test_bad_input_is_refused_before_anything_is_measured(words, said, data: Path, capsys) -> None:
    assert run("bench", "pro-uigan", *(() if "--data" in words else ("--data", data)), *words) == 2
    assert said in capsys.readouterr().err


def test_torch_is_not_imported() -> None:
    script = (
        "import sys, bonaface.bench.hallucination, bonaface.bench.downstream, bonaface.cli.benching; "
        "print('torch' in sys.modules, 'onnxruntime' in sys.modules)"
    )
    assert printed(script).strip() == "False False"
