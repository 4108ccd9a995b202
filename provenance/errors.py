"""Everything that provenance raises. One root, few classes, each something a caller treats differently.

    ProvenanceError
    ├── KeyUnavailable      a key, its passphrase or its token cannot be had
    ├── SigningFailed       the bytes were not signed; nothing was written
    ├── IngredientRefused   a reference that may not be built upon (tampered, untrusted, unreadable)
    └── InvalidClaim        a claim that says something our schemas do not allow

Reading and judging raise none of these for a bad file: there the defect is the answer.
"""

from __future__ import annotations


class ProvenanceError(Exception):
    """Root of this package's errors; the message says what was expected, what was found, what to do."""


class KeyUnavailable(ProvenanceError):
    """No key: file, passphrase, token or PIN is missing or wrong. Never carries a secret."""


class SigningFailed(ProvenanceError):
    """Signing did not happen, and the target was not written."""


class IngredientRefused(ProvenanceError):
    """An ingredient failed its own verification, so nothing may be signed on top of it."""


class InvalidClaim(ProvenanceError, ValueError):
    """A manifest definition outside our schemas, the IPTC list or the action rules."""
