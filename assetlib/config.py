"""Settings of a library, read once.

Order: flags and the file of ``--config``, then ``ASSETLIB_*``, then ``assetlib.toml`` in the library, then the
person's own ``$XDG_CONFIG_HOME/assetlib/config.toml``, then the defaults here. `Settings.origins` tells for each value
where it came from.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetlib.model.refusals import BadInput, NotFound

FILE = "assetlib.toml"
# the password in scheme://user:password@host, and the PIN in a PKCS#11 URI
_SECRETS = re.compile(r"((?<=://)[^/@:]*:(?=.*@)|\b(?:pin-value|password)=)(?:[^&;]*(?=@)|[^&;@]+)")

_DEFAULTS: dict[str, str] = {
    "library.id": "",
    "library.name": "",
    "library.production": "main",
    "catalog.url": "sqlite:///catalog.sqlite",
    "store.path": "store",
    "keys.path": "keys",
    "signing.signer": "file:keys/signer.key",
    "signing.tsa": "",
    "signing.tsa_roots": "",
    "network.hosts": "",
    "generation.isolation": "best",
    "generation.allow": "",
    "rights.policy_url": "https://assetlib.example/policy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting as text by dotted name; paths are relative to `directory`."""

    directory: Path
    values: tuple[tuple[str, str], ...]
    origins: tuple[tuple[str, str], ...]

    def __getitem__(self, name: str) -> str:
        return dict(self.values)[name]

    def shown(self, name: str) -> str:
        """A setting as people and logs may see it: without the secret that a URL can carry."""
        return _SECRETS.sub(r"\1***", self[name])

    def path(self, name: str) -> Path:
        return (self.directory / self[name]).resolve()

    def words(self, name: str) -> tuple[str, ...]:
        """A setting that lists words, separated by commas or blanks."""
        return tuple(self[name].replace(",", " ").split())

    @property
    def catalog_url(self) -> str:
        """The database URL; a relative SQLite file lies inside the library."""
        url = self["catalog.url"]
        prefix = "sqlite:///"
        if url.startswith(prefix) and not url.startswith(prefix + "/"):
            return prefix + str((self.directory / url.removeprefix(prefix)).resolve())
        return url

    @property
    def signer_uri(self) -> str:
        uri = self["signing.signer"]
        if uri.startswith("file:") and not uri.startswith("file:/"):
            return "file:" + str((self.directory / uri.removeprefix("file:")).resolve())
        return uri


def find_library(start: Path, environ: Mapping[str, str], flag: Path | None = None) -> Path:
    """The library named by flag or ``ASSETLIB_LIBRARY``, else the nearest one upward; raises NotFound."""
    named = flag or (Path(environ["ASSETLIB_LIBRARY"]) if environ.get("ASSETLIB_LIBRARY") else None)
    if named is not None:
        if not (named / FILE).is_file():
            raise NotFound(f"no library at {named}: it has no {FILE}; make one with 'assetlib init {named}'")
        return named.resolve()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder.resolve()
    raise NotFound(f"no library here: no {FILE} in {start} or above it; use --library, or 'assetlib init DIR'")


def library_settings(
    directory: Path,
    environ: Mapping[str, str],
    *,
    config: Path | None = None,
    values: Mapping[str, str] | None = None,
) -> Settings:
    """The settings of the library in `directory` for the person whose environment this is. Raises like `load_settings`.

    `config` is the file of ``--config``. `values` stands for the library's file before it is written.
    """
    return load_settings(directory, environ, user_file=user_config(environ), config=config, values=values)


def user_config(environ: Mapping[str, str]) -> Path | None:
    """The person's own file, whether it is there or not; None where nobody has a home."""
    home = environ.get("XDG_CONFIG_HOME") or (f"{environ['HOME']}/.config" if environ.get("HOME") else "")
    return Path(home) / "assetlib" / "config.toml" if home else None


def load_settings(
    directory: Path,
    environ: Mapping[str, str],
    *,
    user_file: Path | None = None,
    config: Path | None = None,
    values: Mapping[str, str] | None = None,
) -> Settings:
    """Merge every source; raises BadInput for an unreadable file or an unknown name, NotFound without a library."""
    layers: list[tuple[str, Mapping[str, str]]] = [("default", _DEFAULTS)]
    if user_file is not None and user_file.is_file():
        layers.append((str(user_file), _flatten(user_file)))
    if values is None and not (directory / FILE).exists():
        raise NotFound(f"no library at {directory}: it has no {FILE}")
    layers.append((FILE, _flatten(directory / FILE) if values is None else values))
    layers.append(("environment", _from_environment(environ)))
    if config is not None:
        layers.append((f"--config {config}", _flatten(config)))
    merged: dict[str, str] = {}
    origins: dict[str, str] = {}
    for origin, layer in layers:
        for name, value in layer.items():
            merged[name], origins[name] = value, origin
    return Settings(directory=directory, values=tuple(sorted(merged.items())), origins=tuple(sorted(origins.items())))


def render_settings(values: Mapping[str, str]) -> str:
    """`assetlib.toml` text for dotted names, sections in order."""
    sections: dict[str, dict[str, str]] = {}
    for name, value in values.items():
        section, _, key = name.partition(".")
        sections.setdefault(section, {})[key] = value
    lines = ["# Settings of this library; 'assetlib config show --origin' lists all of them."]
    for section, entries in sections.items():
        lines += ["", f"[{section}]"]
        lines += [f"{key} = {_toml_text(value)}" for key, value in entries.items()]
    return "\n".join(lines) + "\n"


def _toml_text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _flatten(path: Path) -> dict[str, str]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path}: not a readable TOML file: {error}") from error
    return dict(_pairs(document, path))


def _pairs(document: Mapping[str, Any], path: Path) -> list[tuple[str, str]]:
    pairs = []
    for section, entries in document.items():
        if not isinstance(entries, dict):
            raise BadInput(f"{path}: expected sections such as [library], found the bare name {section!r}")
        for key, value in entries.items():
            name = f"{section}.{key}"
            if name not in _DEFAULTS:
                raise BadInput(f"{path}: unknown setting {name!r}; known are {', '.join(_DEFAULTS)}")
            pairs.append((name, ",".join(map(str, value)) if isinstance(value, list) else str(value)))
    return pairs


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """``ASSETLIB_CATALOG_URL`` sets ``catalog.url``; only known names count."""
    return {
        name: environ[variable]
        for name in _DEFAULTS
        if (variable := "ASSETLIB_" + name.upper().replace(".", "_")) in environ
    }
