"""FID and KID through torch-fidelity's own network, with random weights; and the whole way from files to numbers."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from bonaface.api import distributions
from bonaface.measure import sets
from bonaface.measure.distribution import frechet, kernel_distance
from running import run

torch = pytest.importorskip("torch")
fidelity = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Random weights of the network: its constructor knows no way without any."""
    path = tmp_path_factory.mktemp("weights") / sets.INCEPTION.name
    torch.manual_seed(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fidelity, "load_state_dict_from_url", lambda *_, **__: {})
        patch.setattr(fidelity.FeatureExtractorInceptionV3, "load_state_dict", lambda *_: None)
        state = fidelity.FeatureExtractorInceptionV3("random", ["2048"]).state_dict()
    torch.save(state, path)
    return path


@pytest.fixture
def here(weights, monkeypatch):
    """These weights are the ones that the card names."""
    card = replace(sets.INCEPTION, sha256=hashlib.sha256(weights.read_bytes()).hexdigest())
    monkeypatch.setattr(sets, "INCEPTION", card)
    monkeypatch.setenv("BONAFACE_MODELS", str(weights.parent))
    distributions._network.cache_clear()
    yield
    distributions._network.cache_clear()


def pictures(folder, count, seed, spread=40):
    folder.mkdir()
    rng = np.random.default_rng(seed)
    for number in range(count):
        pixels = np.clip(rng.normal(rng.uniform(60, 200), spread, (40, 36, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
    return folder


def test_features_and_distances_are_those_of_torch_fidelity(weights):
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
    from torch_fidelity.metric_kid import kid_features_to_metric

    network = fidelity.FeatureExtractorInceptionV3("random", ["2048"], feature_extractor_weights_path=str(weights))
    image = np.random.default_rng(0).random((50, 60, 3), dtype=np.float32)
    pixels = torch.from_numpy(np.rint(255 * image).astype(np.uint8)).permute(2, 0, 1)[None]
    expected = network(pixels)[0][0].numpy()
    assert expected.std() > 0
    np.testing.assert_allclose(sets.load_features({weights.name: weights})(image), expected, rtol=1e-6)

    first, second = (torch.from_numpy(np.random.default_rng(seed).random((60, 64))) for seed in (1, 2))
    theirs = fid_statistics_to_metric(*(fid_features_to_statistics(each) for each in (first, second)), False)
    assert frechet(first.numpy(), second.numpy()) == pytest.approx(theirs["frechet_inception_distance"], rel=1e-6)
    kid = kid_features_to_metric(first, second, kid_subsets=1, kid_subset_size=60, verbose=False)
    ours = kernel_distance(first.numpy(), second.numpy())
    assert ours == pytest.approx(kid["kernel_inception_distance_mean"], abs=1e-9)


@pytest.mark.usefixtures("here")
def test_folders_are_measured_and_statistics_give_the_same(tmp_path, capsys):
    made, real = pictures(tmp_path / "made", 6, 1), pictures(tmp_path / "real", 7, 2, spread=10)
    (made / "broken.png").write_bytes(b"no picture")
    out = tmp_path / "rows.csv"
    call = ["measure", str(made), "--measures", "fid,kid", "--force", "--out"]
    assert run(*call, out, "--reference", real) == 1
    rows = {line.split(",")[1]: line.split(",") for line in out.read_text().splitlines()[1:]}
    assert rows["fid"][0] == "(all)"
    assert float(rows["fid:n"][2]) == 6
    assert float(rows["fid:reference-n"][2]) == 7
    assert float(rows["fid"][2]) > 0
    assert "broken.png" in capsys.readouterr().err

    saved = tmp_path / "real.npz"
    assert run("measure", "fid-stats", real, "--out", saved) == 0
    again = tmp_path / "again.csv"
    assert run(*call, again, "--reference", saved) == 1
    lines = {line.split(",")[1]: line.split(",") for line in again.read_text().splitlines()[1:]}
    assert float(lines["fid"][2]) == pytest.approx(float(rows["fid"][2]), rel=1e-6)
    assert lines["kid"][3] == "not_applicable"


@pytest.mark.usefixtures("here")
def test_few_pictures_are_refused_and_the_number_is_named(tmp_path):
    made, real = pictures(tmp_path / "made", 3, 1), pictures(tmp_path / "real", 3, 2)
    scores = distributions.measure_set(sorted(made.iterdir()), real)
    assert scores["fid"].value is None
    assert "3 pictures; expected at least 50" in scores["fid"].why


def test_other_weights_fail_and_do_not_stop_the_rest(tmp_path, weights, monkeypatch):
    monkeypatch.setenv("BONAFACE_MODELS", str(weights.parent))
    distributions._network.cache_clear()
    made = pictures(tmp_path / "made", 3, 1)
    scores, _ = distributions.distances(sorted(made.iterdir()), made, [sets.FID])
    assert str(scores["fid"].status) == "failed"
    assert "SHA-256" in scores["fid"].why
