"""The words that tell honest machines no: XMP, TDMRep, robots and headers beside an export.

They are declarations and count as no enforcement (the gate is). XMP carries IPTC/PLUS ``plus:DataMining``;
TDMRep is the W3C Community Group's Final Report of 2024-05-10. C2PA and CAWG assertions are written by
`provenance.claims`, because they are signed.
"""

from __future__ import annotations

import json
from pathlib import Path
from xml.sax.saxutils import escape

PLUS_PROHIBITED = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/">
   <plus:DataMining>{mining}</plus:DataMining>
   <xmpRights:Marked>True</xmpRights:Marked>
   <xmpRights:WebStatement>{policy}</xmpRights:WebStatement>
   <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">{notice}</rdf:li></rdf:Alt></dc:rights>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""


def xmp_packet(*, notice: str, policy: str) -> bytes:
    """An XMP packet that prohibits data mining; for embedding before signing, or as a ``.xmp`` sidecar."""
    text = _XMP.format(mining=PLUS_PROHIBITED, policy=escape(policy), notice=escape(notice))
    return text.encode("utf-8")


def delivery_files(policy: str) -> dict[str, bytes]:
    """The files that speak for a whole delivery folder, by relative path."""
    reservation = [{"location": "/", "tdm-reservation": 1, "tdm-policy": policy}]
    robots = f"User-agent: *\nDisallow: /\n\nLicense: {policy}\n"
    headers = f"X-Robots-Tag: noai, noimageai\ntdm-reservation: 1\ntdm-policy: {policy}\n"
    return {
        ".well-known/tdmrep.json": (json.dumps(reservation, indent=2) + "\n").encode(),
        "robots.txt": robots.encode(),
        "headers.txt": headers.encode(),
    }


def write_sidecar(media: Path, packet: bytes) -> Path:
    """Write `packet` as ``FILE.xmp`` beside `media`; returns where."""
    sidecar = media.with_name(media.name + ".xmp")
    sidecar.write_bytes(packet)
    return sidecar
