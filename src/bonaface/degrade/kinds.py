"""The table of the kinds of degradation, their JSON form and their ids."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from bonaface.core.errors import InputError, UnknownName
from bonaface.degrade.base import Degradation
from bonaface.degrade.blur import AnisotropicBlur, GaussianBlur, MotionBlur
from bonaface.degrade.chain import Chain, OneOf, SameSize, Sometimes
from bonaface.degrade.colour import ColourJitter, ColourShift, Grey
from bonaface.degrade.denoise import NonLocalMeans
from bonaface.degrade.face_occlusion import FaceOcclusion
from bonaface.degrade.jpeg import Jpeg
from bonaface.degrade.noise import GaussianNoise, WrappedNoise
from bonaface.degrade.occlude import GivenMask, IrregularMask, SquareMask
from bonaface.degrade.parameters import Choice, Drawn, Integers, Uniform, nearest
from bonaface.degrade.resize import AreaDownscale, BicubicDownscale, BilinearDownscale, ResizeTo
from bonaface.degrade.unchanged import Unchanged

# To add a degradation, write it in its file and list it here. Where the same record begins to give other pixels, give
# it another kind ("jpeg-2"): the ids of stored results are made from these names.
KINDS: Mapping[str, type[Any]] = MappingProxyType(
    {
        "gaussian-blur": GaussianBlur,
        "anisotropic-blur": AnisotropicBlur,
        "motion-blur": MotionBlur,
        "area-downscale": AreaDownscale,
        "bilinear-downscale": BilinearDownscale,
        "bicubic-downscale": BicubicDownscale,
        "resize-to": ResizeTo,
        "gaussian-noise": GaussianNoise,
        "wrapped-noise": WrappedNoise,
        "non-local-means": NonLocalMeans,
        "jpeg": Jpeg,
        "colour-shift": ColourShift,
        "colour-jitter": ColourJitter,
        "grey": Grey,
        "square-mask": SquareMask,
        "irregular-mask": IrregularMask,
        "given-mask": GivenMask,
        "face-occlusion": FaceOcclusion,
        "chain": Chain,
        "same-size": SameSize,
        "sometimes": Sometimes,
        "one-of": OneOf,
        "unchanged": Unchanged,
    }
)
_NAMES = MappingProxyType({record: name for name, record in KINDS.items()})


def to_json(degradation: Degradation) -> dict[str, Any]:
    """What `json.dumps` takes: "kind", and each parameter by name.

    A drawn parameter is {"uniform": [low, high]}, {"integers": [low, high]} or {"choice": [...]}.

    Raises:
        InputError: not a degradation of the table.

    >>> from bonaface.degrade import Jpeg, Integers
    >>> to_json(Jpeg(Integers(60, 100)))
    {'kind': 'jpeg', 'quality': {'integers': [60, 100]}}
    """
    kind = _NAMES.get(type(degradation))
    if kind is None:
        raise InputError(f"{degradation!r} is not a known degradation. Use one of: {', '.join(KINDS)}.")
    return {"kind": kind} | {f.name: _encoded(getattr(degradation, f.name)) for f in fields(KINDS[kind])}


def from_json(form: Any) -> Degradation:
    """The degradation that `to_json` described.

    Raises:
        UnknownName: no such kind; with the nearest names.
        InputError: not an object, a field that is missing or not known, a parameter out of range, or hundreds of
            degradations inside each other.
    """
    try:
        return _degradation(form)
    except RecursionError:
        raise InputError(
            "the degradations are nested too deeply; expected chains of at most a few levels. Flatten them."
        ) from None


def stable_id(degradation: Degradation) -> str:
    """12 hexadecimal digits: the beginning of the SHA-256 of the JSON form with sorted keys and no spaces.

    Equal degradations have one id, whether a number was given as 5 or as 5.0.

    Raises:
        InputError: not a degradation of the table.
    """
    text = json.dumps(to_json(degradation), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:12]


def _degradation(form: Any) -> Degradation:
    if not isinstance(form, Mapping) or not isinstance(form.get("kind"), str):
        raise InputError(f'a degradation is described by {_shortened(form)}; expected an object with a "kind". Add it.')
    kind = form["kind"]
    if kind not in KINDS:
        raise UnknownName(f"There is no kind of degradation called {kind!r}. {nearest(kind, KINDS)}")
    expected = [field.name for field in fields(KINDS[kind])]
    for name in form:
        if name != "kind" and name not in expected:
            hint = nearest(str(name), expected) if expected else "It has none."
            raise InputError(f"the degradation {kind!r} has no field called {name!r}. {hint}")
    missing = [name for name in expected if name not in form]
    if missing:
        raise InputError(
            f"the degradation {kind!r} lacks {' and '.join(missing)}; expected {', '.join(expected)}. Add it."
        )
    degradation: Degradation = KINDS[kind](**{name: _decoded(form[name], f"{kind}.{name}") for name in expected})
    return degradation


def _encoded(value: Any) -> Any:
    if isinstance(value, Uniform | Integers):
        return {type(value).__name__.lower(): [_encoded(value.low), _encoded(value.high)]}
    if isinstance(value, Choice):
        return {"choice": [_encoded(number) for number in value.values]}
    if isinstance(value, tuple):
        return [_encoded(item) for item in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if value is None or isinstance(value, bool | int | str):
        return value
    return to_json(value)


def _decoded(value: Any, where: str) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_decoded(item, where) for item in value)
    if not isinstance(value, Mapping):
        return value
    if "kind" in value:
        return _degradation(value)
    if len(value) != 1:
        raise InputError(
            f'{where} is {_shortened(value)}; expected a number, or one of "uniform", "integers", "choice".'
        )
    ((name, numbers),) = value.items()
    forms = {record.__name__.lower(): record for record in Drawn}
    if name not in forms:
        raise InputError(f"{where} is drawn by {name!r}, which is not known. {nearest(str(name), forms)}")
    if not isinstance(numbers, list | tuple) or (name != "choice" and len(numbers) != 2):
        raise InputError(
            f"{where} is {_shortened(value)}; expected a list of {'numbers' if name == 'choice' else 'two numbers'}."
        )
    return Choice(tuple(numbers)) if name == "choice" else forms[name](*numbers)


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
