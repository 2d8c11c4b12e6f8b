"""Nouns and adjectives of a text, with what denies them, and what one set of texts has that another lacks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bonaface.measure.lexicon import adjective, noun


class Kind(StrEnum):
    """Parts of speech that are compared."""

    NOUN = "noun"
    ADJECTIVE = "adjective"


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign as written, in lower case; the form that it is listed by; its kind, if it is listed."""

    text: str
    listed: str = ""
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """Nouns and adjectives, each once."""

    nouns: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, list[str]]:
        """JSON form."""
        return {"nouns": list(self.nouns), "adjectives": list(self.adjectives)}


Split = Callable[[str], Sequence[Token]]
"""From a text to its tokens."""
DENIALS = {"no": "no", "not": "not", "without": "no", "lacking": "no", "less": "less", "non": "not", "nor": "no"}
"""Words that deny the next ones, and how that is listed."""
REACH = 4
"""Tokens that a denial reaches; a sign or "but" ends it."""
REACH_OF_LESS = 2
"""Tokens that "less" reaches: "less clearly defined"."""


def by_lexicon(text: str) -> list[Token]:
    """Tokens of a text; known are the words of `measure.lexicon`."""
    return known(re.findall(r"[a-z]+(?:['’-][a-z]+)*|[.,;:()!?]", text.lower()))


def known(forms: Sequence[str]) -> list[Token]:
    """Words and signs as tokens; a compound that is not listed counts as its parts."""
    tokens: list[Token] = []
    for form in forms:
        parts = [form] if adjective(form) or noun(form) else re.split(r"[-’']", form)
        for part in parts:
            if adjective(part):
                tokens.append(Token(part, part, Kind.ADJECTIVE))
            elif name := noun(part):
                tokens.append(Token(part, name, Kind.NOUN))
            else:
                tokens.append(Token(part))
    return tokens


def terms(tokens: Sequence[Token]) -> dict[Kind, set[str]]:
    """The nouns and adjectives among tokens; denied ones as "no pore", "not visible", "less defined"."""
    found: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    denial, left = "", 0
    for token in tokens:
        if token.text in DENIALS:
            denial = DENIALS[token.text]
            left = REACH_OF_LESS if denial == "less" else REACH
            continue
        if token.text == "but" or not re.search(r"\w", token.text):
            left = 0
        if token.kind is not None and token.listed:
            denied = left > 0 and (denial != "less" or token.kind is Kind.ADJECTIVE)
            found[token.kind].add(f"{denial} {token.listed}" if denied else token.listed)
            if denial == "less":
                left = 0  # it is about one word
        left -= 1
    return found


def difference(texts: Sequence[str], others: Sequence[str], split: Split) -> Words:
    """Words in at least half of `texts` and in none of `others`, in alphabetical order.

    >>> difference(["Smooth skin, no pores."], ["Rough skin with pores."], by_lexicon)
    Words(nouns=('no pore',), adjectives=('smooth',))
    """
    here, there = [terms(split(text)) for text in texts], [terms(split(text)) for text in others]
    lists = {}
    for kind in Kind:
        absent = set().union(*(each[kind] for each in there))
        every = set().union(*(each[kind] for each in here)) - absent
        lists[kind] = tuple(sorted(word for word in every if 2 * sum(word in each[kind] for each in here) >= len(here)))
    return Words(lists[Kind.NOUN], lists[Kind.ADJECTIVE])


def frequent(held: Iterable[Iterable[Words]]) -> tuple[tuple[str, int], ...]:
    """Adjectives with the number of pictures that have them, the most frequent first.

    Args:
        held: by picture, the words of its sections; what two sections of a picture have counts once.

    >>> frequent([[Words((), ("smooth",)), Words((), ("smooth", "clear"))], [Words((), ("smooth",))]])
    (('smooth', 2), ('clear', 1))
    """
    counted: Counter[str] = Counter()
    for sections in held:
        counted.update({word for words in sections for word in words.adjectives})
    return tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
