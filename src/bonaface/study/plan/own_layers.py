"""Expression layers of one's own in a plan: read once, where the plan is made, and carried with it to every worker."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bonaface.api.editors import layer_in
from bonaface.core.errors import InputError, UnknownName
from bonaface.core.expressions import EXPRESSIONS, expression_named
from bonaface.graphs.guard import look
from bonaface.io.provenance import sha256_bytes


@dataclass(frozen=True, slots=True)
class OwnLayer:
    """A layer that `bonaface train ridge` wrote. Two of the same content are equal, wherever they lie.

    Attributes:
        sha256: of the file.
        target: the expression that it makes, an id of `core.expressions.EXPRESSIONS`.
        side: of the faces that it reads, in pixels.
        file: its name, for tables and messages.
        content: of the file: workers need not reach it, and whoever changes it changes no study that began.
    """

    sha256: str
    target: str
    side: int
    file: str = field(compare=False)
    content: bytes = field(compare=False, repr=False)

    @classmethod
    def read(cls, path: Path) -> OwnLayer:
        """The layer in a file, looked at as any foreign graph; nothing of it is run.

        Raises:
            InputError: there is no such file, or it makes an expression that a study does not know.
            GraphMismatch: it is no expression layer, or is refused.
        """
        facts = layer_in(path)
        look(path)
        try:
            target = expression_named(facts.target).id
        except UnknownName as error:
            raise InputError(
                f"{path} makes faces {facts.target!r}, which a study cannot ask for; expected one of "
                f"{', '.join(EXPRESSIONS.ids)}. Train it anew: bonaface train ridge --pairs A/ B/ --to happy."
            ) from error
        content = path.read_bytes()
        return cls(sha256_bytes(content), target, facts.side, path.name, content)

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """A file with the content, for as long as it takes to open it."""
        with tempfile.TemporaryDirectory(prefix="bonaface-layer-") as place:
            path = Path(place) / self.file
            path.write_bytes(self.content)
            yield path
