"""The license file of the user guide, and its document."""

from __future__ import annotations

from provenance.digest import digest_bytes, hex_of

DOCUMENT = b"%PDF-1.7 signed consent"
TEXT = f"""\
assetlib_license: 1
id: LIC-2026-0042
kind: performer_consent
timezone: America/Los_Angeles        # calendar dates below are read in this zone
from: {{party: jane-doe, capacity: self, represented_by: union}}
to: northlight-pictures
document: {{file: consent_jdoe_signed.pdf, sha256: {hex_of(digest_bytes(DOCUMENT))}}}
signed: 2026-07-14
covers: {{character: captain-rhea, facets: [likeness, voice]}}
permits:
  - clause: "3.1"
    actions: [generate.final, generate.likeness, edit, upscale, export.provider, export.delivery]
    purposes: [final_shot, previs]
    productions: [HOUSE-S2]
    territories: [WW]
    media: [svod, avod]
    recipients: [local, bedrock]
    scenes: ["12-19"]
    generate: {{from: 2026-08-01, until: 2027-02-28}}
    use_until: perpetual
    survival: perpetual              # | {{until: date}} | {{sell_off_days: n}} | none
    limits: {{shots: 40}}
    before: [{{approval: by jane-doe, each: batch}}]
    after: [{{credit: "Jane Doe, digital replica"}}, {{fee: SAG day rate}}]
    use_description: "Rhea riding in crowd scenes 12-19, no dialogue"
prohibits:
  - {{clause: "5", content: [nudity, politics]}}
  - {{clause: "6", actions: [train.gen, train.nongen, mine]}}
replica: {{type: employment_based, separately_signed: true, notice_at: 2026-07-10}}
on_revocation: {{effect: prospective, notice_days: 30}}
after_death: continues_for_described_use
"""


def with_lines(old: str, new: str) -> bytes:
    assert old in TEXT
    return TEXT.replace(old, new).encode()
