"""Settings are shown without what opens doors."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetlib.config import load_settings

SHOWN = {
    "postgresql://artist:s3cret@host:5432/library": "postgresql://artist:***@host:5432/library",
    "postgresql://artist:s/3@cret@host/library": "postgresql://artist:***@host/library",
    "postgresql://host:5432/library": "postgresql://host:5432/library",
    "postgresql://host/library?user=a&password=s3cret&x=1": "postgresql://host/library?user=a&password=***&x=1",
    "pkcs11:token=studio;object=k?pin-value=1234": "pkcs11:token=studio;object=k?pin-value=***",
    "sqlite:///catalog.sqlite": "sqlite:///catalog.sqlite",
}


@pytest.mark.parametrize(("value", "shown"), SHOWN.items(), ids=range(len(SHOWN)))
def test_a_password_is_not_shown(tmp_path: Path, value: str, shown: str) -> None:
    settings = load_settings(tmp_path, {}, values={"catalog.url": value})
    assert (settings["catalog.url"], settings.shown("catalog.url")) == (value, shown)
