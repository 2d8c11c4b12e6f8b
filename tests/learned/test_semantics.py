"""What cosines say of an edit, and the prompts: no network is needed."""

import pytest

from bonaface.core.results import Status
from bonaface.measure.expression import NAMES
from bonaface.measure.semantics import improvements, prompts


def test_the_numbers_of_the_study():
    found = improvements(0.242, 0.235, 0.270)
    assert found["share"].value == pytest.approx(0.20, abs=1e-9)
    assert found["truth-improvement"] == pytest.approx(0.035)
    assert improvements(0.2, 0.21, 0.24)["share"].value < 0


@pytest.mark.parametrize("truth", [0.235, 0.2399, 0.2])
def test_no_share_of_next_to_nothing(truth):
    share = improvements(0.242, 0.235, truth)["share"]
    assert share.status is Status.NOT_APPLICABLE
    assert "a share is stated from 0.005 on" in share.why


def test_every_expression_has_its_prompts():
    assert tuple(prompts()) == NAMES
    assert all(len(set(texts)) == 4 for texts in prompts().values())
    assert prompts()["happiness"][:2] == ("a person with a happy expression", "a person smiling")
