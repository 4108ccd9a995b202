"""Scenes and speakers of Fountain and Final Draft scripts, and scripts that are refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assetlib.documents.script_file import LARGEST, ScriptRefused, read_script
from assetlib.model.script import Script

FOUNTAIN = """\
Title:
    _**HARBOR LIGHT**_
Credit: Written by
Author: A. Writer

/* INT. CUT SCENE - DAY #0#

CUT
Nobody hears this. */

INT. GATE HOUSE - NIGHT #12#

RHEA waits. [[INT. NOTE - DAY]]

RHEA (V.O.)
It is late.

@McBride
Later than you think.

RHEA (CONT'D) ^
Then go.

CUT TO:

.MONTAGE #12A#

!NOT A SPEAKER
It is an action.

> THE END <

EXT. HARBOR - DAWN #13-B.1#

THE CROWD
Hurrah!

LONE WORDS

int./ext. car - day #14#

= INT. SYNOPSIS
# INT. SECTION
"""
FDX = """\
<?xml version="1.0" encoding="UTF-8" standalone="no" ?>
<FinalDraft DocumentType="Script" Template="No" Version="5">
  <Content>
    <Paragraph Number="12" Type="Scene Heading">
      <SceneProperties Length="1/8" Page="1" Title=""/>
      <Text>INT. GATE </Text><Text Style="Bold">HOUSE - NIGHT</Text>
    </Paragraph>
    <Paragraph Type="Action"><Text>RHEA waits.</Text></Paragraph>
    <Paragraph Type="Character"><Text>RHEA (V.O.)</Text></Paragraph>
    <Paragraph Type="Dialogue"><Text>It is late &amp; cold.</Text></Paragraph>
    <Paragraph Type="General"><DualDialogue>
      <Paragraph Type="Character"><Text>McBRIDE</Text></Paragraph>
      <Paragraph Type="Dialogue"><Text>Yes.</Text></Paragraph>
    </DualDialogue></Paragraph>
    <Paragraph Number="12A" Type="Scene Heading"><Text>EXT. HARBOR - DAWN</Text></Paragraph>
  </Content>
  <TitlePage><Content>
    <Paragraph Number="99" Type="Scene Heading"><Text>INT. TITLE PAGE</Text></Paragraph>
  </Content></TitlePage>
</FinalDraft>
"""


def fountain(text: str) -> Script:
    return read_script(text.encode(), ".fountain")


def test_fountain_scenes_have_their_numbers_headings_and_speakers() -> None:
    script = fountain(FOUNTAIN)
    assert script.title == "HARBOR LIGHT"
    assert [(scene.number, scene.heading, scene.characters) for scene in script.scenes] == [
        ("12", "INT. GATE HOUSE - NIGHT", ("RHEA", "McBride")),
        ("12A", "MONTAGE", ()),
        ("13-B.1", "EXT. HARBOR - DAWN", ("THE CROWD",)),
        ("14", "int./ext. car - day", ()),
    ]
    assert FOUNTAIN.splitlines()[script.scenes[0].line - 1].startswith("INT. GATE HOUSE")
    assert script.numbered


def test_final_draft_scenes_have_their_numbers_headings_and_speakers() -> None:
    script = read_script(FDX.encode(), ".FDX")
    assert [(scene.number, scene.heading, scene.characters) for scene in script.scenes] == [
        ("12", "INT. GATE HOUSE - NIGHT", ("RHEA", "McBRIDE")),
        ("12A", "EXT. HARBOR - DAWN", ()),
    ]


def test_a_script_without_numbers_is_numbered_by_its_order() -> None:
    script = fountain("INT. A - DAY\n\nx\n\nEXT. B - DAY\n\ny\n")
    assert [scene.number for scene in script.scenes] == ["1", "2"]
    assert not script.numbered


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("Just some prose.\n", "no scene heading"),
        ("", "no scene heading"),
        ("INT. A #1#\n\nx\n\nINT. B\n\ny", "number them all: line 5: INT. B"),
        ("INT. A #1#\n\nx\n\nINT. B #1#\n", "scene 1 stands twice"),
        ("INT. A #one two#\n", "expected a scene number"),
    ],
)
def test_a_fountain_script_that_would_name_scenes_wrongly(text: str, match: str) -> None:
    with pytest.raises(ScriptRefused, match=match):
        fountain(text)


BOMB = '<!DOCTYPE FinalDraft [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + FDX.replace("RHEA", "&b;")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (BOMB.replace('<?xml version="1.0" encoding="UTF-8" standalone="no" ?>', ""), "document type or entity"),
        ('<!DOCTYPE FinalDraft SYSTEM "file:///etc/passwd"><FinalDraft/>', "document type or entity"),
        ("<html><body/></html>", "expected a Final Draft document"),
        ("<FinalDraft><Content>", "not readable as XML"),
        ("<FinalDraft>" + "<a>" * 100, "nested deeper"),
        ("<FinalDraft><Content/></FinalDraft>", "no scene heading"),
        (FDX.replace('Number="12A"', 'Number="12"'), "stands twice"),
        (FDX.replace(' Number="12A"', ""), "number them all"),
        (FDX.replace('"UTF-8"', '"UTF-77"'), "not readable as XML"),
    ],
)
def test_a_final_draft_file_that_is_refused(text: str, match: str) -> None:
    with pytest.raises(ScriptRefused, match=match):
        read_script(text.encode(), ".fdx")


def test_other_files_and_sizes_are_refused() -> None:
    with pytest.raises(ScriptRefused, match=r"\.fountain or \.fdx"):
        read_script(b"INT. A", ".pdf")
    with pytest.raises(ScriptRefused, match="more than"):
        read_script(b" " * (LARGEST + 1), ".fountain")
    with pytest.raises(ScriptRefused, match="UTF-8"):
        read_script(b"INT. \xff", ".fountain")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200), st.sampled_from([".fountain", ".fdx"]))
def test_whatever_is_in_the_file_is_a_script_or_a_refusal(content: str | bytes, suffix: str) -> None:
    data = content.encode(errors="surrogatepass") if isinstance(content, str) else content
    try:
        script = read_script(data, suffix)
    except ScriptRefused:
        return
    assert script.scenes
