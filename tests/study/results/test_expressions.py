"""The ratings of a store that nobody ran, with known numbers and pictures."""

import pytest

from bonaface.study.results.expressions import ratings
from bonaface.study.results.reported import reported
from made_expression_study import DAMAGES, made_expression_study


@pytest.fixture(scope="module")
def store(tmp_path_factory, astronaut):
    return made_expression_study(tmp_path_factory.mktemp("made") / "study", astronaut[:256, 96:352])


@pytest.fixture(scope="module")
def rows(store):
    return {(row["editor"], row["degradation"], row["rating"]): row for row in ratings(store)}


def test_what_editors_stand_beside_comes_first_and_damages_in_their_order(store):
    found = ratings(store)
    assert list(dict.fromkeys(row["editor"] for row in found)) == [
        "not edited: happy",
        "blind: happy",
        "faithful: happy",
    ]
    mine = [row["degradation"] for row in found if row["editor"] == "faithful: happy"]
    assert list(dict.fromkeys(mine)) == ["original", "noisy", "denoised"]
    assert {row["editor"]: row["control"] for row in found} == {
        "not edited: happy": "yes", "faithful: happy": "no", "blind: happy": "no",
    }  # fmt: skip


def test_accuracy_counts_faceless_outputs_as_not_seen(rows):
    clean, noisy = (rows["faithful: happy", name, "EA-share"] for name in ("original", "noisy"))
    assert (clean["value"], clean["faceless"], clean["n"]) == (1.0, 0, 4)
    assert (noisy["value"], noisy["faceless"], noisy["n"]) == (0.25, 1, 4)
    assert rows["faithful: happy", "noisy", "EA"]["value"] == pytest.approx((0.8 + 0 + 0.2 + 0.2) / 4)
    assert noisy["difference"] == pytest.approx(-0.75)
    assert noisy["p"] is not None
    assert ("blind: happy", "noisy", "EA") not in rows, "nobody measured it"


def test_dependency_is_told_from_the_pictures(rows):
    assert rows["faithful: happy", "noisy", "PD"]["value"] == 0
    assert rows["not edited: happy", "noisy", "PD"]["value"] == 0
    blind = rows["blind: happy", "noisy", "PD"]
    assert blind["value"] > 0.7
    assert blind["n"] == 4
    assert ("blind: happy", "original", "PD") not in rows, "it is what the others are compared with"


def test_a_study_of_restorers_has_no_ratings(tmp_path, astronaut):
    from made_study import made_store

    store = made_store(tmp_path / "study", astronaut, faces=2)
    assert ratings(store) is None
    assert "ratings" not in reported(store, draws=50).tables


def test_a_report_sums_them_up(store):
    found = reported(store, draws=50)
    assert [row["rating"] for row in found.tables["ratings"]] == [row["rating"] for row in ratings(store)]
    assert {row["target"] for row in found.tables["pictures"]} == {"happy"}


def test_without_undamaged_pictures_nothing_is_compared(tmp_path, astronaut):
    damages = {name: family for name, family in DAMAGES.items() if name != "original"}
    store = made_expression_study(tmp_path / "study", astronaut[:256, 96:352], damages)
    found = ratings(store)
    assert all(row["p"] is None for row in found)
    told = [row for row in found if row["rating"] == "PD"]
    assert {row["value"] for row in told} == {None}
    assert all("without damage" in row["why"] for row in told)
