"""`assetlib doctor`: probe every capability; say in one sentence what is missing and what still works.

A probe never raises and changes nothing. Native libraries are tried in a child process, so that a broken build of one
ends the child and not the doctor.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenance.digest import digest_bytes
from provenance.passphrases import VARIABLE, stored_passphrase_path

if TYPE_CHECKING:
    from assetlib.library import Library

_PACKAGES = ("cli", "assetlib", "generators", "provenance", "schemas")
_SECONDS = 60
# module → (what it is called, what works without it)
_NATIVE = {
    "embreex": (
        "embreex",
        "passes and the built-in previs cannot be rendered; everything else works; install assetlib[previs]",
    ),
    "OpenImageIO": ("OpenImageIO", "no EXR is written or read; PNG works; install assetlib[media]"),
    "av": ("PyAV", "no MP4 is written; single frames work; install assetlib[media]"),
    "PyOpenColorIO": ("OpenColorIO", "the studio's OCIO config is not applied; sRGB and ACEScg work without it"),
    "pdqhash": ("pdqhash", "pictures are found by digest alone; reinstall assetlib"),
    "keyring": ("keyring", "passphrases come from files or a prompt; nothing else needs it"),
    "libxmp": ("libexempi", "do-not-train words are not written as XMP; C2PA and sidecars carry them; make system"),
    "psycopg": ("psycopg", "no PostgreSQL; SQLite works; install assetlib[postgres]"),
}
_TRY = """
import importlib, json, sys
sys.path[:0] = json.loads(sys.argv[2])
for name in sys.argv[1].split():
    try:
        module = importlib.import_module(name)
        said = ""
    except BaseException as error:
        absent = isinstance(error, ModuleNotFoundError)
        said = f"{error.name} is not installed" if absent else f"{type(error).__name__}: {error}".splitlines()[0]
    print(json.dumps([name, said]), flush=True)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One capability: whether it is there, and a sentence a person can act on."""

    name: str
    ok: bool
    sentence: str

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "ok": self.ok, "sentence": self.sentence}


Answer = tuple[bool, str]


def broken_library(problem: Exception) -> Probe:
    """The library that does not open, as one more finding."""
    return Probe(name="library", ok=False, sentence=f"it does not open: {problem}")


def examine(library: Library | None) -> tuple[Probe, ...]:
    """Every probe, in the order of need; with a library also its own parts. Never raises."""
    probes: list[tuple[str, Callable[[], Answer]]] = [
        ("python", _python),
        ("packages", _packages),
        ("Content Credentials", _credentials),
        ("OpenUSD", _usd),
        ("MaterialX", _materialx),
        ("timelines", _timelines),
        ("diffusers", _diffusers),
        ("sandbox", _sandbox),
    ]
    found = [_probed(name, probe) for name, probe in probes]
    found += _native()
    if library is None:
        return (
            *found,
            Probe(name="library", ok=True, sentence="none here; its own parts were not tried"),
        )
    own: list[tuple[str, Callable[[Library], Answer]]] = [
        ("database", _database),
        ("passphrase", _passphrase),
        ("signing", _signing),
        ("clock", _clock),
    ]
    return (*found, *(_probed(name, partial(probe, library)) for name, probe in own))


def _probed(name: str, probe: Callable[[], Answer]) -> Probe:
    try:
        ok, sentence = probe()
    except Exception as error:  # noqa: BLE001  whatever is broken, the other probes still answer
        ok, sentence = False, f"could not be tried: {type(error).__name__}: {error}"
    return Probe(name=name, ok=ok, sentence=" ".join(sentence.split()))


def _python() -> Answer:
    return sys.version_info >= (3, 11), f"Python {sys.version.split()[0]}; 3.11 or newer is needed"


def _packages() -> Answer:
    """Whether each of our packages is ours: names like ``cli`` are taken by other distributions too."""
    home = Path(_file_of("assetlib")).parent.parent
    strangers = [name for name in _PACKAGES if Path(_file_of(name)).parent.parent != home]
    if strangers:
        places = ", ".join(f"{name} at {_file_of(name)}" for name in strangers)
        return False, f"another distribution put {places}; install assetlib in an environment of its own"
    return True, f"all of them lie in {home}"


def _file_of(package: str) -> str:
    spec = importlib.util.find_spec(package)
    return "nowhere" if spec is None or spec.origin is None else spec.origin


def _credentials() -> Answer:
    from provenance.credentials import engine_version, supported_formats

    formats = supported_formats()
    if not any("zip" in name for name in formats):
        return False, f"{engine_version()} does not write into zip: USDZ gets a sidecar, PNG and MP4 work"
    return True, f"{engine_version()}, PNG, MP4 and zip (USDZ) among {len(formats)} formats"


def _usd() -> Answer:
    from assetlib.usd.abilities import usd_abilities

    able = usd_abilities()
    if able.schemas_missing:
        return False, able.schemas_missing
    if not able.authorship:
        return False, f"OpenUSD {able.version} has no AuthorshipAPI; authors stand in the manifest alone"
    return True, f"OpenUSD {able.version} with AuthorshipAPI and our schemas"


def _materialx() -> Answer:
    from assetlib.usd.abilities import usd_abilities

    if usd_abilities().materialx:
        return True, "OpenUSD reads .mtlx"
    return False, "this OpenUSD does not read .mtlx: such files are kept and reported; UsdPreviewSurface works"


def _timelines() -> Answer:
    from assetlib.editorial.abilities import timeline_abilities

    able = timeline_abilities()
    schemas = ", ".join(f"{name}.{version}" for name, version in able.schemas)
    if able.missing:
        missing = ", ".join(able.missing)
        return False, f"no adapter for {missing}; {', '.join(able.formats)} work; install assetlib[timelines]"
    return True, f"OpenTimelineIO {able.version} ({', '.join(able.formats)}), up to {schemas}"


def _diffusers() -> Answer:
    """By metadata alone: importing these takes a quarter of a minute."""
    missing = [name for name in ("torch", "diffusers") if importlib.util.find_spec(name) is None]
    if missing:
        return False, f"no {' and '.join(missing)}: models are not run; previs works; install assetlib[diffusers]"
    versions = (f"{name} {importlib.metadata.version(name)}" for name in ("torch", "diffusers"))
    return True, ", ".join(versions)


def _sandbox() -> Answer:
    from generators.sandbox import probe

    level = probe(timeout=_SECONDS)
    if level.sufficient:
        return True, f"generators run under {level}"
    return False, (
        f"this machine reaches '{level}': generators run there with generation.isolation = best, "
        "and not at all with required; a Linux kernel with Landlock closes it"
    )


def _native() -> list[Probe]:
    said = dict(_tried(tuple(_NATIVE)))
    probes = []
    for module, (name, without) in _NATIVE.items():
        problem = said.get(module, "it ended the process that tried it")
        sentence = f"{problem}: {without}" if problem else "works"
        probes.append(Probe(name=name, ok=not problem, sentence=sentence))
    return probes


def _tried(modules: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(module, '' or what importing it said); a module that kills the child is left out and the rest tried again."""
    rest = list(modules)
    while rest:
        answered = list(_one_child(rest))
        yield from answered
        rest = rest[len(answered) + 1 :]  # the first without an answer is the one that ended the child


def _one_child(modules: list[str]) -> Iterator[tuple[str, str]]:
    command = [sys.executable, "-c", _TRY, " ".join(modules), json.dumps(sys.path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        output = done.stdout
    except subprocess.TimeoutExpired as late:
        output = late.stdout.decode() if late.stdout else ""  # bytes here, whatever `text` says
    for line in output.splitlines():
        try:
            name, said = json.loads(line)
        except ValueError:
            continue  # a library that prints while it is imported
        yield str(name), str(said)


def _database(library: Library) -> Answer:
    return True, f"{library.catalog.engine_version()}, {library.catalog.ledger().size()} ledger entries"


def _passphrase(library: Library) -> Answer:
    named = os.environ.get(VARIABLE)
    stored = stored_passphrase_path(library.settings["library.id"], os.environ)
    library.passphrase()
    if named:
        return True, f"in the file that {VARIABLE} names"
    if stored.exists():
        return True, f"in {stored}; keep a copy apart from the library"
    return True, "given for this command, or in the system's keyring"


def _signing(library: Library) -> Answer:
    """Sign a made-up inventory and judge it like an asset's; nothing is kept."""
    from provenance.claims import AssetIdentity, asset_package
    from provenance.credentials import read_stream
    from provenance.packages import MEDIA_TYPE, PackageFile, inventory, sign_package
    from provenance.verdict import foundation_defects

    identity = AssetIdentity(entity="assetlib:///props/self-test", version="v001", kind="prop")
    listed = (PackageFile(path="asset.usda", digest=digest_bytes(b"self-test"), size=9),)
    body = inventory(identity.entity, identity.version, "asset.usda", listed)
    manifest = asset_package(title="self-test", asset=identity, inventory=body)
    signed = sign_package(body, manifest, signer=library.signer, trust=library.trust)
    reading = read_stream(io.BytesIO(body), media_type=MEDIA_TYPE, manifest=signed, trust=library.trust)
    defects = foundation_defects(reading)
    if defects:
        return False, f"a signature made now does not verify: {defects[0].sentence}"
    return True, "a signature made now verifies against the library's trust"


def _clock(library: Library) -> Answer:
    ledger = library.catalog.ledger()
    last = json.loads(ledger.entry(ledger.size() - 1))["at"]
    now = library.wall_clock().isoformat()
    if now[:19] < str(last)[:19]:
        return (
            False,
            f"the clock says {now}, the ledger was at {last} already: set the clock before anything is written",
        )
    return True, f"the clock is at or after the ledger's last entry ({last})"
