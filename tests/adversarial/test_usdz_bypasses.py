"""USDZ packages that c2pa calls Trusted while OpenUSD opens other bytes than were signed."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from provenance.claims import SourceType, asset_package
from provenance.credentials import read, sign_embedded
from provenance.packages import Entry, inventory, local_view, measure, usdz_defects, usdz_layer_defects
from provenance.verify import verify_file
from tests.provenance_kit import HERO, Studio, make_studio

pxr_usd = pytest.importorskip("pxr.Usd", reason="needs usd-core")
pxr_sdf = pytest.importorskip("pxr.Sdf", reason="needs usd-core")
ZipFile = getattr(pxr_usd, "ZipFile", None) or pxr_sdf.ZipFile
ZipFileWriter = getattr(pxr_usd, "ZipFileWriter", None) or pxr_sdf.ZipFileWriter

GENUINE = b'#usda 1.0\n(\n    defaultPrim = "Hero"\n)\ndef Xform "Hero" {}\n'
FORGED = b'#usda 1.0\n(\n    defaultPrim = "Evil"\n)\ndef Xform "Evil" {}\n'


def usd_view(path: Path) -> list[Entry]:
    """What OpenUSD itself lists."""
    archive = ZipFile.Open(str(path))
    names = list(archive.GetFileNames())
    infos = [archive.GetFileInfo(name) for name in names]
    return [(name, info.dataOffset, info.size) for name, info in zip(names, infos, strict=True)]


def root_prim(path: Path) -> str:
    """The default prim that OpenUSD composes from a package."""
    stage = pxr_usd.Stage.Open(str(path))  # kept: a prim expires with its stage
    return str(stage.GetDefaultPrim().GetName())


def local_entry(name: str, data: bytes) -> bytes:
    """A stored local entry, its data padded to 64 bytes as OpenUSD wants it when it begins a file."""
    padding = (-(30 + len(name) + 4)) % 64
    extra = struct.pack("<HH", 0x1986, padding) + b"\0" * padding
    crc = zlib.crc32(data)
    header = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 0, crc, len(data), len(data), len(name), len(extra))
    return header + name.encode() + extra + data


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return make_studio(tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="module")
def signed(studio: Studio) -> Path:
    """A signed package of a root layer, a second layer and a texture."""
    tree = studio.folder / "tree"
    tree.mkdir()
    (tree / "hero.usda").write_bytes(GENUINE)
    (tree / "geo.usda").write_bytes(b"#usda 1.0\n" + b"# room for an entry\n" * 40)
    (tree / "skin.png").write_bytes(studio.image("skin.png").read_bytes())
    names = ["hero.usda", "geo.usda", "skin.png"]
    plain, target = studio.folder / "plain.usdz", studio.folder / "hero.usdz"
    with ZipFileWriter.CreateNew(str(plain)) as writer:
        for name in names:
            writer.AddFile(str(tree / name), name)
    listed = inventory(HERO.entity, HERO.version, "hero.usda", measure(tree, names))
    claim = asset_package(title="hero.usdz", asset=HERO, inventory=listed, declared=SourceType.DIGITAL_CREATION)
    sign_embedded(plain, target, "model/vnd.usdz+zip", claim, signer=studio.signer, trust=studio.trust)
    return target


def central_directory(data: bytes) -> tuple[int, int, int]:
    """(size, offset, position of the end record)."""
    end = data.rfind(b"PK\x05\x06")
    size, offset = struct.unpack_from("<II", data, end + 12)
    return size, offset, end


def prefixed(data: bytes) -> bytes:
    """A root layer of the same name before the signed package."""
    return local_entry("hero.usda", FORGED) + data


def in_the_gap(data: bytes) -> bytes:
    """An entry over the old central directory, which the signature leaves out."""
    start = data.find(b"PK\x01\x02")
    gap = data.find(b"PK\x03\x04", start) - start
    name = "evil.usda"
    payload = b"#usda 1.0\n"
    payload += b"#" * (gap - 30 - len(name) - len(payload))
    crc = zlib.crc32(payload)
    header = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 0, crc, len(payload), len(payload), len(name), 0)
    return data[:start] + header + name.encode() + payload + data[start + gap :]


def test_an_untouched_signed_package_passes_by_both_views(studio: Studio, signed: Path) -> None:
    with signed.open("rb") as stream:
        assert usdz_defects(stream) == ()
        assert usdz_defects(stream, usd_view(signed)) == ()
        assert [e for e in local_view(stream) if not e[0].startswith("META-INF/")] == usd_view(signed)
    verdict = verify_file(signed, trust=studio.trust, usdz_view=usd_view(signed))
    assert verdict.passed, verdict.to_json()
    assert root_prim(signed) == "Hero"


@pytest.mark.parametrize("forge", [prefixed, in_the_gap], ids=["prefix", "gap"])
def test_the_engine_trusts_a_package_that_the_strict_check_refuses(
    studio: Studio, signed: Path, tmp_path: Path, forge: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "forged.usdz"
    path.write_bytes(forge(signed.read_bytes()))
    assert usd_view(path) != usd_view(signed), "the forgery must reach OpenUSD, else the case is empty"
    for view in (None, usd_view(path)):
        verdict = verify_file(path, trust=studio.trust, usdz_view=view)
        assert not verdict.passed
        assert any(s.code.startswith("usdz.") for s in verdict.findings)


def test_the_gap_forgery_reads_trusted_and_shows_another_file(studio: Studio, signed: Path, tmp_path: Path) -> None:
    path = tmp_path / "gap.usdz"
    path.write_bytes(in_the_gap(signed.read_bytes()))
    assert read(path, trust=studio.trust).state == "Trusted"
    assert "evil.usda" in [name for name, _, _ in usd_view(path)]


def test_the_prefix_forgery_reads_trusted_and_shows_another_root(studio: Studio, signed: Path, tmp_path: Path) -> None:
    path = tmp_path / "prefix.usdz"
    path.write_bytes(prefixed(signed.read_bytes()))
    assert read(path, trust=studio.trust).state == "Trusted"
    assert root_prim(path) == "Evil"


def test_a_duplicate_name_signed_by_us_is_refused(studio: Studio, tmp_path: Path) -> None:
    """The signature covers the last entry of a name, OpenUSD opens the first, which can then be edited."""
    plain, target = tmp_path / "plain.zip", tmp_path / "twice.usdz"
    plain.write_bytes(duplicate_archive())
    listed = inventory(HERO.entity, HERO.version, "plain.zip", measure(tmp_path, ["plain.zip"]))
    claim = asset_package(title="twice", asset=HERO, inventory=listed)
    sign_embedded(plain, target, "zip", claim, signer=studio.signer, trust=studio.trust)
    edited = target.read_bytes().replace(b"First", b"Forge", 1)
    target.write_bytes(edited)
    assert read(target, trust=studio.trust).state == "Trusted"
    verdict = verify_file(target, trust=studio.trust)
    assert not verdict.passed
    # the engine may write the name once into its own directory: then OpenUSD's view has one entry more
    assert {"usdz.duplicate", "usdz.view"} & {s.code for s in verdict.findings}


def duplicate_archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("hero.usda", b'#usda 1.0\ndef "First" {}\n')
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("hero.usda", b'#usda 1.0\ndef "Last" {}\n')
    return buffer.getvalue()


def zipped(*entries: tuple[str, bytes], compression: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=compression)
        archive.comment = comment
    return buffer.getvalue()


LAYER = ("hero.usda", GENUINE)
ARCHIVES = {
    "compressed": (zipped(LAYER, compression=zipfile.ZIP_DEFLATED), "usdz.compressed"),
    "comment": (zipped(LAYER, comment=b"PK"), "usdz.end"),
    "trailing bytes": (zipped(LAYER) + b"\0" * 8, "usdz.end"),
    "parent path": (zipped(LAYER, ("../evil.usda", b"x")), "usdz.name"),
    "absolute path": (zipped(LAYER, ("/etc/evil.usda", b"x")), "usdz.name"),
    "backslash": (zipped(LAYER, ("a\\b.usda", b"x")), "usdz.name"),
    "case twins": (zipped(LAYER, ("HERO.usda", b"x")), "usdz.duplicate"),
    "second credential": (zipped(LAYER, ("META-INF/other.c2pa", b"x")), "usdz.meta_inf"),
    "manifest file": (zipped(LAYER, ("META-INF/MANIFEST.MF", b"x")), "usdz.meta_inf"),
    "no layer first": (zipped(("skin.png", b"x"), LAYER), "usdz.root"),
    "empty": (zipped(), "usdz.root"),
    "not a zip": (b"#usda 1.0\n", "usdz.unreadable"),
    "truncated": (zipped(LAYER)[:-30], "usdz.unreadable"),
    "hidden first": (local_entry("hero.usda", FORGED) + zipped(LAYER), "usdz.view"),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_package_with_this_defect_is_refused(name: str) -> None:
    data, code = ARCHIVES[name]
    assert code in [step.code for step in usdz_defects(io.BytesIO(data))]


def test_a_plain_stored_package_has_no_defect() -> None:
    assert usdz_defects(io.BytesIO(zipped(LAYER, ("skin.png", b"x")))) == ()


def test_zip64_records_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, archive.open("hero.usda", "w", force_zip64=True) as member:
        member.write(GENUINE)
    data = buffer.getvalue()
    size, offset, end = central_directory(data)
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, size, offset)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    doubled = data[:end] + record + locator + data[end:]
    assert {"usdz.end", "usdz.zip64"} & {s.code for s in usdz_defects(io.BytesIO(doubled))}


def test_a_packaged_layer_that_differs_from_the_claim_is_named(studio: Studio, signed: Path) -> None:
    manifest = read(signed, trust=studio.trust).active_manifest
    assert manifest is not None
    claimed = manifest.data_of("studio.assetlib.layers")
    other = zipped(LAYER, ("geo.usda", b"#usda 1.0\n"))
    sentences = [s.sentence for s in usdz_layer_defects(io.BytesIO(other), claimed)]
    assert len(sentences) == 2
    assert sentences[0].startswith("geo.usda") and sentences[1].startswith("skin.png")


def test_a_stripped_package_has_nothing_to_judge(studio: Studio, signed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(signed) as archive:
        kept = [(n, archive.read(n)) for n in archive.namelist() if not n.startswith("META-INF/")]
    path = tmp_path / "stripped.usdz"
    path.write_bytes(zipped(*kept))
    assert verify_file(path, trust=studio.trust).verdict == "unknown"
