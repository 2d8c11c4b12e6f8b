"""Catalogs: immutable tables of the components that Bonaface knows, and what their cards say."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from bonaface.core.errors import UnknownName


class Named(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str:
        """As on the command line."""


Item = TypeVar("Item", bound=Named, covariant=True)


class Catalog(Generic[Item]):
    """An immutable table of components by id.

    >>> Catalog("fruit", []).ids
    ()
    """

    def __init__(self, kind: str, items: Iterable[Item]) -> None:
        """`kind` is what the items are, for messages ("measure")."""
        self.kind = kind
        listed = tuple(items)
        self._items = {item.id: item for item in listed}
        if len(self._items) != len(listed):
            raise ValueError(f"two of the {kind}s have the same id")

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, in the order of the table."""
        return tuple(self._items)

    def __getitem__(self, name: str) -> Item:
        """The item called `name`.

        Raises:
            UnknownName: with the nearest names.
        """
        if name in self._items:
            return self._items[name]
        near = difflib.get_close_matches(name.lower(), self._items, n=3, cutoff=0.4)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(self._items)}."
        raise UnknownName(f"There is no {self.kind} called {name!r}. {hint}")

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, name: object) -> bool:
        return name in self._items


@dataclass(frozen=True, slots=True)
class Source:
    """Where something is described."""

    text: str
    """Authors and year, or a title."""
    link: str = ""
    """doi: or https: address."""


@dataclass(frozen=True, slots=True)
class Weights:
    """One file of weights, and what is known of it."""

    name: str
    """The file's name."""
    sha256: str
    """Empty: unpinned, as it could not be learnt yet. The first fetch records what came, and later ones must match."""
    megabytes: float
    """0: unknown."""
    licence: str
    """The terms of the weights, which are apart from those of the code."""
    commercial: bool
    """Whether these terms allow commercial use."""
    training_data: str
    source: Source
    package: str = ""
    """The Python package that brings the file, or empty."""
    path_in_package: str = ""
    urls: tuple[str, ...] = ()
    """Addresses that it can be fetched from, the preferred first; none for files that a package brings."""

    @property
    def id(self) -> str:
        """As on the command line: the file's name without its ending, in hyphens.

        >>> Weights("gfpgan_1.4.onnx", "", 340, "", True, "", Source("")).id
        'gfpgan-1.4'
        """
        return self.name.rpartition(".")[0].replace("_", "-") or self.name

    @property
    def size(self) -> str:
        """For people.

        >>> Weights("net.onnx", "", 0, "", True, "", Source("")).size
        'size unknown'
        """
        return f"{self.megabytes:.0f} MB" if self.megabytes else "size unknown"

    @property
    def pinned(self) -> bool:
        """Whether its content is known before it is fetched."""
        return bool(self.sha256)
