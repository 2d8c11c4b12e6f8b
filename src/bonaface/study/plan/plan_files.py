"""Plans as TOML files, read into the same records; errors name the line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar

from bonaface.core.errors import BonafaceError, InputError, UnknownName
from bonaface.core.expressions import expression_named
from bonaface.degrade import KINDS, from_json
from bonaface.degrade.parameters import nearest
from bonaface.measure import MEASURES
from bonaface.study.plan.own_layers import OwnLayer
from bonaface.study.plan.plans import Asked, Contender, Damage, Grid, Plan

KEYS = tuple(field.name for field in fields(Plan))
NEEDED = ("degradations", "measures")
EITHER = ("restorers", "editors")
"""One of these is needed, too."""
Read = TypeVar("Read")


def read_plan(path: Path) -> Plan:
    """A plan from a file.

    Args:
        path: TOML with the fields of `Plan`. A degradation is the name of a recipe, or a table with a name, a "kind"
            and its parameters as in `degrade.to_json`, and, if it is one of a series, "family" and "level", and "draws"
            if it shares its random numbers; a restorer is its id, or a table with "restorer" and knobs, an editor
            likewise, with "weights", a layer that `bonaface train ridge` wrote, from the plan's folder on, "label" for
            tables, and "whole"; a target is an expression, by any of its names; a grid is its id.

    Raises:
        InputError: it cannot be read, or says something that means nothing; with the line.
    """
    try:
        text = path.read_text("utf-8")
        held = tomllib.loads(text)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); expected a plan. Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no TOML file: {error}. Correct that line.") from error
    return _Reader(path, text).plan(held)


class _PartError(InputError):
    """What is wrong with a part of an item, and how that part reads in the file."""

    def __init__(self, why: str, part: str) -> None:
        super().__init__(why)
        self.part = part


class _Reader:
    """Finds the lines that errors speak of: TOML's own parser does not tell them."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.lines = path, text.splitlines()

    def plan(self, held: Mapping[str, Any]) -> Plan:
        for key in held:
            if key not in KEYS:
                raise self.error(key, None, f"there is no field called {key!r}. {nearest(key, KEYS)}")
        missing = [key for key in NEEDED if key not in held]
        if not any(key in held for key in EITHER):
            missing.append(" or ".join(EITHER))
        if missing:
            expected = f"{', '.join(NEEDED)}, and {' or '.join(EITHER)}"
            raise InputError(f"{self.path} lacks {' and '.join(missing)}; expected {expected}. Add it.")
        given: dict[str, Any] = {"name": self.path.stem, **held}
        for key, kind in (("name", str), ("framing", str), ("faces", str), ("description", str), ("audits", bool)):
            if key in given and not isinstance(given[key], kind):
                raise self.error(key, None, f"{key} is {given[key]!r}; expected {_WORDS[kind]}")
        if "side" in given and (isinstance(given["side"], bool) or not isinstance(given["side"], int)):
            raise self.error("side", None, f"side is {given['side']!r}; expected a whole number of pixels")
        given["degradations"] = self.each(given, "degradations", _damage)
        given["restorers"] = self.each({"restorers": [], **given}, "restorers", _contender)
        if "editors" in given:
            given["editors"] = self.each(given, "editors", self.asked)
        if "targets" in given:
            given["targets"] = self.each(given, "targets", lambda word: expression_named(_text(word)).id)
        given["measures"] = self.each(given, "measures", lambda name: MEASURES[_text(name)].id)
        if "grids" in given:
            given["grids"] = self.each(given, "grids", lambda name: Grid.of(str(name)))
        if "seeds" in given and not isinstance(given["seeds"], list):
            raise self.error("seeds", None, f"seeds is {given['seeds']!r}; expected a list of whole numbers")
        if given.get("faces"):  # meant from the plan's folder on, as the file may be called from anywhere
            given["faces"] = str(self.path.parent / given["faces"])
        try:
            return Plan(**given)
        except BonafaceError as error:
            named = re.search(r"'([^']+)'|(\b[\w.-]+\b) is in the plan twice", str(error))
            item = next(filter(None, named.groups()), None) if named else None
            key = next((key for key in given if re.search(rf"\b{key.rstrip('s')}", str(error))), "name")
            raise self.error(key, item, str(error), last=True) from error

    def each(self, given: Mapping[str, Any], key: str, read: Callable[[Any], Read]) -> tuple[Read, ...]:
        if not isinstance(given[key], list):
            raise self.error(key, None, f"{key} is {given[key]!r}; expected a list")
        out = []
        for number, item in enumerate(given[key]):
            try:
                out.append(read(item))
            except BonafaceError as error:
                part = error.part if isinstance(error, _PartError) else _named(item)
                raise self.error(key, part, str(error), number=number) from error
        return tuple(out)

    def asked(self, item: Any) -> Asked:
        if not isinstance(item, Mapping):
            return Asked(_text(item))
        form = dict(item)
        weights, label, whole = form.pop("weights", None), form.pop("label", None), form.pop("whole", False)
        if not isinstance(whole, bool):
            raise InputError(f"whole is {whole!r}; expected true or false")
        asked = Asked(*_with_knobs(form, "editor"), whole=whole)
        if weights is not None:
            asked = self.part(weights, lambda file: replace(asked, layer=self.layer(file)))
        if label is not None:
            asked = self.part(label, lambda name: replace(asked, name=name))
        return asked

    def part(self, value: Any, read: Callable[[str], Asked]) -> Asked:
        try:
            return read(_text(value))
        except BonafaceError as error:
            raise _PartError(str(error), str(value)) from error

    def layer(self, file: str) -> OwnLayer:
        return OwnLayer.read(self.path.parent / Path(file).expanduser())

    def error(
        self, key: str, item: str | None, why: str, *, last: bool = False, number: int | None = None
    ) -> InputError:
        """`why`, with the line of the field, or of the item in it; `number`: which one, where each is a table."""
        found = _line_of(self.lines, rf"^\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=\].]", 0)
        tables = [i for i, line in enumerate(self.lines) if re.match(rf"\s*\[\[\s*[\"']?{re.escape(key)}\b", line)]
        if number is not None and number < len(tables):
            found = tables[number]
        if item is not None and found is not None:
            places = [i for i in range(found, len(self.lines)) if re.search(_quoted(item), _bare(self.lines[i]))]
            found = (places[-1] if last else places[0]) if places else found
        where = f"{self.path}, line {found + 1}" if found is not None else str(self.path)
        return InputError(f"{where}: {why}" if why.endswith((".", "?")) else f"{where}: {why}.")


_WORDS = {str: "a text in quotes", bool: "true or false"}


def _line_of(lines: Sequence[str], pattern: str, start: int) -> int | None:
    return next((i for i in range(start, len(lines)) if re.search(pattern, lines[i])), None)


def _bare(line: str) -> str:
    """Without a comment; a # inside quotes is none."""
    return re.sub(r"^((?:[^#\"']|\"[^\"]*\"|'[^']*')*)#.*$", r"\1", line)


def _quoted(item: str) -> str:
    return rf"[\"']{re.escape(item)}[\"']|(?<![\w.-]){re.escape(item)}(?![\w.-])"


def _named(item: Any) -> str | None:
    if isinstance(item, Mapping):
        return next((str(item[key]) for key in ("name", "restorer", "editor", "kind", "recipe") if key in item), None)
    return str(item)


def _text(item: Any) -> str:
    if not isinstance(item, str):
        raise InputError(f"{item!r} stands where a name is expected. Write it in quotes")
    return item


def _damage(item: Any) -> Damage:
    if not isinstance(item, Mapping):
        return Damage.of(_text(item))
    form = dict(item)
    family, level, draws = form.pop("family", ""), form.pop("level", None), form.pop("draws", "")
    if not isinstance(family, str) or isinstance(level, bool) or not isinstance(level, int | float | None):
        raise InputError(f"family is {family!r} and level {level!r}; expected a text and a number")
    if not isinstance(draws, str):
        raise InputError(f"draws is {draws!r}; expected a text in quotes")
    if "recipe" in form:
        return Damage.of(_text(form["recipe"]), family, level, draws)
    name = form.pop("name", None)
    if not isinstance(name, str):
        raise InputError(f"the degradation {item!r} has no name; expected one, for the tables. Add it")
    return Damage(name, from_json(_completed(form)), family, None if level is None else float(level), draws=draws)


def _completed(form: Any) -> Any:
    """With None where a parameter may be left out: TOML has no word for it."""
    if isinstance(form, list):
        return [_completed(each) for each in form]
    if not isinstance(form, Mapping):
        return form
    record = KINDS.get(str(form.get("kind")))
    optional = {field.name: None for field in fields(record) if field.default is None} if record else {}
    return optional | {key: _completed(value) for key, value in form.items()}


def _contender(item: Any) -> Contender:
    return Contender(*_with_knobs(item, "restorer"))


def _with_knobs(item: Any, what: str) -> tuple[str, Mapping[str, Any]]:
    """Id and knobs."""
    if not isinstance(item, Mapping):
        return _text(item), {}
    knobs = dict(item)
    name = knobs.pop(what, None)
    if not isinstance(name, str):
        raise UnknownName(f'the {what} {item!r} has no id; expected {what} = "..." and knobs. Add it')
    return name, knobs
