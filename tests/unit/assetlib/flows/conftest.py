"""A new library for every test of a flow; its passphrase lies in a file, so that no state folder is touched."""

from __future__ import annotations

import pytest

from assetlib.library import Library


@pytest.fixture
def library(tmp_path):
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse\n", encoding="utf-8")
    made = Library.create(tmp_path / "library", name="Northlight", environ={}, passphrase_file=secret)
    yield made
    made.close()
