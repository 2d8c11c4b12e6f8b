"""RegGAN's networks, losses and recipe."""

import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from bonaface.train.gan import feature_matching, hinge_discriminator, hinge_generator, perceptual  # noqa: E402
from bonaface.train.nets.reggan import (  # noqa: E402
    COMPACT,
    PAPER,
    AttentionBlock,
    PyramidDiscriminator,
    Refiner,
    RefinerSize,
)

SMALL = RefinerSize(widths=(6, 8, 10, 12), latent=2, hourglass=4, depth=1)


def test_ten_latent_blocks_between_three_and_three():
    for size in (COMPACT, PAPER):
        network = Refiner(size)
        assert [len(part) for part in (network.encode, network.latent, network.decode)] == [3, 10, 3]
        assert all(block.attention is not None for part in (network.encode, network.latent) for block in part)


def test_block_is_straight_way_plus_weighed_features():
    """S4's equation 9, computed by hand from the block's parts."""
    block = AttentionBlock(6, 8, SMALL, "down")
    given = torch.randn(2, 6, 16, 16)
    found = block.features(given)
    weighed = found * torch.sigmoid(block.attention.map(block.attention.hourglass(block.attention.reduce(found))))
    torch.testing.assert_close(block(given), block.straight(given) + weighed)
    assert block(given).shape == (2, 8, 8, 8)


@pytest.mark.parametrize("fold", [1, 2])
@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("latent", [0, 2])
def test_switches_of_the_ablations(fold, attention, latent):
    from dataclasses import replace

    size = replace(SMALL, fold=fold, attention=attention, latent=latent)
    network = Refiner(size)
    assert len(network.latent) == latent
    assert any("attention" in name for name, _ in network.named_parameters()) == attention
    assert network(torch.rand(1, 3, 64, 64)).shape == (1, 3, 64, 64)


def test_starts_as_what_it_is_given():
    image = torch.rand(1, 3, 64, 64)
    assert (Refiner(SMALL)(image) - image).abs().max() < 0.1


def test_three_scales():
    judged = PyramidDiscriminator(8)(torch.rand(2, 3, 64, 64))
    assert [each[-1].shape for each in judged] == [(2, 1, 8, 8), (2, 1, 4, 4), (2, 1, 2, 2)]


def test_losses_on_numbers():
    real, made = [[torch.zeros(1), torch.tensor([0.5, 2.0])]], [[torch.ones(1), torch.tensor([-2.0, 0.0])]]
    assert hinge_discriminator(real, made).item() == pytest.approx((0.5 + 0) / 2 + (0 + 1) / 2)
    assert hinge_generator(made).item() == pytest.approx(1.0)
    assert feature_matching(made, real).item() == pytest.approx(1.0)  # judgements do not count
    features = [torch.ones(2), torch.zeros(2)], [torch.zeros(2), torch.full((2,), 3.0)]
    assert perceptual(*features).item() == pytest.approx(2)


@pytest.fixture(scope="module")
def places(data, tmp_path_factory):
    """Twenty people of London, and eight faces of CelebA-HQ."""
    place = tmp_path_factory.mktemp("material")
    for expression in ("neutral", "smiling"):
        (place / "london" / expression).mkdir(parents=True)
        for file in sorted((data / "london" / expression).glob("*.jpg"))[:20]:
            shutil.copy(file, place / "london" / expression)
    (place / "faces").mkdir()
    for file in sorted((data / "celebamask" / "images").iterdir())[:8]:
        shutil.copy(file, place / "faces")
    return place / "faces", place / "london"


@pytest.fixture(scope="module")
def task(places):
    from bonaface.train.reggan import RegGANConfig, RegGANTask

    sizes = {"steps": (2, 2), "batch": (2, 2), "crop": (64, 64), "width": 4}
    return RegGANTask(RegGANConfig(copies=0, refined_copies=1, perceptual=0.0, **sizes), places)


def test_layers_never_saw_the_people_that_the_refiner_learns_from(places):
    """An output of the material equals that of a layer learnt without its fold, and of no layer learnt with it."""
    from bonaface.edit.regression import fit_bytes
    from bonaface.train.expression_pairs import FOLDS, applied, open_material
    from bonaface.train.pairs import open_pairs
    from bonaface.train.splits import held_back_names

    material = open_material(places, field=1, penalty=1.0, copies=0, refined_copies=0, seed=0)
    pairs = open_pairs(places[1] / "neutral", places[1] / "smiling")
    learnt = pairs.select(np.flatnonzero(~held_back_names(pairs.names, 5)))
    inside = np.arange(len(learnt)) % FOLDS == 0
    layer = fit_bytes(learnt.inputs[~inside], learnt.targets[~inside], 1, 1.0)
    np.testing.assert_array_equal(material.before[0], applied(layer, learnt.inputs[:1])[0])
    whole = fit_bytes(learnt.inputs, learnt.targets, 1, 1.0)
    assert (material.before[0] != applied(whole, learnt.inputs[:1])[0]).any()
    assert not {*learnt.names} & {*material.held.names}


def test_a_step_of_each_phase_changes_both_networks(task):
    for phase in task.phases:
        optimisers = task.begin(phase)
        rng = np.random.default_rng(0)
        drawn = [task.examples.make(index, rng) for index in range(2)]
        batch = {name: torch.from_numpy(np.stack([one[name] for one in drawn])) for name in drawn[0]}
        before = {name: [p.clone() for p in network.parameters()] for name, network in task.networks.items()}
        losses = task.update(batch, phase, optimisers, lambda loss: loss.backward())
        assert set(losses) == {"pixel", "adversarial", "matching", "discriminator"}
        assert all(torch.isfinite(value) for value in losses.values())
        for name, network in task.networks.items():
            assert any((a != b).any() for a, b in zip(before[name], network.parameters(), strict=True))


def test_what_is_logged(task):
    figures = task.validate(task.networks["refiner"])
    assert figures["PSNR before"] == pytest.approx(figures["PSNR"], abs=1)  # as it starts with what it is given
    assert 0 < figures["sharpness before"] < 1  # regression blurs
    grid = task.samples(task.networks["refiner"])
    assert grid.ndim == 3


def test_softened_faces_stay_in_their_place():
    from bonaface.train.expression_pairs import softened

    image = np.zeros((256, 256, 3), np.uint8)
    image[118:138, 118:138] = 255
    rng = np.random.default_rng(0)
    places = []
    for _ in range(30):
        out = softened(image, rng)[..., 0].astype(float)
        y, x = np.mgrid[:256, :256]
        places.append((np.sum(out * x) / out.sum(), np.sum(out * y) / out.sum()))
        assert out.shape == (256, 256)
    assert np.abs(np.median(places, axis=0) - 127.5).max() < 1.5
