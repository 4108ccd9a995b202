"""Generators are found by metadata; a foreign one loads only as pinned."""

import sys
from dataclasses import replace

import pytest

from generators.registry import GeneratorRefused, Pin, available, distribution_digest, load


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """An installed distribution with one generator; its module leaves a trace when it is imported."""
    site = tmp_path / "site-packages"
    info = site / "acme_pixels-1.2.dist-info"
    info.mkdir(parents=True)
    (site / "acme_pixels.py").write_text(
        "import builtins; builtins.acme_was_imported = True\n"
        "from dataclasses import replace\n"
        "from generators.testing import EchoGenerator\n"
        "class Acme(EchoGenerator):\n"
        "    capabilities = replace(EchoGenerator.capabilities, name='acme')\n"
    )
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-pixels\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(
        "[assetlib.generators]\nacme = acme_pixels:Acme\nrender = acme_pixels:Acme\nwrong = acme_pixels:Acme\n"
    )
    (info / "RECORD").write_text(
        "acme_pixels.py,,\nacme_pixels-1.2.dist-info/METADATA,,\n"
        "acme_pixels-1.2.dist-info/entry_points.txt,,\nacme_pixels-1.2.dist-info/RECORD,,\n"
    )
    monkeypatch.syspath_prepend(str(site))
    distribution_digest.cache_clear()
    yield site / "acme_pixels.py"
    distribution_digest.cache_clear()
    sys.modules.pop("acme_pixels", None)
    import builtins

    vars(builtins).pop("acme_was_imported", None)


def _pin(**changes):
    pin = Pin(name="acme", distribution="acme-pixels", version="1.2", digest=distribution_digest("acme-pixels"))
    return replace(pin, **changes)


def test_listing_imports_nothing(plugin):
    names = {(listed.name, listed.distribution) for listed in available()}
    assert {("acme", "acme-pixels"), ("render", "assetlib"), ("diffusers", "assetlib")} <= names
    assert "acme_pixels" not in sys.modules


def test_an_unpinned_plugin_is_refused_with_the_digest_to_review(plugin):
    with pytest.raises(GeneratorRefused, match=str(distribution_digest("acme-pixels"))):
        load("acme")
    assert "acme_pixels" not in sys.modules


def test_a_pinned_plugin_loads(plugin):
    assert load("acme", [_pin()]).capabilities.name == "acme"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "1.1"}, "pinned to"),
        ({"digest": "sha256:" + "0" * 64}, "changed"),
        ({"distribution": "x"}, "allow-list"),
    ],
)
def test_a_plugin_that_is_not_what_was_pinned_is_refused_unimported(plugin, change, message):
    with pytest.raises(GeneratorRefused, match=message):
        load("acme", [_pin(**change)])
    assert "acme_pixels" not in sys.modules


def test_one_changed_byte_changes_the_digest(plugin):
    pin = _pin()
    plugin.write_text(plugin.read_text() + "#")
    distribution_digest.cache_clear()
    with pytest.raises(GeneratorRefused, match="changed"):
        load("acme", [pin])


def test_a_plugin_cannot_take_the_name_of_a_built_in_one(plugin):
    built_in = [listed for listed in available() if listed.name == "render" and listed.built_in]
    assert [listed.distribution for listed in built_in] == ["assetlib"]
    assert not any(listed.built_in for listed in available() if listed.distribution != "assetlib")
    with pytest.raises(GeneratorRefused, match="expected a generator named 'wrong'"):
        load("wrong", [_pin(name="wrong")])


def test_an_unknown_name_lists_what_there_is():
    with pytest.raises(GeneratorRefused, match="diffusers"):
        load("nothing-of-that-name")
