"""S4's Table I: who is measured, what is measured of them, and what is said where something fails."""

import csv
import io
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from bonaface.bench import editors, expression_numbers, expression_results
from bonaface.bench.expression import Job, Runner, plan
from bonaface.bench.expression_numbers import ALONE, BESIDE, INPUT, REAL, TABLE_I, Judge, Row
from bonaface.bench.people import People, target_named
from bonaface.core.catalog import Source
from bonaface.core.errors import InputError, UnknownName, WeightsMissing
from bonaface.edit import EDITORS, Editor
from bonaface.faces.crops import FFHQ
from bonaface.io.folders import list_pictures
from bonaface.measure.distribution import frechet, kernel_distance
from bonaface.measure.protocols.reggan import REGGAN
from bonaface.train.splits import held_back_names
from running import printed, run

TARGETS = ("happy", "neutral")


def made(change, name="made", side=256, **more):
    """The card of an editor that applies `change(image, rng)` to each face, and notes what it was asked for."""

    def load(files, **knobs):
        def edit(image, target, rng=None, region=None):
            edit.asked.append((target, region))
            return np.asarray(change(image, rng), np.float32)

        edit.asked = []
        return edit

    fields = {"targets": TARGETS, "crop": FFHQ, "input_size": (side, side), **more}
    return Editor(id=name, licence="none", source=Source("a test"), load=load, **fields)


def redden(image, rng):
    return np.clip(image + np.array([0.1, -0.05, -0.05]), 0, 1)


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    """Three people of London whom editors did not learn from, and three others."""
    place = tmp_path_factory.mktemp("data")
    names = [path.name for path in list_pictures(data / "london" / "neutral")]
    held = held_back_names(names, 5)
    chosen = [name for kind in (True, False) for name in np.asarray(names)[held == kind][:3]]
    for expression in ("neutral", "smiling"):
        (place / "london" / expression).mkdir(parents=True)
        for name in chosen:
            shutil.copy(data / "london" / expression / name, place / "london" / expression)
    return place


@pytest.fixture(scope="module")
def people(folder):
    return People(folder, "happy")


@pytest.fixture(scope="module")
def judge(people):
    return Judge(people)


@pytest.fixture(scope="module")
def rows(folder):
    """Everything that is here, on both expressions."""
    runner = Runner(folder, TARGETS)
    return {(job.who, job.target): runner.run(job) for job in plan(TARGETS, [EDITORS["ridge"]])}


def test_only_people_whom_no_editor_learnt_from_are_measured(folder, people):
    names = [path.stem for path in list_pictures(folder / "london" / "neutral")]
    held = held_back_names(names, 5)
    assert {person.name for person in people.all} == {name for name, out in zip(names, held, strict=True) if out}
    assert len(people.all) == len(people.reference) == 3
    assert not people.skipped
    first, again = ({person.name for person in People(folder, target, 2).all} for target in TARGETS)
    assert first == again
    assert len(first) == 2


def test_there_is_a_real_picture_for_two_expressions_only():
    assert target_named("smiling") == "happy"
    with pytest.raises(InputError, match=r"sad cannot be measured.*happy or neutral"):
        target_named("sadness")
    with pytest.raises(UnknownName):
        target_named("hapy")


def test_without_the_london_set_it_is_said_what_is_missing(tmp_path):
    with pytest.raises(InputError, match="london"):
        People(tmp_path, "happy")


def test_the_input_and_the_real_picture_are_the_bounds(rows, people):
    given, real = rows[INPUT, "happy"], rows[REAL, "happy"]
    for row in (given, real):
        assert tuple(row.numbers) == (*TABLE_I, *BESIDE)
        assert row.n == 3
    assert given.numbers["identity-angle"].value == given.numbers["mouth-share"].value == 0
    assert 0 < real.numbers["identity-angle"].value < 30
    assert real.numbers["psnr"].value is real.numbers["mouth-share"].value is None
    assert "real picture" in real.numbers["psnr"].why
    assert real.numbers["probability"].value > given.numbers["probability"].value
    assert real.numbers["ecs"].value > given.numbers["ecs"].value
    for person in people.all:
        expected = peak_signal_noise_ratio(person.real, person.before, data_range=1)
        assert given.values["psnr"][person.name] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("target", TARGETS)
def test_the_bundled_layers_move_the_mouth_towards_the_real_picture(rows, target):
    row = rows["ridge", target]
    assert row.numbers["probability"].value > rows[INPUT, target].numbers["probability"].value
    assert 0.1 < row.numbers["mouth-share"].value < 1.5
    assert not row.failed


def test_it_measures_what_training_measures(rows, folder):
    """The figure that `bonaface train ridge` prints of held-back people, without rounding to 8 bits."""
    from bonaface.edit.expressing import Expressing
    from bonaface.io.weights import find_weights
    from bonaface.train.pairs import open_pairs

    ready = Expressing("ridge", {card.name: find_weights(card) for card in EDITORS["ridge"].weights})
    pairs = open_pairs(folder / "london" / "neutral", folder / "london" / "smiling")
    found = {
        name: peak_signal_noise_ratio(other / 255, ready(one.astype(np.float32) / 255, "happy"), data_range=1)
        for name, one, other in zip(pairs.names, pairs.inputs, pairs.targets, strict=True)
    }
    for name, value in rows["ridge", "happy"].values["psnr"].items():
        assert value == pytest.approx(found[name], abs=0.01)


def test_an_editor_that_knew_the_real_picture_reaches_the_row_real(people, judge, rows):
    answers = {person.before.tobytes(): person.real for person in people.all}
    card = made(lambda image, rng: answers[image.tobytes()])
    row = judge.row(card.id, *editors.edits(card, people, card.load({})))
    assert row.values["ecs"] == rows[REAL, "happy"].values["ecs"]
    assert row.values["identity-angle"] == rows[REAL, "happy"].values["identity-angle"]
    assert row.numbers["mouth-share"].value == pytest.approx(1)
    assert row.numbers["mouth-stray"].value == pytest.approx(0)
    assert row.numbers["psnr"].value is None
    assert "equals" in row.numbers["psnr"].why


def test_what_an_editor_fails_on_is_listed_and_counts_as_not_shown(people, judge):
    first, second, third = people.all

    def some(image, rng):
        if np.array_equal(image, first.before):
            raise RuntimeError("out of paint")
        return image if np.array_equal(image, second.before) else third.real

    card = made(some)
    pictures, failed = editors.edits(card, people, card.load({}))
    assert set(pictures) == {third.name}
    assert "RuntimeError: out of paint" in failed[first.name]
    assert "exactly what it was given" in failed[second.name]
    row = judge.row(card.id, pictures, failed)
    assert row.failed == failed
    assert (row.n, row.numbers["ecs"].n, row.numbers["probability"].n) == (3, 3, 1)
    assert row.values["ecs"][first.name] == row.values["ecs"][second.name] == 0


def test_an_editor_that_makes_nothing_has_no_numbers(people, judge):
    card = made(lambda image, rng: 0 * image)
    row = judge.row(card.id, *editors.edits(card, people, card.load({})))
    assert len(row.failed) == 3
    assert all(one.value is None and "black" in one.why for one in row.numbers.values())


def test_an_editor_that_cannot_be_opened_has_a_row_that_says_so(folder):
    def closed(files, **knobs):
        raise WeightsMissing("layer.onnx is not here")

    row = Runner(folder, ["happy"]).run(Job("happy", "closed", replace(made(redden, "closed"), load=closed)))
    assert set(row.failed.values()) == {"layer.onnx is not here"}
    assert row.numbers["ecs"].value is None
    assert "layer.onnx" in row.numbers["ecs"].why


def test_a_picture_without_a_face_does_not_show_the_expression(people, judge):
    ramp = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[None, :, None], 256, axis=0).repeat(3, axis=2)
    row = judge.row("ramp", {person.name: ramp for person in people.all})
    assert row.numbers["ecs"].value == 0
    assert row.numbers["identity-angle"].value is None
    assert "no face" in row.numbers["identity-angle"].why
    assert "no face" in row.numbers["mouth-share"].why
    first = people.all[0].name
    mixed = judge.row("mixed", {p.name: ramp if p.name == first else p.real for p in people.all})
    assert mixed.numbers["mouth-share"].n == 2
    assert "no face" in mixed.without["mouth-share"][first]


def test_editors_of_another_size_are_measured_on_the_same_grid(people, judge):
    small, large = (made(redden, f"red-{side}", side) for side in (256, 512))
    ours = [judge.row(card.id, *editors.edits(card, people, card.load({}))) for card in (small, large)]
    assert all(not row.failed for row in ours)
    for name in ("psnr", "identity-angle"):
        assert ours[0].numbers[name].value == pytest.approx(ours[1].numbers[name].value, abs=1.5)


def test_editors_are_told_where_to_paint_and_draw_for_each_person(people):
    drawn = made(lambda image, rng: np.clip(image + rng.normal(0, 0.1, (1, 1, 3)), 0, 1), side=512, takes_region=True)
    ready = drawn.load({})
    once, again, other = (editors.edits(drawn, people, ready, seed)[0] for seed in (0, 0, 1))
    for name in once:
        assert np.array_equal(once[name], again[name])
        assert not np.array_equal(once[name], other[name])
    shifts = {np.round(once[person.name] - person.before, 2).mean() for person in people.all}
    assert len(shifts) == 3
    for target, region in ready.asked:
        assert target == "happy"
        assert region.shape == (512, 512)
        assert 0.05 < region.mean() < 0.5


def test_a_distance_of_sets_is_refused_for_few_pictures_and_forced(folder, monkeypatch):
    def colours(pictures, failed):
        return np.stack([np.asarray(each, np.float64).reshape(-1, 3)[::4096].ravel() for each in pictures])

    people = People(folder, "happy")
    monkeypatch.setattr(expression_numbers, "missing", lambda measure: "")
    monkeypatch.setattr(expression_numbers, "features_of", colours)
    pictures = {person.name: person.before for person in people.all}
    refused = Judge(people).row(INPUT, pictures).numbers
    assert refused["fid"].value is refused["kid"].value is None
    assert "3 pictures; expected at least 50" in refused["fid"].why
    forced = Judge(people, force=True).row(INPUT, pictures).numbers
    given, real = colours(pictures.values(), []), colours(people.reference, [])
    assert forced["fid"].value == pytest.approx(frechet(given, real))
    assert forced["kid"].value == pytest.approx(kernel_distance(given, real))
    assert forced["fid"].n == 3
    assert "against 3 real ones" in forced["fid"].why


def test_editors_that_are_not_here_are_named_with_why():
    found, left = editors.chosen(None, TARGETS)
    assert "ridge" in [card.id for card in found]
    assert {card.id for card in found} | set(left) == set(EDITORS.ids)
    assert all(left.values())
    with pytest.raises(InputError, match="ridge: it makes no face sad"):
        editors.chosen(["ridge"], ["sad"])
    with pytest.raises(UnknownName, match="ridge"):
        editors.chosen(["rige"], TARGETS)


def test_each_editor_is_opened_once(folder):
    opened = []

    def load(files, **knobs):
        opened.append(1)
        return made(redden).load({})

    cards = [replace(made(redden, name), load=load) for name in ("one", "two")]
    jobs = plan(TARGETS, cards)
    assert [(job.who, job.target) for job in jobs][4:] == [(w, t) for w in ("one", "two") for t in TARGETS]
    runner = Runner(folder, TARGETS, 1)
    for job in jobs:
        runner.run(job)
    assert len(opened) == 2


def test_differences_are_of_the_same_people():
    def row(who, shift):
        values = {name: {f"p{i}": i % 3 + shift * (1 + 0.1 * (i % 2)) for i in range(12)} for name in ALONE}
        return Row("happy", who, 12, {}, values)

    found = expression_results.differences([row(INPUT, 9), row(REAL, 9), row("a", 0), row("b", 1), row("c", 1)])
    assert {(one.first, one.second) for one in found} == {("b", "a"), ("c", "a"), ("c", "b")}
    first = next(one for one in found if (one.first, one.number) == ("b", "psnr"))
    assert first.paired.difference.value == pytest.approx(1.05)
    assert first.paired.people == 12
    assert first.paired.p < first.p < 0.05
    assert all(one.p == 1 for one in found if one.second == "b")


def test_everything_is_written_down(rows, folder):
    runner = Runner(folder, TARGETS)
    kept = list(rows.values())
    people = list(runner.people.values())
    document = expression_results.document(kept, [EDITORS["ridge"]], {"other": "it is not here"}, people, 0)
    held = json.loads(json.dumps(document, allow_nan=False))
    assert [(row["who"], row["target"]) for row in held["rows"]] == list(rows)
    assert held["rows"][0]["psnr"]["n"] == 3
    assert set(held["conventions"]) == {*TABLE_I, *BESIDE, "interval"}
    assert held["faces"]["people"]["neutral"]["given, real"] == ["smiling", "neutral"]
    assert len(held["faces"]["people"]["happy"]["measured"]) == 3
    assert held["editors"][0]["weights"].keys() == {"ridge-happy.onnx", "ridge-neutral.onnx"}
    assert held["not measured"] == {"other": "it is not here"}
    assert "bonaface-expression.onnx" in [tool["name"] for tool in held["tools"]]
    assert {row["who"]: row["fid"] for row in held["published"]["rows"]}["RegGAN"] == 72.48
    lines = list(csv.DictReader(io.StringIO(expression_results.as_csv(kept))))
    assert len(lines) == len(kept) * len((*TABLE_I, *BESIDE))
    assert all(line["value"] or line["why"] for line in lines)


def test_no_folder_of_this_machine_is_written_down(rows, folder, monkeypatch):
    monkeypatch.setattr(expression_results, "models_folder", lambda: "/home/anna/models")
    absent = expression_numbers.absent("copy it to /home/anna/models")
    row = Row("happy", "x", 1, dict.fromkeys((*TABLE_I, *BESIDE), absent), failed={"p": "no /home/anna/models/y"})
    assert "anna" not in expression_results.as_csv([row])
    people = list(Runner(folder, ["happy"]).people.values())
    assert "anna" not in json.dumps(expression_results.document([row], [], {"z": "/home/anna/models"}, people, 0))


def test_the_command_prints_table_i(folder, tmp_path, capsys):
    out = tmp_path / "figures.json"
    words = ("--data", folder, "--editor", "ridge", "--target", "smiling", "--out", out)
    assert run("bench", "expression", *words) == 0
    said = capsys.readouterr().out
    for row in REGGAN.rows:
        assert f"S4: {row.who}" in said
    assert "72.48" in said
    assert "Neutral faces made to smile, 3 people" in said
    assert "Not measured: FSS" in said or "FSS: between" in said
    assert [row["who"] for row in json.loads(out.read_text())["rows"]] == [INPUT, REAL, "ridge"]
    assert run("bench", "expression", *words) == 2
    assert "--overwrite" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--target", "sad"), "happy or neutral"),
        (("--target", "hapy"), "happy"),
        (("--editor", "rige"), "ridge"),
        (("--out", "figures.txt"), ".csv"),
        (("--data", "nowhere"), "nowhere"),
    ],
)
def test_bad_input_is_refused_before_anything_is_measured(words, said, folder, capsys):
    given = () if "--data" in words else ("--data", folder)
    assert run("bench", "expression", *given, *words) == 2
    assert said in capsys.readouterr().err


def test_what_fails_ends_the_command_with_1_and_is_listed(folder, capsys, monkeypatch):
    card = made(lambda image, rng: 0 * image, "black")
    monkeypatch.setattr(editors, "chosen", lambda names, targets: ([card], {}))
    assert run("bench", "expression", "--data", folder, "--target", "happy", "--count", 1) == 1
    assert "black, happy," in capsys.readouterr().err


def test_torch_is_not_imported():
    script = (
        "import sys, bonaface.bench.expression, bonaface.bench.expression_results, bonaface.cli.benchexpression; "
        "print('torch' in sys.modules, 'onnxruntime' in sys.modules)"
    )
    assert printed(script).strip() == "False False"
