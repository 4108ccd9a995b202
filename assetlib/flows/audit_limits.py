"""What an audit checks and what it cannot: said on its page, so that nobody reads more out of it than is in it."""

from __future__ import annotations

LIMITS = (
    "Checked at the moment named above: the stored bytes of every take of these shots and of every asset in their "
    "closure, against the digests on record; the signatures over them and over every signed ingredient; every entry of "
    "the ledger and its last checkpoint, under the log's key; each decision shown, proven to be in the ledger and "
    "decided again from the record as it was known then; the question of the take that stands, asked once more now; "
    "the permit of each take, its signature, its use, and that it was for this work; the filed documents, by digest.",
    "The verdict is about the use named above and no other. Delivery, publication and training are questions of their "
    "own, asked and recorded when they come up.",
    "Not checked: whether a license file says what its contract says. The person whose key puts a license into force "
    "answers for that. Nor whether the rights declared for an asset are all that it holds, nor whether the signatures "
    "on the papers are genuine.",
    "As recorded, not proven: who asked (a name given with a request, unless a key signed), how far a generator was "
    "isolated, its seed, and what an asset's source type declares.",
    "Times are those of the library's own clock, except where a time stamp of a third party is named. The ledger is "
    "checked under a key that the library itself holds: it shows that nothing was changed behind that key, not that "
    "its holder never wrote another history.",
)
