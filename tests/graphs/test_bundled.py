"""The networks that come with Bonaface: their files, their cards, and what they read and deliver."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from bonaface.graphs import Graph, Signature, Tensor, bundled
from bonaface.graphs.bundled import BUNDLED
from bonaface.io.weights import find_weights

IMAGE_16, COVERED = Tensor("image", ("N", 3, 16, 16)), Tensor("occlusion", ("N", 1, 128, 128))
PRIOR = (Tensor("landmarks", ("N", 68, 2)), Tensor("spread", ("N", 68)))
HALLUCINATES = Signature((IMAGE_16, COVERED, *PRIOR), (Tensor("restored", ("N", 3, 128, 128)),))
SIGNATURES = {
    "bonaface-landmarks.onnx": Signature((IMAGE_16, COVERED), PRIOR),
    "pro-uigan-compact.onnx": HALLUCINATES,
    "pro-uigan-compact-full.onnx": HALLUCINATES,
    "pro-uigan-plain.onnx": HALLUCINATES,
    "bonaface-parser.onnx": Signature((Tensor("image", ("N", 3, 256, 256)),), (Tensor("logits", ("N", 19, 128, 128)),)),
    "bonaface-attributes.onnx": Signature((Tensor("image", ("N", 3, 128, 128)),), (Tensor("logits", ("N", 40)),)),
    "bonaface-expression.onnx": Signature((Tensor("image", ("N", 3, 128, 128)),), (Tensor("logits", ("N", 8)),)),
}
FACE = ("N", 3, 256, 256)
SIGNATURES |= {
    "ridge-happy.onnx": Signature((Tensor("image", FACE),), (Tensor("edited", FACE),)),
    "ridge-neutral.onnx": Signature((Tensor("image", FACE),), (Tensor("edited", FACE),)),
    "reggan-compact.onnx": Signature((Tensor("image", FACE),), (Tensor("refined", FACE),)),
}
networks = pytest.mark.parametrize("card", BUNDLED, ids=lambda card: card.name)


def test_all_are_listed():
    assert {card.name for card in BUNDLED} == set(SIGNATURES)


@networks
def test_the_file_is_what_the_card_says(card):
    path = find_weights(card)  # raises where the content is another
    assert path.parent.name == "weights"
    assert path.stat().st_size / 1e6 == pytest.approx(card.megabytes, abs=0.06)


@networks
def test_the_card_says_the_terms(card):
    if card.name.startswith("ridge-"):  # learnt from London alone
        assert "CC BY 4.0" in card.licence
        assert card.commercial
    else:
        assert "non-commercial" in card.licence
        assert not card.commercial
    assert card.training_data
    assert card.source.text


def test_they_are_small():
    sizes = [find_weights(card).stat().st_size for card in BUNDLED]
    assert max(sizes) <= 12e6
    assert sum(sizes) <= 40e6


def test_what_reggan_compact_runs_is_small_together():
    names = {"ridge-happy.onnx", "ridge-neutral.onnx", "reggan-compact.onnx"}
    assert sum(find_weights(card).stat().st_size for card in BUNDLED if card.name in names) < 12e6


def test_a_script_can_rewrite_hashes_and_sizes():
    lines = Path(bundled.__file__).read_text("utf-8").splitlines()
    assert sum(bool(re.fullmatch(r'    sha256="[0-9a-f]{64}",', line)) for line in lines) == len(BUNDLED)
    assert sum(bool(re.fullmatch(r"    megabytes=\d+\.\d+,", line)) for line in lines) == len(BUNDLED)


@networks
@pytest.mark.parametrize("count", [1, 3])
def test_each_runs_with_any_number_of_faces(card, count):
    signature = SIGNATURES[card.name]
    graph = Graph(find_weights(card), signature)
    rng = np.random.default_rng(0)
    given = {
        tensor.name: rng.random([count if axis == "N" else axis for axis in tensor.shape], np.float32)
        for tensor in signature.inputs
    }
    made = graph.run(given)
    assert {name: array.shape for name, array in made.items()} == {
        tensor.name: tuple(count if axis == "N" else axis for axis in tensor.shape) for tensor in signature.outputs
    }
    one = graph.run({name: array[-1:] for name, array in given.items()})
    for name, array in made.items():  # each face is for itself
        np.testing.assert_allclose(array[-1:], one[name], rtol=1e-3, atol=1e-3)
