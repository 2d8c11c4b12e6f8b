"""What editors are compared with: the picture as they get it; restorers beside them keep bicubic."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from bonaface.core.errors import ExitCode
from bonaface.io.tables import read_parquet, write_parquet
from bonaface.study.costs import direction, tables
from bonaface.study.costs.direction import AS_CONTROL, EVERYONE, IS_CONTROL, MORE
from bonaface.study.costs.downstream import ALL, lines
from bonaface.study.costs.recognition import expressed
from bonaface.study.engine import run
from bonaface.study.engine.store import Store
from bonaface.study.numbers.statistics import benjamini_hochberg, holm
from bonaface.study.plan.contenders import PHOTOGRAPH, UNEDITED, compared_with
from bonaface.study.plan.faces import subjects
from bonaface.study.plan.plans import Contender
from made_looks import look

EDITOR, PLAIN, REAL = "ridge: happy", "not edited: happy", "photograph: happy"


def studied(plan, where, folder):
    list(run.run(replace(plan, measures=()), subjects(where), folder, workers=1))
    *_, told = tables.costs(Store.opened(folder), 1, draws=50)
    return told


@pytest.fixture(scope="module")
def edits(tiny_editing, expressive, tmp_path_factory):
    """The costs of a study of edits, and its folder."""
    folder = tmp_path_factory.mktemp("edits") / "study"
    return studied(tiny_editing, expressive, folder), folder


@pytest.fixture(scope="module")
def mixed(tiny_editing, expressive, tmp_path_factory):
    """The same faces also restored, in one study."""
    plan = replace(tiny_editing, restorers=(Contender("bicubic"), Contender("lanczos")))
    return studied(plan, expressive, tmp_path_factory.mktemp("mixed") / "study")


def held(told, quantity="genuine", table="downstream"):
    return {row["restorer"]: row for row in told.rows[table]
            if row["quantity"] == quantity and row["degradation"] == ALL and not row.get("group")}  # fmt: skip


def test_editors_are_compared_with_the_picture_that_is_not_edited(edits):
    rows = held(edits[0])
    assert {name: row["control"] for name, row in rows.items()} == {EDITOR: PLAIN, PLAIN: "", REAL: ""}
    assert rows[EDITOR]["pairs"] == 8
    assert rows[EDITOR]["difference"] == pytest.approx(rows[EDITOR]["value"] - rows[PLAIN]["value"], abs=1e-5)
    assert rows[EDITOR]["p_holm"] is not None
    assert rows[PLAIN]["difference"] is rows[REAL]["difference"] is None
    assert not any("has no" in note for note in edits[0].notes), "there is something to compare with"
    assert any("photographs of an expression stand beside undamaged pictures" in note for note in edits[0].notes)


def test_the_picture_that_is_not_edited_is_its_truth_where_nothing_was_done_to_it(edits):
    row = next(row for row in edits[0].rows["downstream"]
               if (row["restorer"], row["degradation"], row["quantity"]) == (PLAIN, "original", "genuine"))  # fmt: skip
    assert row["value"] == 1


def test_attributes_have_to_move_farther_than_in_the_picture_that_is_not_edited(edits):
    for quantity in ("Smiling", "Young", "Heavy_Makeup"):
        rows = held(edits[0], quantity, "direction")
        assert rows[EDITOR]["control"] == PLAIN, "never the photograph: what a smile moves, an edit may move, too"
        assert rows[EDITOR]["beyond"] == pytest.approx(rows[EDITOR]["value"] - rows[PLAIN]["value"], abs=1e-5)
        assert {rows[PLAIN]["verdict"], rows[REAL]["verdict"]} == {IS_CONTROL}
        assert rows[EDITOR]["verdict"] != IS_CONTROL
    named = {(row["restorer"], row["verdict"]) for row in edits[0].rows["named-directions"]}
    assert {(PLAIN, IS_CONTROL), (REAL, IS_CONTROL)} < named
    assert (EDITOR, IS_CONTROL) not in named


def test_an_expression_that_was_asked_for_is_not_one_that_was_lost(edits):
    names = {row["quantity"] for row in edits[0].rows["downstream"]}
    assert "expression-asked" in names
    assert not names & {"expression-kept", "expression-right"}
    assert expressed(look("a", "a", EDITOR, "d", expression="happiness", target="happy"), look("a")) == {
        "expression-asked": 1
    }


def test_a_mixed_study_compares_each_with_its_own(mixed):
    rows = held(mixed)
    assert {name: row["control"] for name, row in rows.items()} == {
        EDITOR: PLAIN, PLAIN: "", REAL: "", "bicubic": "", "lanczos": "bicubic",
    }  # fmt: skip
    for name, other in ((EDITOR, PLAIN), ("lanczos", "bicubic")):
        assert rows[name]["difference"] == pytest.approx(rows[name]["value"] - rows[other]["value"], abs=1e-5)
    moved = held(mixed, "Smiling", "direction")
    assert moved[EDITOR]["control"] == PLAIN
    assert {moved[name]["verdict"] for name in ("bicubic", "lanczos", PLAIN, REAL)} == {IS_CONTROL}
    assert held(mixed, "expression-kept").keys() == {"bicubic", "lanczos"}
    assert held(mixed, "expression-asked").keys() == {EDITOR, PLAIN, REAL}


def test_restorers_beside_editors_change_no_number_of_theirs(edits, mixed):
    for table in tables.TABLES:
        mine = [row for row in mixed.rows[table] if row["restorer"] in (EDITOR, PLAIN, REAL)]
        assert mine == [row for row in edits[0].rows[table] if row["restorer"] != "truth"]


def people(editor, plain, real, count=20):
    """Truths at even odds, and what is made of them: shifts of Smiling, give or take."""
    out = []
    for number in range(count):
        name, jitter = f"f{number:02}", 0.002 * (number % 5)
        out.append(look(name))
        for label, model, shift in ((EDITOR, "ridge", editor), (PLAIN, UNEDITED, plain), (REAL, PHOTOGRAPH, real)):
            out.append(look(name, name, label, "d", model=model, target="happy", invents=label == EDITOR,
                            at=50 * abs(shift) + jitter, Smiling=0.5 + shift + jitter))  # fmt: skip
    return out


@pytest.mark.parametrize(
    ("editor", "plain", "real", "said"),
    [(0.3, 0.0, 0.4, MORE), (0.3, 0.3, 0.4, AS_CONTROL), (0.3, 0.0, 0.0, MORE), (0.2, 0.3, 0.0, AS_CONTROL)],
)
def test_a_verdict_follows_the_picture_that_is_not_edited(editor, plain, real, said):
    found = {
        one.restorer: one for one in direction.changes(people(editor, plain, real), draws=50)
        if one.quantity == "Smiling" and one.group == EVERYONE
    }  # fmt: skip
    assert found[EDITOR].verdict == said
    assert found[REAL].verdict == found[PLAIN].verdict == IS_CONTROL


def test_editors_and_restorers_are_families_of_their_own():
    seen = people(0.3, 0.0, 0.4) + [
        look(f"f{i:02}", f"f{i:02}", name, "d", at=10 + shift * (i % 3), invents=name != "bicubic",
             Smiling=0.5 + 0.01 * (i % 4) * shift)
        for i in range(20)
        for name, shift in (("bicubic", 1), ("gfpgan-1.4", 2), ("codeformer", 3))
    ]  # fmt: skip
    genuine = [row for row in lines(seen, draws=50) if row.quantity.id == "genuine" and row.against]
    for edits, names in ((True, {EDITOR}), (False, {"gfpgan-1.4", "codeformer"})):
        mine = [row for row in genuine if bool(row.target) == edits]
        assert {row.restorer for row in mine} == names
        assert [row.p_holm for row in mine] == pytest.approx(holm([row.against.p for row in mine]))
    changes = [one for one in direction.changes(seen, draws=50)
               if one.quantity in direction.JUDGED and one.group == EVERYONE and not one.is_control]  # fmt: skip
    for edits in (True, False):
        mine = [one for one in changes if bool(one.target) == edits]
        assert [one.q for one in mine] == pytest.approx(benjamini_hochberg([one.p for one in mine]))
    assert {one.control for one in changes if not one.target} == {"bicubic"}


def test_what_is_missing_to_compare_with_is_said():
    def notes(*names):
        seen = [look("a"), *(look("a", "a", name, "d", target=target) for name, target in names)]
        return list(tables._asides([line.as_dict() for line in lines(seen, draws=10)]))

    (note,) = notes((EDITOR, "happy"))
    assert note.startswith("The study has no 'not edited: happy', with which editors are compared")
    assert "Run the study again" in note
    (note,) = notes(("gfpgan-1.4", ""), (PLAIN, "happy"), (EDITOR, "happy"))
    assert "has no bicubic" in note
    assert "--restorers bicubic, too" in note
    assert len(notes((EDITOR, "happy"), ("gfpgan-1.4", ""))) == 2


@pytest.mark.parametrize(
    ("model", "target", "control"),
    [("gfpgan-1.4", "", "bicubic"), ("bicubic", "", ""), ("ridge", "sad", "not edited: sad"), (UNEDITED, "sad", ""),
     (PHOTOGRAPH, "sad", "")],
)  # fmt: skip
def test_who_is_compared_with_what(model, target, control):
    assert compared_with(model, target) == control


def test_tables_that_compared_all_with_one_control_are_worked_out_anew(edits, tmp_path):
    folder = shutil.copytree(edits[1], tmp_path / "study")
    assert tables.kept(Store.opened(folder)) is not None
    place = folder / "tables" / "downstream.parquet"
    columns = read_parquet(place)
    numbers = [name for name, values in columns.items() if not any(isinstance(value, str) for value in values)]
    del columns["control"]
    write_parquet(place, columns, numbers=numbers, overwrite=True)
    assert tables.kept(Store.opened(folder)) is None


def test_the_command_names_what_editors_are_compared_with(edits, mixed, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "bonaface", "study", "downstream", str(edits[1])],
        capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "160"},
    )  # fmt: skip
    assert done.returncode == ExitCode.DONE, done.stderr
    said = " ".join(done.stdout.split())
    assert "Editor " in done.stdout
    assert "* told apart from the picture that is not edited at 5%" in said
    assert "Numbers of editors, not of people" in said
    assert "ridge: happy moves on average, farther than the picture that is not edited" in said
    assert "photograph: happy moves" not in said
    assert "bicubic" not in said
