import hashlib
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonaface.core.errors import InputError
from bonaface.edit import EDITORS
from bonaface.measure import MEASURES
from bonaface.study.plan.builtin import PLANS
from bonaface.study.plan.cells import (
    Cell,
    audit_key,
    canonical,
    cell_of,
    cells_of,
    digest,
    measure_key,
    seed_of,
    versions,
)
from bonaface.study.plan.faces import subjects
from bonaface.study.plan.plans import Asked, Contender, Control, Damage, Grid

TEXT = st.text(max_size=8)
VALUES = st.one_of(st.integers(-5, 5), st.booleans(), TEXT, st.floats(-2, 2, allow_nan=False))
CELLS = st.builds(
    Cell,
    face=TEXT,
    framing=TEXT,
    side=st.none() | st.integers(1, 9),
    degradation=TEXT,
    restorer=TEXT,
    knobs=st.dictionaries(TEXT, VALUES, max_size=3),
    weights=st.dictionaries(TEXT, TEXT, max_size=3),
    engine=TEXT,
    seed=st.integers(0, 9),
    versions=st.dictionaries(TEXT, TEXT, max_size=3),
    target=TEXT,
    real=TEXT,
)
NAMES = [field.name for field in fields(Cell)]


def form(value):
    """What makes two values the same: True is not 1, and 1 is not 1.0."""
    return canonical(dict(value) if isinstance(value, dict) else value)


@given(CELLS, CELLS, st.sampled_from(NAMES))
def test_any_change_of_an_input_changes_the_key(cell, other, name):
    changed = replace(cell, **{name: getattr(other, name)})
    same = form(getattr(cell, name)) == form(getattr(other, name))
    assert (changed.key == cell.key) == same


@given(CELLS, st.randoms())
def test_the_order_of_keys_changes_nothing(cell, random):
    def shuffled(table):
        items = list(table.items())
        random.shuffle(items)
        return dict(items)

    again = replace(cell, knobs=shuffled(cell.knobs), weights=shuffled(cell.weights), versions=shuffled(cell.versions))
    assert again.key == cell.key


@given(CELLS, CELLS)
def test_two_cells_have_one_key_only_where_all_is_equal(first, second):
    equal = all(form(getattr(first, name)) == form(getattr(second, name)) for name in NAMES)
    assert (first.key == second.key) == equal


def test_a_key_is_the_hash_of_plain_text():
    cell = Cell("f", "as-given", None, "d", "bicubic", {"b": 1, "a": 2.5}, {}, "none", 0, {"steps": "1"})
    text = (
        '{"cell":{"degradation":"d","engine":"none","face":"f","framing":"as-given","knobs":{"a":2.5,"b":1},'
        '"restorer":"bicubic","seed":0,"side":null,"versions":{"steps":"1"},"weights":{}}}'
    )
    assert cell.key == hashlib.sha256(text.encode()).hexdigest()
    asked = replace(cell, target="happy", real="r")
    more = text.replace('"restorer"', '"real":"r","restorer"').replace('"versions"', '"target":"happy","versions"')
    assert asked.key == hashlib.sha256(more.encode()).hexdigest()
    assert canonical({"b": 1, "a": [True, None, "é"]}) == '{"a":[true,null,"\\u00e9"],"b":1}'


def test_what_has_no_json_form_is_refused():
    with pytest.raises(InputError, match="no JSON form"):
        digest({"w": float("nan")})
    with pytest.raises(InputError, match="no JSON form"):
        digest({"w": object()})


def test_a_measurement_depends_on_output_measure_version_and_grid():
    psnr = MEASURES["psnr"]
    keys = {
        measure_key("cell", psnr, Grid()),
        measure_key("other", psnr, Grid()),
        measure_key("cell", replace(psnr, version=2), Grid()),
        measure_key("cell", MEASURES["ssim"], Grid()),
        measure_key("cell", psnr, Grid("celeba", 128)),
        audit_key("cell"),
        audit_key("other"),
    }
    assert len(keys) == 7


def test_a_measurement_of_an_edit_depends_on_the_real_picture_where_it_looks_at_it():
    compared, alone = MEASURES["lmd"], MEASURES["ecs"]
    reals = (None, "", "one picture", "another")
    assert len({measure_key("cell", compared, Grid(), real) for real in reals}) == 4
    assert len({measure_key("cell", alone, Grid(), real) for real in reals}) == 1
    assert len({measure_key("cell", MEASURES["clip-semantics"], Grid(), real) for real in reals}) == 4
    assert len({audit_key("cell", real) for real in reals}) == 4


def test_what_an_editor_is_asked_for_is_in_its_key():
    plan = PLANS["expression-study"]
    clean, noisy, denoised = plan.degradations[:3]
    asked = Asked("ridge", {}, "happy")

    def key(face="face", plan=plan, damage=noisy, asked=asked, seed=0):
        return cell_of(face, plan, damage, asked, seed).key

    keys = {
        key(), key("other"), key(damage=clean), key(damage=denoised), key(seed=1),
        key(asked=asked.asked_for("neutral")),
        key(plan=replace(plan, side=128)), key(plan=replace(plan, framing="celeba")),
        key(damage=replace(noisy, draws="other")), key(asked=Control("not-edited", "happy")),
    }  # fmt: skip
    assert len(keys) == 10
    cell = cell_of("face", plan, noisy, asked, 0)
    assert set(cell.weights) == {weights.name for weights in EDITORS["ridge"].weights}
    assert "editing" in cell.versions


def test_a_folder_of_weights_is_in_the_key_by_its_content(tmp_path, monkeypatch):
    from bonaface.study.plan import cells

    held = {"sha256": "a"}
    monkeypatch.setattr(cells, "snapshot_record", lambda card, knobs: held)
    cells._folder_sha256.cache_clear()
    plan, asked = PLANS["expression-study"], Asked("instruct-pix2pix", {"steps": 2}, "sad")
    first = cell_of("face", plan, plan.degradations[0], asked, 0)
    assert first.weights == {"instruct-pix2pix": "a"}
    assert first.engine == "diffusers"
    assert {"diffusers", "torch", "transformers"} <= set(first.versions)
    held["sha256"] = "b"
    cells._folder_sha256.cache_clear()
    assert cell_of("face", plan, plan.degradations[0], asked, 0).key != first.key
    cells._folder_sha256.cache_clear()


def test_whether_an_editor_is_told_where_to_paint_is_in_its_key(monkeypatch):
    from bonaface.study.plan import cells

    monkeypatch.setattr(cells, "snapshot_record", lambda card, knobs: {"sha256": "a"})
    cells._folder_sha256.cache_clear()
    plan = PLANS["expression-study"]

    def cell(asked):
        return cell_of("face", plan, plan.degradations[0], asked, 0)

    told, whole = (Asked("sdxl-refiner", {}, "sad", whole=whole) for whole in (False, True))
    assert cell(told).key != cell(whole).key
    assert cell(told).versions == cell(whole).versions | {"telling": str(cells.TELLING)}
    before, ridge = cell(told).key, cell(Asked("ridge", {}, "happy")).key
    monkeypatch.setattr(cells, "TELLING", 99)
    cells.versions.cache_clear()
    assert cell(told).key != before
    assert cell(Asked("ridge", {}, "happy")).key == ridge, "what is told nothing is not done again"
    for held in (cells.versions, cells._folder_sha256):
        held.cache_clear()


def test_photographs_are_cells_where_there_are_some(expressive):
    plan = PLANS["expression-study"].only(editors=["ridge"], targets=["happy"])
    places = {subject.name: list(cells_of(subject, plan)) for subject in subjects(expressive)}
    assert [len(found) for found in places.values()] == [15, 15, 15, 14]
    shown = [place for place in places["person0"] if place.contender.model == "photograph"]
    real = subjects(expressive)[0].real["happy"].id
    assert [(place.damage.name, place.cell.real, place.real) for place in shown] == [("original", real, "")]
    assert {place.real for place in places["person0"] if place.contender.model == "ridge"} == {real}
    assert {place.real for place in places["person3"]} == {""}
    keys = [place.cell.key for found in places.values() for place in found]
    assert len(set(keys)) == len(keys)


def test_weights_are_in_the_keys(monkeypatch):
    contender, damage = Contender("pro-uigan-compact"), Damage.of("study-x4")
    from bonaface.study.plan import cells
    from bonaface.study.plan.builtin import SMOKE

    before = cell_of("face", SMOKE, damage, contender, 0).key
    identity = MEASURES["identity-angle"]
    measured = measure_key("cell", identity, Grid())
    monkeypatch.setattr(cells, "known_sha256", lambda card: "0" * 64)
    assert cell_of("face", SMOKE, damage, contender, 0).key != before
    assert measure_key("cell", identity, Grid()) != measured


def test_what_a_network_computes_with_is_in_its_key_and_in_no_other():
    assert "onnxruntime" in versions("onnxruntime")
    assert "onnxruntime" not in versions("none")
    assert {"steps", "numpy", "opencv", "dlib", "pillow"} <= set(versions("none"))


def test_seeds_follow_from_what_they_are_for():
    assert seed_of("damage", "face", 0) == seed_of("damage", "face", 0)
    assert len({seed_of("damage", "face", 0), seed_of("damage", "face", 1), seed_of("restorer", "face", 0)}) == 3
