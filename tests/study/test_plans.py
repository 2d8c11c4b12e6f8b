import pytest

from bonaface.core.errors import InputError, UnknownName
from bonaface.degrade import GaussianBlur
from bonaface.study.builtin import PLANS, plan_of
from bonaface.study.plan_files import read_plan
from bonaface.study.plans import Contender, Damage, Grid, Plan


def test_built_in_plans_are_those_of_the_sources():
    assert PLANS.ids == ("smoke", "restoration-study", "breaking-point", "occlusion")
    study = PLANS["restoration-study"]
    assert [damage.name for damage in study.degradations] == ["study-x4", "study-x8", "study-x16", "study-x32"]
    assert {grid.id for grid in study.grids} == {"truth", "512", "celeba-128"}
    assert study.audits
    families = {damage.family for damage in PLANS["breaking-point"].degradations}
    assert families == {"blur", "downscale", "noise", "jpeg"}
    levels = [damage.level for damage in PLANS["occlusion"].degradations if damage.family == "square"]
    assert levels == [16, 24, 32, 48, 64]


def test_a_file_is_read_into_the_same_records(plan_file):
    plan = read_plan(plan_file)
    assert plan.name == "tiny"
    assert plan.degradations[0] == Damage.of("study-x4")
    assert plan.degradations[1] == Damage("blur-2", GaussianBlur(sigma=2), "blur", 2.0)
    assert plan.restorers[2] == Contender("pro-uigan-compact")
    assert plan.grids == (Grid(), Grid("celeba", 64))
    assert plan.seeds == (0,)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('"study-x4",', '"study-x5",', 4, "Did you mean study-x8 or study-x4"),
        ('"gaussian-blur"', '"gausian-blur"', 5, "Did you mean gaussian-blur"),
        ("sigma = 2", "sgima = 2", 5, "Did you mean sigma"),
        ("sigma = 2", "sigma = -2", 5, "expected a number from 0.01"),
        ('"lanczos"', '"lancsoz"', 7, "Did you mean lanczos"),
        ('"ssim"', '"sim"', 8, "Did you mean ssim"),
        ('"celeba-64"', '"celebs-64"', 9, "There is no grid"),
        ("side = 128", "side = 3", 10, "expected 16 to 8192"),
        ("side = 128", "sides = 128", 10, "Did you mean side"),
        ("side = 128", 'side = "128"', 10, "expected a whole number of pixels"),
        ("side = 128", "seeds = [-1]", 10, "expected a whole number from 0"),
        ("side = 128", 'framing = "ffqh"', 10, "Did you mean ffhq"),
        ("side = 128", 'audits = "yes"', 10, "expected true or false"),
        ('"lanczos"', '"bicubic"', 7, "twice"),
        ('"bicubic",', '{ restorer = "codeformer", v = 1 },', 7, "no knob called 'v'"),
        ("side = 128", "side = = 128", 10, "no TOML file"),
        ('measures = ["psnr", "ssim", "lmd"]', 'measures = "psnr"', 8, "expected a list"),
    ],
)
def test_an_error_names_the_line(plan_file, old, new, line, said):
    text = plan_file.read_text("utf-8")
    assert text.count(old) >= 1
    plan_file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError) as caught:
        read_plan(plan_file)
    assert f"line {line}" in str(caught.value)
    assert said in str(caught.value)


def test_what_is_missing_is_named(plan_file):
    plan_file.write_text('name = "empty"\n', "utf-8")
    with pytest.raises(InputError, match="lacks degradations and restorers and measures"):
        read_plan(plan_file)


def test_an_unknown_plan_is_answered_with_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean smoke"):
        plan_of("smke")
    with pytest.raises(InputError, match="no file"):
        plan_of("nothing.toml")


def test_what_is_not_random_is_done_once():
    smooth = Damage.of("gaussian-smoothed")
    plan = Plan("p", (smooth, Damage.of("study-x4")), (Contender("bicubic"),), ("psnr",), seeds=(3, 4))
    assert [(damage.name, seed) for damage, _, seed in plan.combinations()] == [
        ("gaussian-smoothed", 3),
        ("study-x4", 3),
        ("study-x4", 4),
    ]


def test_choosing_restorers_and_measures():
    plan = PLANS["smoke"].only(["bicubic", "codeformer"], ["psnr"])
    assert [contender.label for contender in plan.restorers] == ["bicubic", "codeformer"]
    assert plan.measures == ("psnr",)
    with pytest.raises(UnknownName, match="Did you mean bicubic"):
        PLANS["smoke"].only(["bicubik"])


def test_knobs_that_the_study_sets_are_refused():
    with pytest.raises(InputError, match="set by the study"):
        Contender("bicubic", {"size": (64, 64)})
    assert Contender("codeformer", {"w": 0.7}).label == "codeformer(w=0.7)"


def test_grids_round_trip():
    for name in ("truth", "512", "celeba-128", "ffhq-256", "celeba-hq-64"):
        assert Grid.of(name).id == name
    with pytest.raises(InputError, match="no grid"):
        Grid.of("8")
