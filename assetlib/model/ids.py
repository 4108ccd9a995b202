"""Names of things: entity URIs and the ids that people quote.

>>> entity = EntityUri.parse("assetlib:///characters/hero?version=v003")
>>> entity.path, entity.version
('characters/hero', 'v003')
>>> str(entity.pinned("sha256:" + "0" * 64))[:44]
'assetlib:///characters/hero?version=sha256:0'
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, unquote, urlsplit

_SCHEME = "assetlib"
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]*")
_VERSION = re.compile(r"latest|hero|v\d{3,}|sha256:[0-9a-f]{64}")
_FIELDS = ("product", "version", "representation")


class MalformedReference(ValueError):
    """Text that looks like an entity URI and is none; never to be read as 'not found'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityUri:
    """``assetlib://{production}/{path}?product=&version=&representation=``; an empty production is shared."""

    path: str
    production: str = ""
    product: str | None = None
    version: str | None = None
    representation: str | None = None

    @classmethod
    def parse(cls, text: str) -> EntityUri:
        """Raises MalformedReference, naming what was expected."""
        parts = urlsplit(text)
        if parts.scheme != _SCHEME:
            raise MalformedReference(f"expected a URI that starts with 'assetlib://', found {text!r}")
        if parts.fragment:
            raise MalformedReference(f"an entity URI has no fragment: {text!r}")
        segments = [unquote(s) for s in parts.path.split("/")[1:]]
        if not segments or not all(_SEGMENT.fullmatch(s) for s in segments):
            raise MalformedReference(f"expected a path such as 'characters/hero', found {parts.path!r} in {text!r}")
        try:
            query = parse_qsl(parts.query, strict_parsing=True, keep_blank_values=True) if parts.query else []
        except ValueError as error:
            raise MalformedReference(f"unreadable query in {text!r}: {error}") from error
        fields = dict(query)
        if len(fields) != len(query) or not fields.keys() <= set(_FIELDS):
            raise MalformedReference(f"expected each of {', '.join(_FIELDS)} at most once, found {parts.query!r}")
        version = fields.get("version")
        if version is not None and not _VERSION.fullmatch(version):
            raise MalformedReference(f"expected version latest, hero, v003 or sha256:…, found {version!r}")
        return cls(
            path="/".join(segments),
            production=unquote(parts.netloc),
            product=fields.get("product"),
            version=version,
            representation=fields.get("representation"),
        )

    def pinned(self, digest: str) -> EntityUri:
        """The same entity at one exact content digest; the only form for pins and decisions."""
        return replace(self, version=digest)

    def unpinned(self) -> EntityUri:
        return replace(self, version=None)

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    def __str__(self) -> str:
        query = "&".join(
            f"{name}={quote(value, safe=':')}" for name in _FIELDS if (value := getattr(self, name)) is not None
        )
        return f"{_SCHEME}://{quote(self.production)}/{quote(self.path)}" + (f"?{query}" if query else "")


def slug(name: str) -> str:
    """A name as a URI segment: lower case, words joined by '-'; raises ValueError when nothing is left."""
    text = re.sub(r"[^a-z0-9]+", "-", name.strip().lower()).strip("-")
    if not text:
        raise ValueError(f"expected a name with at least one letter or digit, found {name!r}")
    return text
