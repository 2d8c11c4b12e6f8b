"""Which lines of a description are headings, and of which sections."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

KEYS = {
    "jaw": 2, "jawline": 2, "cheekbone": 2, "cheekbones": 2, "cheek": 2, "cheeks": 2, "chin": 2,
    "forehead": 3,
    "eye": 4, "eyes": 4, "eyebrow": 4, "eyebrows": 4, "brow": 4, "brows": 4, "eyelids": 4,
    "nose": 5,
    "lip": 6, "lips": 6, "mouth": 6, "teeth": 6,
    "skin": 7, "wrinkles": 7, "wrinkle": 7, "complexion": 7,
    "tone": 8, "lighting": 8,
    "hairline": 9, "hair": 9, "beard": 9,
    "ear": 10, "ears": 10,
    "expression": 11, "emotion": 11,
}  # fmt: skip
"""Words of a heading that say which section it opens."""
_FILLERS = (
    "and the of on in face facial overall features feature area structure symmetry balance shape details texture line "
    "lines emotional tension description general visible visibility section part appearance contour region"
)
FILLERS = frozenset(_FILLERS.split())
"""Words that a heading may have besides."""
_NUMBER = r"(?:1[01]|[1-9])"
_LEAD = re.compile(
    rf"^(?P<bullet>\s*[-•*+]\s+)?(?P<hash>\s*#{{1,6}}\s*)?(?P<mark>[*_]{{1,3}}\s*)?(?:(?:section|part)\s+)?"
    rf"(?:(?P<numbers>{_NUMBER}(?:\s*(?:-|–|—|&|and|,|/|\+)\s*{_NUMBER})*)\s*(?:[.):\]]|[-–—](?=\s)|(?=[*_]))\s*)?"
    rf"(?P<inner>[*_]{{1,3}})?(?P<rest>.*)$",
    re.IGNORECASE,
)
_END = re.compile(
    r"^(?P<head>[^:]{1,60}?)(?P<close>[*_]{0,3}\s*:\s*[*_]{0,3}|\s+[-–—]\s+|[*_]{1,3}\s*|\s*$)(?P<body>.*)$"
)


class Level(IntEnum):
    """How surely a line is a heading; the surest first."""

    NUMBERED = 0
    """ "4. Eyes & Brows: ..." """
    MARKED = 1
    """ "**Eyes & Brows**", "## Eyes" """
    PLAIN = 2
    """ "Eyes & Brows: ..." """
    BULLET = 3
    """ "- Eyes: ...", which may as well be a point inside a section """
    NUMBER_ONLY = 4
    """ "4. They are large and ..." """


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that may open a section.

    Attributes:
        line: its index.
        sections: which ones, in ascending order.
        level: how surely.
        body: what follows on the same line.
        wrong: the number that was written, where it is not the title's.
    """

    line: int
    sections: tuple[int, ...]
    level: Level
    body: str
    wrong: int | None = None


def read_heading(line: str, index: int) -> Heading | None:
    """The heading in a line of text, if it may be one."""
    lead = _LEAD.match(line)
    if lead is None or not line.strip():
        return None
    numbers = tuple(sorted({int(n) for n in re.findall(_NUMBER, lead["numbers"] or "")}))
    rest = lead["rest"].strip()
    marked = bool(lead["hash"] or lead["mark"] or lead["inner"])
    found, body, alone = _titled(rest, dashes=bool(numbers) or marked)
    if not found:
        plain = re.sub(r"^[*_]+|[*_]+$", "", rest)
        only = len(numbers) == 1 and plain and not lead["bullet"]
        return Heading(index, numbers, Level.NUMBER_ONLY, plain) if only else None
    if numbers:
        if not set(numbers) & set(found):  # the title says more than the number
            return Heading(index, found, Level.NUMBERED, body, wrong=numbers[0])
        sections = tuple(sorted({*numbers, *found})) if len(numbers) > 1 or len(found) > 1 else numbers
        return Heading(index, sections, Level.NUMBERED, body)
    if lead["bullet"]:
        return Heading(index, found, Level.MARKED if marked and alone else Level.BULLET, body)
    if marked:
        return Heading(index, found, Level.MARKED, body)
    return Heading(index, found, Level.PLAIN, body)


def _titled(rest: str, *, dashes: bool) -> tuple[tuple[int, ...], str, bool]:
    """Sections that the line's title names (none: it is no title), the text after it, whether there is none."""
    end = _END.match(rest)
    if end is None:
        return (), "", False
    close, body = end["close"], re.sub(r"^\s*(?:[-–—:]\s+)*", "", end["body"]).strip()
    if body and not re.search(r":|\s[-–—]\s", close) and not (dashes and close.strip()):
        return (), "", False
    if not body and ":" not in close and not dashes and len(re.findall(r"\w+", end["head"])) > 5:
        return (), "", False  # a short sentence, not a title
    return sections_of(end["head"]), body, not body


def sections_of(title: str) -> tuple[int, ...]:
    """The sections that a title names; empty where it holds any other word.

    >>> sections_of("Lips & Mouth"), sections_of("Nose, Lips and Mouth"), sections_of("Bridge of the nose")
    ((6,), (5, 6), ())
    """
    text = re.sub(r"\([^)]*\)|[*_`#]", " ", title).lower()
    text = re.sub(r"skin\s+tone", "tone", text)
    text = re.sub(r"hair\s+on\s+(?:the\s+)?face|facial\s+hair", "hair", text)
    words = re.findall(r"[a-z]+", text)
    if not 0 < len(words) <= 7 or any(word not in KEYS and word not in FILLERS for word in words):
        return ()
    found = {KEYS[word] for word in words if word in KEYS}
    if {10, 11} <= found and len(found) == 2:
        return (10,)  # the template's own title of its section on ears
    if not found and {"face", "facial"} & set(words) and {"shape", "structure", "symmetry", "contour"} & set(words):
        return (1,)
    if {"face", "facial"} & set(words) and "shape" in words:
        found.add(1)
    return tuple(sorted(found))
