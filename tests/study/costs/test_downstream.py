import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from bonaface.core.errors import ExitCode
from bonaface.study.costs.downstream import ALL, QUANTITIES, TRUTH, lines
from bonaface.study.costs.recognition import chances, expressed, nearest, recognised
from bonaface.study.engine import run
from bonaface.study.numbers.intervals import mean_of
from bonaface.study.numbers.statistics import holm, paired
from bonaface.study.plan.contenders import BASELINE
from bonaface.study.plan.faces import subjects
from bonaface.study.plan.plans import Contender
from made_looks import embedding, look

COS = {degrees: float(np.cos(np.radians(degrees))) for degrees in range(0, 100, 5)}


def truths():
    """Ann has two photographs, Bob and Cem one each, at known angles from the first axis."""
    return [
        look("ann1", "ann", at=0),
        look("ann2", "ann", at=10),
        look("bob", at=40),
        look("cem", at=embedding(0, 90)),
    ]


def found(rows, quantity, degradation=ALL, restorer=None):
    return {
        row.restorer: row
        for row in rows
        if row.quantity.id == quantity and row.degradation == degradation and restorer in (None, row.restorer)
    }


def test_similarities_are_cosines():
    numbers = recognised(look("ann1", "ann", "m", "d", at=5), truths())
    assert numbers["genuine"] == pytest.approx(COS[5])
    assert numbers["genuine-other"] == pytest.approx(COS[5])  # at 10 degrees, from 5
    assert numbers["impostor"] == pytest.approx((COS[35] + 0) / 2, abs=1e-9)
    assert (numbers["rank-1"], numbers["rank-1-other"]) == (1, 1)


def test_lengths_of_embeddings_do_not_count_for_cosines():
    probe = look("ann1", "ann", "m", "d", at=3 * embedding(5))
    assert recognised(probe, truths())["genuine"] == pytest.approx(COS[5])


@pytest.mark.parametrize(
    ("degrees", "own", "other"),
    [(5, 1, 1), (20, 1, 1), (30, 0, 0), (40, 0, 0)],  # ann2 is at 10, bob at 40: they meet at 25
)
def test_rank_one_is_the_nearest_truth(degrees, own, other):
    numbers = recognised(look("ann1", "ann", "m", "d", at=degrees), truths())
    assert (numbers["rank-1"], numbers["rank-1-other"]) == (own, other)


def test_nearest_is_euclidean_and_the_first_of_equals():
    assert nearest(np.array([1.0, 0]), np.array([[10.0, 0], [0.5, 0.5], [0.5, -0.5]])) == 1


def test_a_person_with_one_truth_has_no_other():
    numbers = recognised(look("bob", "bob", "m", "d", at=40), truths())
    assert "genuine-other" not in numbers
    assert "rank-1-other" not in numbers
    assert numbers["rank-1"] == 1


def test_a_truth_is_not_compared_with_itself():
    numbers = recognised(truths()[0], truths(), itself=True)
    assert set(numbers) == {"genuine-other", "impostor", "rank-1-other"}
    assert numbers["genuine-other"] == pytest.approx(COS[10])


def test_with_one_person_nobody_is_told_apart():
    alone = [look("ann1", "ann"), look("ann2", "ann", at=10)]
    assert set(recognised(look("ann1", "ann", "m", "d"), alone)) == {"genuine", "genuine-other"}


def test_chance_is_the_share_of_the_gallery():
    assert chances(truths()[0], truths()) == {"rank-1": 0.5, "rank-1-other": pytest.approx(1 / 3),
                                              "expression-right": 1 / 8, "expression-asked": 1 / 8}  # fmt: skip


def test_expressions_are_compared_with_the_truth_and_the_label():
    label = {"expression": "happiness"}
    truth = look("a", expression="neutral", groups=label)
    output = look("a", "a", "m", "d", expression="happiness", groups=label)
    assert expressed(output, truth) == {"expression-kept": 0, "expression-right": 1}
    assert expressed(truth, None) == {"expression-right": 0}
    assert expressed(look("a", restorer="m", groups={"expression": "smug"}), truth) == {"expression-kept": 1}


@pytest.fixture(scope="module")
def made():
    """Twelve people, two damages, bicubic and two restorers, whose outputs lie at known angles from their truths."""
    rng = np.random.default_rng(0)
    seen = []
    for number in range(12):
        own = np.zeros(128)
        own[number + 2] = 1.0
        seen.append(look(f"f{number:02}", at=own))
        for damage in ("light", "heavy"):
            base = rng.uniform(20, 30) + (10 if damage == "heavy" else 0)
            for restorer, more in ((BASELINE, 0), ("same", 0), ("worse", 15 + rng.uniform(-1, 1))):
                turned = np.cos(np.radians(base + more)) * own
                turned[0] = np.sin(np.radians(base + more))
                seen.append(look(f"f{number:02}", f"f{number:02}", restorer, damage, at=turned))
    return seen


def test_the_table_holds_means_intervals_and_paired_differences(made):
    rows = lines(made, draws=200)
    genuine = found(rows, "genuine")
    values = {
        name: {
            (one.person, one.picture): float(one.embedding @ made_truth(made, one))
            for one in made
            if one.restorer == name
        }
        for name in (BASELINE, "same", "worse")
    }
    for name, held in values.items():
        expected = mean_of(list(held.values()), [person for person, _ in held], draws=200)
        assert genuine[name].estimate.value == pytest.approx(expected.value)
        assert genuine[name].estimate.low == pytest.approx(expected.low)
        assert (genuine[name].estimate.n, genuine[name].estimate.people) == (24, 12)
    pair = paired(values["worse"], values[BASELINE], draws=200)
    assert genuine["worse"].against.difference.value == pytest.approx(pair.difference.value)
    assert genuine["worse"].against.p == pytest.approx(pair.p)
    assert genuine[BASELINE].against is None
    assert genuine["worse"].told
    assert not genuine["same"].told
    assert genuine["same"].against.difference.value == pytest.approx(0, abs=1e-12)


def made_truth(made, one):
    return next(each.embedding for each in made if each.face == one.face and not each.restorer)


def test_holm_corrects_within_a_quantity_and_apart_over_all_damages(made):
    rows = lines(made, draws=50)
    by_damage = [row for row in rows if row.quantity.id == "genuine" and row.degradation in ("light", "heavy")]
    tested = [row for row in by_damage if row.against is not None]
    assert len(tested) == 4
    assert [row.p_holm for row in tested] == pytest.approx(holm([row.against.p for row in tested]))
    pooled = [row for row in rows if row.quantity.id == "genuine" and row.degradation == ALL and row.against]
    assert [row.p_holm for row in pooled] == pytest.approx(holm([row.against.p for row in pooled]))


def test_more_pictures_of_the_same_people_are_no_more_people(made):
    """The same pictures five times over, as seeds: the interval must not shrink."""
    copies = [replace(one, seed=seed) for one in made if one.restorer for seed in range(5)]
    once, five = (
        found(lines(each, draws=500), "genuine")["worse"].estimate
        for each in (made, [one for one in made if not one.restorer] + copies)
    )
    assert (five.n, five.people) == (120, 12)
    assert five.high - five.low == pytest.approx(once.high - once.low)


def test_the_truths_themselves_are_the_bound(made):
    bound = found(lines(made, draws=50), "impostor", "", TRUTH)[TRUTH]
    assert bound.estimate.value == pytest.approx(0)
    assert bound.against is None


def test_one_damage_needs_no_mean_over_all(made):
    rows = lines([one for one in made if one.degradation != "heavy"], draws=50)
    assert {row.degradation for row in rows} == {"", "light"}


def test_without_a_control_nothing_is_compared(made):
    rows = lines([one for one in made if one.restorer != BASELINE], draws=50)
    assert all(row.against is None and row.p_holm is None for row in rows)
    assert "difference" in rows[0].as_dict()


def test_one_person_has_no_interval_and_no_test():
    seen = [look("a"), look("a", "a", BASELINE, "d", at=5), look("a", "a", "m", "d", at=10)]
    row = found(lines(seen), "genuine", "d")["m"]
    assert row.estimate.low is None
    assert (row.against.p, row.p_holm) == (None, None)
    assert "one person only" in row.as_dict()["why"]


def test_labelled_expressions_are_balanced():
    seen = []
    for number, (label, said) in enumerate([("anger", "anger")] * 3 + [("fear", "neutral")]):
        name, groups = f"f{number}", {"expression": label}
        seen += [look(name, groups=groups, expression=label),
                 look(name, name, "m", "d", expression=said, groups=groups)]  # fmt: skip
    rows = lines(seen)
    assert found(rows, "expression-right", "d")["m"].estimate.value == 0.75
    assert found(rows, "expression-right", "d")["m"].chance == 1 / 8
    assert found(rows, "expression-balanced", "d")["m"].estimate.value == 0.5
    assert found(rows, "expression-right", "")[TRUTH].estimate.value == 1


def test_every_quantity_says_how_it_is_counted():
    assert len({quantity.id for quantity in QUANTITIES}) == len(QUANTITIES)
    assert all(quantity.convention and quantity.better in ("higher", "lower") for quantity in QUANTITIES)


def command(*words):
    """(exit code, standard output, standard error)."""
    done = subprocess.run(
        [sys.executable, "-m", "bonaface", "study", "downstream", *map(str, words)],
        capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "160"},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_the_command_prints_tables_and_json(tiny, people, tmp_path):
    folder = tmp_path / "study"
    plan = replace(tiny, restorers=(*tiny.restorers, Contender("pro-uigan-compact")), measures=())
    list(run.run(plan, subjects(people, 3), folder, workers=1))
    code, out, err = command(folder, "--workers", 1)
    assert code == ExitCode.DONE, err
    assert "27 pictures to read, 0 of them read before." in err
    assert "Rank 1" in out
    assert "by chance" in out
    assert "nothing here identifies anybody" in out
    assert "With 3 people only effects of 3.26 or more" in out
    assert "pro-uigan-compact moves on average" in out
    assert "lanczos moves" not in out  # it invents nothing: a control
    code, out, err = command(folder, "--json")
    assert "27 of them read before" in err
    held = json.loads(out)
    assert {"downstream", "direction", "named-directions", "notes"} == set(held)
    row = next(r for r in held["downstream"] if r["quantity"] == "rank-1" and r["restorer"] == "bicubic")
    assert (row["chance"], row["n"], row["people"]) == (pytest.approx(1 / 3, abs=1e-5), 6, 3)


def test_a_folder_that_is_no_study(tmp_path):
    code, _, err = command(tmp_path)
    assert code == ExitCode.BAD_INPUT
    assert "holds no study" in err
