"""Taking a description apart: its eleven sections, however a model wrote them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from bonaface.core.descriptions import LABELS, Description
from bonaface.measure.headings import Heading, Level, read_heading

ENOUGH = 3
"""Sections that make a text a description."""
_THOUGHTS = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"^\s*(?:```|~~~)\w*\s*$", re.MULTILINE)
_INLINE = re.compile(
    r"(?<=[.;:!?)*])[ \t]+(?=[*_]{0,3}(?:1[01]|[1-9])[.)][*_ ]{0,4}"
    r"(?:face|facial|jaw|cheek|fore|eye|brow|nose|lip|mouth|skin|tone|light|hair|ear|express|emotion))",
    re.IGNORECASE,
)
_TAGS = re.compile(r"</?(?:b|strong|i|em|p|h[1-6]|ol|ul|li|div|span)\b[^<>]*>", re.IGNORECASE)
_ROMAN = re.compile(r"^([\s#*_]*)(I|II|III|IV|V|VI|VII|VIII|IX|X|XI)(?=[.):]\s)", re.MULTILINE)
ROMANS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI")
_CLOSING = re.compile(
    r"^[*_\s]*(?:overall|in summary|to summari[sz]e|summary|in conclusion|conclusion|note\b|please note|disclaimer|"
    r"let me know|i hope|would you like|if you (?:need|would|'d)|feel free|this description|these observations)",
    re.IGNORECASE,
)
_RULE = re.compile(r"^\s*(?:[-*_]\s*){3,}$")


def read_sections(text: str) -> Description:
    """Find the eleven sections of a description.

    Headings may be bold, Markdown, numbered or not, wrongly numbered, with or without a colon, on one line, in a
    table or in JSON; the model's thoughts, and text before the first and after the last section are left out. Two
    sections under one heading both get its text.

    Args:
        text: as a model wrote it.

    Returns:
        The sections found; `missing` names the others. A text without any heading has them all missing.
    """
    lines = _lines(text)
    found = [heading for index, line in enumerate(lines) if (heading := read_heading(line, index)) is not None]
    chosen = _choose(found)
    sections: dict[int, str] = {}
    notes: list[str] = []
    for place, heading in enumerate(chosen):
        last = place == len(chosen) - 1
        end = len(lines) if last else chosen[place + 1].line
        body = [heading.body, *lines[heading.line + 1 : end]]
        plain = _plain(_without_closing(body, notes) if last else body)
        if len(heading.sections) > 1:
            notes.append(f"sections {_listed(heading.sections)} were written as one")
        if heading.wrong is not None:
            notes.append(f"{LABELS[heading.sections[0]]} was numbered {heading.wrong}")
        for number in heading.sections:
            if len(plain) > len(sections.get(number, "")):
                sections[number] = plain
    if chosen and chosen[0].level is Level.NUMBER_ONLY:
        notes.append("the sections had numbers and no titles")
    ordered = {number: sections[number] for number in sorted(sections)}
    return Description(ordered, tuple(number for number in LABELS if number not in ordered), tuple(notes))


def _choose(found: Sequence[Heading]) -> list[Heading]:
    """The surest headings, and less sure ones where a section has none and the order of numbers stays."""
    chosen: list[Heading] = []
    for level in (Level.NUMBERED, Level.MARKED, Level.PLAIN, Level.BULLET):
        first = not chosen
        for heading in (each for each in found if each.level is level):
            taken = {number for each in chosen for number in each.sections}
            if level is Level.NUMBERED or (not taken & set(heading.sections) and (first or _fits(heading, chosen))):
                chosen = sorted([*chosen, heading], key=lambda each: each.line)
    if len({number for each in chosen for number in each.sections}) < ENOUGH:
        bare = [each for each in found if each.level in (Level.NUMBER_ONLY, Level.NUMBERED)]
        numbers = [each.sections[0] for each in bare]
        if numbers == sorted(set(numbers)) and len(numbers) > len(LABELS) // 2:
            return bare
    return chosen


def _fits(heading: Heading, chosen: Sequence[Heading]) -> bool:
    before = [each.sections[-1] for each in chosen if each.line < heading.line]
    after = [each.sections[0] for each in chosen if each.line > heading.line]
    return all(n < heading.sections[0] for n in before) and all(n > heading.sections[-1] for n in after)


def _lines(text: str) -> list[str]:
    """The text without thoughts and fences; tables and JSON as lines with titles, each section on its own line."""
    text = text.replace("：", ": ").replace("．", ". ")
    text = _TAGS.sub("", re.sub(r"<br\s*/?>", "\n", text, flags=re.IGNORECASE))
    text = _ROMAN.sub(lambda found: f"{found[1]}{ROMANS.index(found[2]) + 1}", text)
    text = _FENCE.sub("", _THOUGHTS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))).strip()
    held = _json(text)
    if held is not None:
        text = "\n".join(held)
    return [_row(line) for line in _INLINE.sub("\n", text).split("\n")]


def _json(text: str) -> list[str] | None:
    if not text.startswith("{"):
        return None
    try:
        held = json.loads(text)
    except ValueError:
        return None
    while isinstance(held, dict) and len(held) == 1 and isinstance(next(iter(held.values())), dict):
        held = next(iter(held.values()))  # {"description": {...}}
    return [f"{str(key).replace('_', ' ')}: {_flat(value)}" for key, value in held.items()]


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_flat(item)}" for key, item in value.items())
    return "; ".join(map(_flat, value)) if isinstance(value, list) else str(value)


def _row(line: str) -> str:
    """A row of a Markdown table -> "4. Eyes: text"."""
    if not re.match(r"^\s*\|.*\|\s*$", line):
        return line
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    if all(re.fullmatch(r":?-*:?", cell) for cell in cells):
        return ""
    if re.fullmatch(r"[*_]*\d{1,2}[.)]?[*_]*", cells[0]) and len(cells) > 2:
        cells = [f"{re.sub(r'[^0-9]', '', cells[0])}. {cells[1]}", *cells[2:]]
    return f"{cells[0]}: {' '.join(cells[1:])}"


def _without_closing(body: Sequence[str], notes: list[str]) -> list[str]:
    """The last section without the remarks that follow it: after a rule, or a paragraph that sums up."""
    for index, line in enumerate(body):
        opens = index > 0 and not body[index - 1].strip() and _CLOSING.match(line)
        if _RULE.match(line) or (index > 0 and opens):
            if any(each.strip() and not _RULE.match(each) for each in body[index:]):
                notes.append("text after the last section was left out")
            return list(body[:index])
    return list(body)


def _plain(body: Sequence[str]) -> str:
    """Without Markdown: one line, points parted by blanks."""
    kept = [re.sub(r"^\s*(?:[-•*+]\s+|#{1,6}\s+|>\s*)", "", line) for line in body if not _RULE.match(line)]
    return re.sub(r"\s+", " ", re.sub(r"\*+|(?<!\w)_+|_+(?!\w)|`", "", " ".join(kept))).strip()


def _listed(numbers: Sequence[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
