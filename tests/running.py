"""The command line in this process, and Python code in a process of its own, for tests of several floors."""

from __future__ import annotations

import subprocess
import sys

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
