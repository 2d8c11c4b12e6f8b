"""Published restorers through small graphs of the same inputs and outputs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

from bonaface.core.errors import GraphMismatch, ImageError, InputError
from bonaface.faces.crops import TEMPLATE
from bonaface.restore import RESTORERS
from bonaface.restore.blind import BATCH, Blind
from made_graphs import CHANGE, write_graph

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(params=["onnxruntime", "openvino"])
def engine(request) -> str:
    if request.param == "openvino":
        pytest.importorskip("openvino", reason="OpenVINO is not installed")
    return request.param


@pytest.fixture(scope="module")
def face() -> np.ndarray:
    """(256, 256, 3)."""
    return np.random.default_rng(0).random((256, 256, 3), np.float32)


def ready(path: Path, restorer: str = "gpen-bfr-256", **knobs) -> Blind:
    return RESTORERS[restorer].load({path.name: path}, **knobs)


def changed(face: np.ndarray, factor: float = CHANGE) -> np.ndarray:
    return ((face * 2 - 1) * np.float32(factor) + 1) / 2


@pytest.mark.parametrize("batch", ["N", 1])
def test_pictures_go_in_and_come_out_in_our_convention(tmp_path, face, engine, batch):
    restore = ready(write_graph(tmp_path, "gpen-bfr-256", batch=batch), engine=engine)
    made = restore(face)
    assert (restore.engine, restore.noise) == (engine, "none")
    assert made.dtype == np.float32
    assert made.flags.c_contiguous
    np.testing.assert_allclose(made, changed(face), rtol=0, atol=1e-6)


def test_colours_and_axes_keep_their_places(tmp_path, engine):
    face = np.zeros((256, 256, 3), np.float32)
    face[10, 200] = (1, 0.5, 0)
    made = ready(write_graph(tmp_path, "gpen-bfr-256", kind="identity"), engine=engine)(face)
    np.testing.assert_allclose(made, face, rtol=0, atol=1e-6)


def test_what_lies_beyond_is_clipped(tmp_path, face):
    path = write_graph(tmp_path, "codeformer", side=512)
    big = np.tile(face, (2, 2, 1))
    made = ready(path, "codeformer", w=1, engine="onnxruntime")(big)
    np.testing.assert_allclose(made, big, rtol=0, atol=1e-6)
    assert made.min() >= 0
    assert made.max() <= 1


@pytest.mark.parametrize("batch", ["N", 1])
def test_many_go_through_together_where_they_may(tmp_path, face, engine, batch, monkeypatch):
    restore = ready(write_graph(tmp_path, "gpen-bfr-256", kind="blur", batch=batch), engine=engine)
    faces = [face * np.float32(share) for share in np.linspace(0.2, 1, 2 * BATCH + 1)]
    alone = [restore(each) for each in faces]
    together = restore.restore_many(faces)
    if batch == "N" and engine == "onnxruntime":
        monkeypatch.setattr(restore, "_batch", BATCH)  # as on a graphics card
        together = restore.restore_many(faces)
    assert len(together) == len(faces)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)
    assert restore.restore_many([]) == []


@pytest.mark.parametrize("kind", [TensorProto.DOUBLE, TensorProto.FLOAT])
@pytest.mark.parametrize("shape", [(), (1,), ("N",)], ids=str)
def test_w_reaches_the_graph(tmp_path, engine, kind, shape):
    face = np.random.default_rng(1).random((512, 512, 3), np.float32)
    path = write_graph(tmp_path, "codeformer", weight_type=kind, weight_shape=shape)
    for w, factor in ((0, CHANGE), (0.25, CHANGE + 0.05), (1, 1)):
        made = ready(path, "codeformer", w=w, engine=engine)(face)
        np.testing.assert_allclose(made, changed(face, factor), rtol=0, atol=1e-5)
    middle = ready(path, "codeformer", engine=engine)(face)
    np.testing.assert_allclose(middle, changed(face, 0.9), rtol=0, atol=1e-5)


@pytest.mark.parametrize("w", [-0.1, 1.1, float("nan")])
def test_w_has_a_range(tmp_path, w):
    with pytest.raises(InputError, match=r"expected 0 .* to 1"):
        ready(write_graph(tmp_path, "codeformer"), "codeformer", w=w)


def test_a_graph_with_w_built_in_is_refused(tmp_path):
    path = write_graph(tmp_path, "codeformer", weight=False)
    with pytest.raises(GraphMismatch, match=r"inputs input float32 \(N, 3, 512, 512\), .* a weight float32 or float64"):
        ready(path, "codeformer", engine="onnxruntime")


def test_a_weight_that_nobody_could_set_is_refused(tmp_path):
    path = write_graph(tmp_path, "gpen-bfr-256", weight=True)
    with pytest.raises(GraphMismatch, match=r"weight float64 \(1,\).*and no weight"):
        ready(path)


@pytest.mark.parametrize(("batch", "side"), [("N", 512), (1, 128), (2, 256)])
def test_another_shape_is_refused_with_both(tmp_path, engine, batch, side):
    path = write_graph(tmp_path, "gpen-bfr-256", batch=batch, side=side)
    found = batch if isinstance(batch, int) else "[N?]"
    with pytest.raises(GraphMismatch, match=rf"float32 \({found}, 3, {side}, {side}\).*expected .*3, 256, 256\)"):
        ready(path, engine=engine)


def test_another_size_of_picture_is_refused_with_both(tmp_path, face):
    restore = ready(write_graph(tmp_path, "gpen-bfr-256"))
    with pytest.raises(ImageError, match="is 200x256 pixels; gpen-bfr-256 reads 256x256"):
        restore(face[:, :200])
    with pytest.raises(ImageError):
        restore(face * 2)


def test_results_that_are_no_numbers_are_refused(tmp_path, face, engine):
    restore = ready(write_graph(tmp_path, "gpen-bfr-256", kind="nan"), engine=engine)
    with pytest.raises(GraphMismatch, match="NaN"):
        restore(face)


def test_noise_that_is_an_input_is_drawn_from_the_seed(tmp_path, face, engine):
    restore = ready(write_graph(tmp_path, "gpen-bfr-256", kind="noise"), engine=engine)
    first, again, other = (restore(face, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert restore.noise == "seeded"
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 0.05
    assert np.array_equal(restore(face), restore(face))
    together = restore.restore_many([face, face], np.random.default_rng(1))
    assert np.array_equal(together[0], first)
    assert not np.array_equal(together[1], first)


def test_noise_in_batches_is_that_of_one_after_another(tmp_path, face, monkeypatch):
    restore = ready(write_graph(tmp_path, "gpen-bfr-256", kind="noise"), engine="onnxruntime")
    alone = restore.restore_many([face] * 5, np.random.default_rng(3))
    monkeypatch.setattr(restore, "_batch", BATCH)
    together = restore.restore_many([face] * 5, np.random.default_rng(3))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


def test_noise_that_is_drawn_inside_is_reported(tmp_path, face):
    restore = ready(write_graph(tmp_path, "gpen-bfr-256", kind="random"), engine="onnxruntime")
    assert restore.noise == "unfixable"
    first, again = (restore(face, np.random.default_rng(1)) for _ in range(2))
    assert not np.array_equal(first, again)


def test_hostile_graphs_are_not_opened(tmp_path):
    path = tmp_path / "gpen_bfr_256.onnx"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(GraphMismatch, match=r"gpen_bfr_256\.onnx cannot be opened"):
        ready(path)


def test_engines_and_devices_that_are_not_to_be_had(tmp_path):
    path = write_graph(tmp_path, "gpen-bfr-256")
    with pytest.raises(GraphMismatch, match="'tvm' is none of auto, onnxruntime, openvino"):
        ready(path, engine="tvm")
    with pytest.raises(GraphMismatch, match="device 'abacus' is not known"):
        ready(path, device="abacus")
    with pytest.raises(GraphMismatch, match=r"on 'cuda', which cannot be had here\. Name .* \(cpu") as caught:
        ready(path, device="cuda")
    assert "Provider" not in str(caught.value)  # words that --device takes


def test_auto_takes_openvino_where_it_is(tmp_path, monkeypatch):
    from bonaface.graphs import engines

    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    assert engines.chosen("auto", "cpu") == "onnxruntime"
    assert ready(write_graph(tmp_path, "gpen-bfr-256")).engine == "onnxruntime"
    with pytest.raises(GraphMismatch, match=r"bonaface\[openvino\]"):
        engines.chosen("openvino", "cpu")
    with pytest.raises(GraphMismatch, match="'npu' needs OpenVINO"):
        engines.chosen("auto", "npu")
    monkeypatch.setattr(engines, "find_spec", lambda name: object())
    assert engines.chosen("auto", "cpu") == "openvino"
    assert engines.chosen("auto", "cuda") == "onnxruntime"


def test_threads_share_one(tmp_path, engine):
    restore = ready(write_graph(tmp_path, "gpen-bfr-256", kind="blur"), engine=engine)
    faces = [np.random.default_rng(seed).random((256, 256, 3), np.float32) for seed in range(6)]
    alone = [restore(face) for face in faces]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(restore, faces * 3))
    assert all(np.array_equal(found, alone[number % 6]) for number, found in enumerate(together))


def resident() -> float:
    """Megabytes that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="memory is read from /proc")
def test_memory_stays_flat(tmp_path, face, engine):
    restore = ready(write_graph(tmp_path, "gpen-bfr-256", kind="blur"), engine=engine)
    for _ in range(50):
        restore(face)
    before = resident()
    for _ in range(300):
        restore(face)
    assert resident() - before < 20


@pytest.mark.parametrize("card", [card for card in RESTORERS if card.pastes], ids=lambda card: card.id)
def test_cards_of_published_restorers(card):
    assert card.crop is TEMPLATE
    assert card.generative
    assert card.training_data
    assert card.input_size == card.output_size
    assert card.random == card.id.startswith("gfpgan")
    assert any("noise" in limit.lower() for limit in card.limits) or not card.random
