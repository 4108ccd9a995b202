"""Writes docs/commands.md from the commands themselves: ``python -m tests.contracts.commands_doc``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from cli.main import main
from cli.session import _COMMON

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
_EVERYWHERE = {name for name, _ in _COMMON} | {"help", "version"}
_HEAD = """\
# Commands

Generated from the commands; `assetlib NOUN VERB --help` says the same. These options work before and after every verb:

{everywhere}
A list is a repeated option. Settings count in this order: the file of `--config`, `ASSETLIB_*`, the library's
`assetlib.toml`, `$XDG_CONFIG_HOME/assetlib/config.toml`; `assetlib config show --origin` tells which. A dry run does
the real thing on a copy and throws the copy away; a PostgreSQL catalog is not copied, so it refuses there. With
`--json` an error is a document, too:
`{"schema": 1, "error": {"kind", "message", "exit"}}`; a refused use is its decision.

| exit | meaning | exit | meaning |
|---|---|---|---|
| 0 | ok | 5 | not found |
| 1 | error | 6 | needs approval |
| 2 | usage | 7 | conflict or lock |
| 3 | denied | 8 | provider unavailable |
| 4 | verification failed | | |
"""


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every verb with the words that lead to it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from commands(found, (*path, name))
        else:
            yield (*path, name), found


def page() -> str:
    context = click.Context(main, info_name="assetlib", help_option_names=["-h", "--help"])
    everywhere = [_option(p, context) for p in main.get_params(context) if isinstance(p, click.Option)]
    parts = [_HEAD.replace("{everywhere}", "".join(everywhere))]
    noun = None
    for words, command in commands():
        if len(words) > 1 and words[0] != noun:
            noun = words[0]
            group = main.get_command(click.Context(main), noun)
            assert group is not None
            parts.append(f"\n## {noun}\n\n{_sentence(group)}\n")
        elif len(words) == 1:
            noun = None
            parts.append(f"\n## {words[0]}\n")
        parts.append(_section(words, command))
    return "".join(parts)


def _section(words: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(command, info_name=" ".join(("assetlib", *words)))
    own = [p for p in command.params if p.name not in _EVERYWHERE]
    arguments = " ".join(p.make_metavar(context) for p in own if isinstance(p, click.Argument))
    needed = " ".join(_needed(p, context) for p in own if isinstance(p, click.Option) and p.required)
    line = " ".join(part for part in ("assetlib", *words, arguments, needed) if part)
    title = f"\n### {' '.join(words)}\n" if len(words) > 1 else ""
    text = f"{title}\n```\n{line}\n```\n\n{_sentence(command)}\n"
    options = [_option(p, context) for p in own if isinstance(p, click.Option)]
    return text + ("\n" + "".join(options) if options else "")


def _sentence(command: click.Command) -> str:
    return " ".join((command.help or "").split())


def _needed(option: click.Option, context: click.Context) -> str:
    return f"{option.opts[0]} {option.make_metavar(context)}"


def _option(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    assert record is not None
    names, text = record
    return f"- `{names}`{': ' + ' '.join(text.split()) if text else ''}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
