"""Folders on remote storage, on a real S3 service of this machine, and who owns them."""

import socket
import threading
import time

import pytest

from bonaface.core.errors import InputError
from bonaface.io import leases
from bonaface.io.leases import LeaseLost, leased
from bonaface.io.remote import Remote, RemoteError, Taken, is_address
from storage import fresh

ME = {"pid": 7, "host": "here"}


@pytest.fixture
def remote(bucket):
    return Remote(fresh(bucket))


@pytest.fixture
def quick(monkeypatch):
    """Leases that go stale in seconds; S3 tells times to the second."""
    monkeypatch.setattr(leases, "EVERY", 0.3)
    monkeypatch.setattr(leases, "SILENT", 1.5)
    monkeypatch.setattr(leases, "STALE", 2.0)


def alive(owner):
    return False


@pytest.mark.parametrize(
    ("where", "expected"),
    [("s3://a/b", True), (" gs://a", True), ("memory://x", True), ("C:/x", False), ("a/b", False)],
)
def test_addresses(where, expected):
    assert is_address(where) == expected


BAD = {
    "s3:/bucket/study": "a stroke missing",
    "file:///tmp/x": "a folder of this machine",
    "simplecache::s3://a/b": "one file system inside another",
    "s3://me:secret@host/b": "holds a user or a password",
    "s3:/me:secret@host/b": "a stroke missing",
    "s3:///me:secret@host/b": "holds a user or a password",
    "file://me:secret@host/b": "holds a user or a password",
    "simplecache::s3://me:secret@host/b": "holds a user or a password",
    "s3://": "names no folder",
}


@pytest.mark.parametrize("where", BAD)
def test_what_is_no_address_that_can_be_used(where):
    with pytest.raises(InputError, match=BAD[where]) as said:
        Remote(where) if is_address(where) else None
    assert "secret" not in str(said.value)


def test_a_protocol_that_nobody_knows():
    with pytest.raises(InputError, match="needs a library for nowhere://"):
        Remote("nowhere://a/b").states()


def test_files_there_and_back(remote, tmp_path):
    assert remote.states() == {}
    assert remote.read("a/b") is None
    assert remote.modified("a/b") is None
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(name.encode())
    remote.send({f"a/{name}": tmp_path / name for name in ("one", "two")})
    before = remote.states()
    assert set(before) == {"a/one", "a/two"}
    assert remote.states("a") == before
    assert remote.fetch({"a/one": tmp_path / "x" / "1", "a/none": tmp_path / "x" / "2"}) == ["a/none"]
    assert (tmp_path / "x" / "1").read_bytes() == b"one"
    remote.write("a/one", b"ONE")  # of the same size
    after = remote.states()
    assert after["a/one"] != before["a/one"]
    assert after["a/two"] == before["a/two"]
    remote.remove(["a/one", "a/none"])
    assert set(remote.states()) == {"a/two"}


def test_of_many_who_make_a_file_one_can(remote):
    said = []

    def one(number):
        try:
            remote.create("lock", f"{number}".encode())
            said.append(number)
        except Taken:
            pass

    hands = [threading.Thread(target=one, args=(number,)) for number in range(12)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert len(said) == 1
    assert remote.read("lock") == str(said[0]).encode()
    remote.create("lock", str(said[0]).encode())  # an answer that was lost, and asked for again
    with pytest.raises(Taken, match="written by another run"):
        remote.create("lock", b"other")


def test_a_bucket_that_is_not_there(bucket, monkeypatch):
    nowhere = Remote("s3://nobodys/study")
    assert nowhere.read("x") is None
    with pytest.raises(RemoteError, match="s3://nobodys/study: cannot write x"):
        nowhere.write("x", b"1")


@pytest.mark.parametrize("call", ["write", "create", "read", "remove"])
def test_a_service_that_never_answers(call, bucket, monkeypatch):
    monkeypatch.setattr("bonaface.io.remote.LONGEST", 2.0)
    given = {"write": ("x", b"1"), "create": ("x", b"1"), "read": ("x",), "remove": (["x"],)}[call]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        begun = time.monotonic()
        with pytest.raises(RemoteError, match="no answer within 2 s"):
            getattr(Remote("s3://faces/silent"), call)(*given)
        assert time.monotonic() - begun < 10


def test_a_second_owner_is_refused_until_the_first_is_done(remote):
    with leased(remote, ME, alive) as (_, note):
        assert note == ""
        with pytest.raises(InputError, match="in use by process 7 on here, which was heard of"):
            leased(remote, {"pid": 8, "host": "there"}, alive).__enter__()
    with leased(remote, ME, alive) as (lease, note):
        assert note == ""
        lease.check()
    assert remote.states() == {}


def left_behind(remote):
    """A lease whose owner died: nothing renews it, and nothing lets go of it."""
    remote.create("running/000007.json", b'{"pid": 7, "host": "there"}')


def test_a_dead_owner_is_followed_at_once_where_that_is_certain(remote):
    left_behind(remote)
    with pytest.raises(InputError, match="process 7 on there"):
        leased(remote, ME, lambda owner: owner["host"] == "here").__enter__()
    with leased(remote, ME, lambda owner: owner["host"] == "there") as (_, note):
        assert "process 7 on there" in note
        assert set(remote.states()) == {"running/000008.json"}


def test_a_lease_that_is_not_renewed_goes_stale_and_one_that_is_does_not(remote, quick):
    with leased(remote, ME, alive):
        time.sleep(4)
        with pytest.raises(InputError, match="in use"):
            leased(remote, ME, alive).__enter__()
    left_behind(remote)
    time.sleep(4)
    with leased(remote, ME, alive) as (_, note):
        assert "taken up again" in note


def test_an_owner_that_slept_too_long_stops(remote, quick):
    with leased(remote, ME, alive) as (lease, _):
        lease.check()
        remote.create("running/000002.json", b"{}")  # another, who thought that it was dead
        time.sleep(1)
        with pytest.raises(LeaseLost, match="another run has taken it over"):
            lease.check()
    assert set(remote.states()) == {"running/000002.json"}


def test_a_number_that_another_owner_has_by_now_is_not_ones_own(remote, quick, monkeypatch):
    """It slept while a second one came and went, and a third one began with its number."""
    monkeypatch.setattr(leases, "EVERY", 60.0)
    with leased(remote, ME, alive) as (lease, _):
        remote.remove(["running/000001.json"])
        with leased(remote, {"pid": 8, "host": "there"}, alive) as (third, _):
            with pytest.raises(LeaseLost, match="another run has taken it over"):
                lease.confirm()
            lease.end()
            assert set(remote.states()) == {"running/000001.json"}
            third.confirm()
    assert remote.states() == {}


def test_a_lease_that_is_written_while_it_is_let_go_of_is_gone(remote, quick, monkeypatch):
    write = Remote.write

    def slow(self, name, data):
        if threading.current_thread().name == "lease":
            time.sleep(1)
        write(self, name, data)

    monkeypatch.setattr(Remote, "write", slow)
    with leased(remote, ME, alive):
        time.sleep(0.6)
    time.sleep(1.5)
    assert remote.states() == {}


def test_an_owner_that_slept_knows_it_by_the_clock(remote, monkeypatch):
    with leased(remote, ME, alive) as (lease, _):
        lease.check()
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + 100)
        with pytest.raises(LeaseLost, match="could not be renewed for 1"):
            lease.check()


def test_marks_of_folders_are_no_files(remote):
    remote.write("parts/", b"")
    assert remote.states() == {}
    assert not remote.is_empty()
    remote.remove(["parts/"])
    assert remote.is_empty()


def test_an_owner_that_cannot_renew_stops(remote, quick, monkeypatch):
    with leased(remote, ME, alive) as (lease, _):

        def refused(self, name, data):
            raise RemoteError("no network")

        monkeypatch.setattr(Remote, "write", refused)
        time.sleep(3)
        with pytest.raises(LeaseLost, match="could not be renewed"):
            lease.check()


def test_storage_that_overwrites_is_refused(monkeypatch):
    fsspec = pytest.importorskip("fsspec")
    from fsspec.implementations.memory import MemoryFileSystem

    class Careless(MemoryFileSystem):
        protocol = "careless"

        def pipe_file(self, path, value, mode="overwrite", **more):
            return super().pipe_file(path, value, mode="overwrite", **more)

    fsspec.register_implementation("careless", Careless, clobber=True)
    remote = Remote("careless://study")
    with pytest.raises(InputError, match="nothing would keep two runs apart"):
        leased(remote, ME, alive).__enter__()
    assert remote.states() == {}


def test_what_needs_no_server():
    """fsspec's own file system in memory has folders, where S3 has none."""
    pytest.importorskip("fsspec")
    remote = Remote("memory://folder/study")
    remote.create("a/b/c", b"1")
    with pytest.raises(Taken):
        remote.create("a/b/c", b"2")
    assert list(remote.states("a")) == ["a/b/c"]
    with leased(remote, ME, alive):
        pass
    remote.remove(["a/b/c"])
    assert remote.states() == {}
