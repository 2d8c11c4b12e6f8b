"""Studies with an expression layer of one's own: every worker has it, wherever it runs, and only its content counts."""

import pickle
import shutil
from dataclasses import replace

import numpy as np
import pytest

from bonaface.core.errors import ExitCode
from bonaface.io.pictures import read_picture
from bonaface.study.engine import run, tables
from bonaface.study.engine.serving import Said, Serving, standing
from bonaface.study.engine.store import Store
from bonaface.study.plan.faces import subjects
from bonaface.study.plan.own_layers import OwnLayer
from bonaface.study.plan.plan_files import read_plan
from bonaface.study.plan.plans import Asked
from made_layers import made_layer
from running import run as command

PLAN = """
degradations = ["original"]
targets = ["happy"]
measures = ["ecs"]
framing = "ffhq"
side = 96
faces = "faces"

[[editors]]
editor = "ridge"
weights = "mine.onnx"
label = "darker"
"""


@pytest.fixture
def plan_file(tmp_path, expressive):
    shutil.copytree(expressive, tmp_path / "faces")
    made_layer(tmp_path / "mine.onnx", 0.8)
    (tmp_path / "own.toml").write_text(PLAN, "utf-8")
    return tmp_path / "own.toml"


def outputs(store):
    """As the tables have them: of two cells of one place, the latest."""
    rows = tables.rows_of(store, "cells")
    return {(row["face"], row["restorer"]): row for row in rows if row["status"] == "ok"}


def ratio(store, rows, face):
    """How many times as bright the face is as the picture that was given, in the middle."""
    made, given = (
        read_picture(store.picture(rows[face, name]["output"])).image()
        for name in ("darker: happy", "not edited: happy")
    )
    side, base = len(made), len(given)
    middle = [float(np.median(image[size // 3 : 2 * size // 3, size // 3 : 2 * size // 3]))
              for image, size in ((made, side), (given, base))]  # fmt: skip
    return middle[0] / middle[1]


def test_workers_have_the_layer_that_the_plan_was_read_with(plan_file, tmp_path):
    plan, there = read_plan(plan_file), subjects(tmp_path / "faces", 2)
    (tmp_path / "mine.onnx").unlink()  # workers are other processes, and need not reach it
    *_, last = run.run(plan, there, tmp_path / "study", workers=2)
    assert (last.done, last.failed) == (last.total, 0)
    store = Store.opened(tmp_path / "study")
    rows = outputs(store)
    for face in {face for face, _ in rows}:
        assert ratio(store, rows, face) == pytest.approx(0.8, abs=0.03)
    assert {row["restorer_id"] for row in rows.values() if row["restorer"] == "darker: happy"} == {"ridge"}


def test_only_the_content_of_a_layer_counts(plan_file, tmp_path):
    plan, there = read_plan(plan_file), subjects(tmp_path / "faces", 1)
    list(run.run(plan, there, tmp_path / "study", workers=1))
    store = Store.opened(tmp_path / "study")
    moved = OwnLayer.read(made_layer(tmp_path / "elsewhere" / "same.onnx", 0.8))
    same = replace(plan, editors=(Asked("ridge", layer=moved, name="darker"),))
    assert run.todo(same, there, store).tasks == []
    other = OwnLayer.read(made_layer(tmp_path / "mine.onnx", 0.7))
    changed = replace(plan, editors=(Asked("ridge", layer=other, name="darker"),))
    (task,) = run.todo(changed, there, store).tasks
    assert (task.about["restorer"], task.held) == ("darker: happy", None)
    list(run.run(changed, there, tmp_path / "study", workers=1))
    (face, *_), rows = sorted({face for face, _ in outputs(store)}), outputs(store)
    assert ratio(store, rows, face) == pytest.approx(0.7, abs=0.03)


def test_an_actor_has_the_layer_though_it_sees_no_disk_of_the_drivers(plan_file, tmp_path):
    """As Ray carries it: the plan as bytes, and the face's files with the chunk."""
    plan, there = read_plan(plan_file), subjects(tmp_path / "faces", 1)
    (chunk,) = run.todo(plan, there, None).chunks
    content = {one.name: one.content() for one in (there[0], *there[0].real.values())}
    here = standing(plan)
    sent = pickle.dumps((run.available(plan)[0], chunk))
    for path in (*tmp_path.glob("faces/*/*"), tmp_path / "mine.onnx"):
        path.unlink()
    carried, chunk = pickle.loads(sent)  # noqa: S301 - this test's own
    actor = Serving(carried)
    assert actor.standing()[1] == here
    said = list(actor.do(chunk, content, {}))
    assert all(isinstance(each, Said) for each in said)
    cells = [row for each in said for row in each.done.rows["cells"]]
    assert {row["status"] for row in cells} == {"ok"}
    assert "darker: happy" in {row["restorer"] for row in cells}


def test_bundled_layers_need_not_be_here_for_ones_own(plan_file, tmp_path, monkeypatch):
    from bonaface.api import editors
    from bonaface.core.errors import WeightsMissing

    def nowhere(weights):
        raise WeightsMissing(f"{weights.name} is not here")

    monkeypatch.setattr(editors, "find_weights", nowhere)
    here, notes = run.available(read_plan(plan_file))
    assert ([asked.label for asked in here.editors], notes) == (["darker"], ())


def test_the_command_shows_runs_and_refuses(plan_file, tmp_path, capsys):
    assert command("study", "show", plan_file) == ExitCode.DONE
    assert "darker (ridge(weights=mine.onnx); SHA-256 of mine.onnx: " in capsys.readouterr().out
    words = ("study", "run", plan_file, "--out", tmp_path / "study", "--limit", 1, "--workers", 1)
    assert command(*words) == ExitCode.DONE
    said = capsys.readouterr()
    assert "darker: happy" in said.out
    assert "ridge-happy.onnx" not in said.err, "terms of weights that are not used"
    (tmp_path / "mine.onnx").write_bytes(b"no layer")
    assert command(*words) == ExitCode.BAD_INPUT
    assert "line 11:" in " ".join(capsys.readouterr().err.split())
