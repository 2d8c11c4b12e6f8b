"""MUSIQ, MANIQA, TOPIQ for faces, QualiCLIP and CLIP-IQA: the libraries' own classes, with random weights under the
names that cards give, against the libraries' own ways in.
"""

import importlib.util
import socket
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import pytest

from bonaface.core.cases import Case, Face
from bonaface.core.errors import WeightsError
from bonaface.faces.align import FFHQ_TEMPLATE_512
from bonaface.measure import MEASURES

torch = pytest.importorskip("torch")
pytest.importorskip("piq")
pytest.importorskip("pyiqa")
timm = pytest.importorskip("timm")
if MEASURES["clip-iqa"].absent:
    pytest.skip("OpenAI's clip is not installed", allow_module_level=True)

from bonaface.learned.clip import package  # noqa: E402
from learned import small_clip  # noqa: E402 - needs torch

package()  # pyiqa imports it, and cannot by itself where setuptools is new

SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("maniqa", "topiq-face")]
ALL = ["musiq", *SLOW, "qualiclip", "clip-iqa"]
THEIRS = {"topiq-face": "topiq_nr-face"}
KEYWORDS = {"topiq-face": {"align_crop_face": False}}


class Nothing:
    """In the place of the detector that pyiqa would fetch."""

    def __init__(self, *_, **__):
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("quality")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("something asked for the network")

    monkeypatch.setattr(socket, "socket", refuse)


@pytest.fixture(scope="module")
def file(folder):
    """The card's first file with random weights, written once."""

    def _file(name):
        path = folder / MEASURES[name].weights[0].name
        if not path.exists():
            torch.manual_seed(3)
            WRITE[name](path)
        return path

    return _file


def _write_musiq(path):
    network = importlib.import_module("pyiqa.archs.musiq_arch").MUSIQ(pretrained=False)
    torch.save(network.state_dict(), path)


def _write_maniqa(path):
    module, create = importlib.import_module("pyiqa.archs.maniqa_arch"), timm.create_model
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timm, "create_model", lambda name, pretrained: create(name))
        network = module.MANIQA(pretrained=False, scale=0.8)
    torch.nn.init.constant_(network.fc_score[3].bias, 0.5)  # a score is cut off at 0
    torch.save({f"module.{name}": value for name, value in network.state_dict().items()}, path)


def _write_topiq(path):
    network = importlib.import_module("pyiqa.archs.topiq_arch").CFANet(
        use_ref=False, pretrained=False, backbone_pretrain=False
    )
    torch.save({"params": network.state_dict()}, path)


def _write_qualiclip(path):
    state = {f"clip_model.{name}": value for name, value in small_clip.network(resnet=True).state_dict().items()}
    torch.save(state | {"prompts_features": torch.nn.functional.normalize(torch.randn(14, 32), dim=-1)}, path)


WRITE = {
    "musiq": _write_musiq,
    "maniqa": _write_maniqa,
    "topiq-face": _write_topiq,
    "qualiclip": _write_qualiclip,
    "clip-iqa": lambda path: small_clip.program(path, resnet=True),
}


@pytest.fixture(scope="module")
def pictures():
    """Patches without and with noise, in 8 bits, of the size of a face's crop."""
    rng = np.random.default_rng(4)
    smooth = np.kron(rng.random((16, 16, 3)), np.ones((32, 32, 1))).astype(np.float32)
    noisy = np.clip(smooth + 0.2 * rng.standard_normal(smooth.shape, dtype=np.float32), 0, 1)
    return [np.rint(255 * image) / np.float32(255) for image in (smooth, noisy)]


@pytest.fixture(scope="module")
def faces():
    """Where FFHQ's template has its points, so that the crop of the face is the picture itself."""
    landmarks = np.tile(FFHQ_TEMPLATE_512.mean(axis=0), (68, 1))
    for points, place in zip(((36, 42), (42, 48), (30, 31), (48, 49), (54, 55)), FFHQ_TEMPLATE_512, strict=True):
        landmarks[slice(*points)] = place
    return {"output": Face((0.0, 0.0, 512.0, 512.0), landmarks)}


def _theirs(name, folder, image, monkeypatch):
    """The number by the library's public way (pyiqa's from a PNG), given the same file where it would fetch one."""
    by_name = lambda url, *_, **__: str(folder / Path(urlparse(url).path).name)  # noqa: E731
    if name == "clip-iqa":
        import piq

        monkeypatch.setattr("piq.feature_extractors.clip._download", by_name)
        monkeypatch.setattr(
            "piq.clip_iqa.download_tensor", lambda *_: package().tokenize(["Good photo.", "Bad photo."])
        )
        return float(piq.CLIPIQA()(torch.from_numpy(image).permute(2, 0, 1)[None]))
    import pyiqa
    from PIL import Image

    picture = folder / f"{name}.png"
    Image.fromarray(np.rint(255 * image).astype(np.uint8)).save(picture)

    create = timm.create_model
    monkeypatch.setattr(timm, "create_model", lambda *a, **k: create(*a, **{**k, "pretrained": False}))
    for each in ("arch_util.load_file_from_url", "qualiclip_arch.load_file_from_url", "clip_model._download"):
        monkeypatch.setattr(f"pyiqa.archs.{each}", by_name)
    importlib.import_module("pyiqa.archs.topiq_arch")
    monkeypatch.setattr("pyiqa.archs.topiq_arch.FaceRestoreHelper", Nothing)
    small_clip.program(folder / "RN50.pt", resnet=True, seed=9)
    metric = pyiqa.create_metric(THEIRS.get(name, name), device=torch.device("cpu"), **KEYWORDS.get(name, {}))
    return float(metric(str(picture)))


@pytest.fixture
def _first_crop(monkeypatch):
    """Of MANIQA's twenty crops, the first only: each takes seconds."""
    module = importlib.import_module("pyiqa.archs.maniqa_arch")
    crops = module.uniform_crop

    def first(pixels, crop_size, crop_num):
        assert (crop_size, crop_num) == (224, 20)
        return crops(pixels, crop_size, 1)

    monkeypatch.setattr(module, "uniform_crop", first)


@pytest.mark.usefixtures("_first_crop")
@pytest.mark.parametrize("name", ALL)
def test_it_is_the_librarys_own_number(name, file, folder, pictures, faces, monkeypatch):
    card = MEASURES[name]
    assert not card.absent
    function = card.load({card.weights[0].name: file(name)})
    found = [card.scores(Case(image, faces=faces), function)[""].value for image in pictures]
    assert all(card.bounds[0] <= value <= card.bounds[1] for value in found)
    assert abs(found[0] - found[1]) > 1e-4 * abs(found[0])
    assert card.scores(Case(pictures[0], faces=faces), function)[""].value == found[0]
    assert found[0] == pytest.approx(_theirs(name, folder, pictures[0], monkeypatch), rel=1e-5)


@pytest.mark.parametrize("name", ALL)
def test_what_holds_code_or_another_network_is_refused(name, tmp_path):
    card, path = MEASURES[name], tmp_path / MEASURES[name].weights[0].name
    torch.save({"conv_root.weight": Path("/")}, path)
    with pytest.raises(WeightsError, match="cannot be read as tensors alone"):
        card.load({path.name: path})
    torch.save({"weight": torch.zeros(2)}, path)
    with pytest.raises(WeightsError, match="is not of this network"):
        card.load({path.name: path})


def test_pyiqa_is_left_as_it_was(file):
    module = importlib.import_module("pyiqa.archs.qualiclip_arch")
    before = module.load, module.load_file_from_url, timm.create_model
    MEASURES["qualiclip"].load({"QualiCLIP.pth": file("qualiclip")})
    assert (module.load, module.load_file_from_url, timm.create_model) == before


def test_a_picture_without_a_face_has_no_quality_of_one(file, pictures):
    card = MEASURES["topiq-face"]
    function = card.load({card.weights[0].name: file("topiq-face")})
    assert card.scores(Case(pictures[0]), function)[""].why == "no face was found in the output"


def test_where_a_library_is_missing_it_is_named(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pyiqa" else find(name))
    assert MEASURES["musiq"].absent == ("pyiqa",)
    assert MEASURES["clip-iqa"].absent == ()


@pytest.mark.parametrize("name", ["musiq", "maniqa", "topiq-face", "qualiclip"])
def test_noncommercial_code_says_so(name):
    card = MEASURES[name]
    assert "Noncommercial" in card.licence
    assert "non-commercial use only" in card.convention
    assert "metrics-noncommercial" in card.install
