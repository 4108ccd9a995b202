"""The reference of commands is what the commands say, and the task pages name only commands that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from cli.main import main
from tests.contracts.commands_doc import PAGE, commands, page

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("librarian.md", "director.md", "lawyer.md", "td.md", "../README.md")
_BLOCK = re.compile(r"^```(?:console|sh|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def command_lines(name: str) -> list[str]:
    """The lines of the page's code blocks that call assetlib; a line that ends in a backslash goes on."""
    blocks = _BLOCK.findall((DOCS / name).read_text(encoding="utf-8"))
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in lines if line.startswith("assetlib ")]


def parse(line: str) -> None:
    """Parse without running; raises click.UsageError for an unknown verb, option or choice."""
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = main
    context = click.Context(main, info_name="assetlib")
    while True:
        context = command.make_context(context.info_name, words, parent=None, resilient_parsing=False)
        if not isinstance(command, click.Group):
            return
        words = [*context._protected_args, *context.args]
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, click.Context(found, info_name=name)


def test_the_reference_is_generated():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.contracts.commands_doc"


@pytest.mark.parametrize("name", PAGES)
def test_every_command_of_a_task_page_exists(name):
    lines = command_lines(name)
    assert len(lines) >= 5
    for line in lines:
        try:
            parse(line)
        except click.UsageError as error:
            pytest.fail(f"{name}: {line}: {error.format_message()}")


@pytest.mark.parametrize(
    "line",
    ["assetlib asset teleport x", "assetlib asset show x --speed 3", "assetlib asset register x --kind gadget"],
)
def test_the_check_itself_refuses_what_does_not_exist(line):
    with pytest.raises(click.UsageError):
        parse(line)


def test_every_verb_says_in_a_sentence_what_it_does():
    mute = [" ".join(words) for words, command in commands() if not (command.help or "").strip().endswith(".")]
    assert mute == []
