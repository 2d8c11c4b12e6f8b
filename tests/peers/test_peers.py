"""Other libraries on the same pair; those that are not installed are left out, as the command does."""

import numpy as np
import pytest

from bonaface.core.cases import Case
from bonaface.core.results import Status
from bonaface.measure import MEASURES
from bonaface.peers import COMPARED, compare, peers
from bonaface.peers.light import LIGHT


@pytest.fixture(scope="module")
def pair(real_pair):
    return [np.ascontiguousarray(each[:256, 96:352]) for each in real_pair]


@pytest.fixture(scope="module")
def rows(pair):
    return compare(*pair)


def test_ours_comes_first_of_each_measure(rows, pair):
    firsts = {name: next(row for row in rows if row.measure == name) for name in COMPARED}
    assert all(row.by == "Bonaface" for row in firsts.values())
    assert firsts["psnr"].score == MEASURES["psnr"].score(Case(*pair))
    assert all(row.settings == MEASURES[name].convention for name, row in firsts.items())


def test_who_needs_no_explanation_agrees_and_who_differs_has_one(rows):
    known = {(peer.measure, f"{peer.library}", peer.settings): peer for peer in peers()}
    compared = [row for row in rows if row.by != "Bonaface"]
    assert len(compared) == len(known) >= len(LIGHT)
    for row in compared:
        peer = known[(row.measure, row.by.split()[0], row.settings)]
        assert row.score.status is Status.OK, row
        if not peer.why:
            assert abs(row.difference) <= peer.tolerance, row


def test_the_studio_range_adds_decibels(rows):
    row = next(row for row in rows if "16 to 235), data_range=255" in row.settings)
    assert row.difference == pytest.approx(20 * np.log10(255 / 219), abs=0.01)


def test_only_what_is_asked_for(pair):
    assert {row.measure for row in compare(*pair, ["rmse"])} == {"rmse"}


def test_what_fails_elsewhere_is_a_row(pair):
    small = [each[:5, :5] for each in pair]
    row = next(row for row in compare(*small, ["ssim"]) if row.settings == "as it comes")
    assert row.score.status is Status.FAILED
    assert "ValueError" in row.score.why


def test_equal_pictures_have_no_difference_in_numbers(pair):
    rows = compare(pair[1], pair[1], ["psnr"])
    assert rows[0].score.value == float("inf")
    assert rows[1].difference is None
