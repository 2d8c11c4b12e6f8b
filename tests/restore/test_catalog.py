"""Promises that every restorer keeps."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from bonaface.api import wiring
from bonaface.core.errors import InputError
from bonaface.restore import RESTORERS

restorers = pytest.mark.parametrize("card", RESTORERS, ids=lambda card: card.id)


def ready(card):
    return wiring.restorer(card.id) if card.output_size else wiring.restorer(card.id, size=(128, 128))


def test_the_restorers():
    assert RESTORERS.ids == ("bicubic", "lanczos", "pro-uigan-compact")


@restorers
def test_cards_say_everything(card):
    assert card.licence
    assert card.source.text
    assert card.limits
    assert all(limit.endswith(".") for limit in card.limits)
    assert card.generative == bool(card.weights)
    assert set(card.takes) <= {"occlusion", "landmarks"}


@restorers
def test_knobs_are_what_load_takes(card):
    taken = inspect.signature(card.load).parameters
    keywords = {name for name, parameter in taken.items() if parameter.kind is parameter.KEYWORD_ONLY}
    assert {knob.name for knob in card.knobs} == keywords - {"kernel"}


@restorers
def test_cards_can_be_hashed_and_cannot_be_changed(card):
    assert hash(card) == hash(card)
    with pytest.raises(AttributeError):
        card.id = "other"


@restorers
def test_the_same_input_gives_an_image_of_the_promised_size_again(card, face_16):
    first, again = (ready(card)(face_16, np.random.default_rng(seed)) for seed in (1, 2))
    assert first.shape == (*(card.output_size or (128, 128)), 3)
    assert first.dtype == np.float32
    assert first.flags.c_contiguous
    assert first.min() >= 0
    assert first.max() <= 1
    assert not card.random
    assert np.array_equal(first, again)


@restorers
def test_many_are_as_one_after_another(card, face_16):
    images = [np.clip(face_16 * np.float32(share), 0, 1) for share in np.linspace(0.5, 1, 11)]
    together = ready(card).restore_many(images)
    assert len(together) == 11
    for image, made in zip(images, together, strict=True):
        np.testing.assert_allclose(made, ready(card)(image), rtol=0, atol=1e-4)
    assert ready(card).restore_many([]) == []


@restorers
def test_what_a_restorer_does_not_take_it_refuses(card, face_16, mouth):
    if "occlusion" not in card.takes:
        with pytest.raises(InputError, match="occlusion"):
            ready(card)(face_16, None, mouth)
    if "landmarks" not in card.takes:
        with pytest.raises(InputError, match="landmarks"):
            ready(card)(face_16, None, None, np.zeros((68, 2)))
