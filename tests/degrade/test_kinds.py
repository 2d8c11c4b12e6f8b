import inspect
import json
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bonaface import degrade
from bonaface.core.errors import InputError, UnknownName
from bonaface.degrade import (
    KINDS,
    AnisotropicBlur,
    AreaDownscale,
    BicubicDownscale,
    BilinearDownscale,
    Chain,
    Choice,
    ColourJitter,
    ColourShift,
    FaceOcclusion,
    GaussianBlur,
    GaussianNoise,
    GivenMask,
    Grey,
    Integers,
    IrregularMask,
    Jpeg,
    MotionBlur,
    NonLocalMeans,
    OneOf,
    ResizeTo,
    SameSize,
    Sometimes,
    SquareMask,
    Unchanged,
    Uniform,
    WrappedNoise,
    from_json,
    stable_id,
    to_json,
)
from bonaface.degrade.face_occlusion import PARTS
from bonaface.degrade.resize import METHODS


def number(low, high):
    plain = st.floats(low, high)
    if np.ceil(low) <= high:
        plain |= st.integers(int(np.ceil(low)), int(high))
    pair = st.tuples(plain, plain).map(sorted)
    return plain | pair.map(lambda ends: Uniform(*ends)) | st.lists(plain, min_size=1, max_size=4).map(Choice)


def whole(low, high):
    plain = st.integers(low, high)
    pair = st.tuples(plain, plain).map(sorted)
    return plain | pair.map(lambda ends: Integers(*ends)) | st.lists(plain, min_size=1, max_size=4).map(Choice)


def odd(low, high):
    plain = st.integers(low // 2, (high - 1) // 2).map(lambda half: 2 * half + 1)
    return plain | st.lists(plain, min_size=1, max_size=4).map(Choice)


methods = st.sampled_from(METHODS)
masks = st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=4)
LEAVES = {
    GaussianBlur: st.builds(GaussianBlur, odd(1, 99), st.none() | number(0.01, 120))
    | st.builds(GaussianBlur, st.none(), number(0.01, 120)),
    AnisotropicBlur: st.builds(
        AnisotropicBlur, number(0.01, 120), number(0.01, 120), number(-360, 360), st.none() | odd(1, 99)
    ),
    MotionBlur: st.builds(MotionBlur, number(1, 500), number(-360, 360)),
    AreaDownscale: st.builds(AreaDownscale, number(1, 1000)),
    BilinearDownscale: st.builds(BilinearDownscale, number(0.1, 1000), st.booleans()),
    BicubicDownscale: st.builds(BicubicDownscale, number(0.1, 1000)),
    ResizeTo: st.builds(ResizeTo, st.integers(1, 16384), st.integers(1, 16384), methods),
    GaussianNoise: st.builds(GaussianNoise, number(0, 255)),
    WrappedNoise: st.builds(WrappedNoise, number(0, 127)),
    NonLocalMeans: st.builds(NonLocalMeans, number(0.1, 255), number(0.1, 255), odd(1, 31), odd(1, 101)),
    Jpeg: st.builds(Jpeg, whole(1, 100)),
    ColourShift: st.builds(ColourShift, number(0, 255)),
    ColourJitter: st.builds(ColourJitter, number(0, 10), number(0, 10), number(0, 10), number(-0.5, 0.5)),
    Grey: st.just(Grey()),
    SquareMask: st.builds(SquareMask, whole(1, 4096)),
    IrregularMask: st.builds(IrregularMask, number(0.01, 0.9)),
    GivenMask: masks.map(lambda rows: GivenMask.of(np.array(rows, bool))),
    FaceOcclusion: st.builds(FaceOcclusion, st.sampled_from(PARTS)),
    Unchanged: st.just(Unchanged()),
}
leaves = st.one_of(*LEAVES.values())
degradations = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Chain, st.lists(inner, min_size=1, max_size=3)),
        st.builds(OneOf, st.lists(inner, min_size=1, max_size=3)),
        st.builds(SameSize, inner, methods),
        st.builds(Sometimes, inner, st.floats(0, 1)),
    ),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(degradations)
def test_json_and_back_is_the_same(degradation):
    text = json.dumps(to_json(degradation), allow_nan=False)
    again = from_json(json.loads(text))
    assert again == degradation
    assert hash(again) == hash(degradation)
    assert stable_id(again) == stable_id(degradation)


def test_every_kind_is_drawn_by_the_round_trip():
    assert {*LEAVES, Chain, OneOf, SameSize, Sometimes} == set(KINDS.values())


def test_every_kind_is_public():
    assert {record.__name__ for record in KINDS.values()} <= set(degrade.__all__)


def test_the_form_is_plain():
    chain = Chain((GaussianBlur(kernel=Choice((3, 5))), Jpeg(Integers(60, 100)), GaussianNoise(Uniform(0, 7.5))))
    assert to_json(chain) == {
        "kind": "chain",
        "steps": [
            {"kind": "gaussian-blur", "kernel": {"choice": [3, 5]}, "sigma": None},
            {"kind": "jpeg", "quality": {"integers": [60, 100]}},
            {"kind": "gaussian-noise", "sigma": {"uniform": [0, 7.5]}},
        ],
    }


def test_equal_numbers_have_one_id():
    ids = {stable_id(GaussianNoise(sigma)) for sigma in (5, 5.0, np.float32(5), np.int8(5))}
    assert len(ids) == 1
    assert stable_id(GaussianNoise(Uniform(0, 5))) == stable_id(GaussianNoise(Uniform(-0.0, 5.0)))


def test_the_order_of_the_fields_does_not_matter():
    form = to_json(MotionBlur(15, 45))
    assert stable_id(from_json(dict(reversed(form.items())))) == stable_id(MotionBlur(15, 45))


def test_different_degradations_have_different_ids():
    several = [
        Jpeg(70), Jpeg(71), Jpeg(Choice((70,))), Jpeg(Integers(70, 71)), GaussianNoise(1), WrappedNoise(1),
        GaussianNoise(Uniform(0, 1)), Chain((Jpeg(70),)), OneOf((Jpeg(70),)), Chain((Grey(), Jpeg(70))),
        Chain((Jpeg(70), Grey())), BilinearDownscale(2), BilinearDownscale(2, antialias=False),
    ]  # fmt: skip
    assert len({stable_id(degradation) for degradation in several}) == len(several)


def test_an_id_is_12_hexadecimal_digits():
    assert len(stable_id(Grey())) == 12
    assert int(stable_id(Grey()), 16) > 0


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"kind": "jpg", "quality": 70}, "no kind of degradation called 'jpg'. Did you mean jpeg"),
        ({"kind": "os.system", "quality": 70}, "no kind of degradation called 'os.system'"),
        ({"kind": "jpeg", "qualty": 70}, "no field called 'qualty'. Did you mean quality"),
        ({"kind": "grey", "strength": 1}, "no field called 'strength'. It has none"),
        ({"kind": "jpeg"}, "'jpeg' lacks quality; expected quality"),
        ({"kind": "motion-blur"}, "lacks length and angle"),
        ({"kind": "jpeg", "quality": 101}, "Jpeg.quality is 101; expected a whole number from 1 to 100"),
        ({"kind": "jpeg", "quality": True}, "Jpeg.quality is True"),
        ({"kind": "jpeg", "quality": "70"}, "Jpeg.quality is '70'"),
        ({"kind": "jpeg", "quality": [70]}, "Jpeg.quality is (70,)"),
        (
            {"kind": "jpeg", "quality": {"integer": [60, 70]}},
            "drawn by 'integer', which is not known. Did you mean int",
        ),
        ({"kind": "jpeg", "quality": {"integers": [60]}}, "expected a list of two numbers"),
        ({"kind": "jpeg", "quality": {"choice": 60}}, "expected a list of numbers"),
        ({"kind": "jpeg", "quality": {}}, 'one of "uniform", "integers", "choice"'),
        ({"kind": "jpeg", "quality": {"kind": "grey"}}, "Jpeg.quality is Grey()"),
        ({"kind": "chain", "steps": [70]}, "Chain holds 70; expected a degradation"),
        ({"kind": "chain", "steps": [{"kind": "chain", "steps": [{"kind": "gray"}]}]}, "'gray'. Did you mean grey"),
        ({"kind": "square-mask", "size": None}, "SquareMask.size is None"),
        ({"kind": 3}, 'expected an object with a "kind"'),
        ({"quality": 70}, 'expected an object with a "kind"'),
        ([], 'expected an object with a "kind"'),
        (None, 'expected an object with a "kind"'),
    ],
)
def test_a_bad_form_says_what_is_wrong(form, message):
    with pytest.raises(InputError) as caught:
        from_json(form)
    assert message in str(caught.value)


def test_a_form_nested_too_deeply_is_an_error():
    form = to_json(Grey())
    for _ in range(5000):
        form = {"kind": "chain", "steps": [form]}
    with pytest.raises(InputError, match="nested too deeply"):
        from_json(form)


def test_an_unknown_kind_is_an_unknown_name():
    with pytest.raises(UnknownName):
        from_json({"kind": "jpg"})


@pytest.mark.parametrize("thing", [70, None, "jpeg", Uniform(0, 1), Jpeg])
def test_only_degradations_have_a_json_form(thing):
    with pytest.raises(InputError, match="not a known degradation"):
        to_json(thing)


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        KINDS["jpeg"] = Grey


@pytest.mark.parametrize("record", KINDS.values(), ids=lambda record: record.__name__)
def test_records_are_frozen_slotted_and_documented(record):
    assert record.__dataclass_params__.frozen
    assert "__dict__" not in dir(record)
    for field in fields(record):
        assert f"\n    {field.name}: " in inspect.cleandoc(record.__doc__)
