"""A real S3 service on this machine (moto's), for tests of what lies on remote storage."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

BUCKET = "faces"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
BEGINNING = 60
"""Seconds in which the service has to answer."""


@contextlib.contextmanager
def served():
    """The service, whose address the environment then names; ends in an address of a bucket in it."""
    if any(importlib.util.find_spec(name) is None for name in ("moto", "s3fs", "flask")):
        pytest.skip("needs s3fs and moto[server]")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    before = {name: os.environ.get(name) for name in (*KEYS, "AWS_ENDPOINT_URL")}
    try:
        os.environ |= {**KEYS, "AWS_ENDPOINT_URL": place}
        _wait(place)
        request = urllib.request.Request(f"{place}/{BUCKET}", method="PUT")  # noqa: S310 - our own
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
        yield f"s3://{BUCKET}"
    finally:
        process.kill()
        process.wait()
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)


def _wait(place):
    until = time.monotonic() + BEGINNING
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{place}/moto-api/data.json", timeout=2).close()  # noqa: S310
            return
        time.sleep(0.1)
    pytest.fail("moto's server did not begin")


def fresh(bucket: str) -> str:
    """An address that nobody used."""
    return f"{bucket}/{secrets.token_hex(4)}"
