"""USD that tries to read, hang or crash the library: every file is answered with a reason, nothing leaks."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from assetlib.intake.answers import Answer, Outcome, Unreadable
from assetlib.intake.harness import run_many
from assetlib.intake.limits import Limits
from assetlib.intake.tasks import TASKS
from assetlib.intake.usd import intake_usd
from assetlib.usd.plugin import load

SECRET = "canary-7f3a"
QUICK = Limits(memory=2 << 30, cpu_seconds=8, wall_seconds=15.0, file_size=64 << 20)

ESCAPES = {
    "absolute_reference": 'def "A" (\n  references = @{outside}/secret.usda@\n)\n{{\n}}\n',
    "parent_reference": 'def "A" (\n  references = @../secret.usda@\n)\n{{\n}}\n',
    "parent_payload": 'def "A" (\n  payload = @maps/../../secret.usda@\n)\n{{\n}}\n',
    "parent_sublayer": "(\n  subLayers = [@../secret.usda@]\n)\n",
    "parent_texture": 'def "A"\n{{\n  asset t = @../secret.png@\n}}\n',
    "parent_texture_array": 'def "A"\n{{\n  asset[] t = [@a.png@, @../secret.png@]\n}}\n',
    "parent_time_sample": 'def "A"\n{{\n  asset t.timeSamples = {{ 1: @../secret.png@ }}\n}}\n',
    "parent_thumbnail": (
        'def "A" (\n  assetInfo = {{\n    dictionary previews = {{\n'
        "      asset image = @../secret.png@\n    }}\n  }}\n)\n{{\n}}\n"
    ),
    "parent_in_unselected_variant": (
        'def "A" (\n  variantSets = ["v"]\n)\n{{\n  variantSet "v" = {{\n    "x" (\n'
        "      references = @../secret.usda@\n    ) {{\n    }}\n  }}\n}}\n"
    ),
    "parent_clip": (
        'def "A" (\n  clips = {{\n    dictionary default = {{\n'
        "      asset[] assetPaths = [@../secret.usda@]\n    }}\n  }}\n)\n{{\n}}\n"
    ),
    "parent_clip_template": (
        'def "A" (\n  clips = {{\n    dictionary default = {{\n'
        '      string templateAssetPath = "../secret.##.usda"\n    }}\n  }}\n)\n{{\n}}\n'
    ),
    "file_url": 'def "A" (\n  references = @file://{outside}/secret.usda@\n)\n{{\n}}\n',
    "http_url": 'def "A" (\n  references = @http://127.0.0.1:9/secret.usda@\n)\n{{\n}}\n',
    "library_uri": 'def "A" (\n  references = @assetlib:///characters/hero@\n)\n{{\n}}\n',
    "expression": '(\n  expressionVariables = {{\n    string P = "../secret.usda"\n  }}\n)\n'
    'def "A" (\n  references = @`"${{P}}"`@\n)\n{{\n}}\n',
    "expression_without_variable": 'def "A" (\n  references = @`"../secret.usda"`@\n)\n{{\n}}\n',
    "expression_with_default": (
        'def "A" (\n  references = @`if(defined(P), "a.usda", "../secret.usda")`@\n)\n{{\n}}\n'
    ),
    "expression_that_does_not_parse": 'def "A"\n{{\n  asset t = @`if(defined(P), "../secret.png", "a")`@\n}}\n',
    "expression_in_time_sample": 'def "A"\n{{\n  asset[] t.timeSamples = {{ 1: [@`"../secret.png"`@] }}\n}}\n',
    "format_arguments": 'def "A" (\n  references = @a.usda:SDF_FORMAT_ARGS:x=1@\n)\n{{\n}}\n',
    "into_a_package": 'def "A" (\n  references = @a.usdz[../secret.usda]@\n)\n{{\n}}\n',
    "backslashes": 'def "A" (\n  references = @..\\\\secret.usda@\n)\n{{\n}}\n',
    "clip_manifest": (
        'def "A" (\n  clips = {{\n    dictionary default = {{\n'
        "      asset manifestAssetPath = @../secret.usda@\n    }}\n  }}\n)\n{{\n}}\n"
    ),
    "custom_data": 'def "A" (\n  customData = {{\n    asset a = @../secret.png@\n  }}\n)\n{{\n}}\n',
    "custom_data_array": 'def "A" (\n  customData = {{\n    asset[] a = [@x.png@, @../secret.png@]\n  }}\n)\n{{\n}}\n',
    "custom_data_deep": (
        'def "A" (\n  customData = {{\n    dictionary a = {{\n      dictionary b = {{\n'
        "        asset c = @../secret.png@\n      }}\n    }}\n  }}\n)\n{{\n}}\n"
    ),
    "custom_layer_data": "(\n  customLayerData = {{\n    asset a = @../secret.png@\n  }}\n)\n",
    "attribute_custom_data": (
        'def "A"\n{{\n  float f = 1 (\n    customData = {{\n      asset a = @../secret.png@\n    }}\n  )\n}}\n'
    ),
    "udim": 'def "A"\n{{\n  asset t = @../secret.<UDIM>.png@\n}}\n',
    "udim_that_leaves_later": 'def "A"\n{{\n  asset t = @maps/../../secret.<UDIM>.png@\n}}\n',
    "texture_in_unselected_variant": (
        'def "A" (\n  variantSets = ["v"]\n)\n{{\n  variantSet "v" = {{\n    "x" {{\n'
        "      asset t = @../secret.png@\n    }}\n  }}\n}}\n"
    ),
    "variant_in_a_variant": (
        'def "A" (\n  variantSets = ["v"]\n)\n{{\n  variantSet "v" = {{\n    "x" (\n'
        '      variantSets = ["w"]\n    ) {{\n'
        '      variantSet "w" = {{\n        "y" (\n          payload = @../secret.usda@\n        ) {{\n        }}\n'
        "      }}\n    }}\n  }}\n}}\n"
    ),
    "payload_in_a_class": 'class "C" (\n  payload = @../secret.usda@</X>\n)\n{{\n}}\n',
    "deleted_and_appended": (
        'def "A" (\n  delete references = @a.usda@\n  append references = @../secret.usda@\n)\n{{\n}}\n'
    ),
    "doubled_slashes": 'def "A" (\n  references = @.//..//secret.usda@\n)\n{{\n}}\n',
    "format_arguments_outside": 'def "A" (\n  references = @../secret.usda:SDF_FORMAT_ARGS:a=b@\n)\n{{\n}}\n',
    "anonymous_layer": 'def "A" (\n  references = @anon:0x55d0c8a7a2b0:secret.usda@\n)\n{{\n}}\n',
    "drive": 'def "A" (\n  references = @C:/secret.usda@\n)\n{{\n}}\n',
    "network_share": 'def "A" (\n  references = @//server/share/secret.usda@\n)\n{{\n}}\n',
    "expression_in_a_sublayer": '(\n  subLayers = [@`"../secret.usda"`@]\n)\n',
    "expression_in_custom_data": ('def "A" (\n  customData = {{\n    asset a = @`"../secret.png"`@\n  }}\n)\n{{\n}}\n'),
    "second_layer": 'def "A" (\n  references = @maps/second.usda@\n)\n{{\n}}\n',
    "link": 'def "A" (\n  references = @link.usda@\n)\n{{\n}}\n',
    "link_to_a_texture": 'def "A"\n{{\n  asset t = @link.png@\n}}\n',
    "link_behind_a_pattern": 'def "A"\n{{\n  asset t = @tile.<UDIM>.png@\n}}\n',
    "link_to_a_folder": 'def "A" (\n  references = @folder/secret.usda@\n)\n{{\n}}\n',
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with links out of it, and secrets beside it."""
    secret = f'#usda 1.0\ndef "{SECRET.replace("-", "_")}"\n{{\n  string s = "{SECRET}"\n}}\n'
    for name in ("secret.usda", "secret.txt", "secret.png", "secret.01.usda", "secret.1001.png"):
        (tmp_path / name).write_text(secret)
    folder = tmp_path / "asset"
    folder.mkdir()
    (folder / "link.usda").symlink_to(tmp_path / "secret.usda")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "tile.1001.png").symlink_to(tmp_path / "secret.png")
    (folder / "folder").symlink_to(tmp_path)
    (folder / "maps").mkdir()
    (folder / "maps" / "second.usda").write_text("#usda 1.0\n(\n  subLayers = [@../../secret.usda@]\n)\n")
    return folder


@pytest.mark.parametrize("name", ESCAPES)
def test_a_layer_that_reaches_outside_is_refused_with_the_path_and_takes_nothing(name: str, tree: Path) -> None:
    text = ESCAPES[name].format(outside=tree.parent)
    (tree / "root.usda").write_text("#usda 1.0\n" + text)
    output = tree.parent / "out"
    with pytest.raises(Unreadable, match="found: "):
        intake_usd(tree / "root.usda", output, limits=QUICK)
    assert [path for path in output.rglob("*") if path.is_file()] == []


# Nothing resolves these here: a URI needs a resolver plug-in, a drive or a share another system, an expression the
# variables of another stage. They are refused because assets are opened elsewhere too, and cannot be shown alive.
DORMANT = {
    "file_url",
    "http_url",
    "library_uri",
    "backslashes",
    "anonymous_layer",
    "drive",
    "network_share",
    "into_a_package",
    "format_arguments",
    "format_arguments_outside",
    "expression_that_does_not_parse",
    "expression_with_default",
}


def test_every_escape_takes_the_secret_where_paths_are_not_checked(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TASKS, "unguarded", "tests.adversarial.unguarded:takes")
    payloads = []
    for name, text in ESCAPES.items():
        (tree / f"case_{name}.usda").write_text("#usda 1.0\n" + text.format(outside=tree.parent))
        payloads.append({"path": tree / f"case_{name}.usda", "tree": tree, "canary": SECRET})
    answers = run_many("unguarded", payloads, inputs=[tree.parent], output=None, limits=QUICK, chunk=len(payloads))
    asleep = {name for name, answer in zip(ESCAPES, answers, strict=True) if not (answer.was_read and answer.value)}
    assert asleep == DORMANT


def test_a_path_hidden_in_materialx_is_refused(tree: Path) -> None:
    (tree / "m.mtlx").write_text('<materialx><input type="filename" value="../secret.png"/></materialx>')
    (tree / "a.usda").write_text('#usda 1.0\ndef "A" (\n  references = @m.mtlx@\n)\n{\n}\n')
    with pytest.raises(Unreadable, match=r"secret\.png.* in m\.mtlx leaves"):
        intake_usd(tree / "a.usda", tree.parent / "out", limits=QUICK)


def test_materialx_with_an_entity_is_left_out(tree: Path) -> None:
    (tree / "m.mtlx").write_text('<!DOCTYPE m [<!ENTITY x SYSTEM "../secret.txt">]><materialx>&x;</materialx>')
    (tree / "a.usda").write_text('#usda 1.0\ndef "A" (\n  references = @m.mtlx@\n)\n{\n}\n')
    taken = intake_usd(tree / "a.usda", tree.parent / "out", limits=QUICK)
    assert [file.path for file in taken.files] == ["a.usda"]
    assert "document type" in taken.unreadable[0]


def bomb(levels: int) -> str:
    body = "".join(
        f'def "l{i}"\n{{\n  def "a" (\n    references = </l{i + 1}>\n  )\n  {{\n  }}\n'
        f'  def "b" (\n    references = </l{i + 1}>\n  )\n  {{\n  }}\n}}\n'
        for i in range(levels)
    )
    return f'#usda 1.0\n{body}def "l{levels}"\n{{\n}}\n'


@pytest.mark.parametrize("levels", [17, 23, 60])
def test_a_reference_bomb_is_refused_before_it_composes(levels: int, tmp_path: Path) -> None:
    path = tmp_path / "in" / "bomb.usda"
    path.parent.mkdir()
    path.write_text(bomb(levels))
    before = time.monotonic()
    with pytest.raises(Unreadable, match="at most 200000 prims"):
        intake_usd(path, tmp_path / "out", limits=QUICK)
    assert time.monotonic() - before < 10


def test_the_bomb_composes_to_what_it_claims_where_nothing_is_estimated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TASKS, "unguarded", "tests.adversarial.unguarded:counts")
    path = tmp_path / "bomb.usda"
    path.write_text(bomb(10))
    payload = {"path": path, "tree": tmp_path}
    answer = run_many("unguarded", [payload], inputs=[tmp_path], output=None, limits=QUICK)[0]
    assert answer.value > 2**11


def test_a_bomb_that_the_estimate_lets_through_still_ends_at_its_limits(tmp_path: Path) -> None:
    from assetlib.usd.foreign import Caps

    path = tmp_path / "in" / "bomb.usda"
    path.parent.mkdir()
    path.write_text(bomb(25))
    tight = Limits(memory=1 << 30, cpu_seconds=3, wall_seconds=6.0)
    with pytest.raises(Unreadable, match=r"memory|crashed|did not end|cannot be read"):
        intake_usd(path, tmp_path / "out", limits=tight, caps=Caps(prims=1 << 60))


@pytest.mark.parametrize(
    ("name", "content"),
    {
        "empty.usd": b"",
        "text.usda": b"hello",
        "half.usda": b'#usda 1.0\ndef "A" {',
        "short_crate.usdc": b"PXR-USDC\0\x0c\0\0",
        "zip_named_usd.usd": b"PK\x03\x04" + b"\0" * 200,
        "elf.usdc": b"\x7fELF" + b"\0" * 200,
        "deep.usda": b"#usda 1.0\n" + b'def "A"\n{\n' * 20_000 + b"}\n" * 20_000,
        "not_a_package.usdz": b"PK\x03\x04" + b"\0" * 200,
    }.items(),
)
def test_what_is_no_usd_is_refused_with_a_sentence(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "in" / name
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refusal:
        intake_usd(path, tmp_path / "out", limits=QUICK)
    assert name in str(refusal.value)
    assert "Traceback" not in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        'def "A" (\n  references = </B>\n)\n{\n}\ndef "B" (\n  references = </A>\n)\n{\n}\n',
        '(\n  subLayers = [@a.usda@]\n)\ndef "A"\n{\n}\n',
    ],
)
def test_a_cycle_comes_in_with_a_warning(text: str, tmp_path: Path) -> None:
    path = tmp_path / "in" / "a.usda"
    path.parent.mkdir()
    path.write_text(f"#usda 1.0\n{text}")
    taken = intake_usd(path, tmp_path / "out", limits=QUICK)
    assert any("cycle" in warning.lower() for warning in taken.warnings)


def test_the_output_must_be_empty(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.usda").write_text('#usda 1.0\ndef "A"\n{\n}\n')
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "theirs.txt").write_text("x")
    with pytest.raises(Unreadable, match="empty folder"):
        intake_usd(tmp_path / "in" / "a.usda", tmp_path / "out")


def damaged(original: bytes, seed: int) -> bytes:
    """A copy with one of the damages that the crate reader answered badly: bits, header, truncation."""
    random_ = random.Random(seed)
    data = bytearray(original)
    match seed % 4:
        case 0:
            return bytes(data[: random_.randrange(len(data))])
        case 1:
            places = [random_.randrange(len(data))]
        case 2:
            places = [random_.randrange(len(data)) for _ in range(8)]
        case _:
            places = [random_.randrange(min(88, len(data))) for _ in range(4)]
    for place in places:
        data[place] ^= 1 << random_.randrange(8)
    return bytes(data)


def read_damaged(folder: Path, count: int) -> tuple[Answer, ...]:
    from pxr import Usd, UsdGeom

    load()
    stage = Usd.Stage.CreateNew(str(folder / "original.usdc"))
    for i in range(20):
        mesh = UsdGeom.Mesh.Define(stage, f"/Root/mesh{i}")
        mesh.CreatePointsAttr([(random.Random(i).random(), j, i) for j in range(40)])
        mesh.CreateFaceVertexIndicesAttr(list(range(40)))
        mesh.CreateFaceVertexCountsAttr([4] * 10)
        mesh.GetPrim().GetReferences().AddInternalReference("/Root/mesh0") if i else None
    stage.Save()
    original = (folder / "original.usdc").read_bytes()
    payloads = []
    for seed in range(count):
        tree, output = folder / "in" / f"{seed:04d}", folder / "out" / f"{seed:04d}"
        tree.mkdir(parents=True)
        output.mkdir(parents=True)
        (tree / "a.usdc").write_bytes(damaged(original, seed))
        payloads.append({"path": tree / "a.usdc", "tree": tree, "output": output, "caps": None})
    tight = Limits(memory=2 << 30, cpu_seconds=5, wall_seconds=10.0, file_size=64 << 20)
    return run_many("usd", payloads, inputs=[folder / "in"], output=folder / "out", limits=tight, workers=2)


def check_damaged(answers: tuple[Answer, ...]) -> None:
    assert all(answer.was_read or answer.reason for answer in answers)
    truncated = answers[::4]
    assert not any(answer.was_read for answer in truncated)
    assert any(answer.was_read for answer in answers)
    assert any(answer.outcome is Outcome.REFUSED for answer in answers)


def test_200_damaged_crates_are_200_answers(tmp_path: Path) -> None:
    pytest.importorskip("pxr.Usd", reason="needs usd-core")
    check_damaged(read_damaged(tmp_path, 200))


@pytest.mark.nightly
def test_2000_damaged_crates_are_2000_answers(tmp_path: Path) -> None:
    pytest.importorskip("pxr.Usd", reason="needs usd-core")
    check_damaged(read_damaged(tmp_path, 2000))


# What lies in the given folder --------------------------------------------------------------------

CUBE = '#usda 1.0\n(\n  defaultPrim = "A"\n  metersPerUnit = 1\n  upAxis = "Y"\n)\ndef Xform "A"%s\n{\n}\n'
PLUGIN = """{"Plugins": [{"Name": "evil", "Type": "python", "Root": ".", "LibraryPath": "", "ResourcePath": ".",
"Info": {"Types": {"EvilFormat": {"bases": ["SdfFileFormat"], "extensions": ["evil"], "formatId": "evil",
"target": "usd"}}}}]}"""


def test_a_plug_in_beside_the_asset_or_in_the_environment_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "in"
    (folder / "evil").mkdir(parents=True)
    (folder / "plugInfo.json").write_text(PLUGIN)
    (folder / "evil" / "__init__.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    (folder / "a.usda").write_text(CUBE % " (\n  references = @b.evil@\n)")
    (folder / "b.evil").write_text("x")
    for name in ("PXR_PLUGINPATH_NAME", "PYTHONPATH", "PXR_AR_DEFAULT_SEARCH_PATH"):
        monkeypatch.setenv(name, str(folder))
    taken = intake_usd(folder / "a.usda", tmp_path / "out", limits=QUICK)
    assert taken.unreadable == ("b.evil, named by a.usda: no file that an asset carries; it is left out",)
    assert [file.path for file in taken.files] == ["a.usda"]
    assert not (tmp_path / "ran").exists()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("what", ["pipe", "device", "folder"])
def test_a_layer_that_is_no_plain_file_is_not_waited_for(what: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.usda").write_text(CUBE % " (\n  references = @b.usda@\n)")
    {
        "pipe": lambda: os.mkfifo(folder / "b.usda"),
        "device": lambda: (folder / "b.usda").symlink_to("/dev/zero"),
        "folder": lambda: (folder / "b.usda").mkdir(),
    }[what]()
    os.mkfifo(folder / "README")
    taken = intake_usd(folder / "a.usda", tmp_path / "out", limits=QUICK)
    assert taken.unreadable == ("b.usda, named by a.usda: it is not there",)


def test_names_that_another_system_takes_for_one_are_refused(tmp_path: Path) -> None:
    """One file would replace the other where letter case or the form of an accent is not told apart."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("b.usda", "B.usda", "caf\u00e9.usda", "cafe\u0301.usda"):
        (folder / name).write_text(CUBE % "")
    for pair in (("b", "B"), ("caf\u00e9", "cafe\u0301")):
        named = ", ".join(f"@{name}.usda@" for name in pair)
        (folder / "a.usda").write_text(CUBE % f" (\n  references = [{named}]\n)")
        with pytest.raises(Unreadable, match=r"differs from .* only by letter case or accents"):
            intake_usd(folder / "a.usda", tmp_path / f"out{pair[1]!r}", limits=QUICK)


@pytest.mark.parametrize(
    "name", ["x" * 240 + ".usda", "d/" * 400 + "b.usda", "b\u202eadsu.usda", "b .usda", "CON.usda"]
)
def test_a_name_of_any_kind_is_an_answer(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.usda").write_text(CUBE % f" (\n  references = @{name}@\n)")
    taken = intake_usd(folder / "a.usda", tmp_path / "out", limits=QUICK)
    assert taken.unreadable == (f"{name}, named by a.usda: it is not there",)


def test_a_name_that_is_no_unicode_is_an_answer(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.usda").write_bytes((CUBE % " (\n  references = @b\0.usda@\n)").encode().replace(b"\0", b"\xff\xfe"))
    with pytest.raises(Unreadable, match=r"a\.usda"):
        intake_usd(folder / "a.usda", tmp_path / "out", limits=QUICK)
