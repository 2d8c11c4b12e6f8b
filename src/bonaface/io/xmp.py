"""What a delivered picture says of itself in XMP: which software and model made it, and that it is a composite."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC's word for a photograph of which a trained model made a part."""
NAMESPACE = "https://github.com/bonaface/bonaface/ns/1.0/"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_XMP = "http://ns.adobe.com/xap/1.0/"
_END = "</rdf:RDF>"
_STALE = ("Iptc4xmpExt:DigitalSourceType", "xmp:Thumbnails", "xmp:CreatorTool", "tiff:Orientation", "bonaface:Record")
"""Properties that are not true of the new picture, or that are written anew."""


def describe(software: str, record: Mapping[str, Any], before: bytes | None = None, *, composite: bool = True) -> bytes:
    """An XMP packet.

    Args:
        software: name and version.
        record: what is needed to make the picture again, as JSON.
        before: the packet of the photograph, whose captions, names and rights are passed on; None: it has none.
        composite: whether a model made a part of the picture.

    Returns:
        UTF-8. Where `before` cannot be understood, the packet holds none of it.
    """
    kind = f'Iptc4xmpExt:DigitalSourceType="{COMPOSITE}" ' if composite else ""
    ours = (
        f'<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{_IPTC}" xmlns:xmp="{_XMP}" xmlns:bonaface="{NAMESPACE}" '
        f"{kind}xmp:CreatorTool={quoteattr(software)} "
        f"bonaface:Record={quoteattr(json.dumps(record, ensure_ascii=False, allow_nan=False))}/>"
    )
    kept = _kept(before, _STALE if composite else _STALE[1:]) if before else ""
    body = kept or (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"{_END}</x:xmpmeta>"
    )
    body = body.replace(_END, f"{ours}{_END}")
    return f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>{body}<?xpacket end="w"?>'.encode()


def passes_on(before: bytes) -> bool:
    """Whether `describe` understands a photograph's packet."""
    return bool(_kept(before))


def _kept(before: bytes, stale: tuple[str, ...] = _STALE) -> str:
    """The packet's body without what is not true any more; empty where it is not plain XMP."""
    from xml.etree import ElementTree

    try:
        text = before.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    found = re.search(r"<x:xmpmeta\b.*?</x:xmpmeta>", text, re.DOTALL)
    if found is None or found[0].count(_END) != 1 or "<!" in found[0]:
        return ""
    body = found[0]
    for name in stale:
        word = re.escape(name)
        body = re.sub(rf"<{word}\b[^>]*/>|<{word}\b.*?</{word}>", "", body, flags=re.DOTALL)
        body = re.sub(rf"""\s{word}\s*=\s*("[^"]*"|'[^']*')""", "", body)
    try:
        ElementTree.fromstring(body)  # noqa: S314 - no entities: "<!" was refused
    except ElementTree.ParseError:
        return ""
    return body
