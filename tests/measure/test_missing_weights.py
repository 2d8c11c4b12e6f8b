"""Measures whose weights are fetched say how, where they are not here."""

import pytest

import bonaface
from bonaface.core.results import Status
from bonaface.measure import MEASURES
from bonaface.measure.arcface import IDENTITY_ARCFACE_ANGLE, IDENTITY_ARCFACE_COSINE
from bonaface.measure.brisque import BRISQUE
from bonaface.measure.fan import LMD_FAN, NRMSE_FAN
from bonaface.measure.openface import OPENFACE_SIMILARITY

FETCHED = (IDENTITY_ARCFACE_ANGLE, IDENTITY_ARCFACE_COSINE, OPENFACE_SIMILARITY, LMD_FAN, NRMSE_FAN, BRISQUE)


@pytest.mark.parametrize("measure", FETCHED, ids=lambda measure: measure.id)
def test_the_command_is_named(measure, own_weights, real_pair):
    score = bonaface.measure(*real_pair, measures=[measure.id], framing=False)[measure.id]
    assert score.status is Status.NOT_APPLICABLE
    for card in measure.weights:
        if card.urls:
            assert f"{card.name} is not here" in score.why
            assert f"bonaface models fetch {card.id}" in score.why


@pytest.mark.parametrize("measure", FETCHED, ids=lambda measure: measure.id)
def test_it_is_not_among_those_that_are_chosen_by_themselves(measure, own_weights, real_pair):
    assert measure.id in MEASURES
    assert measure.id not in bonaface.measure(*real_pair, framing=False)


@pytest.mark.parametrize("measure", FETCHED, ids=lambda measure: measure.id)
def test_cards_state_terms_and_addresses(measure):
    for card in measure.weights:
        assert card.licence
        assert card.training_data
        assert card.urls or card.package
        assert all(url.startswith("https://") and url.endswith(card.name) for url in card.urls)
        assert len(card.sha256) in (0, 64)
