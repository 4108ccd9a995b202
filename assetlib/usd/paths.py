"""Which asset paths a layer may hold: the path policy, in one place and without pxr.

A path is good when it is written relatively, with forward slashes, and stays inside the asset's tree.
Everything else is refused, because OpenUSD's resolver would try it: absolute paths and ``..`` that leave
the tree really load, and an expression can hide either.

>>> inside("geo/teapot.usd", "../textures/wood.png")
'textures/wood.png'
>>> defect("geo/teapot.usd", "../../secret.usda")
'leaves the folder of the asset'
"""

from __future__ import annotations

import posixpath
import re

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_LONGEST = 1024


def defect(layer: str, path: str) -> str:
    """Why `path`, written in the layer at `layer` (posix, inside the tree), is refused; '' when it is good."""
    if "`" in path or "${" in path:
        return "is an expression, which hides the file it means"
    if path.startswith("/"):
        return "is absolute"
    if _SCHEME.match(path):
        return "names a scheme, drive or format argument"
    if "\\" in path:
        return "is written with backslashes"
    if "[" in path or "]" in path:
        return "reaches into a package; unpack the package first"
    if len(path) > _LONGEST or any(ord(character) < 32 or ord(character) == 127 for character in path):
        return "has control characters or more than 1024 letters"
    if inside(layer, path).split("/")[0] == "..":
        return "leaves the folder of the asset"
    return ""


def inside(layer: str, path: str) -> str:
    """`path` as seen from the top of the tree. Call it on paths without a defect."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(layer), path))
