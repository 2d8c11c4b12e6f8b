from dataclasses import dataclass

import pytest

from bonaface.core.catalog import Catalog
from bonaface.core.errors import InputError, UnknownName


@dataclass(frozen=True)
class Fruit:
    id: str


FRUITS = Catalog("fruit", [Fruit("apple"), Fruit("pear"), Fruit("pineapple")])


def test_a_table_in_its_own_order():
    assert FRUITS.ids == ("apple", "pear", "pineapple")
    assert [fruit.id for fruit in FRUITS] == list(FRUITS.ids)
    assert len(FRUITS) == 3
    assert FRUITS["pear"].id == "pear"
    assert "pear" in FRUITS
    assert "plum" not in FRUITS


def test_a_typo_is_answered_with_the_nearest_name():
    with pytest.raises(UnknownName) as caught:
        FRUITS["appel"]
    assert str(caught.value).startswith("There is no fruit called 'appel'. Did you mean apple")
    assert isinstance(caught.value, KeyError)
    assert isinstance(caught.value, InputError)


def test_something_else_is_answered_with_all_names():
    with pytest.raises(UnknownName, match="Known: apple, pear, pineapple"):
        FRUITS["zzz"]


def test_two_of_one_name_are_refused():
    with pytest.raises(ValueError, match="same id"):
        Catalog("fruit", [Fruit("fig"), Fruit("fig")])


def test_it_cannot_be_changed():
    with pytest.raises(TypeError):
        FRUITS["plum"] = Fruit("plum")
    with pytest.raises(TypeError):
        del FRUITS["pear"]
