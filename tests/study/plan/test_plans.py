import pytest

from bonaface.core.errors import InputError, UnknownName
from bonaface.degrade import GaussianBlur, Unchanged
from bonaface.edit import EDITORS
from bonaface.study.plan.builtin import PLANS, plan_of
from bonaface.study.plan.plan_files import read_plan
from bonaface.study.plan.plans import Asked, Contender, Control, Damage, Grid, Plan


def test_built_in_plans_are_those_of_the_sources():
    assert PLANS.ids == ("smoke", "restoration-study", "breaking-point", "occlusion", "expression-study")
    study = PLANS["restoration-study"]
    assert [damage.name for damage in study.degradations] == ["study-x4", "study-x8", "study-x16", "study-x32"]
    assert {grid.id for grid in study.grids} == {"truth", "512", "celeba-128"}
    assert study.audits
    families = {damage.family for damage in PLANS["breaking-point"].degradations}
    assert families == {"blur", "downscale", "noise", "jpeg"}
    levels = [damage.level for damage in PLANS["occlusion"].degradations if damage.family == "square"]
    assert levels == [16, 24, 32, 48, 64]


def test_the_study_of_expressions_is_s0s():
    plan = PLANS["expression-study"]
    assert plan.targets == ("angry", "happy", "sad", "surprised")
    assert {asked.editor for asked in plan.editors} == set(EDITORS.ids)
    # S0 masked its inpainting model alone.
    assert [asked.editor for asked in plan.editors if asked.whole] == ["instruct-pix2pix", "sdxl-refiner"]
    assert [asked.editor for asked in plan.editors if asked.asked_for("sad").told] == ["dreamshaper-inpainting"]
    assert (plan.framing, plan.side, plan.restorers) == ("ffhq", 256, ())
    names = [damage.name for damage in plan.degradations]
    assert names == [
        "original", "noisy", "denoised", "noisy-wrapped", "denoised-wrapped", "noisy-strong", "denoised-strong",
    ]  # fmt: skip
    assert [damage.changes for damage in plan.degradations] == [False] + 6 * [True]
    # A noisy picture and the denoised one have the same noise: the latter was made of the former.
    assert [damage.draws for damage in plan.degradations[1:]] == [
        name for name in ("noisy", "noisy-wrapped", "noisy-strong") for _ in range(2)
    ]


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
    with pytest.raises(InputError, match="lacks degradations and measures and restorers or editors"):
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


EDITING = """
name = "smiles"
degradations = [
    { name = "clean", kind = "unchanged" },
    { recipe = "denoised", family = "1 level", draws = "noise" },
]
editors = ["ridge", { editor = "instruct-pix2pix", steps = 3 }]
targets = ["smiling", "sadness"]
measures = ["ecs"]
framing = "ffhq"
side = 96
"""


@pytest.fixture
def editing_file(tmp_path):
    path = tmp_path / "smiles.toml"
    path.write_text(EDITING, "utf-8")
    return path


def test_a_plan_of_editors_is_read(editing_file):
    plan = read_plan(editing_file)
    assert plan.restorers == ()
    assert plan.editors == (Asked("ridge"), Asked("instruct-pix2pix", {"steps": 3}))
    assert plan.targets == ("happy", "sad")
    assert plan.degradations == (
        Damage("clean", Unchanged()),
        Damage.of("denoised", "1 level", draws="noise"),
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('"ridge"', '"rigde"', 7, "Did you mean ridge"),
        ("steps = 3", "stesp = 3", 7, "no knob called 'stesp'"),
        ("steps = 3", "steps = 0", 7, "expected a whole number"),
        ("steps = 3", "threads = 3", 7, "set by the study"),
        ('"smiling"', '"hapy"', 8, "Did you mean happy"),
        ('"smiling", "sadness"', '"smiling", "happy"', 8, "happy is in the plan twice"),
        ('"instruct-pix2pix", steps = 3', '"ridge"', 7, "ridge is in the plan twice"),
        ('targets = ["smiling", "sadness"]', "", 7, "no targets that they are asked for"),
        ('editors = ["ridge", { editor = "instruct-pix2pix", steps = 3 }]', 'restorers = ["bicubic"]', 8, "no editors"),
        ('"ridge", { editor = "instruct-pix2pix", steps = 3 }', '"ridge"', None, ""),
        ('draws = "noise"', "draws = 3", 5, "expected a text in quotes"),
    ],
)
def test_an_error_about_editors_names_the_line(editing_file, old, new, line, said):
    text = editing_file.read_text("utf-8")
    assert old in text
    editing_file.write_text(text.replace(old, new, 1), "utf-8")
    if line is None:  # an editor that makes only some of the expressions is asked for these
        assert [each.label for each in read_plan(editing_file).contenders][-1] == "ridge: happy"
        return
    with pytest.raises(InputError) as caught:
        read_plan(editing_file)
    assert f"line {line}" in str(caught.value)
    assert said in str(caught.value)


def test_editors_are_asked_for_what_they_were_made_for():
    plan = PLANS["expression-study"].only(editors=["ridge", "instruct-pix2pix"], targets=["happy", "sad"])
    assert [each.label for each in plan.contenders] == [
        "not edited: happy", "not edited: sad", "photograph: happy", "photograph: sad",
        "ridge: happy", "instruct-pix2pix(whole=True): happy", "instruct-pix2pix(whole=True): sad",
    ]  # fmt: skip
    with pytest.raises(InputError, match="No editor of 'expression-study' was made for sad: ridge makes faces happy"):
        PLANS["expression-study"].only(editors=["ridge"], targets=["sad"])
    with pytest.raises(UnknownName, match="Did you mean happy"):
        PLANS["expression-study"].only(targets=["hapy"])


def test_a_real_photograph_stands_beside_undamaged_pictures_alone():
    plan = PLANS["expression-study"].only(editors=["ridge"], targets=["happy"])
    made = [(damage.name, contender.label) for damage, contender, _ in plan.combinations()]
    assert [damage for damage, label in made if label == "photograph: happy"] == ["original"]
    assert sum(label == "not edited: happy" for _, label in made) == 7
    assert sum(label == "ridge: happy" for _, label in made) == 7


def test_what_is_random_in_an_editor_is_done_for_each_seed():
    plan = Plan(
        "p", (Damage.of("original"),), (), ("ecs",), seeds=(3, 4), editors=(Asked("ridge"), Asked("sdxl-refiner")),
        targets=("happy",),
    )  # fmt: skip
    seeds = {}
    for _, contender, seed in plan.combinations():
        seeds.setdefault(contender.label, []).append(seed)
    assert seeds == {
        "not edited: happy": [3], "photograph: happy": [3], "ridge: happy": [3], "sdxl-refiner: happy": [3, 4],
    }  # fmt: skip
    assert Control("not-edited", "happy").label == "not edited: happy"


def test_restorers_and_editors_can_stand_in_one_plan():
    plan = PLANS["smoke"].only(editors=["ridge"], targets=["happy"])
    assert {each.label for each in plan.contenders} >= {"bicubic", "ridge: happy"}
    assert plan.only(editors=[]) == PLANS["smoke"]
    with pytest.raises(InputError, match="no restorers and no editors"):
        plan.only([], editors=[])
