import importlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bonaface.core.errors import InputError
from bonaface.io.pictures import read_picture, write_picture
from bonaface.study.engine import pool, processes, run, tables
from bonaface.study.engine.estimate import estimate
from bonaface.study.engine.store import Store
from bonaface.study.plan.faces import subjects
from bonaface.study.plan.plans import Contender, Damage, Grid
from bonaface.study.results import summary


def finished(plan, there, folder, **options):
    """Everything that a run says; its tables by name."""
    steps = list(run.run(plan, there, folder, **options))
    return steps, {path.name: path.read_bytes() for path in sorted((folder / "tables").iterdir())}


@pytest.fixture(scope="module")
def whole(tiny, people, tmp_path_factory):
    """An uninterrupted study by one worker: its folder and tables."""
    folder = tmp_path_factory.mktemp("whole") / "study"
    _, made = finished(tiny, subjects(people), folder, workers=1)
    return folder, made


def rows(folder, table):
    return tables.rows_of(Store.opened(folder), table)


def test_a_study_from_beginning_to_end(whole, tiny, people):
    folder, made = whole
    assert set(made) == {f"{name}.{kind}" for name in tables.QUERIES for kind in ("csv", "parquet")}
    cells = rows(folder, "cells")
    assert len(cells) == 4 * 2 * 2
    assert {row["status"] for row in cells} == {"ok"}
    store = Store.opened(folder)
    for row in cells:
        output = read_picture(store.picture(row["output"])).pixels
        assert output.shape == (128, 128, 3)
        assert output.dtype == np.uint8
    measured = [row for row in rows(folder, "measures") if row["part"] == "" and row["measure"] == "psnr"]
    assert len(measured) == 16 * 2
    assert all(row["value"] > 15 for row in measured)
    assert sorted({row["grid"] for row in measured}) == ["celeba-64", "truth"]


def test_measures_are_of_the_stored_picture(whole):
    from bonaface.measure.fidelity import psnr

    folder, _ = whole
    store = Store.opened(folder)
    truths = {row["face"]: read_picture(store.picture(row["truth"])).image() for row in rows(folder, "faces")}
    outputs = {row["cell"]: read_picture(store.picture(row["output"])).image() for row in rows(folder, "cells")}
    found = [row for row in rows(folder, "measures") if row["measure"] == "psnr" and row["grid"] == "truth"]
    assert found
    for row in found:
        assert row["value"] == pytest.approx(psnr(outputs[row["cell"]], truths[row["face"]]), rel=1e-5)


def test_two_workers_give_what_one_gives(whole, tiny, people, tmp_path):
    _, made = whole
    _, again = finished(tiny, subjects(people), tmp_path / "two", workers=2)
    assert again == made


def test_a_finished_study_is_left_alone(whole, tiny, people):
    folder, made = whole
    before = {path: path.stat().st_mtime_ns for path in folder.glob("outputs/*/*")}
    steps, again = finished(tiny, subjects(people), folder, workers=1)
    assert [len(steps), steps[0].done, steps[0].chunks] == [1, 16, ()]
    assert again == made
    assert {path: path.stat().st_mtime_ns for path in folder.glob("outputs/*/*")} == before


def test_in_parts_and_in_any_order_it_is_the_same(whole, tiny, people, tmp_path):
    folder, made = tmp_path / "parts", whole[1]
    there = subjects(people)
    finished(tiny.only(["lanczos"], ["lmd"]), there[2:], folder, workers=1)
    finished(tiny.only(["bicubic"], []), there[::-1], folder, workers=1)
    _, again = finished(tiny, there, folder, workers=1)
    assert again == made


def test_a_measure_that_comes_later_is_all_that_is_computed(whole, tiny, people, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(whole[0], folder)
    before = {path: path.stat().st_mtime_ns for path in folder.glob("outputs/*/*")}
    more = replace(tiny, measures=(*tiny.measures, "ssim"))
    work_left = run.todo(more, subjects(people), Store.opened(folder))
    assert {name for task in work_left.tasks for name, _, _ in task.measures} == {"ssim"}
    assert all(task.held is not None for task in work_left.tasks)
    _, later = finished(more, subjects(people), folder, workers=1)
    _, at_once = finished(more, subjects(people), tmp_path / "at once", workers=1)
    assert later == at_once
    assert {path: path.stat().st_mtime_ns for path in folder.glob("outputs/*/*")} == before


def test_an_output_that_is_gone_is_made_again(whole, tiny, people, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(whole[0], folder)
    store = Store.opened(folder)
    store.picture(rows(folder, "cells")[3]["output"]).unlink()
    steps, again = finished(tiny, subjects(people), folder, workers=1)
    assert len(steps[0].tasks) >= 1
    assert again == whole[1]
    assert store.picture(rows(folder, "cells")[3]["output"]).is_file()


def test_faces_that_cannot_be_used_are_rows(tiny, people, tmp_path):
    place = tmp_path / "faces"
    shutil.copytree(people, place)
    write_picture(place / "sky.png", np.full((160, 160, 3), 130, np.uint8))
    (place / "broken.png").write_bytes((people / "person0.png").read_bytes()[:200])
    shutil.copy(people / "person1.png", place / "twice.png")
    cut = replace(tiny, framing="celeba", side=64, grids=(Grid(),), measures=("psnr",))
    steps, _ = finished(cut, subjects(place), tmp_path / "study", workers=1)
    found = {row["face"]: row for row in rows(tmp_path / "study", "faces")}
    assert {name for name, row in found.items() if row["status"] == "failed"} == {"sky", "broken", "twice"}
    assert "no face was found" in found["sky"]["why"]
    assert str(place) not in found["broken"]["why"]
    assert "the same picture as person1" in found["twice"]["why"]
    cells = rows(tmp_path / "study", "cells")
    assert {row["face"] for row in cells if row["status"] == "failed"} == {"sky", "broken", "twice"}
    assert len(cells) == 7 * 4
    assert steps[-1].failed == 12
    later = run.todo(cut, subjects(place), Store.opened(tmp_path / "study"))
    assert (later.failed, later.tasks) == (12, [])
    assert len(run.todo(cut, subjects(place), Store.opened(tmp_path / "study"), retry_failed=True).tasks) == 12


def test_without_a_face_what_needs_none_goes_on(tiny, tmp_path):
    rng = np.random.default_rng(0)
    write_picture(tmp_path / "faces" / "noise.png", rng.integers(0, 255, (64, 64, 3)).astype(np.uint8))
    plan = replace(tiny, side=None, restorers=(Contender("bicubic"), Contender("pro-uigan-compact")))
    finished(plan, subjects(tmp_path / "faces"), tmp_path / "study", workers=1)
    cells = {(row["degradation"], row["restorer"]): row for row in rows(tmp_path / "study", "cells")}
    assert cells["study-x4", "bicubic"]["status"] == "ok"
    assert "no face was found" in cells["study-x4", "pro-uigan-compact"]["why"]
    measured = {(row["measure"], row["grid"]): row for row in rows(tmp_path / "study", "measures")}
    assert measured["psnr", "truth"]["status"] == "ok"
    assert measured["lmd", "truth"]["status"] == "not_applicable"
    assert "no face" in measured["psnr", "celeba-64"]["why"]


def test_restorers_and_measures_that_are_not_here_are_left_out_with_a_note(tiny, people, monkeypatch):
    plan = replace(tiny, restorers=(*tiny.restorers, Contender("gfpgan-1.4")))
    from bonaface.core.errors import WeightsMissing

    def none(card):
        raise WeightsMissing("not here")

    monkeypatch.setattr(run, "find_weights", none)
    monkeypatch.setattr(run, "missing", lambda measure: "not here" if measure.id == "lmd" else "")
    here, notes = run.available(plan)
    assert [contender.restorer for contender in here.restorers] == ["bicubic", "lanczos"]
    assert here.measures == ("psnr",)
    assert any("gfpgan-1.4 is left out" in note and "models fetch gfpgan-1.4" in note for note in notes)
    assert any("lmd is left out" in note for note in notes)
    with pytest.raises(InputError, match="No restorer"):
        run.available(replace(tiny, restorers=(Contender("gfpgan-1.4"),)))


def test_the_bundled_network_is_measured_where_it_delivers(tiny, people, tmp_path):
    plan = replace(tiny, restorers=(*tiny.restorers, Contender("pro-uigan-compact")), measures=("psnr",))
    finished(plan, subjects(people, 1), tmp_path / "study", workers=1)
    measured = {
        (row["restorer"], row["grid"]): row
        for row in rows(tmp_path / "study", "measures")
        if row["degradation"] == "study-x4"
    }
    assert measured["pro-uigan-compact", "truth"]["status"] == "not_applicable"
    assert "does not cover" in measured["pro-uigan-compact", "truth"]["why"]
    assert measured["pro-uigan-compact", "celeba-64"]["value"] > 15
    ranked = summary.rankings(Store.opened(tmp_path / "study"))
    by_grid = {each.grid: each for each in ranked}
    assert by_grid["truth"].left_out == ("pro-uigan-compact",)
    assert len(by_grid["celeba-64"].places) == 3


def test_covered_faces_are_told_to_the_network(people, tmp_path, tiny):
    plan = replace(
        tiny, framing="celeba", side=96, grids=(Grid(),), measures=("psnr",), seeds=(0, 1),
        degradations=(Damage.of("occluded-eyes"),), restorers=(Contender("bicubic"), Contender("pro-uigan-compact")),
    )  # fmt: skip
    finished(plan, subjects(people, 2), tmp_path / "study", workers=1)
    cells = rows(tmp_path / "study", "cells")
    assert len(cells) == 4  # nothing in it is random: one seed
    assert {row["status"] for row in cells} == {"ok"}
    assert all(0.01 < row["covered"] < 0.5 for row in cells)


def test_audits_are_kept_as_findings(people, tmp_path, tiny):
    plan = replace(tiny, restorers=tiny.restorers[:1], degradations=tiny.degradations[:1], measures=(), audits=True)
    _, first = finished(plan, subjects(people, 1), tmp_path / "study", workers=1)
    found = rows(tmp_path / "study", "findings")
    assert {"texture", "keypoints"} <= {row["aspect"] for row in found}
    assert {row["status"] for row in found} == {"ok"}
    steps, again = finished(plan, subjects(people, 1), tmp_path / "study", workers=1)
    assert steps[0].tasks == []
    assert again == first


@pytest.fixture
def fatal(monkeypatch):
    """Workers die as environment variables say: see `fatal_worker`, which they must be able to import by name."""
    here = Path(__file__).parent
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(here), os.environ.get("PYTHONPATH")])))
    monkeypatch.syspath_prepend(str(here))
    monkeypatch.setattr(pool, "_serve", importlib.import_module("fatal_worker").serve)


def test_a_worker_that_is_killed_costs_only_its_cell(fatal, monkeypatch, whole, tiny, people, tmp_path):
    monkeypatch.setenv("FATAL", "1")
    steps, _ = finished(tiny, subjects(people), tmp_path / "study", workers=2)
    cells = rows(tmp_path / "study", "cells")
    wrong = {(row["face"], row["restorer"]): row["why"] for row in cells if row["status"] == "failed"}
    assert set(wrong) == {("person1", "lanczos")}
    assert "out of memory or was killed, also when it ran alone" in wrong["person1", "lanczos"]
    assert len(cells) == 16
    assert steps[-1].failed == 2
    monkeypatch.delenv("FATAL")
    _, again = finished(tiny, subjects(people), tmp_path / "study", workers=2, retry_failed=True)
    assert again == whole[1]


def test_without_memory_it_is_tried_again_with_fewer_workers(fatal, monkeypatch, whole, tiny, people, tmp_path):
    monkeypatch.setenv("ONCE", "1")
    _, made = finished(tiny, subjects(people), tmp_path / "study", workers=2)
    assert made == whole[1]


def test_a_full_disk_stops_the_run_and_keeps_what_is_done(fatal, monkeypatch, whole, tiny, people, tmp_path):
    from bonaface.study.engine.store import DiskFull

    monkeypatch.setenv("FULL", "person2")
    with pytest.raises(DiskFull, match="is full"):
        finished(tiny, subjects(people), tmp_path / "study", workers=1)
    kept = Store.opened(tmp_path / "study").rows("cells")
    assert 0 < len(kept) < 16
    monkeypatch.delenv("FULL")
    _, made = finished(tiny, subjects(people), tmp_path / "study", workers=1)
    assert made == whole[1]


def test_estimates_say_what_they_are_from(whole, tiny, people):
    there = subjects(people)
    store = Store.opened(whole[0])
    assert estimate(run.todo(tiny, there, store), store, 2).seconds == 0
    fresh = estimate(run.todo(tiny, there, None), None, 2)
    assert "timed just now" in fresh.source
    assert fresh.seconds > 0
    more = replace(tiny, measures=("ssim",))
    held = estimate(run.todo(more, there, store), store, 2)
    assert "the store has" in held.source
    assert held.megabytes == 0
    written = sum(path.stat().st_size for path in whole[0].glob("outputs/*/*.png")) / 1e6
    assert fresh.megabytes == pytest.approx(written, rel=0.3)


def test_numbers_have_six_digits():
    assert tables.rounded(123456789.0) == 123457000.0
    assert tables.rounded(float("inf")) == float("inf")
    assert tables.rounded(None) is None
    assert tables.as_csv({"a": [1.0, 0.25, "x,y"], "b": ["", None, "z"]}) == 'a,b\n1,\n0.25,\n"x,y",z\n'


def test_rankings_name_an_unknown_degradation(whole):
    with pytest.raises(InputError, match="it has gaussian-smoothed, study-x4"):
        summary.rankings(Store.opened(whole[0]), "study-x5")


def test_the_store_says_how_things_were_made(whole):
    cell = rows(whole[0], "cells")[0]
    assert set(json.loads(cell["versions"])) >= {"steps", "numpy", "opencv", "dlib", "pillow"}
    assert json.loads(cell["weights"]) == {}
    assert cell["engine"] == "none"


def test_a_worker_has_one_thread_and_this_process_its_own(monkeypatch):
    from bonaface.graphs.engines import THREADS_VARIABLE, processors

    before = os.environ.get(THREADS_VARIABLE)
    with processes.environment(processes.ONE_THREAD):
        assert processors() == 1
    assert os.environ.get(THREADS_VARIABLE) == before
    monkeypatch.setenv(THREADS_VARIABLE, "many")
    assert processors() >= 1
