"""The only place that prints. JSON to stdout, prose and progress to stderr unless prose is the result.

How it prints is asked of the `Session` at hand: ``--jsonl`` turns a list into a line a row and any other document
into one line, ``--quiet`` drops what stands beside the result.
"""

from __future__ import annotations

import json as json_module
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = 1


def plain(text: object) -> str:
    """Text that cannot steer a terminal: control and bidi characters become visible escapes."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\u{ord(c):04x}" for c in str(text))


def _session() -> Session:
    """The session of the command that runs; a fresh one outside of any."""
    context = click.get_current_context(silent=True)
    return (context and context.find_object(Session)) or Session()


def document(value: Mapping[str, Any]) -> None:
    """One JSON document with its schema number; one line of it with ``--jsonl``."""
    indent = None if _session().jsonl else 2
    sys.stdout.write(json_module.dumps({"schema": SCHEMA, **value}, ensure_ascii=False, indent=indent) + "\n")
    sys.stdout.flush()


def documents(name: str, rows: Iterable[Mapping[str, Any]], **beside: Any) -> None:
    """A list as JSON: one document that holds it under `name`, or with ``--jsonl`` a document for every row.

    `beside` is what one document says besides its list; lines of JSON leave it out.
    """
    if not _session().jsonl:
        document({**beside, name: list(rows)})
        return
    for row in rows:
        document(row)


def listing(name: str, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """A list in the form that was asked for: JSON, lines of JSON, or a table of `columns`."""
    if _session().json:
        documents(name, rows)
        return
    table(columns, [[_cell(row[column.replace(" ", "_")]) for column in columns] for row in rows])


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def say(*lines: object) -> None:
    """The result, in words."""
    for line in lines:
        sys.stdout.write(plain(line) + "\n")


def raw(text: str) -> None:
    """Text for another program, as it is: a sheet, a calendar."""
    sys.stdout.write(text)


def note(*lines: object) -> None:
    """What goes beside the result: defaults used, warnings, progress."""
    for line in () if _session().quiet else lines:
        sys.stderr.write(plain(line) + "\n")


def error(message: object) -> None:
    sys.stderr.write("error: " + plain(message) + "\n")


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Rows under headers; rich draws it when somebody watches, tabs when a pipe does."""
    if not sys.stdout.isatty():
        say("\t".join(headers), *("\t".join(map(str, row)) for row in rows))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*headers, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        drawn.add_row(*(Text(plain(cell)) for cell in row))
    Console().print(drawn)


def refusal(problem: Exception, *, as_json: bool, verbose: bool) -> int:
    """Tell a person what went wrong and return the exit code of `conventions`."""
    from assetlib.model.refusals import Denied, Refusal, no_room

    if verbose:
        traceback.print_exception(problem, file=sys.stderr)
    if isinstance(problem, Denied):
        if as_json:
            document({"id": problem.decision_id, **problem.decision.to_json()})
        else:
            sys.stderr.write(plain(problem) + "\n")
        return 6 if problem.needs_approval else 3
    if (said := no_room(problem)) is not None and not isinstance(problem, Refusal):
        message = f"the disk is full ({said}); what was begun was not kept: free some space and try again"
        if as_json:
            problem_document(message, kind="DiskFull", code=1)
        error(message)
        return 1
    known = type(problem).__module__.split(".")[0] in ("assetlib", "provenance", "generators")
    code = getattr(problem, "exit_code", 1)
    message = str(problem) if known else _unforeseen(problem)
    message = _session().as_named(message)
    if as_json:
        problem_document(message, kind=type(problem).__name__, code=code)
    error(message)
    return code


def problem_document(message: str, *, kind: str, code: int) -> None:
    """An error as a document on stdout, for scripts."""
    document({"error": {"kind": kind, "message": message, "exit": code}})


def _unforeseen(problem: Exception) -> str:
    """What the operating system says is a reason; anything else is a defect of ours, and is called one."""
    if isinstance(problem, OSError) and problem.strerror:
        return f"{problem.filename}: {problem.strerror}" if problem.filename else problem.strerror
    return f"unexpected {type(problem).__name__}: {problem} (use --verbose for the details)"


@contextmanager
def progress(title: str, total: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A bar on stderr for long work; silent when nobody watches or `--quiet`."""
    if quiet or not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)
