"""A folder on other machines' storage (S3, GCS, whatever fsspec knows), and what a study needs of it.

The network is reached only by these calls, and only for an address that a user gave. Keys come from where the storage's
own library looks for them (the environment, its files), never from the address.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonaface.core.errors import InputError
from bonaface.io.atomic import write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.:-]+://")
"""How the address of remote storage begins; the letter of a drive is one letter."""
_MANGLED = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.:-]+:/[^/]")
"""What becomes of it as a path, which takes one of the strokes."""
_SECRET = re.compile(r"(:/+)[^/]*@")
"""Users and passwords in an address."""
_NAMED_SO = ("abfs", "abfss", "az")
"""Protocols whose addresses have an "@" that is no user's: container@account."""
_PACKAGES = {"s3": "bonaface[s3]", "s3a": "bonaface[s3]", "gs": "bonaface[gcs]", "gcs": "bonaface[gcs]"}
_STATES = ("etag", "md5hash", "crc32c", "generation", "content_settings", "lastmodified", "last_modified", "updated",
           "mtime", "created")  # fmt: skip
"""What the listings of file systems tell a file's content by, in lower case; each knows some of them."""
# Listings that were kept would hide what other machines wrote.
_FRESH: Mapping[str, Any] = {"use_listings_cache": False}
# s3fs tries again by itself; botocore need not, each time, as well.
_S3: Mapping[str, Any] = {**_FRESH, "config_kwargs": {"retries": {"total_max_attempts": 1}}}
_OPTIONS: Mapping[str, Mapping[str, Any]] = {"s3": _S3, "s3a": _S3, "gs": _FRESH, "gcs": _FRESH}
_TALKATIVE = ("gcsfs", "s3fs", "fsspec")
LONGEST = 120.0
"""Seconds that one file may take."""
AT_ONCE = 16
"""Files that are on their way at the same time."""


class RemoteError(InputError):
    """Remote storage cannot be reached, or refuses."""


class Taken(RemoteError):  # noqa: N818 - says what happened
    """A file that was to be made is there already, with other content."""


def is_address(where: str | Path) -> bool:
    """Whether this names remote storage rather than a folder.

    Raises:
        InputError: it is an address that was made a path, and has lost a stroke.
    """
    if isinstance(where, Path) or not ADDRESS.match(where):
        if _MANGLED.match(str(where)):
            raise InputError(
                f"{_hidden(str(where))} looks like an address of remote storage, with a stroke missing or where none "
                "can be used; expected one such as s3://NAME/DIR of a study, else a folder of this machine."
            )
        return False
    return True


@dataclass(frozen=True, slots=True)
class Remote:
    """A folder on remote storage; as a value it can be handed to other processes.

    Attributes:
        address: as "s3://bucket/study".
    """

    address: str
    _opened: list[Any] = field(default_factory=list, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse what is no address that can be used.

        Raises:
            InputError: with what was found.
        """
        object.__setattr__(self, "address", self.address.strip().rstrip("/"))
        protocol, _, rest = self.address.partition("://")
        if _SECRET.search(self.address) and not (protocol in _NAMED_SO and ":" not in rest.partition("@")[0]):
            raise InputError(
                f"The address {_hidden(self.address)} holds a user or a password, which would be printed and stored. "
                "Leave them out: the storage's library takes them from the environment or its own files."
            )
        if protocol in ("file", "local"):
            raise InputError(f"{self.address} is a folder of this machine: give it as a path.")
        if "::" in self.address:
            raise InputError(f"{self.address} names one file system inside another; expected one, as s3://NAME/DIR.")
        if not rest.strip("/"):
            raise InputError(f"{self.address} names no folder; expected one, as s3://NAME/DIR.")

    def __reduce__(self) -> tuple[type[Remote], tuple[str]]:
        """Without the connection."""
        return Remote, (self.address,)

    def states(self, prefix: str = "") -> dict[str, str]:
        """Names of all files below a folder, relative to the address, and what tells one content from another.

        Two files of one name and one state have the same content; where the storage tells nothing, the state is empty.
        """
        system, root = self._system()
        with self._named(f"list {prefix or 'files'}"):
            system.invalidate_cache()
            try:
                found = system.find(f"{root}/{prefix}".rstrip("/"), detail=True)
            except FileNotFoundError:
                return {}
        files = {_below(root, name): _state(about) for name, about in found.items() if about.get("type") != "directory"}
        return {name: state for name, state in files.items() if name and not name.endswith("/")}  # marks of folders

    def is_empty(self) -> bool:
        """Whether nothing is there but the folder itself."""
        system, root = self._system()
        with self._named("list files"):
            system.invalidate_cache()
            try:
                found = system.ls(root, detail=False)
            except FileNotFoundError:
                return True
        return not any(_below(root, name).rstrip("/") for name in found)

    def read(self, name: str) -> bytes | None:
        """A file's content; None: it is not there."""
        system, root = self._system()
        with self._named(f"read {name}"):
            try:
                return bytes(_within(system, "cat_file", f"{root}/{name}"))
            except FileNotFoundError:
                return None

    def write(self, name: str, data: bytes) -> None:
        """Write a file, in place of an older one."""
        system, root = self._system()
        with self._named(f"write {name}"):
            _with_folder(system, f"{root}/{name}")
            _within(system, "pipe_file", f"{root}/{name}", data)

    def create(self, name: str, data: bytes) -> None:
        """Write a file that is not there: of several who try at the same time, one can.

        Raises:
            Taken: a file with other content is there.
        """
        system, root = self._system()
        with self._named(f"make {name}"):
            _with_folder(system, f"{root}/{name}")
            try:
                _within(system, "pipe_file", f"{root}/{name}", data, mode="create")
            except FileExistsError:
                # An answer that got lost makes libraries ask twice, the second time in vain.
                if self.read(name) != data:
                    raise Taken(f"{self.address}/{name} is there already, written by another run.") from None

    def remove(self, names: Iterable[str]) -> None:
        """Delete files; those that are gone already are no matter."""
        system, root = self._system()

        def one(name: str) -> None:
            with self._named(f"delete {name}"):
                try:
                    _within(system, "rm_file", f"{root}/{name}")
                except FileNotFoundError:
                    return

        _all(one, names)

    def modified(self, name: str) -> datetime | None:
        """When a file was written, by the storage's clock; None: it is not there."""
        system, root = self._system()
        with self._named(f"look at {name}"):
            system.invalidate_cache()
            try:
                found = system.modified(f"{root}/{name}")
            except FileNotFoundError:
                return None
        when: datetime = found if found.tzinfo else found.replace(tzinfo=UTC)
        return when

    def send(self, files: Mapping[str, Path], *, create: bool = False) -> None:
        """Copy files there, several at a time.

        Args:
            files: by their names there.
            create: as `create`, else in place of older ones.

        Raises:
            Taken: see `create`.
        """
        put = self.create if create else self.write
        _all(lambda name: put(name, files[name].read_bytes()), files)

    def fetch(self, files: Mapping[str, Path], sound: Callable[[str, bytes], bool] | None = None) -> list[str]:
        """Copy files from there, several at a time; returns the names of those that are not there.

        Args:
            files: where each goes. Names that storage tells are checked by the caller before they become paths.
            sound: whether a file has the content that its name promises; one that has not is not there.
        """

        def one(name: str) -> str | None:
            data = self.read(name)
            if data is None or (sound is not None and not sound(name, data)):
                return name
            write_bytes(files[name], data, overwrite=True)
            return None

        return [name for name in _all(one, files) if name is not None]

    def _system(self) -> tuple[Any, str]:
        """The file system, and the folder's name on it; opened once a process.

        Raises:
            InputError: no library for it is installed, or there is no such protocol.
        """
        if not self._opened:
            protocol = self.address.partition("://")[0]
            try:
                import fsspec

                kind = fsspec.get_filesystem_class(protocol)
            except (ImportError, ValueError) as error:
                package = _PACKAGES.get(protocol, "bonaface[distributed]")
                raise InputError(
                    f"{self.address} needs a library for {protocol}:// ({error}). Install one (pip install "
                    f"'{package}', or the one that the message names), or give a folder of this machine."
                ) from error
            for library in _TALKATIVE:  # what goes wrong is raised, and told once
                logging.getLogger(library).addHandler(logging.NullHandler())
            with self._named("open it"):
                options = {**kind._get_kwargs_from_urls(self.address), **_OPTIONS.get(protocol, {})}
                # An instance that another call made may be of another time of the environment.
                system = kind(**options, skip_instance_cache=True)
                self._opened.append((system, str(kind._strip_protocol(self.address)).rstrip("/")))
        held: tuple[Any, str] = self._opened[0]
        return held

    @contextmanager
    def _named(self, what: str) -> Iterator[None]:
        """Within, errors of whatever library are ours. They pass on what the library says, which names no keys."""
        try:
            yield
        except InputError:
            raise
        except Exception as error:
            said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            if isinstance(error, TimeoutError):
                said = f"no answer within {LONGEST:.0f} s"
            raise RemoteError(
                f"{self.address}: cannot {what} ({said}). Check the address, the network, and the keys and rights that "
                "the storage's library finds."
            ) from error


def _all(do: Any, names: Iterable[str]) -> Sequence[Any]:
    hands = ThreadPoolExecutor(AT_ONCE)
    try:
        return [each.result() for each in [hands.submit(do, name) for name in names]]
    finally:
        hands.shutdown(cancel_futures=True)  # where one fails, others need not wait for their time-outs


def _within(system: Any, what: str, *given: Any, **more: Any) -> Any:
    """A call on one file, for `LONGEST` at most where the library can be told so.

    A service that is asked whether to send a content, and never answers, meets none of the libraries' own time-outs.
    """
    if not getattr(system, "async_impl", False):
        return getattr(system, what)(*given, **more)
    from fsspec.asyn import sync

    return sync(system.loop, getattr(system, f"_{what}"), *given, timeout=LONGEST, **more)


def _with_folder(system: Any, place: str) -> None:
    """File systems that have folders want them made; on object storage there are none."""
    if not getattr(system, "async_impl", False):
        system.makedirs(place.rpartition("/")[0], exist_ok=True)


def _hidden(address: str) -> str:
    return _SECRET.sub(r"\1...@", address)


def _below(root: str, name: str) -> str:
    return name.lstrip("/").removeprefix(root.lstrip("/")).lstrip("/")


def _state(about: Mapping[str, Any]) -> str:
    known = {key.lower(): value for key, value in about.items()}
    told = [f"{key}={known[key]}" for key in _STATES if known.get(key) is not None]
    return ";".join([*told, f"size={known.get('size')}"]) if told else ""
