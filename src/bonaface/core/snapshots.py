"""Folders of weights that a model hub publishes: several networks that one pipeline is made of."""

from __future__ import annotations

from dataclasses import dataclass

from bonaface.core.catalog import Source


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One such folder, and what is known of it.

    Attributes:
        id: as on the command line.
        repository: its name on the hub: "timbrooks/instruct-pix2pix".
        revision: the commit that is fetched.
        pipelines: classes of diffusers that its `model_index.json` may name, the usual one first.
        variant: which of the files with weights are fetched: "fp16" (half the size); empty: those without such a word.
        megabytes: of the files that are fetched.
        licence: the terms of the weights, which are apart from those of the code.
        commercial: whether these terms allow commercial use.
        restrictions: what the terms forbid beyond that; empty: nothing.
        training_data: what it was trained on, as far as it is known.
        source: where it is described.
        sha256: of files that public sources state, by their path in the folder; the others are unpinned.
    """

    id: str
    repository: str
    revision: str
    pipelines: tuple[str, ...]
    variant: str
    megabytes: float
    licence: str
    commercial: bool
    restrictions: str
    training_data: str
    source: Source
    sha256: tuple[tuple[str, str], ...] = ()

    @property
    def folder(self) -> str:
        """What the folder is called on this machine; see `folder_name`."""
        return folder_name(self.repository)

    @property
    def free(self) -> bool:
        """Whether the terms allow every use."""
        return self.commercial and not self.restrictions


def folder_name(repository: str) -> str:
    """What the folder of a repository of the hub is called on this machine.

    >>> folder_name("timbrooks/instruct-pix2pix")
    'timbrooks--instruct-pix2pix'
    """
    return repository.replace("/", "--")
