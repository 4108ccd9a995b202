"""The only place that prints. JSON to stdout, prose and progress to stderr unless prose is the result."""

from __future__ import annotations

import json as json_module
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def plain(text: object) -> str:
    """Text that cannot steer a terminal: control and bidi characters become visible escapes."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\u{ord(c):04x}" for c in str(text))


def document(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """One JSON document with its schema number."""
    body = {"schema": 1, **value} if isinstance(value, Mapping) else value
    sys.stdout.write(json_module.dumps(body, ensure_ascii=False, indent=2) + "\n")


def raw(text: str) -> None:
    """A document in a format of its own, byte for byte; it has been written by us and escapes what it must."""
    sys.stdout.write(text)


def say(*lines: object) -> None:
    """The result, in words."""
    for line in lines:
        sys.stdout.write(plain(line) + "\n")


def note(*lines: object) -> None:
    """What goes beside the result: defaults used, warnings, progress."""
    for line in lines:
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
    from assetlib.model.refusals import Denied, Refusal

    if verbose:
        traceback.print_exception(problem, file=sys.stderr)
    if isinstance(problem, Denied):
        body = {"id": problem.decision_id, **problem.decision.to_json()}
        if as_json:
            document(body)
        else:
            sys.stderr.write(plain(problem) + "\n")
        return 6 if problem.needs_approval else 3
    known = isinstance(problem, Refusal) or type(problem).__module__.split(".")[0] in (
        "assetlib",
        "provenance",
        "generators",
    )
    message = (
        str(problem) if known or isinstance(problem, OSError) else f"unexpected {type(problem).__name__}: {problem}"
    )
    if as_json:
        document({"error": message, "kind": type(problem).__name__})
    error(message if known else message + " (use --verbose for the details)")
    return getattr(problem, "exit_code", 1)


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
