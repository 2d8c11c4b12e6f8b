"""Promises that every restorer keeps."""

from __future__ import annotations

import functools
import inspect

import numpy as np
import pytest

from bonaface.api import wiring
from bonaface.core.errors import InputError
from bonaface.restore import RESTORERS, published
from bonaface.restore.interpolate import resize
from made_graphs import write_graph

restorers = pytest.mark.parametrize("card", RESTORERS, ids=lambda card: card.id)


PUBLISHED = {card.name for card in published.PUBLISHED}


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """From a card to the restorer; the published ones by a made graph of the same inputs and outputs."""
    folder = tmp_path_factory.mktemp("graphs")

    @functools.cache
    def opened(card):
        if {weights.name for weights in card.weights} <= PUBLISHED and card.weights:
            path = write_graph(folder, card.id)
            return card.load({path.name: path}, engine="onnxruntime")
        return wiring.restorer(card.id) if card.output_size else wiring.restorer(card.id, size=(128, 128))

    return opened


@pytest.fixture
def face(card, face_16):
    """A face of the size that the card names."""
    side = (card.input_size or (16, 16))[0]
    return face_16 if side == 16 else resize(face_16, (side, side), "bicubic")


def test_the_restorers():
    assert RESTORERS.ids == (
        "bicubic",
        "lanczos",
        "pro-uigan-compact",
        "pro-uigan-compact-full",
        "pro-uigan-plain",
        "gfpgan-1.2",
        "gfpgan-1.3",
        "gfpgan-1.4",
        "gpen-bfr-256",
        "gpen-bfr-512",
        "gpen-bfr-1024",
        "gpen-bfr-2048",
        "codeformer",
        "restoreformer",
        "restoreformer-plus-plus",
    )


def test_every_published_file_has_a_restorer():
    assert {weights.name for card in RESTORERS for weights in card.weights} >= PUBLISHED


@restorers
def test_cards_say_everything(card):
    assert card.licence
    assert card.source.text
    assert card.limits
    assert all(limit.endswith(".") for limit in card.limits)
    assert card.generative == bool(card.weights)
    assert set(card.takes) <= {"occlusion", "landmarks"}
    assert bool(card.training_data or all(w.training_data for w in card.weights)) or not card.weights
    assert not card.pastes or card.crop is not None


@restorers
def test_knobs_are_what_load_takes(card):
    taken = inspect.signature(card.load).parameters
    keywords = {name for name, parameter in taken.items() if parameter.kind is parameter.KEYWORD_ONLY}
    assert {knob.name for knob in card.knobs} == keywords - {"kernel", "weights", "side"}  # which are set


@restorers
def test_cards_can_be_hashed_and_cannot_be_changed(card):
    assert hash(card) == hash(card)
    with pytest.raises(AttributeError):
        card.id = "other"


@restorers
def test_the_same_input_gives_an_image_of_the_promised_size_again(card, ready, face):
    seeds = (1, 1) if card.random else (1, 2)
    first, again = (ready(card)(face, np.random.default_rng(seed)) for seed in seeds)
    assert first.shape == (*(card.output_size or (128, 128)), 3)
    assert first.dtype == np.float32
    assert first.flags.c_contiguous
    assert first.min() >= 0
    assert first.max() <= 1
    assert np.array_equal(first, again)


@restorers
def test_many_are_as_one_after_another(card, ready, face):
    count = 11 if face.shape[0] <= 512 else 2
    images = [np.clip(face * np.float32(share), 0, 1) for share in np.linspace(0.5, 1, count)]
    together = ready(card).restore_many(images)
    assert len(together) == count
    for image, made in zip(images, together, strict=True):
        np.testing.assert_allclose(made, ready(card)(image), rtol=0, atol=1e-4)
    assert ready(card).restore_many([]) == []


@restorers
def test_what_a_restorer_does_not_take_it_refuses(card, ready, face, mouth):
    if "occlusion" not in card.takes:
        with pytest.raises(InputError, match="occlusion"):
            ready(card)(face, None, mouth)
    if "landmarks" not in card.takes:
        with pytest.raises(InputError, match="landmarks"):
            ready(card)(face, None, None, np.zeros((68, 2)))
