"""`bonaface train ridge`."""

import shutil

import numpy as np
import pytest

from bonaface.edit.expressing import Expressing
from bonaface.edit.layer_graph import layer_facts
from bonaface.train.pairs import open_pairs
from bonaface.train.ridge import known_name
from running import run

PEOPLE = 12


@pytest.fixture(scope="module")
def folders(data, tmp_path_factory):
    place = tmp_path_factory.mktemp("people")
    for expression in ("neutral", "smiling"):
        (place / expression).mkdir()
        for file in sorted((data / "london" / expression).glob("*.jpg"))[:PEOPLE]:
            shutil.copy(file, place / expression)
    return place


def asked(capsys, *words):
    """The exit code of `bonaface train`, and all that it said, without line breaks."""
    code = run("train", *words)
    said = capsys.readouterr()
    return code, " ".join((said.out + said.err).split())


def test_a_layer_is_learnt_and_used(folders, tmp_path, capsys):
    out = tmp_path / "smile.onnx"
    both = ("ridge", "--pairs", folders / "neutral", folders / "smiling", "--out", out)
    code, said = asked(capsys, *both, "--set", "copies=1", "--set", "held_back=5")
    assert code == 0, said
    assert f"{PEOPLE} pairs of 256 px" in said
    assert "From neutral to happy" in said
    assert "held-back people" in said
    facts = layer_facts(out)
    assert (facts.target, facts.source, facts.side) == ("happy", "neutral", 256)
    pairs = open_pairs(folders / "neutral", folders / "smiling")
    image, real = (each[0].astype(np.float32) / 255 for each in (pairs.inputs, pairs.targets))
    made = Expressing("ridge", {"smile": out})(image, "happy")
    assert np.mean((made - real) ** 2) < np.mean((image - real) ** 2)
    before = out.read_bytes()
    code, said = asked(capsys, *both)
    assert code == 2
    assert "--overwrite" in said
    assert out.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("ridge",), "--pairs neutral/ smiling/"),
        (("ridge", "--pairs", "{}/neutral", "{}/smiling", "--set", "fields=3"), "has no value 'fields'"),
        (("ridge", "--pairs", "{}/neutral", "{}/smiling", "--set", "field=4"), "odd number"),
        (("ridge", "--pairs", "{}/neutral", "{}/sulking"), "not there"),
        (("parser", "--to", "happy"), "belong to `bonaface train ridge`"),
    ],
)
def test_what_it_asks_for(folders, capsys, tmp_path, words, expected):
    code, said = asked(capsys, *(word.format(folders) for word in words), "--out", tmp_path / "x.onnx")
    assert code == 2
    assert expected in said
    assert not (tmp_path / "x.onnx").exists()


def test_fewer_pairs_than_unknowns_without_penalty(folders, tmp_path, capsys):
    for expression in ("neutral", "smiling"):
        (tmp_path / expression).mkdir()
        for file in sorted((folders / expression).iterdir())[:3]:
            shutil.copy(file, tmp_path / expression)
    code, said = asked(
        capsys, "ridge", "--pairs", tmp_path / "neutral", tmp_path / "smiling", "--set", "penalty=0", "--set",
        "copies=0", "--out", tmp_path / "x.onnx",
    )  # fmt: skip
    assert code == 2
    assert "3 pairs do not determine 9 weights" in said
    assert not (tmp_path / "x.onnx").exists()


def test_names_of_expressions():
    assert known_name("smiling") == "happy"
    assert known_name("Grimace") == "grimace"
