"""A study of expressions from its plan to its tables, with the smallest editor that comes with Bonaface."""

import shutil
from dataclasses import replace

import pytest

from bonaface.core.errors import InputError
from bonaface.io.pictures import read_picture
from bonaface.study.engine import run, tables
from bonaface.study.engine.store import Store
from bonaface.study.plan.faces import subjects
from bonaface.study.plan.plans import Asked
from bonaface.study.results import summary
from bonaface.study.results.expressions import ratings


def finished(plan, there, folder, **options):
    """Everything that a run says; its tables by name."""
    steps = list(run.run(plan, there, folder, **options))
    return steps, {path.name: path.read_bytes() for path in sorted((folder / "tables").iterdir())}


def rows(folder, table):
    return tables.rows_of(Store.opened(folder), table)


@pytest.fixture(scope="module")
def whole(tiny_editing, expressive, tmp_path_factory):
    """An uninterrupted study by one worker: its folder, tables and what it said first."""
    folder = tmp_path_factory.mktemp("whole") / "study"
    steps, made = finished(tiny_editing, subjects(expressive), folder, workers=1)
    return folder, made, steps[0]


def test_a_study_of_expressions_from_beginning_to_end(whole):
    folder, _, first = whole
    assert "1 of 4 faces do not have a real picture that is happy" in first.notes[0]
    cells = rows(folder, "cells")
    assert {row["status"] for row in cells} == {"ok"}
    counts = {label: sum(row["restorer"] == label for row in cells) for label in {row["restorer"] for row in cells}}
    assert counts == {"ridge: happy": 8, "not edited: happy": 8, "photograph: happy": 3}
    assert {row["target"] for row in cells} == {"happy"}
    assert {row["restorer_id"] for row in cells} == {"ridge", "not-edited", "photograph"}
    store = Store.opened(folder)
    for row in cells:
        side = 256 if row["restorer"] == "ridge: happy" else 96
        assert read_picture(store.picture(row["output"])).pixels.shape == (side, side, 3)
        assert bool(row["real"]) == (row["face"] != "person3")
    lmd = {(row["face"], row["restorer"]): row for row in rows(folder, "measures")
           if row["measure"] == "lmd" and row["part"] == "" and row["degradation"] == "original"}  # fmt: skip
    assert lmd["person0", "ridge: happy"]["value"] > 0
    assert lmd["person3", "ridge: happy"]["status"] == "not_applicable"
    assert lmd["person3", "ridge: happy"]["why"] == "there is no picture of person3 with this expression (happy)"
    assert lmd["person0", "photograph: happy"]["why"] == "it is the real picture itself"


def test_photographs_are_not_ranked(whole):
    for each in summary.rankings(Store.opened(whole[0])):
        assert {place.name for place in each.places} <= {"ridge: happy", "not edited: happy"}
    assert any(row["restorer"] == "photograph: happy" for row in rows(whole[0], "measures"))


def test_two_workers_give_what_one_gives(whole, tiny_editing, expressive, tmp_path):
    _, again = finished(tiny_editing, subjects(expressive), tmp_path / "two", workers=2)
    assert again == whole[1]


def test_a_finished_study_is_left_alone(whole, tiny_editing, expressive):
    folder, made, _ = whole
    steps, again = finished(tiny_editing, subjects(expressive), folder, workers=1)
    assert [len(steps), steps[0].done, steps[0].chunks] == [1, 19, ()]
    assert again == made


def test_a_real_picture_that_comes_later_changes_only_what_looks_at_it(tiny_editing, expressive, tmp_path):
    place, folder = shutil.copytree(expressive, tmp_path / "faces"), tmp_path / "study"
    shutil.rmtree(place / "smiling")
    finished(tiny_editing, subjects(place), folder, workers=1)
    before = {path: path.stat().st_mtime_ns for path in folder.glob("outputs/*/*")}
    outputs = {row["cell"]: row["output"] for row in rows(folder, "cells")}
    assert {row["restorer"] for row in rows(folder, "cells")} == {"ridge: happy", "not edited: happy"}
    shutil.copytree(expressive / "smiling", place / "smiling")
    work = run.todo(tiny_editing, subjects(place), Store.opened(folder))
    edits = [task for task in work.tasks if "photograph" not in task.about["restorer"]]
    assert edits
    assert all(task.held is not None for task in edits), "nothing is edited again"
    assert {name for task in edits for name, _, _ in task.measures} == {"lmd"}
    _, later = finished(tiny_editing, subjects(place), folder, workers=1)
    _, at_once = finished(tiny_editing, subjects(expressive), tmp_path / "at once", workers=1)
    assert later == at_once
    again = {row["cell"]: row["output"] for row in rows(folder, "cells")}
    assert {key: again[key] for key in outputs} == outputs
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_what_cannot_be_run_here_is_said_before_anything_is_made(tiny_editing, expressive, tmp_path, monkeypatch):
    from bonaface.core.errors import WeightsMissing

    def none(card, knobs):
        raise WeightsMissing(f"the weights of {card.id} are not here. Fetch them")

    monkeypatch.setattr(run, "editor_files", none)
    with pytest.raises(InputError, match=r"No editor of tiny-editing can be run.*the weights of ridge are not here"):
        list(run.run(tiny_editing, subjects(expressive), tmp_path / "study"))
    assert not (tmp_path / "study").exists()


def test_editors_that_are_not_here_are_left_out_with_a_note(tiny_editing, monkeypatch):
    def missing(card, knobs):
        if card.id == "sdxl-refiner":
            raise InputError("sdxl-refiner needs diffusers: pip install 'bonaface[diffusion]'.")
        return {}

    monkeypatch.setattr(run, "editor_files", missing)
    plan = replace(tiny_editing, editors=(Asked("ridge"), Asked("sdxl-refiner")), targets=("happy", "sad"))
    here, notes = run.available(plan)
    assert [asked.editor for asked in here.editors] == ["ridge"]
    assert any("ridge is not asked for faces sad: it was made for happy" in note for note in notes)
    assert any("sdxl-refiner is left out" in note and "pip install" in note for note in notes)
    # Nobody is left who could be asked for a sad face, so that nothing stands beside it either.
    assert {each.target for each in here.contenders} == {"happy"}


def test_a_store_that_is_older_than_editors_can_be_read(whole, tmp_path):
    import duckdb

    folder = shutil.copytree(whole[0], tmp_path / "study")
    for path in (folder / "parts" / "cells").glob("*.parquet"):
        with duckdb.connect() as database:
            database.execute("CREATE TABLE t AS SELECT * EXCLUDE (target) FROM read_parquet(?)", [str(path)])
            path.unlink()
            database.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    shutil.rmtree(folder / "parts" / "reals")
    cells = rows(folder, "cells")
    assert len(cells) == 19
    assert {(row["target"], row["real"]) for row in cells} == {("", "")}
    assert ratings(Store.opened(folder)) is None
