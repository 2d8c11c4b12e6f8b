"""The command line in this process, and Python code in a process of its own, for tests of several floors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bonaface.cli import main


def run(*words: object) -> int:
    """The exit code of a command line in this process."""
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return int(ended.value.code or 0)


def printed(code: str) -> str:
    """What Python code prints in a process of its own, in which nothing was imported before."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def process(*words: object, folder: Path | None = None, columns: int = 120) -> subprocess.CompletedProcess[str]:
    """A command line in a process of its own, whose lines have so many columns."""
    return subprocess.run(
        [sys.executable, "-m", "bonaface", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, "COLUMNS": str(columns), "PYTHONUTF8": "1"},
        check=False,
    )
