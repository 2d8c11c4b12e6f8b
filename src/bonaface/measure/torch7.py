"""A look at a file of Torch 7 before OpenCV opens it, whose reader trusts the sizes in it, and would end the process.

Such a file holds objects inside objects: numbers, texts, tables, and tensors, each with its sizes. Nothing is made of
them here. Functions are bytes that OpenCV passes over.
"""

from __future__ import annotations

import struct
from pathlib import Path

from bonaface.core.errors import WeightsError

DEEPEST = 200
"""Objects inside objects; OpenFace's network has some tens."""
MOST_AXES = 8
MOST_BYTES = 64 * 2**20
"""The largest file that is looked at; OpenFace's has 31.5 MB."""
_BYTES = {"Double": 8, "Float": 4, "Cuda": 4, "Byte": 1, "Char": 1, "Short": 2, "Int": 4, "Long": 8}
_LAYERS = (b"nn.", b"cunn.", b"cudnn.", b"fbcunn.")
"""How the classes of layers begin that OpenCV knows of."""
_NIL, _NUMBER, _TEXT, _TABLE, _OBJECT, _BOOLEAN, _FUNCTION = range(7)
_NAMED_FUNCTIONS = (7, 8)


def check_torch7(file: Path) -> None:
    """Make sure that a file is whole, and that its sizes agree with each other.

    Raises:
        WeightsError: what is wrong, and where.
    """
    size = file.stat().st_size
    content = file.read_bytes() if size <= MOST_BYTES else b""
    walk = _Walk(content)
    try:
        if struct.unpack_from("<i", content)[0] != _OBJECT or content[12:14] != b"V ":  # 4 to 11: a number, a length
            raise ValueError("does not begin as a network of Torch 7 does")
        walk.object(0)
    except (ValueError, struct.error) as error:
        raise WeightsError(
            f"{file.name} cannot be used (byte {walk.at:,} of {size:,}: {error}; it begins with {content[:8]!r}); "
            f"expected a network that Torch 7 saved, of at most {MOST_BYTES:,} bytes. Get the file again."
        ) from error


class _Walk:
    """Where in the content one is, and the objects that were met: each is written once, then named by its number."""

    def __init__(self, content: bytes) -> None:
        self.at = 0
        self._content = content
        self._met: dict[int, tuple[str, int]] = {}

    def object(self, depth: int) -> None:
        """One object of any kind."""
        if depth > DEEPEST:
            raise ValueError(f"objects lie more than {DEEPEST} deep inside each other")
        kind = self._read("i")
        if kind == _NUMBER:
            self._read("d")
        elif kind == _BOOLEAN:
            self._read("i")
        elif kind == _TEXT:
            self._text()
        elif kind == _TABLE:
            if self._is_new(self._read("i"), "table"):
                self._pairs(depth)
        elif kind == _OBJECT:
            self._class(depth)
        elif kind == _FUNCTION or kind in _NAMED_FUNCTIONS:
            if kind == _FUNCTION or self._is_new(self._read("i"), "function"):
                self._bytes()
                self.object(depth + 1)
        elif kind != _NIL:
            raise ValueError(f"an object of the unknown kind {kind}")

    def _pairs(self, depth: int) -> None:
        for _ in range(self._count("i", 8)):  # a key and a value have four bytes each, at least
            self.object(depth + 1)
            self.object(depth + 1)

    def _class(self, depth: int) -> None:
        """A storage of numbers, a tensor, or a layer."""
        number = self._read("i")
        if number in self._met:
            return
        name = self._text()
        name = self._text() if name.startswith(b"V ") else name
        word = name.decode("ascii", "replace").removeprefix("torch.")
        if name.startswith(b"torch.") and word.removesuffix("Storage") in _BYTES and word.endswith("Storage"):
            each = _BYTES[word.removesuffix("Storage")]
            count = self._count("q", each)
            self.at += count * each
            self._met[number] = (word, count)
        elif name.startswith(b"torch.") and word.removesuffix("Tensor") in _BYTES and word.endswith("Tensor"):
            self._tensor(word.removesuffix("Tensor"))
            self._met[number] = (word, 0)
        elif name.startswith(_LAYERS):
            self._met[number] = (word, 0)
            self.object(depth + 1)
        else:
            raise ValueError(f"an object of the unknown class {word[:60]!r}")

    def _tensor(self, kind: str) -> None:
        """Sizes, steps and a beginning, which must lie within the storage."""
        axes = self._read("i")
        if not 0 <= axes <= MOST_AXES:
            raise ValueError(f"a tensor of {axes} axes")
        sizes, steps = ([self._read("q") for _ in range(axes)] for _ in range(2))
        first = self._read("q") - 1
        before = self.at
        if self._read("i") == _NIL:
            if axes:
                raise ValueError(f"a tensor of shape {tuple(sizes)} without values")
            return
        self.at = before
        number = struct.unpack_from("<i", self._content, self.at + 4)[0]
        self.object(DEEPEST)  # a storage, which holds no objects
        held, count = self._met.get(number, ("", 0))
        last = first + sum((size - 1) * step for size, step in zip(sizes, steps, strict=True))
        if held != f"{kind}Storage" or first < 0 or min(sizes, default=1) < 1 or min(steps, default=1) < 0:
            raise ValueError(f"a {kind}Tensor of shape {tuple(sizes)}, steps {tuple(steps)}, in {held or 'nothing'}")
        if axes and last >= count:
            raise ValueError(f"a tensor of shape {tuple(sizes)} that reaches beyond its {count} values")

    def _is_new(self, number: int, what: str) -> bool:
        new = number not in self._met
        self._met.setdefault(number, (what, 0))
        return new

    def _text(self) -> bytes:
        """A name or a text; OpenCV's messages repeat it, and end the process where it is not ASCII."""
        text = self._bytes()
        if not text.isascii():
            raise ValueError(f"a text that is not ASCII: {text[:60]!r}")
        return text

    def _bytes(self) -> bytes:
        length = self._count("i", 1)
        self.at += length
        return self._content[self.at - length : self.at]

    def _count(self, form: str, each: int) -> int:
        """A number of things that must still fit into the file."""
        count = self._read(form)
        if not 0 <= count * each <= len(self._content) - self.at:
            raise ValueError(f"{count} things of {each} bytes or more, and {len(self._content) - self.at} bytes follow")
        return count

    def _read(self, form: str) -> int:
        value: int = struct.unpack_from(f"<{form}", self._content, self.at)[0]
        self.at += struct.calcsize(f"<{form}")
        return value
