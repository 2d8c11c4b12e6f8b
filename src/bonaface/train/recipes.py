"""The recipes: what can be trained, from what, and how a task is made of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonaface.core.catalog import Catalog, Source
from bonaface.core.errors import InputError

if TYPE_CHECKING:
    from bonaface.train.task import Task

Starts = Mapping[str, Path]
"""Trained networks to start from, by the name of their role."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Something that can be trained.

    Attributes:
        id: as on the command line.
        description: one sentence.
        data: what --data must name.
        source: where it is described.
        sizes: imports the recipe's file; its configurations by name.
        make: (configuration, places, seed, starts) -> task.
        starts: roles of trained networks that it can or must start from, and what they are for.
    """

    id: str
    description: str
    data: str
    source: Source
    sizes: Callable[[], Mapping[str, Any]]
    make: Callable[[Any, Sequence[Path], int, Starts], Task]
    starts: Mapping[str, str] = dataclasses.field(default_factory=dict)


def configured(recipe: Recipe, size: str, changes: Mapping[str, str]) -> Any:
    """A configuration of the recipe, some of its values changed.

    Raises:
        InputError: no such size or value, or a value of another type.
    """
    sizes = recipe.sizes()
    if size not in sizes:
        raise InputError(f"The recipe {recipe.id} has no size {size!r}; it has {', '.join(sizes)}.")
    return changed(recipe.id, sizes[size], changes)


def changed(recipe: str, config: Any, changes: Mapping[str, str]) -> Any:
    """A configuration, some of its values changed.

    Raises:
        InputError: no such value, or one of another type.
    """
    fields = {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}
    values: dict[str, Any] = {}
    for name, text in changes.items():
        if name not in fields:
            raise InputError(f"The recipe {recipe} has no value {name!r}; it has {', '.join(fields)}.")
        values[name] = _value(name, text, fields[name])
    return dataclasses.replace(config, **values)


def _value(name: str, text: str, example: Any) -> Any:
    """Text in the type of `example`: a number, a word, or several of one type with commas between."""
    kind = type(example)
    try:
        if kind is tuple:
            parts = text.split(",")
            if len(parts) != len(example):
                raise ValueError
            return tuple(type(one)(part) for one, part in zip(example, parts, strict=True))
        return kind(text)
    except ValueError as error:
        raise InputError(f"{name}={text} cannot be read; expected something like {example!r}.") from error


def _only(places: Sequence[Path], recipe: str) -> Path:
    if len(places) != 1:
        raise InputError(f"The recipe {recipe} learns from one place; {len(places)} were given with --data.")
    return places[0]


def _attribute_sizes() -> Mapping[str, Any]:
    from bonaface.train.attributes import SIZES

    return SIZES


def _attributes(config: Any, places: Sequence[Path], seed: int, starts: Starts) -> Task:
    from bonaface.train.attributes import AttributeTask

    return AttributeTask(config, places, seed)


def _landmark_sizes() -> Mapping[str, Any]:
    from bonaface.train.landmarks import SIZES

    return SIZES


def _landmarks(config: Any, places: Sequence[Path], seed: int, starts: Starts) -> Task:
    from bonaface.train.landmarks import LandmarkTask

    return LandmarkTask(config, _only(places, "landmarks"), seed)


def _parser_sizes() -> Mapping[str, Any]:
    from bonaface.train.parser import SIZES

    return SIZES


def _parser(config: Any, places: Sequence[Path], seed: int, starts: Starts) -> Task:
    from bonaface.train.parser import ParserTask

    return ParserTask(config, _only(places, "parser"), seed, starts.get("reader"), starts.get("parser"))


def _expression_sizes() -> Mapping[str, Any]:
    from bonaface.train.expression import SIZES

    return SIZES


def _expression(config: Any, places: Sequence[Path], seed: int, starts: Starts) -> Task:
    from bonaface.train.expression import ExpressionTask

    return ExpressionTask(config, _only(places, "expression"), seed, starts.get("reader"))


def _pro_uigan_sizes() -> Mapping[str, Any]:
    from bonaface.train.pro_uigan import SIZES

    return SIZES


def _pro_uigan(config: Any, places: Sequence[Path], seed: int, starts: Starts) -> Task:
    from bonaface.train.pro_uigan import ProUIGANTask

    return ProUIGANTask(config, places, seed, starts.get("landmarks"), starts.get("reader"), starts.get("generator"))


def _reggan_sizes() -> Mapping[str, Any]:
    from bonaface.train.reggan import SIZES

    return SIZES


def _reggan(config: Any, places: Sequence[Path], seed: int, starts: Starts) -> Task:
    from bonaface.train.reggan import RegGANTask

    return RegGANTask(config, places, seed, starts.get("reader"), starts.get("refiner"))


PAPER = Source("Zhang et al. 2021 (Pro-UIGAN)", "https://arxiv.org/abs/2108.00602")
_READER = "reader.safetensors of the recipe attributes"

RECIPES: Catalog[Recipe] = Catalog(
    "training recipe",
    [
        Recipe(
            "attributes",
            "The attribute reader: CelebA's 40 attributes of a face of 128 px.",
            "Parquet files with image.bytes, identity and attr_* columns (celeba_train.parquet)",
            Source("He et al. 2016, in small; labels of Liu et al. 2015", "https://arxiv.org/abs/1411.7766"),
            _attribute_sizes,
            _attributes,
        ),
        Recipe(
            "landmarks",
            "The landmark estimator for occluded thumbnails of 16 px.",
            "a Parquet file with image.bytes, identity and landmarks68 (celeba_train.parquet)",
            PAPER,
            _landmark_sizes,
            _landmarks,
        ),
        Recipe(
            "parser",
            "The face parser: 19 classes at 256 px.",
            "a folder with `images` and `masks` (celebamask)",
            Source("Lee et al. 2020 (CelebAMask-HQ)", "https://arxiv.org/abs/1907.11922"),
            _parser_sizes,
            _parser,
            {"reader": f"optional, for the encoder: {_READER}", "parser": "optional, to train on: parser.safetensors"},
        ),
        Recipe(
            "expression",
            "The expression reader: seven expressions and neutral, grey or colour.",
            "a Parquet file with image.bytes and expression (expressions.parquet)",
            Source("He et al. 2016, in small", "https://arxiv.org/abs/1512.03385"),
            _expression_sizes,
            _expression,
            {"reader": f"optional, for the encoder: {_READER}"},
        ),
        Recipe(
            "pro-uigan",
            "Pro-UIGAN: a face of 128 px from an occluded thumbnail of 16 px.",
            "Parquet files with landmarks68 and identity, or folders of pictures; may be given several times",
            PAPER,
            _pro_uigan_sizes,
            _pro_uigan,
            {
                "landmarks": "for estimated priors: estimator.safetensors of the recipe landmarks",
                "reader": f"for the feature and style losses: {_READER}",
                "generator": "optional, to train on: fidelity.safetensors or full.safetensors",
            },
        ),
        Recipe(
            "reggan",
            "RegGAN's refinement network: sharp faces of 256 px from what expression layers deliver.",
            "folders of aligned faces of 256 px, and one folder with `neutral` and `smiling` in it (london)",
            Source("RegGAN (S4), sections III.D and III.E"),
            _reggan_sizes,
            _reggan,
            {
                "reader": f"for the perceptual loss: {_READER}",
                "refiner": "optional, to train on: expression.safetensors",
            },
        ),
    ],
)
