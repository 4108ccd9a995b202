"""Requests and products cross a process boundary unchanged."""

import json
from fractions import Fraction

import pytest

from generators.request import ClearedReference, ControlPass, Controls, GenerationRequest, MediaRef, Modality, PassKind
from generators.result import Cost, Output, Produced
from provenance.digest import digest_bytes


def _media(data: bytes, frames: tuple[int, int] | None = None) -> MediaRef:
    return MediaRef(
        digest=digest_bytes(data), media_type="image/png", width=8, height=8, colorspace="srgb", frames=frames
    )


def _request() -> GenerationRequest:
    return GenerationRequest(
        shot="sq010_sh0010",
        modality=Modality.IMAGE,
        width=64,
        height=48,
        frame_range=(1001, 1002),
        fps=Fraction(24000, 1001),
        seed=2**60,
        prompt="a figure at a window",
        steps=2,
        strength=0.5,
        references=(
            ClearedReference(
                media=_media(b"r"), entity="assetlib:///characters/a", version="v001", role="look", name="A"
            ),
        ),
        controls=Controls(
            lighting="key left",
            passes=(ControlPass(kind=PassKind.DEPTH, media=_media(b"d", (1001, 1002)), space="metric"),),
        ),
        settings=(("guidance", "5"), ("model", "x")),
    )


def test_a_request_survives_json_and_keeps_its_digest():
    request = _request()
    again = GenerationRequest.from_json(json.loads(json.dumps(request.to_json())))
    assert again == request
    assert again.digest() == request.digest()


def test_a_product_survives_json():
    produced = Produced(
        outputs=(Output(media=_media(b"o"), role="frame", name="f.npy", frame=1001),),
        parameters=(("steps", "2"),),
        used_references=(digest_bytes(b"r"),),
        model_digests=(digest_bytes(b"m"),),
        cost=Cost(amount="2", unit="credits", reported_by="provider"),
    )
    assert Produced.from_json(json.loads(json.dumps(produced.to_json()))) == produced


@pytest.mark.parametrize("damage", [{"frame": "1001"}, {"media": {"digest": "md5:1"}}, {"media": None}])
def test_a_malformed_product_is_refused(damage):
    document = Produced(outputs=(Output(media=_media(b"o"), role="frame", name="f.npy"),)).to_json()
    document["outputs"][0] |= damage
    with pytest.raises((KeyError, TypeError, ValueError)):
        Produced.from_json(document)
