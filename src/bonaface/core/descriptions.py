"""What is asked of a describer, what it answers, and the eleven sections of a description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from bonaface.core.errors import BonafaceError, InputError

TITLES: Mapping[int, str] = MappingProxyType(
    {
        1: "Face Shape",
        2: "Jaw & Cheekbones",
        3: "Forehead",
        4: "Eyes & Brows",
        5: "Nose",
        6: "Lips & Mouth",
        7: "Skin & Wrinkles",
        8: "Tone & Lighting",
        9: "Hairline & Hair on Face",
        10: "Ears & Expression",
        11: "Expression",
    }
)
"""The template's headings, as its source prints them: number 10 asks for the ears alone."""
LABELS: Mapping[int, str] = MappingProxyType({**TITLES, 10: "Ears"})
"""What each section is about, for readers."""


class AnswerFailed(BonafaceError):  # noqa: N818 - says what happened
    """One description was not given; another try, or another picture, may succeed."""


class DescriberRefused(InputError):  # noqa: N818 - says what happened
    """No description will be given at all: wrong key, unknown model, nobody there."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture as a describer gets it.

    Attributes:
        data: a PNG without metadata.
        sha256: of `data`.
        name: of the picture, for messages; it is not sent.
        source: SHA-256 of the file that it was read from.
        size: width and height in pixels.
    """

    data: bytes
    sha256: str
    name: str
    source: str
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a describer wrote.

    Attributes:
        text: as it came.
        version: the model as the server names it, with its build where it says so; empty where it does not.
        tokens_in: of the question, the picture included; None where the server does not say.
        tokens_out: of the answer, with what the model thought before it.
        cut: why the answer breaks off before its end; empty where it is whole.
    """

    text: str
    version: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    cut: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON form; `Answer(**held)` is the way back."""
        return {name: getattr(self, name) for name in ("version", "tokens_in", "tokens_out", "cut", "text")}


@dataclass(frozen=True, slots=True)
class Settings:
    """How a describer is asked; the same settings and picture may be answered from the cache.

    Attributes:
        describer: its id.
        model: as the user names it.
        endpoint: the base address; empty where nothing leaves this machine.
        temperature: 0 is the most repeatable, 1 what services do by themselves.
        template: SHA-256 of the question.
    """

    describer: str
    model: str
    endpoint: str
    temperature: float
    template: str

    def as_dict(self) -> dict[str, str | float]:
        """JSON form."""
        return {
            "describer": self.describer,
            "model": self.model,
            "endpoint": self.endpoint,
            "temperature": self.temperature,
            "template_sha256": self.template,
        }


class Describer(Protocol):
    """Something that describes faces in words."""

    @property
    def settings(self) -> Settings:
        """How it is asked."""

    @property
    def cached(self) -> bool:
        """Whether its answers are worth keeping."""

    def repeats(self, picture: Sent) -> int:
        """How often a picture is described where nobody says how often."""

    def describe(self, picture: Sent, repeat: int) -> Answer:
        """Describe a picture by the template; `repeat` counts from 1.

        Raises:
            AnswerFailed: not this time.
            DescriberRefused: never.
        """


@dataclass(frozen=True, slots=True)
class Description:
    """An answer taken apart.

    Attributes:
        sections: what was written under each number, as plain text.
        missing: numbers without text.
        notes: what the parser had to decide ("sections 5 and 6 were written as one").
    """

    sections: Mapping[int, str]
    missing: tuple[int, ...] = ()
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Given:
    """One try to have a picture described.

    Attributes:
        repeat: from 1.
        answer: what came; None where nothing did.
        description: the answer taken apart; None where it is no description.
        why: why there is no description; empty where there is one.
        fresh: the describer was asked, and the answer not found in a cache.
    """

    repeat: int
    answer: Answer | None = None
    description: Description | None = None
    why: str = ""
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs, for a million tokens.

    Attributes:
        put_in: of what is sent.
        out: of what it writes.
        currency: as the user names it.
    """

    put_in: float
    out: float
    currency: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What descriptions took.

    Attributes:
        tokens_in: of all answers of which it is known.
        tokens_out: likewise.
        unknown: answers of which it is not known.
        price: None where nobody gave one: then there is no cost.
    """

    tokens_in: int
    tokens_out: int
    unknown: int
    price: Price | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON form; the cost is null where no price is known, or the tokens of some answer are not."""
        cost = None
        if self.price is not None and not self.unknown:
            cost = round((self.tokens_in * self.price.put_in + self.tokens_out * self.price.out) / 1e6, 6)
        return {
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "answers_without_count": self.unknown,
            "cost": cost,
            "currency": "" if self.price is None else self.price.currency,
        }


def usage(answers: Iterable[Answer], price: Price | None) -> Usage:
    """Tokens and cost of answers, each counted once, from the cache or not."""
    tokens_in = tokens_out = unknown = 0
    for answer in answers:
        if answer.tokens_in is None or answer.tokens_out is None:
            unknown += 1
        tokens_in += answer.tokens_in or 0
        tokens_out += answer.tokens_out or 0
    return Usage(tokens_in, tokens_out, unknown, price)
