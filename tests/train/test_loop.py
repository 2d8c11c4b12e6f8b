"""Runs that stop, are killed or go wrong."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import time

import pytest

torch = pytest.importorskip("torch")

from bonaface.core.errors import InputError  # noqa: E402
from bonaface.train.attributes import AttributeConfig, AttributeTask  # noqa: E402
from bonaface.train.checkpoints import read_header  # noqa: E402
from bonaface.train.loop import CHECKPOINT, train  # noqa: E402

CONFIG = AttributeConfig(width=8, steps=8, batch=6, held_back=0)


def weights(outcome):
    return {name: value.clone() for name, value in outcome.average.state_dict().items()}


def test_a_stopped_run_ends_with_the_same_weights_bit_for_bit(dozen, settings, tmp_path):
    whole = weights(train(AttributeTask(CONFIG, dozen), "attributes", settings))
    parts = dataclasses.replace(settings, out=tmp_path / "parts", stop_after=3)
    first = train(AttributeTask(CONFIG, dozen), "attributes", parts)
    assert not first.finished
    assert first.progress.step == 3

    second = train(AttributeTask(CONFIG, dozen), "attributes", parts, resume=True)
    assert second.progress.step == 6
    last = train(AttributeTask(CONFIG, dozen), "attributes", parts, resume=True)

    assert last.finished
    assert last.progress.seen == 48
    for name, value in weights(last).items():
        assert torch.equal(value, whole[name]), name


def test_the_number_of_workers_changes_nothing(dozen, settings, tmp_path):
    alone = weights(train(AttributeTask(CONFIG, dozen), "attributes", settings))
    helped = dataclasses.replace(settings, out=tmp_path / "helped", workers=2)

    for name, value in weights(train(AttributeTask(CONFIG, dozen), "attributes", helped)).items():
        assert torch.equal(value, alone[name]), name


def test_an_adversarial_run_resumes_in_any_phase(dozen, settings, tmp_path):
    from bonaface.train.nets.landmarks import ThumbnailLandmarks
    from bonaface.train.nets.reader import FaceReader
    from bonaface.train.pro_uigan import ProUIGANConfig, ProUIGANTask

    def task():
        torch.manual_seed(5)
        estimator = ThumbnailLandmarks(torch.full((68, 2), 64.0))
        config = ProUIGANConfig(steps=(2, 2, 2, 3), batch=(2, 2, 2, 2), held_back=0)
        return ProUIGANTask(config, dozen, landmarks=estimator, reader=FaceReader(40))

    whole = weights(train(task(), "pro-uigan", settings))
    parts = dataclasses.replace(settings, out=tmp_path / "parts", stop_after=2)
    outcome = train(task(), "pro-uigan", parts)
    while not outcome.finished:
        outcome = train(task(), "pro-uigan", parts, resume=True)

    for name, value in weights(outcome).items():
        assert torch.equal(value, whole[name]), name


SCRIPT = """
import sys
from pathlib import Path
import numpy as np, torch
torch.set_num_threads(1)
from bonaface.train.attributes import AttributeConfig, AttributeTask
from bonaface.train.faces import open_faces
from bonaface.train.loop import Settings, train
faces = open_faces(sys.argv[1], ("landmarks68", "identity", "attr_*")).select(np.arange(0, 600, 50))
task = AttributeTask(AttributeConfig(width=8, steps=40, batch=6, held_back=0), faces)
settings = Settings(Path(sys.argv[2]), cpu=True, workers=0, checkpoint_seconds=0, sample_steps=10_000)
train(task, "attributes", settings, resume="resume" in sys.argv)
"""


def test_a_killed_run_goes_on_to_the_same_weights(dozen, data, tmp_path):
    from bonaface.train.loop import Settings

    config = dataclasses.replace(CONFIG, steps=40)
    settings = Settings(tmp_path / "whole", cpu=True, workers=0, sample_steps=10_000)
    whole = weights(train(AttributeTask(config, dozen), "attributes", settings))
    checkpoint = tmp_path / "killed" / CHECKPOINT
    command = [sys.executable, "-c", SCRIPT, str(data / "celeba_val.parquet"), str(tmp_path / "killed")]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 120
    while not (checkpoint.exists() and read_header(checkpoint).progress.step >= 5):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert read_header(checkpoint).progress.phase == 0

    subprocess.run([*command, "resume"], check=True)

    from bonaface.train.average import Average
    from bonaface.train.checkpoints import load_checkpoint

    average = Average(AttributeTask(config, dozen).networks["reader"], 0.999)
    load_checkpoint(tmp_path / "killed" / "reader.safetensors", {"average": average}, {})
    for name, value in average.network.state_dict().items():
        assert torch.equal(value, whole[name]), name


def test_a_run_that_is_there_is_not_started_again(dozen, settings):
    stopped = dataclasses.replace(settings, stop_after=1)
    train(AttributeTask(CONFIG, dozen), "attributes", stopped)

    with pytest.raises(InputError, match="--resume"):
        train(AttributeTask(CONFIG, dozen), "attributes", settings)


def test_another_configuration_is_refused_with_both_values(dozen, settings):
    train(AttributeTask(CONFIG, dozen), "attributes", dataclasses.replace(settings, stop_after=1))
    other = dataclasses.replace(CONFIG, rate=0.5)

    with pytest.raises(InputError, match=r"rate = 0.002 there, 0.5 here"):
        train(AttributeTask(other, dozen), "attributes", settings, resume=True)


def test_nothing_to_resume(dozen, settings):
    with pytest.raises(InputError, match="nothing to resume"):
        train(AttributeTask(CONFIG, dozen), "attributes", settings, resume=True)


def test_losses_that_are_no_numbers_stop_the_run(dozen, settings):
    wild = AttributeTask(dataclasses.replace(CONFIG, rate=1e30, steps=30), dozen)

    with pytest.raises(InputError, match="no numbers any more"):
        train(wild, "attributes", settings)
