"""CLIP's files and its measure, by OpenAI's own class in small."""

import socket
import sys
from pathlib import Path

import numpy as np
import pytest

from bonaface.core.cases import Case
from bonaface.core.errors import InputError, WeightsError
from bonaface.measure import MEASURES
from bonaface.measure.semantics import prompts

torch = pytest.importorskip("torch")
pytest.importorskip("torchvision")
if MEASURES["clip-semantics"].absent:
    pytest.skip("OpenAI's clip is not installed", allow_module_level=True)

from bonaface.learned.clip import Clip, package, read_clip  # noqa: E402
from learned import small_clip  # noqa: E402 - needs torch

CARD = MEASURES["clip-semantics"]
NAME = "ViT-B-32.pt"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("clip")


@pytest.fixture(scope="module")
def file(folder):
    return small_clip.checkpoint(folder / NAME, resnet=False)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("something asked for the network")

    monkeypatch.setattr(socket, "socket", refuse)


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(2)
    return [rng.random((h, w, 3), dtype=np.float32) for h, w in ((260, 230), (224, 224), (300, 300))]


def test_setuptools_is_left_as_it_was():
    assert package().tokenize(["a photo of a cat"])[0, :7].tolist() == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert "pkg_resources" not in sys.modules or sys.modules["pkg_resources"].__file__


@pytest.mark.parametrize("resnet", [True, False])
def test_both_forms_of_a_file_hold_the_same(resnet, folder):
    plain = read_clip(small_clip.checkpoint(folder / "plain.pt", resnet))
    archived = read_clip(small_clip.program(folder / "program.pt", resnet))
    assert set(archived) - set(plain) == {"input_resolution", "context_length", "vocab_size"}
    assert all(torch.equal(archived[name], plain[name]) for name in plain)


def test_directions_are_those_of_the_package(file, folder, pictures):
    from PIL import Image

    network, prepare = package().load(str(small_clip.program(folder / "program.pt", resnet=False)), device="cpu")
    clip, texts = Clip(file), prompts()["happiness"]
    with torch.no_grad():
        theirs = network.encode_image(prepare(Image.fromarray(np.rint(255 * pictures[0]).astype(np.uint8)))[None])
        words = network.encode_text(package().tokenize(list(texts)))
    assert clip.picture(pictures[0]) == pytest.approx((theirs / theirs.norm())[0].numpy(), abs=1e-6)
    assert clip.texts(texts) == pytest.approx((words / words.norm(dim=-1, keepdim=True)).numpy(), abs=1e-6)


def test_the_measure_compares_with_the_mean_of_the_prompts(file, pictures):
    output, neutral, truth = pictures
    function = CARD.load({NAME: file})
    scores = CARD.scores(Case(output, truth, neutral=neutral, target="sadness"), function)
    clip = Clip(file)
    mean = clip.texts(prompts()["sadness"]).mean(axis=0)
    cosines = [float(clip.picture(each) @ mean / np.linalg.norm(mean)) for each in pictures]
    assert [scores[part].value for part in ("", "neutral", "truth")] == pytest.approx(cosines, abs=1e-9)
    assert scores["improvement"].value == pytest.approx(cosines[0] - cosines[1], abs=1e-9)
    assert CARD.scores(Case(output, truth, neutral=neutral, target="sadness"), function) == scores
    assert CARD.scores(Case(output, truth, neutral=neutral, target="anger"), function) != scores
    assert CARD.bounds[0] <= scores[""].value <= CARD.bounds[1]


def test_without_a_truth_nothing_is_said_of_one(file, pictures):
    scores = CARD.scores(Case(pictures[0], neutral=pictures[1], target="fear"), CARD.load({NAME: file}))
    assert set(scores) == {"", "neutral", "improvement"}


def test_without_a_neutral_picture_it_says_so(pictures):
    score = CARD.scores(Case(pictures[0], target="fear"), lambda: 0.0)[""]
    assert score.why == "no neutral given"


def test_an_expression_that_nobody_knows_is_refused(file, pictures):
    with pytest.raises(InputError, match="no expression called 'gleeful'"):
        CARD.load({NAME: file})(pictures[0], pictures[1], "gleeful")


def test_what_holds_code_or_another_network_is_refused(tmp_path):
    hostile = tmp_path / NAME
    torch.save({"visual.proj": Path("/")}, hostile)
    with pytest.raises(WeightsError, match="cannot be read as tensors alone"):
        CARD.load({NAME: hostile})
    torch.save({"weight": torch.zeros(2)}, hostile)
    with pytest.raises(WeightsError, match="is not a network of CLIP"):
        CARD.load({NAME: hostile})
    torch.save(torch.zeros(2), hostile)
    with pytest.raises(WeightsError, match="holds Tensor; expected tensors by their names"):
        CARD.load({NAME: hostile})
