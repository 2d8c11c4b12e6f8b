"""`bonaface train`."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


def bonaface(*arguments, **kwargs):
    command = [sys.executable, "-m", "bonaface", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, **kwargs)


def test_the_recipes_are_listed_without_torch():
    said = bonaface("train", "--list")

    assert said.returncode == 0
    for name in ("attributes", "landmarks", "parser", "expression", "pro-uigan"):
        assert name in said.stdout
    code = "import sys, bonaface.train.recipes, bonaface.cli.training; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_missing_extra_is_one_line(monkeypatch, capsys):
    import importlib.util

    from bonaface.cli import main

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "torch" else find(name, *rest))
    with pytest.raises(SystemExit) as left:
        main(["train", "attributes", "--data", "x"])

    assert left.value.code == 2
    message = capsys.readouterr().err.strip()
    assert message.startswith("Error: Training needs torch")  # and whatever else of the extra is missing here
    assert message.endswith(": pip install 'bonaface[train]'.")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train"], "Name what to train"),
        (["train", "atributes"], "Did you mean attributes"),
        (["train", "attributes", "--precision", "int8"], "expected no, bf16 or fp16"),
    ],
)
def test_mistakes(arguments, says):
    said = bonaface(*arguments)

    assert said.returncode == 2
    assert says in said.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "attributes"], "Give the faces to learn from"),
        (["train", "attributes", "--data", "nowhere.parquet"], "nowhere.parquet is not there"),
        (["train", "attributes", "--data", "x", "--set", "widht=3"], "has no value 'widht'"),
        (["train", "attributes", "--data", "x", "--set", "width=wide"], "width=wide cannot be read"),
        (["train", "attributes", "--data", "x", "--size", "huge"], "has no size 'huge'; it has compact, large"),
        (["train", "attributes", "--data", "x", "--start-from", "a=b"], "starts from no 'a'"),
        (["train", "attributes", "--resume"], "nothing to resume"),
        (["train", "pro-uigan", "--data", "{val}"], "bonaface train landmarks"),
    ],
)
def test_mistakes_that_need_the_extra_to_be_seen(arguments, says, data, tmp_path):
    pytest.importorskip("torch")
    filled = [str(one).format(val=data / "celeba_val.parquet") for one in arguments]
    said = bonaface(*filled, cwd=tmp_path)

    assert said.returncode == 2, said.stderr
    assert says in said.stderr
    assert not list(tmp_path.rglob("*.safetensors"))


def test_a_run_stops_and_goes_on_by_its_folder_alone(data, tmp_path):
    pytest.importorskip("torch")
    small = ["--set", "width=8", "--set", "steps=4", "--set", "batch=4", "--cpu", "--workers", "0"]
    first = bonaface(
        *["train", "attributes", "--data", data / "celeba_val.parquet", "--stop-after", 2, "--out", tmp_path / "run"],
        *small,
    )
    assert first.returncode == 0, first.stderr
    assert "stopped; go on with --resume" in first.stdout
    again = bonaface("train", "attributes", "--data", data / "celeba_val.parquet", "--out", tmp_path / "run", *small)
    assert again.returncode == 2
    assert "--resume" in again.stderr

    second = bonaface("train", "attributes", "--resume", "--out", tmp_path / "run")

    assert second.returncode == 0, second.stderr
    assert "finished" in second.stdout
    request = json.loads((tmp_path / "run" / "request.json").read_text())
    assert request["recipe"] == "attributes"
    assert (tmp_path / "run" / "reader.safetensors").is_file()
    assert list((tmp_path / "run" / "logs").iterdir())
