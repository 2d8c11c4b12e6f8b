"""The cards of the diffusion editors, which need none of their libraries."""

import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from bonaface.core.errors import InputError
from bonaface.core.expressions import EXPRESSIONS
from bonaface.edit import EDITORS

CARDS = [card for card in EDITORS if card.extra == "diffusion"]
cards = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)


def test_the_editors():
    assert [card.id for card in CARDS] == ["instruct-pix2pix", "sdxl-refiner", "dreamshaper-inpainting"]


@cards
def test_cards_say_everything(card):
    assert card.licence
    assert card.source.link
    assert card.training_data
    assert card.targets == EXPRESSIONS.ids
    assert card.random
    assert card.takes_region
    assert card.limits
    assert all(limit.endswith(".") for limit in card.limits)
    assert hash(card) == hash(card)
    snapshot = card.snapshot
    assert snapshot.id == card.id
    assert len(snapshot.revision) == 40
    assert not snapshot.free
    assert all(len(sha256) == 64 and name.endswith(".safetensors") for name, sha256 in snapshot.sha256)
    assert all(snapshot.variant in name for name, _ in snapshot.sha256)


@cards
def test_knobs_are_what_load_takes_and_their_defaults_fit(card):
    taken = inspect.signature(card.load).parameters
    keywords = {
        name: parameter.default for name, parameter in taken.items() if parameter.kind is parameter.KEYWORD_ONLY
    }
    assert {knob.name for knob in card.knobs} == set(keywords)
    assert all(knob.values.fit(keywords[knob.name]) for knob in card.knobs)


@cards
def test_a_missing_extra_is_an_error_that_names_it(card, monkeypatch, tmp_path):
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "diffusers" else find(name))
    with pytest.raises(InputError, match=r"needs .*diffusers.*: pip install 'bonaface\[diffusion\]'"):
        card.load({}, model=str(tmp_path))


def test_cards_import_without_the_libraries():
    code = (
        "import sys; from bonaface.edit import EDITORS; import bonaface.edit.mask; "
        "print(sorted({name.split('.')[0] for name in sys.modules} & "
        "{'torch', 'diffusers', 'transformers', 'accelerate', 'huggingface_hub', 'safetensors'}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parent)
    assert ran.stdout.strip() == "[]", ran.stderr
