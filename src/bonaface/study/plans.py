"""What a study does: a plan is a value, made in Python, read from TOML (`plan_files`) or taken from `builtin`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from bonaface.api.outcomes import check_knobs
from bonaface.core.errors import InputError, UnknownName
from bonaface.degrade import RECIPES, Degradation, stable_id
from bonaface.degrade.parameters import nearest
from bonaface.faces.crops import CELEBA, CELEBA_HQ, FFHQ, Crop
from bonaface.measure import MEASURES
from bonaface.restore import RESTORERS, Restorer

AS_GIVEN = "as-given"
CROPS: Mapping[str, Crop] = MappingProxyType({"ffhq": FFHQ, "celeba": CELEBA, "celeba-hq": CELEBA_HQ})
"""Framings of faces that are cut out by landmarks, by name."""
SET_BY_STUDY = ("size", "threads", "reduce")
"""Knobs that the study sets itself: results must not depend on the machine, nor sizes on the plan."""


@dataclass(frozen=True, slots=True)
class Damage:
    """One way in which all faces are damaged.

    Attributes:
        name: for tables.
        degradation: what is done.
        family: of a series in which one parameter is raised ("blur"); empty: none.
        level: the parameter in this member of the series, in its own unit; None: none.
        random: whether two seeds give two results.
    """

    name: str
    degradation: Degradation
    family: str = ""
    level: float | None = None
    random: bool = True

    @property
    def id(self) -> str:
        """Of what is done, whatever it is called: see `degrade.stable_id`."""
        return stable_id(self.degradation)

    @classmethod
    def of(cls, recipe: str, family: str = "", level: float | None = None) -> Damage:
        """A named recipe.

        Raises:
            UnknownName: with the nearest names.
        """
        found = RECIPES[recipe]
        return cls(recipe, found.degradation, family, level, found.random)


@dataclass(frozen=True, slots=True)
class Contender:
    """A restorer with its knobs set.

    Attributes:
        restorer: an id of `bonaface.restore.RESTORERS`.
        knobs: of it, by name.

    Raises:
        UnknownName: no such restorer.
        InputError: a knob that it does not have, or that the study sets.
    """

    restorer: str
    knobs: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        card = RESTORERS[self.restorer]
        for name in self.knobs:
            if name in SET_BY_STUDY:
                raise InputError(f"{name!r} of {self.restorer} is set by the study. Leave it out.")
        check_knobs(card, self.knobs)
        object.__setattr__(self, "knobs", dict(sorted(self.knobs.items())))

    @property
    def card(self) -> Restorer:
        """What is known of the restorer."""
        return RESTORERS[self.restorer]

    @property
    def label(self) -> str:
        """For tables.

        >>> Contender("codeformer", {"w": 0.7}).label
        'codeformer(w=0.7)'
        """
        knobs = ",".join(f"{name}={value}" for name, value in self.knobs.items())
        return f"{self.restorer}({knobs})" if knobs else self.restorer


@dataclass(frozen=True, slots=True)
class Grid:
    """The pixels on which output and truth are compared.

    Attributes:
        crop: a name of `CROPS`: the part of the truth that is compared; None: the whole of it.
        side: pixels of the longer side; None: as the truth.
    """

    crop: str | None = None
    side: int | None = None

    @property
    def id(self) -> str:
        """As in plans: "truth", "512", "celeba-128"."""
        return "-".join(str(part) for part in (self.crop, self.side) if part is not None) or "truth"

    @classmethod
    def of(cls, name: str) -> Grid:
        """The grid of that id.

        Raises:
            InputError: none.
        """
        crop, _, side = name.rpartition("-")
        if name == "truth":
            return cls()
        if (not crop or crop in CROPS) and side.isdecimal() and 16 <= int(side) <= 4096:
            return cls(crop or None, int(side))
        raise InputError(
            f"There is no grid called {name!r}; expected truth, the pixels of a side (512), or a crop and a side "
            f"(celeba-128), with crops {', '.join(CROPS)} and 16 to 4096 px."
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """A study.

    Attributes:
        name: of it.
        degradations: what is done to the faces.
        restorers: what undoes it.
        measures: ids of `bonaface.measure.MEASURES`.
        seeds: whole numbers from 0; what is not random is done once, with the first.
        grids: on which outputs are measured; a restorer that delivers less than the grid has no number there.
        framing: how faces are cut out of the pictures that are given: "as-given", or a name of `CROPS`.
        side: pixels of the longer side that pictures are reduced to; None: as they are. Nothing is enlarged.
        audits: audit each output against its truth, too.
        faces: where the faces are, if the plan says so; see `faces.subjects`.
        description: one sentence.

    Raises:
        UnknownName: with the nearest names.
        InputError: nothing to do, twice the same, or a value out of range.
    """

    name: str
    degradations: Sequence[Damage]
    restorers: Sequence[Contender]
    measures: Sequence[str]
    seeds: Sequence[int] = (0,)
    grids: Sequence[Grid] = (Grid(),)
    framing: str = AS_GIVEN
    side: int | None = None
    audits: bool = False
    faces: str = ""
    description: str = ""

    @property
    def id(self) -> str:
        """As on the command line."""
        return self.name

    def __post_init__(self) -> None:
        for what in ("degradations", "restorers", "measures", "seeds", "grids"):
            listed = tuple(getattr(self, what))
            object.__setattr__(self, what, listed)
            if not listed and what != "measures":
                raise InputError(f"The plan {self.name!r} has no {what}; expected one or more. Add some.")
        _once("degradation", (damage.name for damage in self.degradations))
        _once("restorer", (contender.label for contender in self.restorers))
        _once("measure", self.measures)
        _once("seed", map(str, self.seeds))
        _once("grid", (grid.id for grid in self.grids))
        for name in self.measures:
            if MEASURES[name].scope != "case":
                raise InputError(f"{name} measures many pictures at once, and a study measures each. Leave it out.")
        for seed in self.seeds:
            if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
                raise InputError(f"A seed is {seed!r}; expected a whole number from 0.")
        if self.framing != AS_GIVEN and self.framing not in CROPS:
            raise UnknownName(f"There is no framing called {self.framing!r}. {nearest(self.framing, FRAMINGS)}")
        if self.side is not None and not 16 <= self.side <= 8192:
            raise InputError(f"side is {self.side}; expected 16 to 8192 pixels.")
        if self.side is None and self.framing != AS_GIVEN:
            raise InputError(f"The framing {self.framing} needs a side, in pixels. Add it (side = 512).")

    def only(
        self,
        restorers: Sequence[str] | None = None,
        measures: Sequence[str] | None = None,
        *,
        audits: bool | None = None,
    ) -> Plan:
        """The same with these restorers (by id or label) and measures; those that the plan lacks are added.

        Raises:
            UnknownName: there is none of that name.
        """
        plan = self
        if restorers is not None:
            chosen: list[Contender] = []
            for name in dict.fromkeys(restorers):
                there = [each for each in self.restorers if name in (each.label, each.restorer)]
                chosen += there or [Contender(name)]
            plan = replace(plan, restorers=tuple(chosen))
        if measures is not None:
            plan = replace(plan, measures=tuple(dict.fromkeys(measures)))
        return plan if audits is None else replace(plan, audits=audits)

    def combinations(self) -> Iterable[tuple[Damage, Contender, int]]:
        """What is done to each face, in order."""
        for damage in self.degradations:
            for contender in self.restorers:
                random = damage.random or contender.card.random
                for seed in self.seeds if random else self.seeds[:1]:
                    yield damage, contender, seed


FRAMINGS = (AS_GIVEN, *CROPS)


def _once(what: str, names: Iterable[str]) -> None:
    seen = set[str]()
    for name in names:
        if name in seen:
            raise InputError(f"The {what} {name} is in the plan twice; expected each once. Take one out.")
        seen.add(name)
