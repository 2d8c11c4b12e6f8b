"""What a server's answer says of a file: whether it is the file, how long it is, and where it begins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from requests import Response


class Refused(Exception):  # noqa: N818 - says what happened
    """This address does not deliver the file; trying again is of no use."""


class Broken(Exception):  # noqa: N818 - says what happened
    """A try failed in a way that may pass."""

    def __init__(self, why: str, pause: float = 0.0, tries: int = 3) -> None:
        """`pause` is what the server asks for, in seconds; `tries` how many more are worth it."""
        super().__init__(why)
        self.pause, self.tries = pause, tries


class Unfit(Broken):
    """The part that is here cannot be continued."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is believed of a file before it comes.

    Attributes:
        least: bytes; less is something else.
        most: bytes; more is something else, and would fill the disk.
        pinned: its SHA-256 is known, so that what was put together from two tries is judged in the end.
    """

    least: int
    most: int
    pinned: bool


def pause_asked(response: Response) -> float:
    """Seconds that a server asks to be left alone; 0 where it does not say, or names a date."""
    asked = response.headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else 0.0


def start_of(response: Response, url: str, offset: int) -> int:
    """The place in the file at which the answer's body begins.

    Raises:
        Refused: the answer is not the file.
        Broken: the server has a passing trouble.
        Unfit: it answers another part than was asked for.
    """
    status = response.status_code
    if status in (408, 425, 429) or status >= 500:
        raise Broken(f"the server answers {status} {response.reason}", pause_asked(response))
    if url.startswith("https:") and not response.url.startswith("https:"):
        raise Refused(f"leads to {response.url}, which is not a safe connection")
    if status == 206:
        given = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        if given and int(given[1]) == offset:
            return offset
    if status in (206, 416):
        raise Unfit("the server's file and the part that is here do not fit together; starting over")
    if status != 200:
        raise Refused(f"the server answers {status} {response.reason}")
    return 0


def check_promise(response: Response, total: int | None, bounds: Bounds) -> None:
    """What the server says of a file, before any of it is taken.

    Raises:
        Refused: it is not the file that is expected, or could not be told from a truncated one.
    """
    if "html" in response.headers.get("Content-Type", "").lower():
        raise Refused("sends a web page, not the file (an error page, or one that asks to log in)")
    if total is None and not bounds.pinned and response.headers.get("Transfer-Encoding", "").lower() != "chunked":
        raise Refused("does not say how long the file is, so that one that broke off would pass for a whole one")
    if total is not None and not bounds.least <= total <= bounds.most:
        raise Refused(
            f"promises {total:,} bytes; expected {bounds.least:,} to {bounds.most:,}. It has another file of that name"
        )


def no_graph(head: bytes) -> str:
    """What a file evidently is, by its first bytes, if it is no weights; else empty."""
    text = head[:512].lstrip().lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")):
        return "a web page"
    if text.startswith(b"version https://git-lfs"):
        return "a pointer of Git LFS (the file itself was not fetched)"
    return "nothing" if not head else ""


def total_of(response: Response) -> int | None:
    """The size of the whole file, as far as the server says it."""
    if given := re.fullmatch(r"bytes .*/(\d+)", response.headers.get("Content-Range", "")):
        return int(given[1])
    length = response.headers.get("Content-Length", "")
    packed = response.headers.get("Content-Encoding", "identity") != "identity"  # its length is that of the packed form
    return int(length) if length.isdecimal() and response.status_code == 200 and not packed else None


def validator_of(response: Response) -> str:
    """What If-Range may name: a strong ETag or a date; empty where going on later would be a guess."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return ""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified", "")


def reason_of(error: BaseException) -> str:
    """The innermost cause, in one line: what wraps it names objects and addresses in memory."""
    inner = error
    while True:
        further = getattr(inner, "reason", None) or next((a for a in inner.args if isinstance(a, BaseException)), None)
        if not isinstance(further, BaseException):
            break
        inner = further
    text = str(inner)
    return re.sub(r"^.*?object at 0x[0-9a-f]+>: |^[A-Z]\w+Connection\([^)]*\): ", "", text) or type(inner).__name__
