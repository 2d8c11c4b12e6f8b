"""Opening and running graphs: every mismatch is refused, with what was found and what was expected."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bonaface.core.errors import GraphMismatch, WeightsError
from bonaface.graphs import Graph, Signature, Tensor
from bonaface.graphs.bundled import LANDMARKS_16
from bonaface.io.weights import find_weights

IMAGE, COVERED = Tensor("image", ("N", 3, 16, 16)), Tensor("occlusion", ("N", 1, 128, 128))
OUTPUTS = (Tensor("landmarks", ("N", 68, 2)), Tensor("spread", ("N", 68)))
SIGNATURE = Signature((IMAGE, COVERED), OUTPUTS)


@pytest.fixture(scope="module")
def path() -> Path:
    return find_weights(LANDMARKS_16)


@pytest.fixture(scope="module")
def graph(path) -> Graph:
    return Graph(path, SIGNATURE)


def inputs(count: int = 2, seed: int = 0) -> dict[str, np.ndarray]:
    image = np.random.default_rng(seed).random((count, 3, 16, 16), np.float32)
    return {"image": image, "occlusion": np.zeros((count, 1, 128, 128), np.float32)}


@pytest.mark.parametrize(
    "expected",
    [
        Signature((Tensor("image", ("N", 3, 32, 32)), COVERED), OUTPUTS),
        Signature((Tensor("image", (1, 3, 16, 16)), COVERED), OUTPUTS),
        Signature((Tensor("image", ("N", 3, 16, 16), "float64"), COVERED), OUTPUTS),
        Signature((Tensor("picture", ("N", 3, 16, 16)), COVERED), OUTPUTS),
        Signature((IMAGE,), OUTPUTS),
        Signature((IMAGE, COVERED, Tensor("more", ("N", 1))), OUTPUTS),
        Signature((IMAGE, COVERED), OUTPUTS[:1]),
        Signature((IMAGE, COVERED), (Tensor("landmarks", ("N", 5, 2)), OUTPUTS[1])),
    ],
    ids=["size", "batch", "type", "name", "too few", "too many", "outputs", "other output"],
)
def test_another_signature_is_refused_with_both(path, expected):
    with pytest.raises(GraphMismatch) as caught:
        Graph(path, expected)
    found = (IMAGE, COVERED) if expected.outputs == OUTPUTS else OUTPUTS
    wanted = expected.inputs if expected.outputs == OUTPUTS else expected.outputs
    assert "; ".join(map(str, found)) in str(caught.value).replace("batch", "N")
    assert f"expected {'; '.join(map(str, wanted))}" in str(caught.value)


def test_a_mismatch_is_an_error_of_weights():
    assert issubclass(GraphMismatch, WeightsError)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"image": np.zeros((2, 3, 16, 17), np.float32)},
            r"float32 \(2, 3, 16, 17\); expected float32 \(N, 3, 16, 16\)",
        ),
        ({"image": np.zeros((3, 16, 16), np.float32)}, r"float32 \(3, 16, 16\); expected"),
        ({"image": np.zeros((2, 3, 16, 16))}, r"float64 \(2, 3, 16, 16\); expected float32"),
        ({"image": np.zeros((0, 3, 16, 16), np.float32)}, r"float32 \(0, 3, 16, 16\); expected"),
        ({"occlusion": np.zeros((1, 1, 128, 128), np.float32)}, r"\(1, 1, 128, 128\); expected .* with N = 2"),
        ({"extra": np.zeros(1, np.float32)}, "was given extra, image, occlusion; expected image, occlusion"),
    ],
    ids=["shape", "no batch", "type", "nothing", "other batch", "unknown"],
)
def test_other_arrays_are_refused_with_both_shapes(graph, change, said):
    with pytest.raises(GraphMismatch, match=said):
        graph.run(inputs() | change)


def test_a_missing_array_is_named(graph):
    with pytest.raises(GraphMismatch, match="was given image; expected image, occlusion"):
        graph.run({"image": inputs()["image"]})


def test_results_that_are_no_numbers_are_refused(graph):
    with pytest.raises(GraphMismatch, match="NaN"):
        graph.run(inputs() | {"image": np.full((2, 3, 16, 16), np.nan, np.float32)})


@pytest.mark.parametrize("content", [b"", b"no graph at all" * 99], ids=["empty", "text"])
def test_a_file_that_is_no_graph(tmp_path, content):
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    with pytest.raises(GraphMismatch, match=r"broken\.onnx"):
        Graph(path, SIGNATURE)


def test_a_graph_that_is_cut_off(tmp_path, path):
    broken = tmp_path / "short.onnx"
    broken.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(GraphMismatch, match="cannot be opened"):
        Graph(broken, SIGNATURE)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(GraphMismatch, match=r"gone\.onnx cannot be opened"):
        Graph(tmp_path / "gone.onnx", SIGNATURE)


def test_a_provider_that_is_not_there_is_no_reason_to_use_another(path):
    with pytest.raises(GraphMismatch, match=r"NoSuchProvider; this ONNX Runtime has .*CPUExecutionProvider"):
        Graph(path, SIGNATURE, providers=["NoSuchProvider", "CPUExecutionProvider"])
    with pytest.raises(GraphMismatch, match="nothing"):
        Graph(path, SIGNATURE, providers=[])


def test_threads(path):
    with pytest.raises(ValueError, match="threads is 0"):
        Graph(path, SIGNATURE, threads=0)
    one, two = (Graph(path, SIGNATURE, threads=count).run(inputs()) for count in (1, 2))
    np.testing.assert_allclose(one["landmarks"], two["landmarks"], rtol=0, atol=1e-3)


def test_the_same_input_gives_the_same_output(graph):
    first, again = graph.run(inputs()), graph.run(inputs())
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_arrays_in_any_memory_order(graph):
    plain = graph.run(inputs())
    odd = graph.run({name: np.asfortranarray(array) for name, array in inputs().items()})
    assert np.array_equal(odd["landmarks"], plain["landmarks"])


def test_many_threads_may_share_a_graph(graph):
    alone = [graph.run(inputs(1, seed))["landmarks"] for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda seed: graph.run(inputs(1, seed % 8))["landmarks"], range(32)))
    for number, found in enumerate(together):
        assert np.array_equal(found, alone[number % 8])
