"""Fetching weights from a real server on this machine: broken off, changed, missing, hostile, behind a proxy."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bonaface.core.catalog import Source, Weights
from bonaface.core.errors import InputError, WeightsError, WeightsMissing, WeightsTampered
from bonaface.io import download, pins
from bonaface.io.fetch import fetch_weights, verify_weights
from bonaface.io.locks import lock
from bonaface.io.parts import Part
from bonaface.io.weights import find_weights, known_sha256
from local_server import answering

CONTENT = bytes(range(1, 251)) * 1000
SHA = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Site:
    """What a server does, and what it was asked."""

    content: bytes = CONTENT
    etag: str = '"one"'
    ranges: bool = True
    length: bool = True
    kind: str = "application/octet-stream"
    statuses: list[int] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    """For one request after the other: bytes of the body after which the connection is cut."""
    pause: float = 0.0
    redirect: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        site: Site = self.server.site
        site.asked.append({**self.headers, "path": self.path})
        if site.statuses:
            self.send_response(site.statuses.pop(0))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if site.redirect and self.path != "/moved":
            self.send_response(302)
            self.send_header("Location", site.redirect)
            self.end_headers()
            return
        start = self.start_of(site)
        if start >= len(site.content) > 0:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(site.content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = site.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(site.content) - 1}/{len(site.content)}")
        if site.length:
            self.send_header("Content-Length", str(len(body)))
        if site.etag:
            self.send_header("ETag", site.etag)
        self.send_header("Content-Type", site.kind)
        self.end_headers()
        stop = site.breaks.pop(0) if site.breaks else len(body)
        for at in range(0, min(stop, len(body)), 10_000):
            self.wfile.write(body[at : min(at + 10_000, stop)])
            time.sleep(site.pause)

    def start_of(self, site):
        given = self.headers.get("Range", "")
        if not given or not site.ranges or self.headers.get("If-Range", site.etag) != site.etag:
            return 0
        return int(given.removeprefix("bytes=").removesuffix("-"))

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        """A client that hangs up is what is tested here."""


@contextmanager
def serving(site: Site):
    server = Server(("127.0.0.1", 0), Handler)
    server.site = site
    with answering(server) as address:
        site.url = f"{address}/net.onnx"
        yield site


@pytest.fixture
def site():
    with serving(Site()) as site:
        yield site


@pytest.fixture(autouse=True)
def places(own_weights, monkeypatch):
    """Nothing of the user's own; small pieces, so that little content comes in several."""
    monkeypatch.setattr(download, "PIECE", 5_000)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "models"


def card(*urls: str, sha256: str = SHA) -> Weights:
    return Weights("net.onnx", sha256, 0.25, "CC0-1.0", True, "none", Source("A test"), urls=urls)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_pinned_file(site, folder):
    told = []
    got = fetch_weights(card(site.url), folder, lambda done, total, said="": told.append((done, total)))
    assert got.path.read_bytes() == CONTENT
    assert (got.sha256, got.origin, got.pinned_in) == (SHA, site.url, None)
    assert told[0] == (0, len(CONTENT))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert left(folder) == ["net.onnx"]  # no part, no notes, no lock, no pins
    assert fetch_weights(card(site.url), folder).origin == ""  # it is there
    assert len(site.asked) == 1


def test_where_it_goes(site, tmp_path, monkeypatch):
    assert fetch_weights(card(site.url)).path == tmp_path / "user" / "net.onnx"
    monkeypatch.setenv("BONAFACE_MODELS", str(tmp_path / "named"))
    assert fetch_weights(card(site.url)).origin == ""  # the user's folder counts as well
    (tmp_path / "user" / "net.onnx").unlink()
    assert fetch_weights(card(site.url)).path == tmp_path / "named" / "net.onnx"
    assert find_weights(card(site.url)) == tmp_path / "named" / "net.onnx"


@pytest.mark.parametrize("sha256", [SHA, ""])
def test_a_connection_that_breaks_goes_on(site, folder, sha256):
    site.breaks = [60_000, 60_000, 60_000]
    said = []
    got = fetch_weights(card(site.url, sha256=sha256), folder, lambda done, total, text="": said.append(text))
    assert got.path.read_bytes() == CONTENT
    ranges = [asked.get("Range") for asked in site.asked]
    assert ranges[0] is None
    assert len(ranges) == 4
    assert [int(given[6:-1]) for given in ranges[1:]] == [60_000, 120_000, 180_000]
    assert all(asked["If-Range"] == '"one"' for asked in site.asked[1:])
    assert any("broke off at 0.1 MB" in text for text in said)


def test_a_process_that_is_killed_goes_on(site, folder):
    site.pause = 0.05
    code = (
        "import sys; from pathlib import Path; from bonaface.core.catalog import Source, Weights; "
        "from bonaface.io import download, fetch; download.PIECE = 5000; "
        f"card = Weights('net.onnx', '', 0.25, '', True, '', Source(''), urls=('{site.url}',)); "
        f"fetch.fetch_weights(card, Path({str(folder)!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    part = Part.of(folder / "net.onnx")
    until = time.monotonic() + 30
    while part.size < 40_000 and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = part.size
    assert 0 < kept < len(CONTENT)
    assert not (folder / "net.onnx").exists()
    site.pause = 0
    got = fetch_weights(card(site.url, sha256=""), folder)
    assert got.sha256 == SHA
    assert site.asked[-1]["Range"] == f"bytes={kept}-"
    assert left(folder) == ["net.onnx", "pins.json"]


@pytest.mark.parametrize("sha256", [SHA, ""])
def test_a_server_without_ranges_starts_over(site, folder, sha256):
    site.ranges, site.breaks = False, [60_000]
    said = []
    got = fetch_weights(card(site.url, sha256=sha256), folder, lambda done, total, text="": said.append(text))
    assert got.path.read_bytes() == CONTENT
    assert any("starting over" in text for text in said)


def test_a_content_that_changed_in_between_is_not_mixed(site, folder):
    part = Part.of(folder / "net.onnx")
    folder.mkdir()
    part.path.write_bytes(b"x" * 60_000)
    part.note(site.url, '"another"')
    assert fetch_weights(card(site.url, sha256=""), folder).sha256 == SHA
    assert site.asked[0]["If-Range"] == '"another"'


def test_a_part_of_another_content_without_a_validator_is_found_out(site, folder):
    folder.mkdir()
    Part.of(folder / "net.onnx").path.write_bytes(b"x" * 60_000)
    assert fetch_weights(card(site.url), folder).sha256 == SHA  # pinned: tried, and begun anew
    assert [asked.get("Range") for asked in site.asked] == ["bytes=60000-", None]


def test_an_unpinned_part_without_a_validator_is_begun_anew(site, folder):
    folder.mkdir()
    Part.of(folder / "net.onnx").path.write_bytes(b"x" * 60_000)
    assert fetch_weights(card(site.url, sha256=""), folder).sha256 == SHA
    assert "Range" not in site.asked[0]


def test_a_part_that_was_whole_already(site, folder):
    folder.mkdir()
    part = Part.of(folder / "net.onnx")
    part.path.write_bytes(CONTENT)
    part.note(site.url, '"one"')
    assert fetch_weights(card(site.url, sha256=""), folder).sha256 == SHA


def test_a_part_that_is_longer_than_the_file(site, folder):
    folder.mkdir()
    part = Part.of(folder / "net.onnx")
    part.path.write_bytes(CONTENT + b"more")
    part.note(site.url, '"one"')
    assert fetch_weights(card(site.url, sha256=""), folder).path.read_bytes() == CONTENT


@pytest.mark.parametrize("status", [404, 403, 410])
def test_the_second_address(site, folder, status):
    with serving(Site(statuses=[status])) as first:
        got = fetch_weights(card(first.url, site.url), folder)
        assert got.origin == site.url
        assert len(first.asked) == 1  # such an answer does not pass


def test_what_passes_is_tried_again(site, folder):
    site.statuses = [503, 429, 500]
    assert fetch_weights(card(site.url), folder).sha256 == SHA
    site.statuses = [503] * 9
    (folder / "net.onnx").unlink()
    with pytest.raises(WeightsMissing, match="503"):
        fetch_weights(card(site.url), folder)
    assert len(site.asked) == 4 + 4


def test_nobody_there(folder):
    with serving(Site()) as gone:
        pass
    with pytest.raises(WeightsMissing) as caught:
        fetch_weights(card(gone.url), folder)
    for text in (gone.url, "refused", "HTTPS_PROXY", str(folder), "bonaface models verify net"):
        assert text in str(caught.value)
    assert "0x" not in str(caught.value)
    assert left(folder) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kind": "text/html; charset=utf-8"}, "a web page"),
        ({"content": b"\n <!DOCTYPE html><title>Log in</title>" + b" " * 200_000}, "a web page"),
        ({"content": b"version https://git-lfs.github.com/spec/v1\n" + b" " * 200_000}, "Git LFS"),
        ({"content": b"x" * 2_000_000}, "promises 2,000,000 bytes"),
        ({"content": b"x" * 2_000_000, "length": False}, "more than"),
        ({"content": b"x" * 10}, "promises 10 bytes"),
        ({"content": b""}, "promises 0 bytes"),
        ({"content": b"x" * 10, "length": False}, "sends 10 bytes"),
    ],
)
def test_what_is_not_the_file(folder, changes, why):
    with serving(Site(**changes)) as site, pytest.raises(WeightsMissing, match=why):
        fetch_weights(card(site.url), folder)
    assert left(folder) == []


def test_an_unpinned_file_of_unknown_length(site, folder):
    site.length = False
    assert fetch_weights(card(site.url), folder).sha256 == SHA
    (folder / "net.onnx").unlink()
    with pytest.raises(WeightsMissing, match="how long"):
        fetch_weights(card(site.url, sha256=""), folder)


def test_another_content_than_pinned(site, folder):
    wrong = CONTENT[:-1] + b"!"
    with serving(Site(content=wrong)) as bad:
        assert fetch_weights(card(bad.url, site.url), folder).origin == site.url
        (folder / "net.onnx").unlink()
        with pytest.raises(WeightsTampered) as caught:
            fetch_weights(card(bad.url), folder)
        assert len(bad.asked) == 2  # what came whole in one go is not fetched again
    for text in (bad.url, SHA, hashlib.sha256(wrong).hexdigest()):
        assert text in str(caught.value)
    assert left(folder) == []


def test_an_unpinned_file_must_stay_the_same(site, folder):
    unpinned = card(site.url, sha256="")
    got = fetch_weights(unpinned, folder)
    assert got.pinned_in == folder / "pins.json"
    pin = json.loads(got.pinned_in.read_text())["net.onnx"]
    assert pin == {"sha256": SHA, "size": len(CONTENT), "origin": site.url}
    assert find_weights(unpinned, folder) == got.path
    assert known_sha256(unpinned, folder) == SHA
    assert fetch_weights(unpinned, folder).pinned_in is None

    got.path.write_bytes(CONTENT[::-1])
    for attempt in (find_weights, fetch_weights, verify_weights):
        with pytest.raises(WeightsTampered) as caught:
            attempt(unpinned, folder)
        undo = f"delete the entry 'net.onnx' from {folder / 'pins.json'}, and run `bonaface models verify net`"
        for text in (SHA, hashlib.sha256(CONTENT[::-1]).hexdigest(), undo):
            assert text in str(caught.value)

    got.path.unlink()
    site.content, site.etag = CONTENT[::-1], '"two"'
    with pytest.raises(WeightsTampered, match=SHA):
        fetch_weights(unpinned, folder)
    assert left(folder) == ["pins.json"]
    site.content = CONTENT
    assert fetch_weights(unpinned, folder).sha256 == SHA


def test_a_folder_filled_by_hand(folder, monkeypatch):
    folder.mkdir()
    (folder / "net.onnx").write_bytes(CONTENT)
    monkeypatch.setenv("BONAFACE_MODELS", str(folder))
    assert find_weights(card()) == folder / "net.onnx"  # pinned: nothing to do
    unpinned = card("http://127.0.0.1:9/net.onnx", sha256="")
    for attempt in (find_weights, fetch_weights):
        with pytest.raises(WeightsMissing, match="bonaface models verify net"):
            attempt(unpinned)
    assert left(folder) == ["net.onnx"]  # finding writes nothing
    got = verify_weights(unpinned)
    assert (got.sha256, got.pinned_in) == (SHA, folder / "pins.json")
    assert find_weights(unpinned) == folder / "net.onnx"
    assert verify_weights(unpinned).pinned_in is None


def test_a_page_put_there_by_hand_is_not_recorded(folder):
    folder.mkdir()
    (folder / "net.onnx").write_bytes(b"<!doctype html><title>404</title>")
    with pytest.raises(WeightsMissing, match="a web page"):
        verify_weights(card(sha256=""), folder)
    assert left(folder) == ["net.onnx"]


@pytest.mark.parametrize("size", [1, len(CONTENT) // 3, 9 * len(CONTENT)])
def test_a_stump_put_there_by_hand_is_not_recorded(folder, size):
    folder.mkdir()
    (folder / "net.onnx").write_bytes((CONTENT * 9)[:size])
    with pytest.raises(WeightsMissing, match=r"has .* expected about 0 MB: .* was not copied whole\. Nothing was rec"):
        verify_weights(card(sha256=""), folder)
    assert left(folder) == ["net.onnx"]
    (folder / "net.onnx").write_bytes(CONTENT)
    assert verify_weights(card(sha256=""), folder).sha256 == SHA


def test_what_an_inspection_refuses_is_not_recorded(site, folder):
    def refuse(path):
        raise WeightsError(f"{path.name} is no net.")

    with pytest.raises(WeightsMissing, match=r"sends another content: net\.onnx is no net"):
        fetch_weights(card(site.url, sha256=""), folder, inspect=refuse)
    assert left(folder) == []
    (folder / "net.onnx").write_bytes(CONTENT)
    with pytest.raises(WeightsError, match="is no net"):
        verify_weights(card(sha256=""), folder, refuse)
    assert left(folder) == ["net.onnx"]
    assert verify_weights(card(), folder, refuse).sha256 == SHA  # pinned: the card knows


def test_a_folder_that_cannot_be_written_to(folder, tmp_path, monkeypatch):
    folder.mkdir()
    (folder / "net.onnx").write_bytes(CONTENT)
    really = pins.write_json

    def refusing(path, value, **rest):
        if path.parent == folder:
            raise OSError(errno.EROFS, "Read-only file system")
        really(path, value, **rest)

    monkeypatch.setattr(pins, "write_json", refusing)
    got = verify_weights(card(sha256=""), folder)
    assert got.pinned_in == tmp_path / "user" / "pins.json"
    assert "Read-only file system" in got.why_there
    assert find_weights(card(sha256=""), folder) == folder / "net.onnx"
    (folder / "net.onnx").write_bytes(CONTENT + b"!")
    with pytest.raises(WeightsTampered, match="user"):
        find_weights(card(sha256=""), folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_fetching_into_a_folder_that_cannot_be_written_to(site, folder, monkeypatch):
    folder.mkdir(mode=0o500)
    monkeypatch.setenv("BONAFACE_MODELS", str(folder))
    with pytest.raises(InputError, match="BONAFACE_MODELS"):
        fetch_weights(card(site.url))


def test_fetching_into_something_that_is_no_folder(site, folder):
    folder.write_text("a file")
    with pytest.raises(InputError, match="--folder"):
        fetch_weights(card(site.url), folder)


def test_what_came_is_kept_when_all_tries_fail(site, folder):
    site.breaks = [60_000, 0, 0, 0, 0]
    with pytest.raises(WeightsMissing, match=r"0\.1 MB are kept, and the same command goes on"):
        fetch_weights(card(site.url), folder)
    site.breaks = []
    assert fetch_weights(card(site.url), folder).sha256 == SHA
    assert site.asked[-1]["Range"] == "bytes=60000-"


def test_a_disk_that_fills_up_in_between(site, folder):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(InputError, match=r"cannot take more .* after 0\.1 MB"):
            fetch_weights(card(site.url), folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert fetch_weights(card(site.url), folder).sha256 == SHA
    assert site.asked[-1]["Range"] == "bytes=100000-"


def test_a_full_disk(site, folder, monkeypatch):
    import shutil

    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))
    with pytest.raises(InputError, match="0 MB left"):
        fetch_weights(card(site.url), folder)


@pytest.mark.parametrize(
    "text", ["", "[1]", '{"net.onnx": {"sha256": "abc", "size": 1, "origin": ""}}', '{"net.onnx": 1}']
)
def test_pins_that_cannot_be_read(folder, text):
    folder.mkdir()
    (folder / "net.onnx").write_bytes(CONTENT)
    (folder / "pins.json").write_text(text)
    with pytest.raises(WeightsError, match="delete it, and verify"):
        find_weights(card(sha256=""), folder)
    assert find_weights(card(), folder)  # a pinned card needs none of them


def test_pins_of_other_files_stay(folder):
    pins.record_pin(folder, "b.onnx", pins.Pin("0" * 64, 1, "x"))
    pins.record_pin(folder, "a.onnx", pins.Pin("1" * 64, 2, "y"))
    assert list(pins.read_pins(folder)) == ["a.onnx", "b.onnx"]
    with pytest.raises(WeightsError, match="already"):
        pins.record_pin(folder, "a.onnx", pins.Pin("2" * 64, 2, "y"))
    assert left(folder) == ["pins.json"]


def test_two_at_once(site, folder):
    folder.mkdir()
    with (
        lock(folder / ".bonaface-part-net.lock", "net.onnx is being fetched"),
        pytest.raises(InputError, match="Wait until"),
    ):
        fetch_weights(card(site.url), folder)
    assert fetch_weights(card(site.url), folder).sha256 == SHA
    assert left(folder) == ["net.onnx"]


def test_through_a_proxy(folder, monkeypatch):
    """The proxy of this test answers by itself: nothing leaves this machine."""
    with serving(Site()) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/net.onnx"))
        got = fetch_weights(card("http://models.invalid/net.onnx"), folder)
        assert got.sha256 == SHA
        assert proxy.asked[0]["path"] == "http://models.invalid/net.onnx"
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        got.path.unlink()
        with pytest.raises(WeightsMissing, match="proxy cannot be used"):
            fetch_weights(card("http://models.invalid/net.onnx"), folder)


def test_redirects_are_followed(site, folder):
    site.redirect = "/moved"
    assert fetch_weights(card(site.url), folder).origin == site.url


def test_the_pauses_that_a_server_asks_for(site, folder, monkeypatch):
    waited = []
    monkeypatch.setattr(download.time, "sleep", waited.append)
    monkeypatch.setattr(download, "PAUSES", (1.0, 2.0, 4.0))
    site.statuses = [503, 503, 503]
    fetch_weights(card(site.url), folder)
    assert waited[:3] == [1.0, 2.0, 4.0]


def test_ids_on_the_command_line():
    assert replace(card(), name="gpen_bfr_512.onnx").id == "gpen-bfr-512"
    assert replace(card(), name="restoreformer_plus_plus.onnx").id == "restoreformer-plus-plus"
