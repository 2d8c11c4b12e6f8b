"""Asking a service: one POST, with patience where patience helps, and without spilling the key."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bonaface.core.descriptions import AnswerFailed, DescriberRefused, Sent, Settings
from bonaface.core.errors import InputError
from bonaface.io.answers import pause_asked, reason_of
from bonaface.io.describers.question import REPEATS

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

PAUSES = (2.0, 4.0, 8.0)
"""Seconds before a further try."""
LONGEST_PAUSE = 60.0
"""Seconds that a service may ask for."""
CONNECT = 10.0
"""Seconds for connecting."""
LARGEST = 4 << 20
"""Bytes of an answer; a description has a few thousand."""
PASSING = (408, 409, 425, 429)
"""Answers, besides 500 and above, after which trying again makes sense."""
SHOWN = 200
"""Letters of a service's own words that are shown."""


@dataclass(frozen=True, slots=True, repr=False)
class Service:
    """What all services have in common: how they are asked, the key, and seconds for one answer."""

    settings: Settings
    key: str
    timeout: float
    cached: bool = True

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.settings})"  # never the key

    def repeats(self, picture: Sent) -> int:
        """The default."""
        del picture
        return REPEATS


class _Passing(Exception):  # noqa: N818 - says what happened
    def __init__(self, why: str, pause: float = 0.0, *, nobody: bool = False, tries: int = len(PAUSES)) -> None:
        """`pause` is what the service asks for; `tries` how many more are worth it; `nobody`: there is no service."""
        super().__init__(why)
        self.pause, self.nobody, self.tries = pause, nobody, tries


class _Headers:
    """Puts the key on a request; as an `auth`, so that no ~/.netrc takes its place."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers.update(self._headers)
        return request


def check_endpoint(endpoint: str) -> str:
    """The address without a slash at its end.

    Raises:
        InputError: it is no http or https address, or has a name and a password or a question in it.
    """
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host:
        raise InputError(f"{endpoint} is no address of a service; expected one as http://127.0.0.1:8000/v1.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InputError(
            f"The address of the service at {host} holds a user's name, a question or a mark, which reports would "
            "repeat. Give the plain address, and the key by an environment variable (--key-from)."
        )
    return endpoint.rstrip("/")


def is_open(endpoint: str) -> bool:
    """Whether what is sent can be read on its way: plain http to another machine."""
    return urlsplit(endpoint).scheme == "http" and not _here(endpoint)


def _here(url: str) -> bool:
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


def post(url: str, body: Mapping[str, Any], headers: Mapping[str, str], timeout: float, key: str = "") -> Any:
    """The JSON that a service answers.

    Passing troubles (429, 5xx, time-outs, connections that break) are waited out a few times.

    Args:
        url: where to.
        body: what is sent, as JSON.
        headers: with the key in them.
        timeout: seconds for the whole answer.
        key: is cut out of everything that is said.

    Raises:
        AnswerFailed: this question is not answered.
        DescriberRefused: no question will be: the key is wrong, the model unknown, the account empty, nobody there.
    """
    tries = 0
    while True:
        try:
            return _attempt(url, body, headers, timeout, key)
        except _Passing as trouble:
            tries += 1
            if tries > min(trouble.tries, len(PAUSES)):
                kind = DescriberRefused if trouble.nobody else AnswerFailed
                raise kind(f"{trouble}, {tries} times in a row. Try again later.") from trouble
            time.sleep(min(max(PAUSES[tries - 1], trouble.pause), LONGEST_PAUSE))


def _attempt(url: str, body: Mapping[str, Any], headers: Mapping[str, str], timeout: float, key: str) -> Any:
    import requests
    from urllib3.exceptions import HTTPError

    host = urlsplit(url).netloc
    until = time.monotonic() + timeout
    try:
        with requests.Session() as session:
            session.trust_env = not _here(url)  # what is for this machine goes through no proxy
            response = session.post(
                url,
                json=body,
                auth=_Headers({"User-Agent": "bonaface", **headers}),
                timeout=(CONNECT, timeout),
                allow_redirects=False,  # neither picture nor key goes where nobody sent them
                stream=True,
            )
            data = b""
            for piece in response.iter_content(1 << 16):
                data += piece
                if len(data) > LARGEST:
                    raise AnswerFailed(f"{host} sends more than {LARGEST >> 20} MB, which is no description.")
                if time.monotonic() > until:
                    raise _Passing(f"{host} had not answered within {timeout:g} s", tries=1)
            return _read(response, data, host, key)
    except requests.exceptions.SSLError as error:
        raise DescriberRefused(f"There is no safe connection to {host} ({reason_of(error)}).") from error
    except requests.exceptions.ConnectTimeout as error:
        raise _Passing(f"{host} could not be reached within {CONNECT:g} s", nobody=True) from error
    except requests.exceptions.Timeout as error:
        raise _Passing(f"{host} had not answered within {timeout:g} s", tries=1) from error  # each may be paid for
    except requests.exceptions.ConnectionError as error:
        cut = "timed out" in str(error).lower()  # between two pieces of an answer
        why = f"{host} had not answered within {timeout:g} s" if cut else f"{host} gives no connection"
        raise _Passing(
            f"{why} ({_short(reason_of(error), key)})", nobody=not cut, tries=1 if cut else len(PAUSES)
        ) from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise _Passing(f"the connection to {host} broke off") from error
    except (requests.exceptions.RequestException, HTTPError) as error:
        raise AnswerFailed(f"{host} cannot be asked ({_short(reason_of(error), key)}).") from error


def _read(response: Response, data: bytes, host: str, key: str) -> Any:
    status = response.status_code
    said = _short(_message(data), key)
    if status in (401, 403) or (status == 400 and "API_KEY_INVALID" in data.decode("utf-8", "replace")):
        sent = "refuses the key" if key else "wants a key, and none was sent"
        raise DescriberRefused(
            f"{host} {sent} ({status}: {said}). Set the environment variable that holds it (OPENAI_API_KEY, "
            "GEMINI_API_KEY), or name another by --key-from."
        )
    if status == 429 and "insufficient_quota" in data.decode("utf-8", "replace"):
        raise DescriberRefused(f"{host} says that the account has nothing left ({said}).")
    if status in PASSING or status >= 500:
        raise _Passing(f"{host} answers {status} {response.reason} ({said})", pause_asked(response))
    if 300 <= status < 400:
        there = response.headers.get("Location", "another address")
        raise DescriberRefused(
            f"{host} leads to {_short(there, key)}. Give that address by --endpoint, if you trust it."
        )
    if status in (404, 405):
        raise DescriberRefused(f"{host} does not know the address or the model ({status}: {said}). Check both.")
    if status != 200:
        raise AnswerFailed(f"{host} answers {status} {response.reason} ({said}).")
    try:
        return json.loads(data)
    except ValueError as error:
        raise AnswerFailed(f"{host} answers something that is no JSON: {said!r}.") from error


def _message(data: bytes) -> str:
    """The words in a service's answer."""
    text = data[:4096].decode("utf-8", "replace")
    try:
        held = json.loads(data)
    except ValueError:
        return text
    error = held.get("error", held) if isinstance(held, dict) else held
    return str(error.get("message", error) if isinstance(error, dict) else error)


def _short(text: str, key: str) -> str:
    """One line, without the key."""
    line = " ".join((text.replace(key, "[key]") if key else text).split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
