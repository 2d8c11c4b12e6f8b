"""Fetching one file from one address into a part file, going on where an earlier try broke off."""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING, Protocol

from bonaface.core.errors import InputError
from bonaface.io.answers import (
    Bounds,
    Broken,
    Refused,
    Unfit,
    check_promise,
    no_graph,
    reason_of,
    start_of,
    total_of,
    validator_of,
)
from bonaface.io.parts import MEGABYTE, Part

if TYPE_CHECKING:
    from requests import Response, Session

PAUSES = (1.0, 2.0, 4.0)
"""Seconds before a further try; they start anew whenever a try brought the file forward."""
LONGEST_PAUSE = 60.0
"""Seconds that a server may ask for."""
TIMEOUT = (10.0, 60.0)
"""Seconds for connecting, and between two pieces of an answer."""
PIECE = 1 << 16
"""Bytes that are taken at a time; what came of the last one before a break is lost."""


class Progress(Protocol):
    """Told how far a download is."""

    def __call__(self, done: int, total: int | None, said: str = "") -> None:
        """`done` bytes of `total` (None: the server does not say); `said` is news for a person."""


def download(url: str, part: Part, bounds: Bounds, progress: Progress) -> str:
    """Bring a part to its end.

    Proxies are taken from the environment (HTTPS_PROXY and its kin). A part that is there is continued where its
    server says that the content is still the same, or where the SHA-256 will tell.

    Returns:
        The SHA-256 of the whole file, which is flushed to the disk.

    Raises:
        Refused: the address does not deliver it; the part stays where going on later makes sense.
        InputError: the disk is full.
    """
    import requests

    furthest, tries = part.size, 0
    with requests.Session() as session:
        session.headers.update({"Accept-Encoding": "identity", "User-Agent": "bonaface"})
        while True:
            try:
                return _attempt(session, url, part, bounds, progress)
            except Broken as broken:
                if isinstance(broken, Unfit):
                    part.delete()
                tries = 1 if part.size > furthest else tries + 1
                furthest = max(furthest, part.size)
                if tries > min(broken.tries, len(PAUSES)):
                    raise Refused(str(broken)) from broken
                pause = min(max(PAUSES[tries - 1], broken.pause), LONGEST_PAUSE)
                progress(part.size, None, f"{broken}; trying again in {pause:.0f} s")
                time.sleep(pause)


def _attempt(session: Session, url: str, part: Part, bounds: Bounds, progress: Progress) -> str:
    import requests
    from urllib3.exceptions import HTTPError

    validator = part.validator(url)
    offset = part.size if validator or bounds.pinned else 0
    headers = {"Range": f"bytes={offset}-"} if offset else {}
    if offset and validator:
        headers["If-Range"] = validator
    try:
        with session.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            if response.status_code == 416 and offset and total_of(response) == offset:  # it was whole already
                return part.hash().hexdigest()
            start = start_of(response, url, offset)
            if offset and not start:
                progress(0, None, "the server sends the file from its beginning; starting over")
            return _receive(response, url, part, start, bounds, progress)
    except requests.exceptions.SSLError as error:
        raise Refused(f"no safe connection ({reason_of(error)})") from error
    except requests.exceptions.ProxyError as error:
        raise Broken(f"the proxy cannot be used ({reason_of(error)})", tries=1) from error
    except requests.exceptions.ConnectTimeout as error:
        raise Broken(f"no connection within {TIMEOUT[0]:.0f} s", tries=1) from error
    except requests.exceptions.Timeout as error:
        raise Broken(f"nothing came for {TIMEOUT[1]:.0f} s") from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise Broken(f"the connection broke off at {part.size / MEGABYTE:.1f} MB") from error
    except requests.exceptions.ConnectionError as error:
        raise Broken(f"no connection ({reason_of(error)})", tries=1) from error
    except (requests.exceptions.RequestException, HTTPError) as error:
        raise Refused(f"cannot be fetched ({reason_of(error)})") from error


def _receive(response: Response, url: str, part: Part, start: int, bounds: Bounds, progress: Progress) -> str:
    import requests

    total = total_of(response)
    check_promise(response, total, bounds)
    if total is not None:
        part.check_space(total)
    digest = part.hash() if start else hashlib.sha256()
    done = start
    try:
        with part.path.open("r+b" if start else "wb") as file:
            part.note(url, validator_of(response))  # after other bytes are gone: they are not this server's
            file.seek(start)
            progress(done, total)
            for piece in response.iter_content(PIECE):
                if not done and (what := no_graph(piece)):
                    raise Refused(f"sends {what}, not the file")
                done += len(piece)
                if done > bounds.most:
                    raise Refused(f"sends more than {bounds.most / MEGABYTE:.0f} MB; the card knows of a smaller file")
                file.write(piece)
                digest.update(piece)
                progress(done, total)
            file.flush()
            os.fsync(file.fileno())
    except Refused:
        part.delete()
        raise
    except requests.exceptions.RequestException:  # these are OSErrors too
        raise
    except OSError as error:
        raise InputError(
            f"{part.path.parent} cannot take more ({error.strerror}) after {done / MEGABYTE:.1f} MB. Free some space; "
            "the same command goes on from there."
        ) from error
    if total is not None and done < total:
        raise Broken(f"the connection broke off at {done / MEGABYTE:.1f} MB of {total / MEGABYTE:.1f}")
    if done < max(bounds.least, 1):
        part.delete()
        raise Refused(f"sends {done:,} bytes; expected at least {max(bounds.least, 1):,}")
    return digest.hexdigest()
