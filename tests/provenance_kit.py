"""A studio's signer and small real files, made on the spot, for the provenance tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from provenance.authority import Authority, create_authority
from provenance.claims import AssetIdentity, Manifest, SourceType, reference_image
from provenance.credentials import Ingredient, sign_embedded
from provenance.digest import digest_bytes, digest_file
from provenance.signers import Signer, open_signer
from provenance.trust import TrustTable, trust_authority

HERO = AssetIdentity(entity="assetlib:///characters/hero", version="v003", kind="character")
ZERO = digest_bytes(b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """An authority with its opened signer, the trust table that knows it, and a folder to work in."""

    folder: Path
    authority: Authority
    signer: Signer
    trust: TrustTable

    def image(self, name: str, *, color: tuple[int, int, int] = (40, 120, 200)) -> Path:
        path = self.folder / name
        picture = Image.new("RGB", (48, 32), color)
        picture.putpixel((3, 5), (255, 0, 0))
        picture.save(path)
        return path

    def reference(self, name: str = "hero_front.png", *, media_type: str = "image/png") -> Path:
        """A signed reference image of HERO."""
        source = self.image(f"source_{name}")
        target = self.folder / name
        claim = reference_of(source, title=name)
        sign_embedded(source, target, media_type, claim, signer=self.signer, trust=self.trust)
        return target


def reference_of(source: Path, *, title: str = "hero_front.png") -> Manifest:
    return reference_image(title=title, asset=HERO, source=digest_file(source), declared=SourceType.DIGITAL_CREATION)


def ingredient(path: Path, *, label: str = "ref0", relationship: str = "inputTo", foreign: bool = False) -> Ingredient:
    return Ingredient(
        path=path, media_type="image/png", title=path.name, relationship=relationship, label=label, foreign=foreign
    )


def make_studio(folder: Path, *, name: str = "Example Films", now: datetime | None = None) -> Studio:
    folder.mkdir(parents=True, exist_ok=True)
    authority = create_authority(folder / "ca", name=name, passphrase=b"pw", now=now or datetime.now(UTC))
    signer = open_signer(authority.signer_uri, passphrase=lambda: b"pw")
    return Studio(folder=folder, authority=authority, signer=signer, trust=trust_authority(authority))


def flip(path: Path, target: Path, position: int) -> Path:
    """A copy of `path` with one bit turned at `position` (negative counts from the end)."""
    data = bytearray(path.read_bytes())
    data[position] ^= 0x01
    target.write_bytes(data)
    return target
