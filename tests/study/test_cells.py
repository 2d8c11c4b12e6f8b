import hashlib
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonaface.core.errors import InputError
from bonaface.measure import MEASURES
from bonaface.study.cells import Cell, audit_key, canonical, cell_of, digest, measure_key, seed_of, versions
from bonaface.study.plans import Contender, Damage, Grid

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


def test_weights_are_in_the_keys(monkeypatch):
    contender, damage = Contender("pro-uigan-compact"), Damage.of("study-x4")
    from bonaface.study import cells
    from bonaface.study.builtin import SMOKE

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
