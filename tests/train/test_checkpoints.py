"""Checkpoints are whole or not there, and run no code."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from bonaface.core.errors import InputError  # noqa: E402
from bonaface.train.checkpoints import (  # noqa: E402
    Header,
    Progress,
    load_checkpoint,
    load_part,
    read_header,
    save_checkpoint,
)


def saved(path, width=4):
    network = torch.nn.Linear(3, width)
    optimiser = torch.optim.Adam(network.parameters())
    network(torch.rand(2, 3)).sum().backward()
    optimiser.step()
    save_checkpoint(path, Header("r", {"width": width}, Progress(1, 2, 3.5, 40)), {"n": network}, {"o": optimiser})
    return network, optimiser


def test_there_and_back(tmp_path):
    network, optimiser = saved(tmp_path / "c.safetensors")
    other = torch.nn.Linear(3, 4)
    fresh = torch.optim.Adam(other.parameters(), lr=0.5)

    load_checkpoint(tmp_path / "c.safetensors", {"n": other}, {"o": fresh})

    assert torch.equal(network.weight, other.weight)
    assert read_header(tmp_path / "c.safetensors") == Header("r", {"width": 4}, Progress(1, 2, 3.5, 40))
    old, new = optimiser.state_dict()["state"], fresh.state_dict()["state"]
    assert all(torch.equal(old[i][key], new[i][key]) for i in old for key in old[i])
    assert fresh.param_groups[0]["lr"] == 0.5  # rates follow from the schedule


def test_another_network_is_refused_with_both_shapes(tmp_path):
    saved(tmp_path / "c.safetensors", width=5)

    with pytest.raises(InputError, match=r"has shape \(5,\), expected \(4,\)|has shape \(5, 3\), expected \(4, 3\)"):
        load_checkpoint(tmp_path / "c.safetensors", {"n": torch.nn.Linear(3, 4)}, {})


@pytest.mark.parametrize("content", [b"", b"not a checkpoint at all", b"\x80\x04\x95pickle"])
def test_a_broken_file_is_refused(tmp_path, content):
    (tmp_path / "c.safetensors").write_bytes(content)

    with pytest.raises(InputError, match="cannot be read as a checkpoint"):
        read_header(tmp_path / "c.safetensors")


def test_a_part_that_is_missing_is_named(tmp_path):
    saved(tmp_path / "c.safetensors")

    with pytest.raises(InputError, match="holds nothing for"):
        load_part(tmp_path / "c.safetensors", torch.nn.Linear(3, 4))


SCRIPT = """
import resource, signal, sys
from pathlib import Path
import torch
from bonaface.core.errors import InputError
from bonaface.train.checkpoints import Header, Progress, save_checkpoint
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    save_checkpoint(Path(sys.argv[1]), Header("r", {}, Progress()), {"n": torch.nn.Linear(300, 300)}, {})
except InputError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="file size limits are POSIX's")
def test_no_room_on_the_disk_leaves_the_old_checkpoint(tmp_path):
    path = tmp_path / "c.safetensors"
    saved(path)
    before = path.read_bytes()

    said = subprocess.run([sys.executable, "-c", SCRIPT, str(path)], capture_output=True, text=True, check=True)

    assert "cannot be written" in said.stdout
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["c.safetensors"]
