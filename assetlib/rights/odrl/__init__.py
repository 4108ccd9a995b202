"""Licenses as ODRL 2.2 policies and back: the interchange form, never the form decisions are made from.

    data = write_odrl(license)          # JSON-LD with an inline context, the same bytes for the same license
    license = read_odrl(data, JSON_LD)  # only what `write_odrl` could have said; all else is refused, with reasons

The package is the only importer of rdflib. Nothing is ever fetched: a document that names a remote context is refused.
"""

from assetlib.rights.odrl.graph import JSON_LD, TURTLE, OdrlRefused
from assetlib.rights.odrl.reader import read_odrl
from assetlib.rights.odrl.writer import write_odrl

__all__ = ["JSON_LD", "TURTLE", "OdrlRefused", "read_odrl", "write_odrl"]
