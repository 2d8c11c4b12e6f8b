"""LPIPS and DISTS: the libraries' own classes, with random weights under the names that cards give."""

from pathlib import Path

import numpy as np
import pytest

from bonaface.core.cases import Case
from bonaface.core.errors import WeightsError, WeightsMissing
from bonaface.measure import MEASURES

torch = pytest.importorskip("torch")
torchvision = pytest.importorskip("torchvision")
package = pytest.importorskip("lpips")
piq = pytest.importorskip("piq")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Random weights of every backbone, and the published heads of LPIPS."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    torch.save(torchvision.models.alexnet(weights=None).state_dict(), folder / "alexnet-owt-7be5be79.pth")
    torch.save(torchvision.models.vgg16(weights=None).state_dict(), folder / "vgg16-397923af.pth")
    parts = torch.rand(2, 1475)
    alpha, beta = (part.reshape(1, -1, 1, 1) for part in parts / parts.sum())
    torch.save({"alpha": alpha, "beta": beta}, folder / "dists_weights.pt")
    heads = Path(package.__file__).parent / "weights" / "v0.1"
    return {path.name: path for path in (*folder.iterdir(), heads / "alex.pth", heads / "vgg.pth")}


@pytest.fixture(scope="module")
def pair():
    rng = np.random.default_rng(1)
    truth = rng.random((96, 80, 3), dtype=np.float32)
    return np.clip(truth + 0.1 * rng.standard_normal(truth.shape, dtype=np.float32), 0, 1), truth


def tensor(image):
    return torch.from_numpy(image).permute(2, 0, 1)[None]


@pytest.mark.parametrize(("measure", "net", "backbone"), [
    ("lpips-alex", "alex", "alexnet-owt-7be5be79.pth"),
    ("lpips-vgg", "vgg", "vgg16-397923af.pth"),
])  # fmt: skip
def test_lpips_is_that_of_its_authors_package(measure, net, backbone, files, pair):
    card = MEASURES[measure]
    assert not card.absent
    function = card.load({w.name: files[w.name] for w in card.weights})
    network = package.LPIPS(net=net, pnet_rand=True, verbose=False)
    state = torch.load(files[backbone], weights_only=True)
    wanted = {key: state["features." + key.split(".", 1)[1]] for key in network.net.state_dict()}
    network.net.load_state_dict(wanted)
    expected = float(network(*(2 * tensor(image) - 1 for image in pair)))
    assert function(*pair) == pytest.approx(expected, rel=1e-6)
    assert function(pair[1], pair[1]) == 0
    assert function(*pair) > 0.001


def test_dists_tells_equal_pictures_from_different_ones(files, pair):
    card = MEASURES["dists"]
    found = card.score(Case(*pair), {w.name: files[w.name] for w in card.weights})
    assert 0 < found.value < 1
    assert card.score(Case(pair[1], pair[1]), files).value == pytest.approx(0, abs=1e-5)


def test_what_no_card_names_is_not_fetched(files):
    card = MEASURES["lpips-alex"]
    with pytest.raises(WeightsMissing, match=r"alexnet-owt-7be5be79\.pth .* nothing was fetched"):
        card.load({"alex.pth": files["alex.pth"]})


def test_a_checkpoint_with_code_in_it_is_refused(files, tmp_path):
    hostile = tmp_path / "alexnet-owt-7be5be79.pth"
    torch.save({"features": Path("/")}, hostile)
    with pytest.raises(WeightsError, match="cannot be read as tensors alone"):
        MEASURES["lpips-alex"].load({**files, hostile.name: hostile})
