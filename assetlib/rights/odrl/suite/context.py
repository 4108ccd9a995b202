"""The context of ODRL 2.2 documents, written out: files name it by address, and no address is ever fetched.

It holds what policies, requests and reports use of https://www.w3.org/TR/odrl-vocab/; test mode alone knows it, an
import still asks for a context in the document.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from assetlib.rights.odrl.profile import ODRL, RDF, XSD

_BY_IRI = [
    "target",
    "assigner",
    "assignee",
    "permission",
    "prohibition",
    "obligation",
    "duty",
    "consequence",
    "remedy",
    "constraint",
    "refinement",
    "profile",
    "inheritFrom",
    "relation",
    "partOf",
    "source",
    "output",
    "uid",
    "hasPolicy",
    "attributedParty",
    "consentingParty",
    "compensatedParty",
    "informedParty",
    "trackedParty",
    "trackingParty",
    "consentedParty",
    "contractingParty",
    "compensatingParty",
    "and",
    "or",
    "xone",
]
_BY_WORD = ("action", "leftOperand", "operator", "conflict", "includedIn", "function")
_PLAIN = ("rightOperand", "rightOperandReference", "unit", "dataType", "status")

_TERMS: dict[str, Any] = {
    "@vocab": ODRL,
    "odrl": ODRL,
    "rdf": RDF,
    "xsd": XSD,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "schema": "http://schema.org/",
    "cc": "http://creativecommons.org/ns#",
    "uid": "@id",
    "type": "@type",
    "andSequence": {"@id": ODRL + "andSequence", "@type": "@id", "@container": "@list"},
    **{name: {"@id": ODRL + name, "@type": "@id"} for name in _BY_IRI if name != "uid"},
    **{name: {"@id": ODRL + name, "@type": "@vocab"} for name in _BY_WORD},
    **{name: {"@id": ODRL + name} for name in _PLAIN},
}
KNOWN_CONTEXTS = MappingProxyType(
    dict.fromkeys(
        (
            "http://www.w3.org/ns/odrl.jsonld",
            "https://www.w3.org/ns/odrl.jsonld",
            "http://www.w3.org/ns/odrl/2/odrl.jsonld",
        ),
        _TERMS,
    )
)
