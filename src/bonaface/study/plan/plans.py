"""What a study does: a plan is a value, made in Python, read from TOML (`plan_files`) or taken from `builtin`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from bonaface.core.errors import InputError, UnknownName
from bonaface.core.expressions import EXPRESSIONS, expression_named
from bonaface.degrade import RECIPES, Degradation, Unchanged, stable_id
from bonaface.degrade.parameters import nearest
from bonaface.faces.crops import CELEBA, CELEBA_HQ, FFHQ, Crop
from bonaface.measure import MEASURES
from bonaface.study.plan.contenders import PHOTOGRAPH, UNEDITED, Asked, Contender, Control, Entry

__all__ = [
    "AS_GIVEN",
    "CROPS",
    "FRAMINGS",
    "NEUTRAL",
    "Asked",
    "Contender",
    "Control",
    "Damage",
    "Entry",
    "Grid",
    "Plan",
]

AS_GIVEN = "as-given"
CROPS: Mapping[str, Crop] = MappingProxyType({"ffhq": FFHQ, "celeba": CELEBA, "celeba-hq": CELEBA_HQ})
"""Framings of faces that are cut out by landmarks, by name."""
NEUTRAL = "neutral"
"""The expression that faces have before they are edited."""
Either = TypeVar("Either", Contender, Asked)


@dataclass(frozen=True, slots=True)
class Damage:
    """One way in which all faces are damaged.

    Attributes:
        name: for tables.
        degradation: what is done.
        family: of a series in which one parameter is raised ("blur"); empty: none.
        level: the parameter in this member of the series, in its own unit; None: none.
        random: whether two seeds give two results.
        draws: a name under which random numbers are drawn: damages of one name draw the same ones, as the noise of a
            noisy picture and of the same picture denoised; empty: its own ones.
    """

    name: str
    degradation: Degradation
    family: str = ""
    level: float | None = None
    random: bool = True
    draws: str = ""

    @property
    def id(self) -> str:
        """Of what is done, whatever it is called: see `degrade.stable_id`."""
        made = stable_id(self.degradation)
        return f"{made}~{self.draws}" if self.draws else made

    @property
    def changes(self) -> bool:
        """Whether anything is done to the picture."""
        return not isinstance(self.degradation, Unchanged)

    @classmethod
    def of(cls, recipe: str, family: str = "", level: float | None = None, draws: str = "") -> Damage:
        """A named recipe.

        Raises:
            UnknownName: with the nearest names.
        """
        found = RECIPES[recipe]
        return cls(recipe, found.degradation, family, level, found.random, draws)


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
        restorers: what undoes it; none where there are editors.
        measures: ids of `bonaface.measure.MEASURES`.
        seeds: whole numbers from 0; what is not random is done once, with the first.
        grids: on which outputs are measured; a restorer that delivers less than the grid has no number there.
        framing: how faces are cut out of the pictures that are given: "as-given", or a name of `CROPS`.
        side: pixels of the longer side that pictures are reduced to; None: as they are. Nothing is enlarged.
        audits: audit each output against its truth, too.
        faces: where the faces are, if the plan says so; see `faces.subjects`.
        description: one sentence.
        editors: what gives faces, which are taken for neutral ones, another expression.
        targets: expressions that each editor is asked for, as far as it was made for them; ids of
            `core.expressions.EXPRESSIONS`.

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
    editors: Sequence[Asked] = ()
    targets: Sequence[str] = ()

    @property
    def id(self) -> str:
        """As on the command line."""
        return self.name

    def __post_init__(self) -> None:
        for what in ("degradations", "restorers", "measures", "seeds", "grids", "editors", "targets"):
            listed = tuple(getattr(self, what))
            object.__setattr__(self, what, listed)
            if not listed and what in ("degradations", "seeds", "grids"):
                raise InputError(f"The plan {self.name!r} has no {what}; expected one or more. Add some.")
        if not self.restorers and not self.editors:
            raise InputError(f"The plan {self.name!r} has no restorers and no editors; expected one or more. Add some.")
        self._check_editors()
        self._check_layers()
        _once("degradation", (damage.name for damage in self.degradations))
        _once("restorer", (contender.label for contender in self.restorers))
        _once("measure", self.measures)
        _once("seed", map(str, self.seeds))
        _once("grid", (grid.id for grid in self.grids))
        _once("editor", (asked.label for asked in self.editors))
        _once("target", self.targets)
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

    def _check_editors(self) -> None:
        object.__setattr__(self, "targets", tuple(expression_named(word).id for word in self.targets))
        if self.editors and not self.targets:
            raise InputError(
                f"The plan {self.name!r} has editors, and no targets that they are asked for; expected one or more of "
                f"{', '.join(EXPRESSIONS.ids)}. Add them (targets)."
            )
        if self.targets and not self.editors:
            raise InputError(
                f"The plan {self.name!r} has targets, and no editors that could be asked for them. Add some (editors)."
            )
        if named := [asked.label for asked in self.editors if asked.target]:
            raise InputError(f"{named[0]} names its expression; expected an editor alone: the plan's targets say what.")
        if self.editors and not any(asked.makes for asked in self._questions):
            able = "; ".join(f"{each.label} makes faces {', '.join(each.card.targets)}" for each in self.editors)
            raise InputError(f"No editor of {self.name!r} was made for {' or '.join(self.targets)}: {able}.")

    def _check_layers(self) -> None:
        """Two editors that differ by their layers need names that differ, and two that differ by name are one."""
        for i, second in enumerate(self.editors):
            for first in self.editors[:i]:
                if first.label == second.label and first.layer != second.layer:
                    raise InputError(
                        f"Two editors have the label {second.label!r}, with other layers; expected one for each. Give "
                        'each its own (label = "...").'
                    )
                if first.label != second.label and replace(first, name="") == replace(second, name=""):
                    raise InputError(
                        f"The editor {second.label!r} is {first.label!r} once more, layer and knobs included; expected "
                        "each once. Take one out."
                    )

    @property
    def _questions(self) -> tuple[Asked, ...]:
        """Each editor with each target, also where it was not made for it."""
        return tuple(asked.asked_for(target) for asked in self.editors for target in self.targets)

    @property
    def contenders(self) -> tuple[Entry, ...]:
        """Restorers, and editors with each expression that they were made for, behind what they stand beside."""
        asked = [each for each in self._questions if each.makes]
        targets = [target for target in self.targets if any(each.target == target for each in asked)]
        controls = [Control(model, target) for model in (UNEDITED, PHOTOGRAPH) for target in targets]
        return (*self.restorers, *controls, *asked)

    def only(
        self,
        restorers: Sequence[str] | None = None,
        measures: Sequence[str] | None = None,
        *,
        audits: bool | None = None,
        editors: Sequence[str] | None = None,
        targets: Sequence[str] | None = None,
    ) -> Plan:
        """The same with these restorers and editors (by id or label), measures and targets.

        Those that the plan lacks are added. A plan of one kind of contender that is told the other kind has both.

        Raises:
            UnknownName: there is none of that name.
            InputError: editors without targets, or the other way round.
        """
        changes: dict[str, object] = {}
        if restorers is not None:
            changes["restorers"] = _chosen(restorers, self.restorers, Contender)
        if editors is not None:
            changes["editors"] = _chosen(editors, self.editors, Asked)
            if not editors:
                changes["targets"] = ()
        if targets is not None:
            changes["targets"] = tuple(dict.fromkeys(expression_named(word).id for word in targets))
        if measures is not None:
            changes["measures"] = tuple(dict.fromkeys(measures))
        if audits is not None:
            changes["audits"] = audits
        # Together: a plan with editors and no targets yet is none.
        return replace(self, **changes) if changes else self  # type: ignore[arg-type]

    def combinations(self) -> Iterable[tuple[Damage, Entry, int]]:
        """What is done to each face, in order; to a real photograph, nothing."""
        contenders = self.contenders
        for damage in self.degradations:
            for contender in contenders:
                if contender.model == PHOTOGRAPH and damage.changes:
                    continue
                random = damage.random or contender.card.random
                for seed in self.seeds if random else self.seeds[:1]:
                    yield damage, contender, seed


FRAMINGS = (AS_GIVEN, *CROPS)


def _chosen(names: Sequence[str], there: Sequence[Either], make: Callable[[str], Either]) -> tuple[Either, ...]:
    """Those of `there` that have a name, by id or label; a new one where there is none."""
    out: list[Either] = []
    for name in dict.fromkeys(names):
        out += [each for each in there if name in (each.label, each.model)] or [make(name)]
    return tuple(out)


def _once(what: str, names: Iterable[str]) -> None:
    seen = set[str]()
    for name in names:
        if name in seen:
            raise InputError(f"The {what} {name} is in the plan twice; expected each once. Take one out.")
        seen.add(name)
