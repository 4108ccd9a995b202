"""Find a generator by name among installed packages, and load it only when it may be loaded.

Listing reads package metadata and imports nothing. Ours load by default; anyone else's needs a pin that
names distribution, version and the digest of its installed files, so that an upgrade or a package of the
same name does not slip in. No folder is ever scanned for code.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from generators.api import Generator, GeneratorError
from provenance.digest import Digest, canonical_json, digest_bytes, digest_file

GROUP = "assetlib.generators"
_OURS = "assetlib"
_NOT_CODE = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})


class GeneratorRefused(GeneratorError):
    """A generator that is not installed, not pinned, or not what was pinned."""


class NotInstalled(GeneratorRefused):
    """No generator has this name."""

    exit_code: ClassVar[int] = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An installed generator, known from metadata alone. target: ``module:Class``."""

    name: str
    distribution: str
    version: str
    target: str

    @property
    def built_in(self) -> bool:
        return self.distribution == _OURS and self.target.startswith("generators.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The studio's leave to load one generator of one exact distribution."""

    name: str
    distribution: str
    version: str
    digest: Digest


def available() -> tuple[Listed, ...]:
    """Every installed generator by name; imports none of them."""
    found = {
        Listed(name=entry.name, distribution=entry.dist.name, version=entry.dist.version, target=entry.value)
        for entry in importlib.metadata.entry_points(group=GROUP)
        if entry.dist is not None
    }
    return tuple(sorted(found, key=lambda listed: (listed.name, listed.distribution)))


def load(name: str, pins: Iterable[Pin] = ()) -> Generator:
    """The generator `name`, ours or pinned; raises GeneratorRefused with what to do."""
    candidates = [listed for listed in available() if listed.name == name]
    if not candidates:
        known = ", ".join(sorted({listed.name for listed in available()}))
        raise NotInstalled(f"no generator named {name!r} is installed; installed are: {known}")
    for listed in candidates:
        if listed.built_in:
            return _instance(listed)
    wanted = [pin for pin in pins if pin.name == name]
    for listed in candidates:
        for pin in wanted:
            if pin.distribution == listed.distribution:
                _check_pin(listed, pin)
                return _instance(listed)
    first = candidates[0]
    raise GeneratorRefused(
        f"generator {name!r} of {first.distribution} {first.version} is not on the allow-list; "
        f"review it, then pin it with digest {distribution_digest(first.distribution)}"
    )


def _check_pin(listed: Listed, pin: Pin) -> None:
    if listed.version != pin.version:
        raise GeneratorRefused(
            f"generator {pin.name!r} is pinned to {pin.distribution} {pin.version}, installed is {listed.version}"
        )
    found = distribution_digest(listed.distribution)
    if found != pin.digest:
        raise GeneratorRefused(
            f"the files of {pin.distribution} {pin.version} have digest {found}, pinned is {pin.digest}: "
            "they were changed after the review"
        )


def _instance(listed: Listed) -> Generator:
    module, _, name = listed.target.partition(":")
    try:
        made: Generator = getattr(importlib.import_module(module), name)()
    except (ImportError, AttributeError) as error:
        raise GeneratorRefused(
            f"generator {listed.name!r} of {listed.distribution} {listed.version} does not load: {error}"
        ) from error
    if made.capabilities.name != listed.name:
        raise GeneratorRefused(f"expected a generator named {listed.name!r}, found {made.capabilities.name!r}")
    return made


@functools.cache
def distribution_digest(distribution: str) -> Digest:
    """Digest over path and content of every file that `distribution` installed; ours is over this package.

    Files that the installer writes for itself are left out, and so are compiled caches.
    """
    if distribution == _OURS:
        root = Path(__file__).parent
        files = {str(path.relative_to(root)): path for path in root.rglob("*.py")}
    else:
        listed = importlib.metadata.distribution(distribution).files
        if not listed:
            raise GeneratorRefused(f"{distribution} lists no installed files; install it from a wheel")
        files = {
            str(file): Path(str(file.locate()))
            for file in listed
            if file.name not in _NOT_CODE and file.suffix != ".pyc"
        }
    missing = sorted(name for name, path in files.items() if not path.is_file())
    if missing:
        raise GeneratorRefused(f"{distribution} misses installed files: {', '.join(missing[:3])}; reinstall it")
    return digest_bytes(canonical_json([[name, digest_file(path)] for name, path in sorted(files.items())]))


def home_of(generator: Generator) -> tuple[str, Digest | None]:
    """Distribution and digest of the code behind `generator`; ('unpackaged', None) for code in no distribution."""
    package = type(generator).__module__.partition(".")[0]
    if package == "generators":
        return _OURS, distribution_digest(_OURS)
    names = importlib.metadata.packages_distributions().get(package, [])
    if not names:
        return "unpackaged", None
    return names[0], distribution_digest(names[0])
