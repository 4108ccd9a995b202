"""What this room raises. One root, so that a caller can tell 'the layers are wrong' from a defect of ours."""

from __future__ import annotations


class UsdError(Exception):
    """Layers or values that cannot become a shot or a picture; the message says what to change."""


class AssetNotFound(UsdError):
    """A layer that a shot references lies in none of the allowed search paths."""
