"""`assetlib provider` in a real library: what is filed, what is said, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import main
from tests.unit.documents.test_agreement_file import EVIDENCE, TEXT


@pytest.fixture
def library(tmp_path: Path) -> Path:
    (tmp_path / "passphrase").write_text("northlight")
    assert run(tmp_path / "library", "init", str(tmp_path / "library")).exit_code == 0
    (tmp_path / "agreement.yaml").write_text(TEXT)
    (tmp_path / "terms.pdf").write_bytes(EVIDENCE)
    return tmp_path / "library"


def run(library: Path, *words: str) -> Result:
    common = ("--library", str(library), "--passphrase-file", str(library.parent / "passphrase"), "--json")
    return CliRunner().invoke(main, [*words, *common])


def agree(library: Path, *words: str) -> Result:
    folder = library.parent
    return run(library, "provider", "agree", str(folder / "agreement.yaml"), *words)


def answer(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert isinstance(document, dict)
    return document


def test_an_agreement_is_filed_with_its_evidence_and_listed(library: Path) -> None:
    filed = answer(agree(library, "--evidence", str(library.parent / "terms.pdf")))
    assert (filed["agreement"], filed["recipient"]) == ("PA-12", "fable/api/business/acct-7")
    assert filed["warnings"] == [
        "the recipient is not registered: assetlib recipient add fable/api/business/acct-7 --provider"
    ]
    answer(run(library, "recipient", "add", "fable/api/business/acct-7", "--provider"))
    listed = answer(run(library, "provider", "list"))["agreements"]
    assert [(row["agreement"], row["trains_on_inputs"], row["warnings"]) for row in listed] == [("PA-12", "no", [])]


def test_the_same_words_again_change_nothing_and_other_words_do(library: Path) -> None:
    evidence = ("--evidence", str(library.parent / "terms.pdf"))
    answer(agree(library, *evidence))
    size = answer(run(library, "ledger", "verify"))["size"]
    assert "nothing changed" in answer(agree(library, *evidence))["warnings"][-1]
    assert answer(run(library, "ledger", "verify"))["size"] == size
    (library.parent / "agreement.yaml").write_text(TEXT.replace("trains_on_inputs: no", "trains_on_inputs: yes"))
    assert answer(agree(library, *evidence))["trains_on_inputs"] == "yes"
    assert len(answer(run(library, "provider", "list"))["agreements"]) == 1
    assert answer(run(library, "ledger", "verify"))["size"] == size + 1


def test_a_dry_run_files_nothing(library: Path) -> None:
    answer(agree(library, "--evidence", str(library.parent / "terms.pdf"), "--dry-run"))
    assert answer(run(library, "provider", "list"))["agreements"] == []


def test_an_agreement_without_evidence_is_refused_with_the_line(library: Path) -> None:
    result = agree(library)
    assert result.exit_code == 1
    assert "line 27: evidence_sha256: terms without evidence are hearsay" in json.loads(result.stdout)["error"]
    assert answer(run(library, "provider", "list"))["agreements"] == []


def test_an_agreement_that_nobody_reviewed_is_filed_and_says_that_nothing_is_sent(library: Path) -> None:
    lines = [line for line in TEXT.splitlines() if not line.startswith("review")]
    (library.parent / "agreement.yaml").write_text("\n".join(lines))
    filed = answer(agree(library, "--evidence", str(library.parent / "terms.pdf")))
    assert "nobody has reviewed it: it counts as unknown, so nothing is sent" in filed["warnings"]


def test_a_file_that_is_not_there_is_an_answer(library: Path) -> None:
    result = run(library, "provider", "agree", str(library.parent / "none.yaml"))
    assert result.exit_code == 1
    assert "cannot be read" in json.loads(result.stdout)["error"]
