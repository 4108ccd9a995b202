"""A library, opened: its catalog, its bytes, its keys, its clock. Flows receive it; nothing else opens one.

>>> # library = Library.open(Path("northlight"), prompt=None)
>>> # with library.catalog.reader() as queries: ...

Keys open only when something is signed: reading, asking and auditing need no passphrase.
"""

from __future__ import annotations

import base64
import json
import os
import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import cast, get_args

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from assetlib.catalog.catalog import Catalog
from assetlib.catalog.committer import Committer
from assetlib.config import FILE, Settings, find_library, library_settings, render_settings
from assetlib.model.asset import AssetVersion
from assetlib.model.production import Production
from assetlib.model.refusals import BadInput, Conflict, VerificationFailed
from assetlib.storage.local import LocalStore
from assetlib.storage.store import StorageRefused
from generators.run import Isolation
from provenance.authority import Authority, create_authority, open_authority
from provenance.credentials import read_stream
from provenance.digest import digest_bytes, hex_of
from provenance.errors import ProvenanceError
from provenance.keyfiles import create_ed25519_key, load_ed25519_key, write_once
from provenance.packages import MEDIA_TYPE as INVENTORY_TYPE
from provenance.packages import read_inventory
from provenance.passphrases import passphrase_source, store_random_passphrase
from provenance.signers import Signer, open_signer
from provenance.transport import Transport
from provenance.trust import TrustTable, trust_authority
from provenance.verdict import foundation_defects

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


class Library:
    """The opened parts. Build one with `create` or `open`, and `close` it, or use it in a `with`."""

    def __init__(
        self,
        *,
        settings: Settings,
        catalog: Catalog,
        store: LocalStore,
        authority: Authority,
        passphrase: Callable[[], bytes],
        clock: Clock,
        person: str | None,
    ) -> None:
        self.settings = settings
        self.catalog = catalog
        self.store = store
        self.authority = authority
        self.wall_clock = clock
        self.person = person
        self._passphrase = passphrase
        self._holds = False
        self._checked: dict[AssetVersion, str] = {}
        self._turn = threading.Lock()
        self._running: dict[str, Callable[[], None]] = {}

    @classmethod
    def create(
        cls,
        directory: Path,
        *,
        name: str,
        environ: Mapping[str, str] | None = None,
        passphrase_file: Path | None = None,
        prompt: Callable[[], bytes] | None = None,
        clock: Clock = system_clock,
        production: Production | None = None,
        config: Path | None = None,
    ) -> Library:
        """Make a new library in `directory`. Raises Conflict when one is there, BadInput when files are."""
        environ = os.environ if environ is None else environ
        cls.refuse_unfit(directory)
        library_id = uuid.uuid4().hex
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)
        if passphrase_file is None and prompt is None and not environ.get("ASSETLIB_PASSPHRASE_FILE"):
            store_random_passphrase(library_id, environ)
        passphrase = passphrase_source(
            library_id, passphrase_file=passphrase_file, environ=environ, prompt=_as_text(prompt)
        )
        keys = directory / "keys"
        keys.mkdir(mode=0o700)
        create_authority(keys, name=name, passphrase=passphrase(), now=clock())
        for role in ("log", "permit"):
            key = create_ed25519_key(keys / f"{role}.key", passphrase())
            write_once(keys / f"{role}.pub", base64.b64encode(_raw(key.public_key())) + b"\n", mode=0o644)
        chosen = production or Production(id="main", name=name)
        settings = {"library.id": library_id, "library.name": name, "library.production": chosen.id}
        Catalog.create(library_settings(directory, environ, config=config, values=settings).catalog_url).close()
        # the settings file comes last: a folder without it is no library, whatever was interrupted
        write_once(directory / FILE, render_settings(settings).encode(), mode=0o644)
        library = cls.open(
            directory, environ=environ, passphrase_file=passphrase_file, prompt=prompt, clock=clock, config=config
        )
        library.committer.commit(
            "library.created",
            {"library": library_id, "production": chosen.id},
            lambda write, index: write.put_production(chosen, default=True),
        )
        return library

    @staticmethod
    def refuse_unfit(directory: Path) -> None:
        """Raise Conflict when a library is there, BadInput when other files are."""
        if (directory / FILE).exists():
            raise Conflict(f"there is a library already at {directory}; open it, or choose another folder")
        if directory.exists() and not directory.is_dir():
            raise BadInput(f"{directory} is a file; a library starts in a folder of its own")
        if directory.exists() and any(directory.iterdir()):
            raise BadInput(f"{directory} is not empty; a library starts in a folder of its own")

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        environ: Mapping[str, str] | None = None,
        passphrase_file: Path | None = None,
        prompt: Callable[[], bytes] | None = None,
        clock: Clock = system_clock,
        person: str | None = None,
        config: Path | None = None,
    ) -> Library:
        """Open the library in `directory`; raises NotFound, BadInput or what the catalog says."""
        environ = os.environ if environ is None else environ
        directory = directory.resolve()
        settings = library_settings(directory, environ, config=config)
        if not settings["library.id"]:
            raise BadInput(f"{directory / FILE} names no library.id; restore the file from a backup")
        return cls(
            settings=settings,
            catalog=Catalog.open(settings.catalog_url),
            store=LocalStore(settings.path("store.path")),
            authority=open_authority(settings.path("keys.path")),
            passphrase=passphrase_source(
                settings["library.id"], passphrase_file=passphrase_file, environ=environ, prompt=_as_text(prompt)
            ),
            clock=clock,
            person=person,
        )

    @staticmethod
    def locate(start: Path, flag: Path | None, environ: Mapping[str, str] | None = None) -> Path:
        """The library that a command means: named, in the environment, or the nearest one upward."""
        return find_library(start, os.environ if environ is None else environ, flag)

    def moved_to(self, settings: Settings, store: LocalStore) -> Library:
        """The same keys' owner and clock over the catalog and keys that `settings` names, and over `store`."""
        return Library(
            settings=settings,
            catalog=Catalog.open(settings.catalog_url),
            store=store,
            authority=open_authority(settings.path("keys.path")),
            passphrase=self._passphrase,
            clock=self.clock,
            person=self.person,
        )

    def close(self) -> None:
        """End what was kept running for it, and let go of the catalog. A second time does nothing more."""
        with self._turn:
            running, self._running = self._running, {}
        for end in reversed(running.values()):
            end()
        self.catalog.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def keep_running(self, name: str, start: Callable[[], Callable[[], None]]) -> None:
        """Start something that lives as long as this opened library, once; what `start` returns ends it."""
        with self._turn:
            if name not in self._running:
                self._running[name] = start()

    def clock(self) -> datetime:
        """The time by which everything here is decided: the wall clock's, but never before the ledger's last entry,
        so that a clock set back opens no window again. The committer alone asks the wall clock and refuses a bad one.
        """
        return max(self.wall_clock(), self.catalog.ledger().last_time())

    @property
    def directory(self) -> Path:
        return self.settings.directory

    @property
    def actor(self) -> str:
        """Who is recorded as asking: the person named by ``--as``, or 'undeclared'."""
        return self.person or "undeclared"

    def integrity_of(self, version: AssetVersion) -> str:
        """'' when the version's signed inventory holds and says what the record says, else what is wrong.

        Checked once per opened library. The files' own bytes are hashed whenever they are read.
        """
        if version not in self._checked:
            self._checked[version] = self._check_integrity(version)
        return self._checked[version]

    def demand_record(self, *, afresh: bool = False) -> None:
        """Raise VerificationFailed when the database was changed behind the ledger: no answer rests on such a record.

        Checked once per opened library unless `afresh`; 15,000 entries take a second.
        """
        if self._holds and not afresh:
            return
        report = self.catalog.ledger().verify_all(self.origin, self.log_public_key)
        if report.findings:
            raise VerificationFailed(
                f"the library's record does not hold: {report.findings[0].sentence}; nothing is decided on it and "
                "nothing leaves; run 'assetlib ledger verify', and restore the database from a backup"
            )
        self._holds = True

    def _check_integrity(self, version: AssetVersion) -> str:
        if version.manifest is None:
            return f"{version.name} {version.version} carries no signed manifest"
        try:
            with self.store.open(version.digest) as inventory, self.store.open(version.manifest) as manifest:
                signed, listed = manifest.read(), inventory.read()
                inventory.seek(0)
                reading = read_stream(inventory, media_type=INVENTORY_TYPE, manifest=signed, trust=self.trust)
        except StorageRefused as error:
            return str(error)
        defects = foundation_defects(reading)
        return defects[0].sentence if defects else _differs(version, listed)

    @property
    def origin(self) -> str:
        """The ledger's origin line (C2SP tlog-checkpoint): stable for the life of the library."""
        return f"assetlib/{self.settings['library.id']}"

    @property
    def staging(self) -> Path:
        """A folder on the store's file system for work in progress; swept by `fsck`."""
        folder = self.directory / "staging"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    @cached_property
    def committer(self) -> Committer:
        key = load_ed25519_key(self.settings.path("keys.path") / "log.key", self._passphrase())
        return Committer(self.catalog, log_key=key, origin=self.origin, clock=lambda: self.wall_clock())

    @cached_property
    def signer(self) -> Signer:
        return open_signer(self.settings.signer_uri, passphrase=self._passphrase)

    @cached_property
    def permit_key(self) -> Ed25519PrivateKey:
        return load_ed25519_key(self.settings.path("keys.path") / "permit.key", self._passphrase())

    @cached_property
    def permit_public_key(self) -> Ed25519PublicKey:
        return self._public("permit")

    @property
    def permit_key_id(self) -> str:
        """The start of the permit key's digest, as permits name it."""
        return hex_of(digest_bytes(_raw(self.permit_public_key)))[:16]

    @property
    def isolation(self) -> Isolation:
        """How generators are held: 'best', 'required' or 'in-process'. Raises BadInput for another word."""
        word = self.settings["generation.isolation"]
        for known in get_args(Isolation):
            if word == known:
                return cast("Isolation", known)
        raise BadInput(f"generation.isolation: expected {', '.join(get_args(Isolation))}; found {word!r}")

    @cached_property
    def log_public_key(self) -> Ed25519PublicKey:
        return self._public("log")

    @cached_property
    def trust(self) -> TrustTable:
        return trust_authority(self.authority)

    @cached_property
    def transport(self) -> Transport:
        """The way out for metadata (time stamps), to the hosts of ``network.hosts`` alone; none by default."""
        return Transport(hosts=self.settings.words("network.hosts"))

    def passphrase(self) -> bytes:
        """The passphrase of the library's keys; asked for only when a key must open."""
        return self._passphrase()

    def _public(self, role: str) -> Ed25519PublicKey:
        path = self.settings.path("keys.path") / f"{role}.pub"
        try:
            return Ed25519PublicKey.from_public_bytes(base64.b64decode(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise BadInput(f"{path}: expected a public key in base64; restore it from a backup ({error})") from error


def _differs(version: AssetVersion, listed: bytes) -> str:
    """'' when the signed inventory names this entity, version and these very files; else where the record differs."""
    try:
        signed = {(file.path, file.digest, file.size) for file in read_inventory(listed)}
    except ProvenanceError as error:
        return str(error)
    head = json.loads(listed)
    if (head["entity"], head["version"]) != (version.entity, version.version):
        return f"it is signed as {head['entity']} {head['version']}, and recorded as {version.entity} {version.version}"
    different = sorted({path for path, _, _ in signed ^ {(f.path, f.digest, f.size) for f in version.files}})
    return f"{different[0]} is not the file that was signed" if different else ""


def _as_text(prompt: Callable[[], bytes] | None) -> Callable[[], str] | None:
    return None if prompt is None else lambda: prompt().decode()


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
