"""Where the passphrase of a library's keys comes from, in the order people expect.

``--passphrase-file``, then ``ASSETLIB_PASSPHRASE_FILE``, then the keyring of the operating system, then
the file that `init` wrote where there was no terminal, then a prompt. The environment carries a file
name and never the passphrase: environments are inherited and printed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from provenance.errors import KeyUnavailable
from provenance.keyfiles import write_once

VARIABLE = "ASSETLIB_PASSPHRASE_FILE"
_SERVICE = "assetlib"


def passphrase_source(
    library_id: str,
    *,
    passphrase_file: Path | None,
    environ: Mapping[str, str],
    prompt: Callable[[], str] | None,
    use_keyring: bool = True,
) -> Callable[[], bytes]:
    """A function that gives the passphrase when a key is opened; it raises KeyUnavailable.

    `prompt` is None where nobody can be asked. An explicitly named file that cannot be read is an error:
    falling through to another source would open the wrong key or hide a typing error.
    """

    def obtain() -> bytes:
        named = passphrase_file or (Path(environ[VARIABLE]) if environ.get(VARIABLE) else None)
        if named is not None:
            return _read(named)
        if use_keyring and (kept := _from_keyring(library_id)):
            return kept
        if (stored := stored_passphrase_path(library_id, environ)).exists():
            return _read(stored)
        if prompt is not None and (typed := prompt()):
            return typed.encode()
        raise KeyUnavailable(f"no passphrase for library {library_id}: give --passphrase-file or set {VARIABLE}")

    return obtain


def stored_passphrase_path(library_id: str, environ: Mapping[str, str]) -> Path:
    """``$XDG_STATE_HOME/assetlib/<library-id>.pass``, outside the library so that a copy of it opens nothing."""
    state = environ.get("XDG_STATE_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".local" / "state")
    if not library_id or "/" in library_id or library_id.startswith("."):
        raise KeyUnavailable(f"expected a library id without slashes, found {library_id!r}")
    return Path(state) / "assetlib" / f"{library_id}.pass"


def store_random_passphrase(library_id: str, environ: Mapping[str, str]) -> Path:
    """Write a new random passphrase (256 bits, mode 0600) and return its path; never replaces one."""
    path = stored_passphrase_path(library_id, environ)
    try:
        write_once(path, secrets.token_urlsafe(32).encode() + b"\n")
    except FileExistsError:
        raise KeyUnavailable(f"{path}: a passphrase is already there; nothing was changed") from None
    return path


def _read(path: Path) -> bytes:
    try:
        passphrase = path.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise KeyUnavailable(f"{path}: expected a passphrase file, found {error.strerror}") from None
    if not passphrase:
        raise KeyUnavailable(f"{path}: expected a passphrase, found an empty file")
    return passphrase


def _from_keyring(library_id: str) -> bytes | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        kept = keyring.get_password(_SERVICE, library_id)
    except (KeyringError, RuntimeError, OSError):  # a locked or absent desktop keyring is no error: ask the next
        return None
    return kept.encode() if kept else None
