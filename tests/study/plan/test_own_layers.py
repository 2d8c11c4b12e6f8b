"""Expression layers of one's own in plans: read, told apart by content, refused with the line."""

import pickle
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bonaface.core.errors import GraphMismatch, InputError
from bonaface.edit import EDITORS
from bonaface.io.provenance import sha256_bytes
from bonaface.study.plan.cells import OWN_LAYER, cell_of
from bonaface.study.plan.own_layers import OwnLayer
from bonaface.study.plan.plan_files import read_plan
from bonaface.study.plan.plans import Asked
from made_layers import made_layer

PLAN = """
name = "smiles"
degradations = ["original"]
targets = ["smiling", "sad"]
measures = ["ecs"]
framing = "ffhq"
side = 96

[[editors]]
editor = "ridge"

[[editors]]
editor = "ridge"
weights = "layers/mine.onnx"
label = "my smile"                # "ridge" is the editor

[[editors]]
editor = "ridge"
weights = "layers/sad.onnx"
"""


@pytest.fixture
def plan_file(tmp_path):
    """A plan with two layers beside it."""
    made_layer(tmp_path / "layers" / "mine.onnx", 0.8)
    made_layer(tmp_path / "layers" / "sad.onnx", 0.7, "sad")
    path = tmp_path / "smiles.toml"
    path.write_text(PLAN, "utf-8")
    return path


def changed(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def test_a_plan_names_layers_from_its_own_folder_on(plan_file, monkeypatch, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    bundled, mine, sad = read_plan(plan_file).editors
    assert bundled == Asked("ridge")
    data = (tmp_path / "layers" / "mine.onnx").read_bytes()
    assert mine.layer == OwnLayer(sha256_bytes(data), "happy", 256, "mine.onnx", data)
    assert (mine.label, sad.label) == ("my smile", "ridge(weights=sad.onnx)")
    assert [each.label for each in read_plan(plan_file).contenders if each.model == "ridge"] == [
        "ridge: happy", "my smile: happy", "ridge(weights=sad.onnx): sad",
    ]  # fmt: skip


def test_a_plan_in_python_is_the_same_value(plan_file, tmp_path):
    mine = Asked("ridge", layer=OwnLayer.read(tmp_path / "layers" / "mine.onnx"), name="my smile")
    assert read_plan(plan_file).editors[1] == mine
    assert read_plan(plan_file).only(editors=["my smile"]).editors == (mine,)
    assert len(read_plan(plan_file).only(editors=["ridge"]).editors) == 3


def test_a_layer_of_ones_own_needs_none_of_the_bundled_ones(plan_file, tmp_path):
    mine = read_plan(plan_file).editors[1]
    assert mine.card.weights == ()
    assert mine.card.targets == ("happy",)
    refined = Asked("reggan-compact", layer=mine.layer)
    assert [weights.name for weights in refined.card.weights] == ["reggan-compact.onnx"]


def key_of(plan, asked):
    return cell_of("face", plan, plan.degradations[0], asked.asked_for("happy"), 0)


def test_the_content_of_a_layer_is_in_the_key_and_its_place_is_not(plan_file, tmp_path):
    plan = read_plan(plan_file)
    bundled, mine, _ = plan.editors
    copy = OwnLayer.read(made_layer(tmp_path / "other" / "renamed.onnx", 0.8))
    same = [mine, replace(mine, layer=copy), replace(mine, layer=copy, name=""), replace(mine, name="another label")]
    assert len({key_of(plan, asked).key for asked in same}) == 1
    other = replace(mine, layer=OwnLayer.read(made_layer(tmp_path / "layers" / "mine.onnx", 0.79)))
    refined = Asked("reggan-compact", layer=mine.layer)
    assert len({key_of(plan, asked).key for asked in (bundled, mine, other, refined, Asked("reggan-compact"))}) == 5
    cell = key_of(plan, mine)
    assert cell.weights == {OWN_LAYER: mine.layer.sha256}
    assert cell.engine == "onnxruntime", "a layer is computed, though no weights of the catalog are"
    assert "onnxruntime" in cell.versions
    assert set(key_of(plan, bundled).weights) == {weights.name for weights in EDITORS["ridge"].weights}


def test_a_layer_that_changes_later_changes_no_plan_that_was_read(plan_file, tmp_path):
    mine = read_plan(plan_file).editors[1]
    before = mine.layer.sha256
    made_layer(tmp_path / "layers" / "mine.onnx", 0.5)
    with mine.asked_for("happy").layer.on_disk() as file:
        assert sha256_bytes(file.read_bytes()) == before
    assert not file.exists()


def test_a_plan_is_carried_with_its_layers(plan_file, tmp_path):
    plan = read_plan(plan_file)
    sent = pickle.dumps(plan)
    for path in (tmp_path / "layers").iterdir():
        path.unlink()
    there = pickle.loads(sent)  # noqa: S301 - this test's own
    assert there == plan
    assert [each.label for each in there.contenders] == [each.label for each in plan.contenders]
    assert there.editors[1].layer.content == plan.editors[1].layer.content
    assert len(repr(there)) < 20_000, "no weights in messages"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("layers/mine.onnx", "layers/mien.onnx", 14, "There is no file"),
        ("layers/mine.onnx", "layers", 14, "There is no file"),
        ("layers/sad.onnx", "smiles.toml", 19, "cannot be read as an ONNX graph"),
        ("layers/sad.onnx", "layers/none.onnx", 19, "There is no file"),
        ('weights = "layers/mine.onnx"', "weights = 3", 14, "3 stands where a name is expected"),
        ('"my smile"', '"reggan-compact"', 15, "'reggan-compact' is something else in tables"),
        ('"my smile"', '"photograph"', 15, "something else in tables"),
        ('"my smile"', '"a: b"', 15, "without a colon"),
        ('"my smile"', '"' + "m" * 61 + '"', 15, "up to 60 characters"),
        ('"my smile"', "4", 15, "4 stands where a name is expected"),
        ('label = "my smile"', 'label = "my smile"\nwight = 2', 13, "no knob called 'wight'"),
        ('editor = "ridge"\nweights = "layers/sad.onnx"', 'editor = "sdxl-refiner"\nweights = "layers/sad.onnx"', 19,
         "sdxl-refiner has no expression layer"),
        ('editor = "ridge"\nweights = "layers/sad.onnx"', 'editor = "rigde"\nweights = "layers/sad.onnx"', 18,
         "Did you mean ridge"),
    ],
)  # fmt: skip
def test_an_error_names_the_line_of_the_layer(plan_file, old, new, line, said):
    with pytest.raises(InputError) as caught:
        read_plan(changed(plan_file, old, new))
    assert said in str(caught.value)
    assert f"line {line}:" in str(caught.value)
    assert str(caught.value).count("line ") == 1


def test_layers_that_cannot_serve_are_refused(plan_file, tmp_path):
    made_layer(tmp_path / "layers" / "mine.onnx", target="bored")
    with pytest.raises(InputError, match=r"line 14: .*makes faces 'bored', which a study cannot ask for"):
        read_plan(plan_file)
    made_layer(tmp_path / "layers" / "mine.onnx", side=128)
    with pytest.raises(InputError, match=r"line 1[45]: mine.onnx reads faces of 128 px; ridge reads 256"):
        read_plan(plan_file)
    with pytest.raises(GraphMismatch):
        OwnLayer.read(plan_file)


def test_the_target_that_a_layer_makes_is_what_it_is_asked_for(plan_file):
    plan = read_plan(changed(plan_file, '"smiling", "sad"', '"sad"'))
    assert [each.label for each in plan.contenders if each.model == "ridge"] == ["ridge(weights=sad.onnx): sad"]
    plan_file.write_text(PLAN.replace('"smiling", "sad"', '"angry"'), "utf-8")
    with pytest.raises(InputError, match=r"No editor of 'smiles' was made for angry: .*my smile makes faces happy"):
        read_plan(plan_file)


def test_two_of_one_label_or_of_one_content_are_refused(plan_file, tmp_path):
    made_layer(tmp_path / "more" / "mine.onnx", 0.6)
    changed(plan_file, 'label = "my smile"', "")
    text = plan_file.read_text("utf-8") + '[[editors]]\neditor = "ridge"\nweights = "more/mine.onnx"\n'
    plan_file.write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"Two editors have the label 'ridge\(weights=mine.onnx\)', with other layers"):
        read_plan(plan_file)
    plan_file.write_text(text + 'label = "another"\n', "utf-8")
    assert len(read_plan(plan_file).editors) == 4
    made_layer(tmp_path / "more" / "mine.onnx", 0.8)
    with pytest.raises(InputError, match=r"line 23: The editor 'another' is 'ridge\(weights=mine.onnx\)' once more"):
        read_plan(plan_file)


def test_a_label_is_for_any_editor():
    assert Asked("instruct-pix2pix", {"steps": 3}, "sad", name="three steps").label == "three steps: sad"


def test_the_plan_of_the_documentation_is_one(tmp_path):
    text = (Path(__file__).parents[3] / "docs" / "plans.md").read_text("utf-8")
    found = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    made_layer(tmp_path / "layers" / "ridge-happy.onnx")
    (tmp_path / "plan.toml").write_text(found[1], "utf-8")
    plan = read_plan(tmp_path / "plan.toml")
    assert [asked.label for asked in plan.editors] == [
        "ridge", "ridge on our people", "instruct-pix2pix(whole=True,steps=20)",
    ]  # fmt: skip
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    code = code.replace('Path("layers', f'Path("{tmp_path.as_posix()}/layers').replace("\nAsked(", "\nmade = Asked(")
    held = {}
    exec(code, held)  # noqa: S102 - the documentation's
    assert held["made"] == plan.editors[1]
