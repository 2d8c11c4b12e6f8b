"""What is needed to make a result again, without saying whose machine it came from.

Reports embed pictures encoded again, without any metadata.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import platform
import shlex
from collections.abc import Sequence
from pathlib import PureWindowsPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.io.metadata import private_metadata, redacted_metadata

__all__ = [
    "describe_machine_free_versions",
    "private_metadata",
    "redacted_metadata",
    "repeat_command",
    "sha256_array",
    "sha256_bytes",
]

_DISTRIBUTIONS = {
    "bonaface": ("bonaface",),
    "numpy": ("numpy",),
    "scipy": ("scipy",),
    "opencv": ("opencv-python-headless", "opencv-contrib-python-headless", "opencv-python", "opencv-contrib-python"),
    "dlib": ("dlib-bin", "dlib"),
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino"),
    "pillow": ("pillow",),
}
"""The names under which each library may be installed."""


@functools.cache
def _versions() -> tuple[tuple[str, str], ...]:
    versions = {"python": platform.python_version()}
    for name, distributions in _DISTRIBUTIONS.items():
        versions[name] = next(filter(None, map(_version, distributions)), "not installed")
    versions["platform"] = f"{platform.system()} {platform.machine()}"
    return tuple(versions.items())


def describe_machine_free_versions() -> dict[str, str]:
    """Versions of Python, Bonaface and the libraries that numbers depend on, and the kind of system.

    Nothing is imported; no names of users, machines or folders are in it.
    """
    return dict(_versions())


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def sha256_bytes(data: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def sha256_array(array: NDArray[Any]) -> str:
    """Of an array's type, shape and values, in hexadecimal; the same on every machine and for every memory layout.

    Raises:
        ValueError: an array of Python objects, which has no bytes of its own.
    """
    if array.dtype.hasobject:
        raise ValueError("an array of Python objects has no bytes to hash")
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    digest = hashlib.sha256(f"{little.dtype.str} {array.shape} ".encode())
    digest.update(little.tobytes())
    return digest.hexdigest()


def repeat_command(argv: Sequence[str], redact: bool = False) -> str:
    """The command line to type into a POSIX shell to run the same again.

    Args:
        argv: as in `sys.argv`; of the program's own path, only the name is kept.
        redact: shorten every path to its last name, also in `--option=path`; folders may say who somebody is.

    >>> repeat_command(["/usr/bin/bonaface", "audit", "/home/anna/my photo.png"], redact=True)
    "bonaface audit 'my photo.png'"
    """
    program, *rest = argv
    name = PureWindowsPath(program).name.removesuffix(".exe")
    words = ["bonaface" if name in ("__main__.py", "__init__.py", "-c", "-m") else name]
    return shlex.join([*words, *(_without_folders(word) if redact else word for word in rest)])


def _without_folders(word: str) -> str:
    if word.startswith("-") and "=" in word:
        option, _, value = word.partition("=")
        return f"{option}={_without_folders(value)}"
    # Both kinds of slashes and drives: the report may be read elsewhere than it was made.
    return PureWindowsPath(word).name or word if ("/" in word or "\\" in word) else word
