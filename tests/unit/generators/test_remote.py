"""A remote generator behind the provider's door: what leaves, what comes back, what is refused."""

import json
from dataclasses import replace

import pytest

from generators.api import Canceled, GeneratorError, Unsupported
from generators.egress import Credential, Door, File, json_body, resolve_credential
from generators.remote._job import Patience, ProviderRefused, ProviderSilent
from generators.remote.fake import HOST, RESULT, fake_provider
from generators.remote.http import EXAMPLE, Description, HttpGenerator
from generators.request import Modality, PassKind
from generators.run import output_path, run
from generators.testing import check_generator
from provenance.decision import PermitRefused
from provenance.digest import digest_bytes
from tests.doors import KEY, NOW, Shelf, permit_for, request_for

RECIPIENT = "acme/video/business/studio-7"


@pytest.fixture
def provider():
    with fake_provider() as serving:
        yield serving


@pytest.fixture
def shelf():
    return Shelf(b"likeness", b"look", b"depth", b"unlicensed")


def _generator(text=EXAMPLE, **patience):
    return HttpGenerator(Description.parse(text), Patience(**{"step": 0, "sleep": lambda _s: None, **patience}))


def _request(**changes):
    return request_for([b"likeness", b"look"], [b"depth"], modality=Modality.VIDEO, prompt="slow dolly", **changes)


@pytest.fixture
def work(tmp_path, provider, shelf, monkeypatch):
    monkeypatch.setenv("ACME_KEY", "s3cret")
    (tmp_path / "store").mkdir()

    def go(request, generator=None, **changes):
        generator = generator or _generator()
        door = Door(
            recipient=RECIPIENT,
            agreement="PA-12",
            transport=provider.transport(),
            credential=Credential(reference="env:ACME_KEY"),
        )
        arguments = {
            "permit": permit_for(generator, request),
            "public_key": KEY.public_key(),
            "blobs": shelf.in_folder(tmp_path / "store"),
            "workdir": tmp_path / "job",
            "now": NOW,
            "door": door,
        }
        return run(generator, request, **{**arguments, **changes})

    return go


def test_the_provider_sees_exactly_what_the_plan_sends(work, provider):
    request = _request()
    result = work(request)
    plan = _generator().prepare(request)
    assert sorted(provider.received) == sorted(plan.sends) == sorted(request.inputs)
    body = json.loads(provider.calls[0].body)
    assert (body["prompt"], body["seed"], body["model"]) == ("slow dolly", 7, "acme-1")
    assert plan.text == ("slow dolly",)
    assert b"unlicensed" not in b"".join(call.body for call in provider.calls)
    assert result.isolation == "remote"
    assert result.identity.provider == RECIPIENT
    assert result.identity.agreement == "PA-12"
    assert (result.cost.amount, result.cost.unit) == ("12", "credits")


def test_the_result_comes_back_as_opaque_bytes(work, tmp_path):
    result = work(_request())
    (output,) = result.outputs
    assert output_path(tmp_path / "job", output).read_bytes() == RESULT
    assert output.media.digest == digest_bytes(RESULT)
    assert (output.role, output.media.media_type, output.media.colorspace) == ("video", "video/mp4", "unknown")


def test_the_record_holds_digests_and_sizes_and_no_secret(work):
    result = work(_request())
    exchanges = [json.loads(value) for name, value in result.parameters if name.startswith("exchange.")]
    assert [e["method"] for e in exchanges] == ["POST", "GET", "GET", "GET", "GET"]
    assert sorted(exchanges[0]["sent"]) == sorted(
        [digest_bytes(data), len(data)] for data in (b"likeness", b"look", b"depth")
    )
    text = json.dumps(exchanges)
    assert "s3cret" not in text
    assert "signature" not in text
    assert "slow dolly" not in text


def test_the_credential_goes_to_the_provider_and_not_to_the_host_of_the_results(work, provider):
    work(_request())
    for call in provider.calls:
        assert call.authorization == ("Bearer s3cret" if call.host == HOST else "")


def test_what_the_provider_cannot_take_is_reported(work):
    request = _request(negative="rain", steps=3)
    result = work(replace(request, controls=replace(request.controls, lighting="dusk")))
    assert result.ignored == ("negative", "steps", "lighting")


def test_a_permit_that_names_less_than_the_body_sends_nothing(work, provider):
    request = _request()
    named = tuple(d for d in request.inputs if d != digest_bytes(b"depth"))
    with pytest.raises(PermitRefused, match="does not name"):
        work(request, permit=permit_for(_generator(), request, digests=named))
    assert provider.calls == []


def test_an_adapter_that_sneaks_in_a_file_sends_nothing(work, provider, shelf):
    class Sneaky(HttpGenerator):
        def submit(self, request, plan):
            fair = super().submit(request, plan)
            return replace(fair, body=(*fair.body, File(digest=digest_bytes(b"unlicensed"), base64=True)))

    with pytest.raises(PermitRefused, match="does not name"):
        work(_request(), Sneaky(Description.parse(EXAMPLE)))
    assert provider.bytes_received == 0


@pytest.mark.parametrize("change", [{"host": "evil.example"}, {"headers": (("Authorization", "Bearer mine"),)}])
def test_an_adapter_that_leads_elsewhere_or_brings_a_key_sends_nothing(work, provider, change):
    class Astray(HttpGenerator):
        def submit(self, request, plan):
            return replace(super().submit(request, plan), **change)

    with pytest.raises(GeneratorError):
        work(_request(), Astray(Description.parse(EXAMPLE)))
    assert provider.calls == []


def test_a_result_on_a_host_that_is_not_listed_is_not_fetched(work, provider):
    provider.result_host = "evil.example"
    with pytest.raises(GeneratorError, match="not on the list"):
        work(_request())
    assert all(call.host == HOST for call in provider.calls)


def test_without_a_door_nothing_leaves(work, provider):
    with pytest.raises(GeneratorError, match="no door"):
        work(_request(), door=None)
    assert provider.calls == []


@pytest.mark.parametrize(
    ("change", "message"), [({"agreement": ""}, "no agreement"), ({"recipient": "acme/x"}, "leads to")]
)
def test_a_door_without_agreement_or_to_another_recipient_stays_closed(work, provider, change, message):
    door = Door(recipient=RECIPIENT, agreement="PA-12", transport=provider.transport())
    with pytest.raises(PermitRefused, match=message):
        work(_request(), door=replace(door, **change))
    assert provider.calls == []


def test_a_missing_credential_stops_before_anything_is_sent(work, provider, monkeypatch):
    monkeypatch.delenv("ACME_KEY")
    with pytest.raises(GeneratorError, match="env:ACME_KEY is empty"):
        work(_request())
    assert provider.calls == []


@pytest.mark.parametrize("reference", ["s3cret", "env:", "file:/etc/passwd", "env:A B"])
def test_a_key_in_the_place_of_its_name_is_refused_and_not_repeated(reference):
    with pytest.raises(GeneratorError) as refusal:
        resolve_credential(reference)
    assert "s3cret" not in str(refusal.value)


def test_a_cancel_reaches_the_provider(work, provider):
    provider.script = ("RUNNING",)
    with pytest.raises(Canceled):
        work(_request(), canceled=lambda: provider.polled >= 2)
    assert [c.method for c in provider.calls] == ["POST", "GET", "GET", "DELETE"]


def test_a_failed_task_gives_the_providers_reason(work, provider):
    provider.script = ("FAILED",)
    with pytest.raises(ProviderRefused, match="content policy"):
        work(_request())


def test_a_state_that_is_not_described_is_refused(work, provider):
    provider.script = ("REINTERPRETED",)
    with pytest.raises(GeneratorError, match="REINTERPRETED"):
        work(_request())


@pytest.mark.parametrize(("status", "error"), [(400, ProviderRefused), (429, ProviderSilent), (503, ProviderSilent)])
def test_a_status_of_refusal_or_of_trouble_is_told_apart(work, provider, status, error):
    provider.submit_status = status
    with pytest.raises(error, match=str(status)):
        work(_request())


def test_a_task_that_never_ends_is_canceled(work, provider):
    provider.script = ("RUNNING",)
    seconds = iter(range(0, 10_000, 100))
    with pytest.raises(ProviderSilent, match="did not end"):
        work(_request(), _generator(longest=300, clock=lambda: next(seconds)))
    assert provider.calls[-1].method == "DELETE"


def test_the_generator_passes_the_part_of_the_suite_that_sends_nothing(shelf):
    assert check_generator(_generator(), _request(), shelf.raw) == []


def test_a_description_is_off_unless_it_says_otherwise():
    off = EXAMPLE.replace("enabled = true ", "enabled = false ")
    with pytest.raises(Unsupported, match="unverified"):
        _generator(off).prepare(_request())
    assert dict(_generator().capabilities.limits) == {"adapter": "unverified"}
    assert _generator().capabilities.controls == {PassKind.DEPTH}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('host = "api', 'token = "x"\nhost = "api', "unknown fields: token"),
        ('task = "id"', "", "incomplete"),
        ('"/v1/tasks/{task}"\ncancel', '"/v1/tasks"\ncancel', "task"),
        ("[states]", "[states]\nasleep = []", "asleep"),
        ('"{seed}"', '"{secret}"', "{secret}"),
        ('"{control.depth}"', '"{control.aura}"', "aura"),
        (f'"{RECIPIENT}"', '"local"', "provider/product"),
        ('"video"\nhost', '"smell"\nhost', "smell"),
        ("[body]", "[body", "not TOML"),
    ],
)
def test_a_description_with_a_mistake_is_refused_by_name(old, new, message):
    assert old in EXAMPLE
    with pytest.raises(GeneratorError, match=message):
        Description.parse(EXAMPLE.replace(old, new))


@pytest.mark.parametrize("text", ['say "\\u0000"', "\0", "\ue000\ue001", '"}', "größer"])
def test_no_text_moves_a_file_inside_a_body(text):
    file = File(digest=digest_bytes(b"x"), base64=True)
    before, found, after = json_body({"a": text, "b": ["data:image/png;base64,", file], "c": text})
    assert found == file
    document = json.loads(before + "FILE" + after)
    assert document == {"a": text, "b": "data:image/png;base64,FILE", "c": text}
