"""`assetlib ledger`: the record that nobody can quietly rewrite."""

from __future__ import annotations

from pathlib import Path

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Verify the ledger, or take a receipt out of it."""


@command(group, reads=True)
def verify(session: Session) -> int:
    """Rebuild the tree from its entries and compare with every checkpoint and row."""
    from assetlib.flows.verify_ledger import verify_ledger
    from cli import render

    result = verify_ledger(session.library())
    if session.json:
        render.document(result)
    else:
        render.say(f"{result['verdict']}: {result['size']} entries, root {result['root']}")
        render.say(*(f"  {finding}" for finding in result["findings"]))
    return 0 if result["verdict"] == "pass" else 4


@command(group, reads=True)
def replay(session: Session) -> int:
    """Answer every recorded question again from the record of its time; exit 4 when an answer differs."""
    from assetlib.flows.read_decision import replay_ledger
    from cli import render

    result = replay_ledger(session.library())
    if session.json:
        render.document(result)
    else:
        render.say(f"{result['equal']} of {result['checked']} decisions replay equal")
        for one in result["different"]:
            render.say(f"  {one['id']}", *(f"    {line}" for line in one["differences"]))
    return 4 if result["different"] else 0


@command(group, reads=True)
@click.argument("index", type=int)
@click.option("--out", type=click.Path(path_type=Path), help="Write the .tlog-proof here.")
def receipt(session: Session, index: int, out: Path | None) -> None:
    """The proof that entry INDEX is in the ledger (C2SP tlog-proof), to check offline."""
    from assetlib.flows.verify_ledger import receipt_of
    from cli import render

    text = receipt_of(session.library(), index)
    if out is not None:
        session.place(out).write_text(text, encoding="utf-8")
        render.say(str(out))
    else:
        render.say(text)
