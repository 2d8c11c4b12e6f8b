"""Checkpoints of published networks, with random weights, as graphs that the adapters open."""

from __future__ import annotations

import os
import pickle
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

torch = pytest.importorskip("torch", reason="converting needs PyTorch")

from bonaface.cli import app  # noqa: E402
from bonaface.core.errors import InputError, UnknownName  # noqa: E402
from bonaface.graphs.guard import look  # noqa: E402
from bonaface.restore import RESTORERS  # noqa: E402
from bonaface.train.convert import ARCHITECTURES, TOLERANCE, convert, read_weights  # noqa: E402
from bonaface.train.lean import lean  # noqa: E402


class Malicious:
    """Unpickling this runs a command."""

    def __init__(self, path) -> None:
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("how", ["torch", "pickle"])
def test_a_malicious_pickle_is_refused_and_not_run(tmp_path, how):
    touched, path = tmp_path / "touched", tmp_path / "evil.pth"
    held = {"params_ema": {"weight": torch.zeros(2)}, "extra": Malicious(touched)}
    if how == "torch":
        torch.save(held, path)
    else:
        path.write_bytes(pickle.dumps(Malicious(touched)))
    with pytest.raises(InputError, match=r"evil\.pth is refused: it holds more than weights"):
        convert(path, "gfpgan-1.4", tmp_path / "out.onnx")
    assert not touched.exists()
    assert not (tmp_path / "out.onnx").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no checkpoint: it holds nothing"),
        (b"no checkpoint" * 9, "is no checkpoint: it holds something else, which begins with the bytes 6e 6f 20"),
        (b"in the key 105" * 9, "is no checkpoint: it holds something else"),
        (b"<!DOCTYPE html><html>", "is no checkpoint: it holds a web page"),
        (b"PK\x03\x04 cut off", "cannot be read as a checkpoint: it begins as one, and is cut off"),
        (b"\x80\x02i", r"(is refused: it holds more than weights|cannot be read as a checkpoint: it begins as one)"),
    ],
    ids=["empty", "text", "number", "page", "cut off", "pickle"],
)
def test_files_that_are_no_checkpoint(tmp_path, content, said):
    path = tmp_path / "x.pth"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"x\.pth {said}") as caught:
        read_weights(path)
    assert "(105)" not in str(caught.value)
    with pytest.raises(InputError, match="no file"):
        read_weights(tmp_path / "gone.pth")


@pytest.mark.parametrize("held", [{}, {"params": 3}, [torch.zeros(1)]], ids=["empty", "number", "list"])
def test_files_without_weights_by_name(tmp_path, held):
    torch.save(held, tmp_path / "x.pth")
    with pytest.raises(InputError, match="holds no weights by name"):
        read_weights(tmp_path / "x.pth")


def test_weights_are_unwrapped(tmp_path):
    torch.save({"params_ema": {"a": torch.ones(2)}, "params": {"a": torch.zeros(2)}, "step": 4}, tmp_path / "x.pth")
    assert read_weights(tmp_path / "x.pth")["a"].tolist() == [1, 1]


def test_what_cannot_be_converted(tmp_path):
    with pytest.raises(UnknownName, match=r"gpen-bfr-512 cannot be converted; .*models fetch gpen-bfr-512"):
        convert(tmp_path / "x.pth", "gpen-bfr-512", tmp_path / "out.onnx")
    assert set(ARCHITECTURES) <= set(RESTORERS.ids)


def test_a_missing_extra_is_told_in_one_line(tmp_path, monkeypatch):
    import importlib.util

    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "spandrel" else there(name, *a))
    monkeypatch.delitem(sys.modules, "spandrel", raising=False)
    call = ["models", "convert", str(tmp_path / "x.pth"), "--as", "gfpgan-1.4", "--out", str(tmp_path / "x.onnx")]
    said = CliRunner().invoke(app, call)
    assert "Converting needs" in str(said.exception)
    assert "pip install 'bonaface[convert]'" in str(said.exception)


def gfpgan(narrow: float = 1):
    """With noise that can be seen; a narrow one is no GFPGAN that a checkpoint could hold, and is fast."""
    architecture = pytest.importorskip("spandrel.architectures.GFPGAN", reason="spandrel is not installed")
    torch.manual_seed(0)
    made = architecture.GFPGAN(out_size=512, num_style_feat=512, channel_multiplier=2, num_mlp=8, input_is_latent=True,
                               different_w=True, narrow=narrow, sft_half=True)  # fmt: skip
    with torch.no_grad():
        for name, value in made.named_parameters():
            if name.startswith("stylegan_decoder") and value.shape == (1,):
                value.fill_(0.1)
    return made.eval()


def codeformer():
    architecture = pytest.importorskip(
        "spandrel_extra_arches.architectures.CodeFormer", reason="spandrel_extra_arches is not installed"
    )
    torch.manual_seed(0)
    return architecture.CodeFormer().eval()


def restoreformer():
    architecture = pytest.importorskip("spandrel.architectures.RestoreFormer", reason="spandrel is not installed")
    torch.manual_seed(0)
    return architecture.RestoreFormer(
        n_embed=1024, embed_dim=256, ch=64, out_ch=3, ch_mult=(1, 2, 2, 4, 4, 8), num_res_blocks=2,
        attn_resolutions=(16,), dropout=0.0, in_channels=3, resolution=512, z_channels=256, double_z=False,
        enable_mid=True, head_size=8,
    ).eval()  # fmt: skip


@pytest.mark.slow
@torch.no_grad()
def test_the_lean_network_computes_the_same():
    network = gfpgan(narrow=0.25)
    face = torch.rand(2, 3, 512, 512) * 2 - 1
    expected = network(face, return_rgb=False, randomize_noise=False)[0]
    found = lean(network)(face, return_rgb=False, randomize_noise=False)[0]
    assert float((found - expected).abs().max() / expected.abs().max()) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("restorer", "make", "settings"),
    [
        ("gfpgan-1.4", gfpgan, ({},)),
        ("codeformer", codeformer, ({"w": 0}, {"w": 1})),
        ("restoreformer", restoreformer, ({},)),
    ],
)
@torch.no_grad()
def test_a_checkpoint_becomes_a_graph_that_the_adapter_opens(tmp_path, restorer, make, settings):
    network = make()
    torch.save({"params_ema": network.state_dict()}, tmp_path / "x.pth")
    path = tmp_path / RESTORERS[restorer].weights[0].name
    made = convert(tmp_path / "x.pth", restorer, path)
    assert made.path == path
    assert made.difference <= TOLERANCE
    assert look(path).random == ()
    with pytest.raises(InputError, match="holds the weights of"):
        convert(tmp_path / "x.pth", "gfpgan-1.4" if restorer != "gfpgan-1.4" else "restoreformer", tmp_path / "y.onnx")
    face = np.random.default_rng(0).random((512, 512, 3), np.float32)
    for knobs in settings:
        ready = RESTORERS[restorer].load({path.name: path}, engine="onnxruntime", **knobs)
        found = ready(face)
        assert ready.noise == "none"
        given = torch.from_numpy(np.ascontiguousarray(face.transpose(2, 0, 1)[None] * 2 - 1))
        more = {"randomize_noise": False} if restorer == "gfpgan-1.4" else {"weight": knobs["w"]} if knobs else {}
        expected = network(given, **more)[0][0].clamp(-1, 1).permute(1, 2, 0).numpy() / 2 + 0.5
        np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE)
