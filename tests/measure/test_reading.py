"""The attribute reader and the expression reader."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

import bonaface
from bonaface.api import wiring
from bonaface.core.errors import InputError
from bonaface.core.regions import Region
from bonaface.io.tables import iter_parquet, parquet_columns
from bonaface.measure import attributes, expression
from bonaface.measure.reading import attribute_errors, expression_errors

READERS = {"attributes": (wiring.attribute_reader, 40), "expression": (wiring.expression_reader, 8)}
WEIGHTS = Path(bonaface.__file__).parent / "weights"


@pytest.fixture(scope="module", params=READERS)
def reader(request):
    opened, outputs = READERS[request.param]
    return opened(), outputs


@pytest.fixture(scope="module")
def crops(astronaut):
    image = astronaut.astype(np.float32) / 255
    return [cv2.resize(image[:s, 96 : 96 + s], (128, 128), interpolation=cv2.INTER_AREA) for s in (200, 230, 260)]


def test_probabilities(reader, crops):
    read, outputs = reader
    found = read(crops)
    assert found.shape == (3, outputs)
    assert found.min() >= 0
    assert found.max() <= 1
    if outputs == 8:
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=5e-4)


def test_a_picture_and_its_mirror_image_read_alike(reader, crops):
    read, _ = reader
    np.testing.assert_allclose(read(crops), read([np.ascontiguousarray(c[:, ::-1]) for c in crops]), atol=1e-4)


def test_a_reading_does_not_depend_on_what_is_read_beside_it(reader, crops):
    read, _ = reader
    np.testing.assert_array_equal(read(crops), np.concatenate([read([crop]) for crop in crops]))


def test_nothing_to_read_reads_nothing(reader):
    read, outputs = reader
    assert read([]).shape == (0, outputs)


@pytest.mark.parametrize("side", [32, 60, 128, 512])
def test_crops_of_any_size(reader, crops, side):
    read, _ = reader
    flags = cv2.INTER_AREA if side < 128 else cv2.INTER_CUBIC
    found = read([np.clip(cv2.resize(crops[1], (side, side), interpolation=flags), 0, 1)])
    assert np.isfinite(found).all()


def test_names_are_those_of_the_data(data):
    columns = parquet_columns(data / "celeba_val.parquet")
    assert [name.removeprefix("attr_") for name in columns if name.startswith("attr_")] == list(attributes.NAMES)
    said = {row["expression"] for row in iter_parquet(data / "expressions.parquet", ["expression"])}
    assert said == set(expression.NAMES)
    assert list(expression.NAMES) == sorted(expression.NAMES)


def test_drifts_are_attributes_and_words_differ():
    assert len(attributes.NAMES) == len(set(attributes.NAMES)) == 40
    names = [drift.name for drift in attributes.DRIFTS]
    assert len(names) == len(set(names))
    assert set(names) < set(attributes.NAMES)
    assert len({drift.words for drift in attributes.DRIFTS}) == len(names)
    assert not {"Attractive", "Male", "Chubby", "Big_Nose", "Narrow_Eyes"} & set(names)
    assert all(drift.region in Region for drift in attributes.DRIFTS)


def test_a_beard_is_the_absence_of_no_beard():
    probabilities = np.full(40, 0.25)
    seen = attributes.drift_probabilities(probabilities)
    assert seen["No_Beard"] == 0.75
    assert seen["Eyeglasses"] == 0.25
    assert set(seen) == {drift.name for drift in attributes.DRIFTS}


def test_the_label_is_the_most_probable():
    assert expression.label(np.array([0.1, 0.1, 0.1, 0.1, 0.3, 0.1, 0.1, 0.1])) == "happiness"
    assert expression.label(np.full(8, 0.125)) == "anger"


def test_error_rates_from_their_file():
    held = {"balanced_accuracy": {"Bald": [0.8, 0.7, 0.9], "Young": None}, "miss_rate": None, "false_rate": {}}
    errors = attribute_errors(held, ("Bald", "Young"))
    assert errors.balanced_accuracy["Bald"].high == 0.9
    assert errors.balanced_accuracy["Young"] is errors.miss_rate["Bald"] is errors.false_rate["Bald"] is None
    scores = errors.balanced_accuracy["Bald"].scores("right")
    assert {name: score.value for name, score in scores.items()} == {"right": 0.8, "right:low": 0.7, "right:high": 0.9}
    found = expression_errors({"balanced_accuracy": [0.6, 0.5, 0.7], "recall": {"fear": [0.3, 0.1, 0.5]}}, ("fear",))
    assert (found.balanced_accuracy.value, found.recall["fear"].low) == (0.6, 0.1)


@pytest.mark.parametrize("wrong", [0.8, [0.8, 0.7], [0.7, 0.8, 0.9], [0.8, 0.7, 1.2], ["a", "b", "c"], {"value": 1}])
def test_error_rates_of_another_form_are_refused(wrong):
    with pytest.raises(InputError, match=r"miss_rate of Bald .* expected \[value, low, high\]"):
        attribute_errors({"miss_rate": {"Bald": wrong}}, ("Bald",))
    with pytest.raises(InputError, match="expected a table by name"):
        attribute_errors({"miss_rate": [0.1]}, ("Bald",))


def test_the_files_beside_the_weights_are_of_that_form():
    errors = attribute_errors(json.loads((WEIGHTS / "attributes.json").read_text("utf-8")), attributes.NAMES)
    expression_errors(json.loads((WEIGHTS / "expression.json").read_text("utf-8")), expression.NAMES)
    for name in attributes.NAMES:
        missed, false, right = (
            rates[name] for rates in (errors.miss_rate, errors.false_rate, errors.balanced_accuracy)
        )
        if missed is not None and false is not None and right is not None:
            assert right.value == pytest.approx(1 - (missed.value + false.value) / 2, abs=0.02), name


def test_attributes_of_people_that_the_reader_never_saw(data, read):
    """Mean balanced accuracy on celeba_val; attributes that no picture, or every one, has are left out."""
    names = [f"attr_{name}" for name in attributes.NAMES]
    rows = list(iter_parquet(data / "celeba_val.parquet", ["image.bytes", *names]))
    pictures = [cv2.imdecode(np.frombuffer(row["image.bytes"], np.uint8), cv2.IMREAD_COLOR_RGB) for row in rows]
    true = np.array([[row[name] for name in names] for row in rows], bool)
    reader = wiring.attribute_reader()
    said = np.concatenate(
        [reader([p.astype(np.float32) / 255 for p in pictures[i : i + 32]]) for i in range(0, len(rows), 32)]
    )
    right = said >= 0.5
    counted = true.any(0) & (~true).any(0)
    present = (right & true).sum(0)[counted] / true.sum(0)[counted]
    absent = (~right & ~true).sum(0)[counted] / (~true).sum(0)[counted]
    assert np.mean((present + absent) / 2) >= 0.80


def test_smiles_of_the_london_set(data):
    """Neither reader saw these people. Their smiles are slight: half of them stay below the threshold of "Smiling"."""
    neutral, smiling = (sorted((data / "london" / kind).iterdir())[::8] for kind in ("neutral", "smiling"))
    seen = [[bonaface.read_attributes(file).probabilities["Smiling"] for file in kind] for kind in (neutral, smiling)]
    calm, glad = np.array(seen)
    assert len(calm) == len(glad) == 10
    assert (glad > calm).mean() >= 0.9
    assert (calm < 0.5).mean() >= 0.9
    assert glad.mean() > calm.mean() + 0.25
    read = [[bonaface.read_expression(file).probabilities["happiness"] for file in kind] for kind in (neutral, smiling)]
    assert (np.array(read[1]) > np.array(read[0])).mean() >= 0.8
