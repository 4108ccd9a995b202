"""The rules that make two databases one: schema, types, guards, opening."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, insert, text
from sqlalchemy.exc import DBAPIError

from assetlib import catalog as package
from assetlib.catalog import Catalog, CatalogRefused, Committer, Conflict, NotFound, SchemaTooNew, tables
from assetlib.catalog.columns import from_microseconds, to_microseconds
from assetlib.catalog.engine import open_engine, parse_url, writing
from assetlib.catalog.migrate import REVISIONS
from assetlib.model.record import Export, ExportState
from provenance.digest import digest_bytes
from tests.unit.catalog.conftest import KEY, ORIGIN
from tests.unit.catalog.samples import NOW, asset, decision, license_row, permit

DAY = datetime(2026, 11, 21, tzinfo=UTC)


def statements(connection: Connection) -> set[str]:
    rows = connection.execute(text("SELECT sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql NOT NULL"))
    return {re.sub(r"\s+", " ", sql) for (sql,) in rows if "alembic_version" not in sql}


def test_the_migrations_make_exactly_the_tables_of_this_version(tmp_path):
    Catalog.create(str(tmp_path / "migrated.db")).close()
    declared = create_engine("sqlite://")
    tables.metadata.create_all(declared)
    with create_engine(f"sqlite:///{tmp_path}/migrated.db").connect() as migrated, declared.connect() as made:
        assert statements(migrated) == statements(made)


def test_alembic_finds_nothing_to_migrate(catalog):
    with catalog.transaction() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


def test_the_known_revisions_are_the_ones_that_ship():
    folder = Path(package.__file__).parent / "migrations"
    assert [r.revision for r in ScriptDirectory(str(folder)).walk_revisions()][::-1] == list(REVISIONS)


def test_a_library_of_the_first_schema_keeps_its_exports_as_delivered(tmp_path):
    engine = open_engine(parse_url(str(tmp_path / "library.db")))
    config = Config()
    config.set_main_option("script_location", str(Path(package.__file__).parent / "migrations"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    committer = Committer(Catalog(engine), KEY, ORIGIN)
    committer.commit("a", {}, lambda w, i: w.record_decision(decision()))
    sent = Export(
        id="EX-000001", decision="D-000000", recipient="r", purpose="p", body=b"{}", digest=digest_bytes(b"{}")
    )
    committer.commit("export", {}, lambda w, i: w.add_export(sent))
    engine.dispose()
    catalog = Catalog.open(str(tmp_path / "library.db"))
    with catalog.reader() as queries:
        assert [(export.id, export.state) for export in queries.exports()] == [("EX-000001", ExportState.LEFT)]
        assert queries.departures() == ()
    assert catalog.ledger().verify_all(ORIGIN, KEY.public_key()).verdict == "pass"


class Undo(Exception):
    """Ends a transaction without keeping it."""


def test_every_ledgered_table_is_guarded(catalog):
    for table in tables.APPEND_ONLY:
        with contextlib.suppress(Undo), catalog.transaction() as connection:
            _one_row(connection, table.name)
            with pytest.raises(DBAPIError, match=f"{table.name} is append-only"):
                connection.execute(table.delete())
            raise Undo


def _one_row(connection: Connection, name: str) -> None:
    """A row with arbitrary fitting values, so that row triggers have something to fire on."""
    table = tables.metadata.tables[name]
    if name == "permit_redemption":
        _one_row(connection, "permit")
    if name == "permit":
        _one_row(connection, "decision")
    if name in ("version_file", "collection"):
        _one_row(connection, "asset_version")
    if name == "asset_version":
        _one_row(connection, "asset")
    values = {c.name: _fitting(c) for c in table.columns}
    if name == "export_state":
        values["state"] = "left"
    connection.execute(insert(table).values(values))


def _fitting(column):
    fixed = {
        "family": "license",
        "value": "yes",
        "state": "reserved",
        "amount": 1,
        "outcome": "allow",
        "permit": "x",
        "entity": "x",
        "version_digest": "x" * 71,
    }
    if column.name in fixed:
        return fixed[column.name]
    kind = type(column.type).__name__
    size = 71 if "= 71" in str(column.info.get("check")) else 1
    return {"Words": "x" * size, "Whole": 0, "Utc": DAY}.get(kind, b"x" * 32)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE leaf SET entry = entry",
        "DELETE FROM leaf",
        "DELETE FROM decision",
        "UPDATE decision SET outcome = 'deny'",
        "UPDATE instrument SET digest = digest",
        "DELETE FROM permit_redemption",
        "UPDATE permit SET expires_at = expires_at + 1",
        "UPDATE checkpoint SET note = 'x'",
    ],
)
def test_what_was_recorded_cannot_be_changed_by_mistake(filled, statement):
    with pytest.raises(Conflict, match="append-only"), filled.transaction() as connection:
        connection.execute(text(statement))


@pytest.fixture
def filled(catalog, committer):
    committer.commit("a", {}, lambda w, i: w.record_decision(decision()))
    committer.commit("l", {}, lambda w, i: w.put_license(license_row()))
    with catalog.operations(NOW) as operations:
        operations.issue_permit(permit("P-000001", "D-000000", decision()))
        operations.redeem_permit("P-000001")
    return catalog


def test_a_row_cannot_be_replaced_on_sqlite(tmp_path):
    """INSERT OR REPLACE once slipped past guards against UPDATE and DELETE."""
    catalog = Catalog.create(str(tmp_path / "library.db"))
    Committer(catalog, KEY, ORIGIN).commit("note", {}, lambda w, i: None)
    replace = "INSERT OR REPLACE INTO leaf SELECT seq, x'00', leaf_hash, kind, at FROM leaf"
    with pytest.raises(Conflict, match="append-only"), catalog.transaction() as connection:
        connection.execute(text(replace))
    bare = create_engine(f"sqlite:///{tmp_path}/library.db")  # none of our pragmas: recursive_triggers is off
    with pytest.raises(Exception, match="append-only"), bare.begin() as connection:
        connection.execute(text(replace))


def test_a_name_can_be_redacted_and_the_log_stays_whole(catalog, committer):
    from tests.unit.catalog.test_committer import put_party

    committer.commit("party.added", {}, put_party)
    with catalog.transaction() as connection:
        connection.execute(text("UPDATE party SET name = '', contact = ''"))
    assert catalog.ledger().verify_all(ORIGIN, KEY.public_key()).verdict == "pass"


def test_a_row_without_its_entry_is_refused(catalog):
    row = {"alias": "x", "entity": "y", "ledger_index": 7, "step": 0, "recorded_at": DAY}
    with pytest.raises(Conflict), catalog.transaction() as connection:
        connection.execute(insert(tables.alias).values(row))


def test_an_orphan_file_row_is_refused(committer):
    def orphan(writer, index):
        writer._add_parts(asset())

    with pytest.raises(Conflict):
        committer.commit("x", {}, orphan)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("outbox", {"cursor": 2**63}),
        ("outbox", {"cursor": -(2**63)}),
        ("outbox", {"recorded_at": datetime(2026, 1, 1)}),
        ("outbox", {"type": "a\x00b"}),
        ("outbox", {"cursor": "seven"}),
        ("fingerprint", {"digest": "sha256:short"}),
        ("fingerprint", {"pdq": b"short"}),
    ],
)
def test_a_value_that_does_not_fit_is_refused_alike(catalog, table, change):
    fitting = {
        "outbox": {"cursor": 1, "type": "t", "body": b"", "recorded_at": DAY, "attempts": 0},
        "fingerprint": {"digest": asset().digest, "what": "w", "pdq": bytes(32), "quality": 1},
    }[table]
    with catalog.transaction() as connection:
        connection.execute(insert(tables.metadata.tables[table]).values(fitting))
        connection.execute(tables.metadata.tables[table].delete())
    with pytest.raises(CatalogRefused), catalog.transaction() as connection:
        connection.execute(insert(tables.metadata.tables[table]).values({**fitting, **change}))


def test_a_time_keeps_its_microseconds_and_its_zone():
    west = datetime(2026, 11, 21, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=-8)))
    assert from_microseconds(to_microseconds(west)) == west
    assert from_microseconds(to_microseconds(west)).isoformat() == "2026-11-21T20:00:00.000001+00:00"
    with pytest.raises(ValueError, match="zone"):
        to_microseconds(datetime(2026, 1, 1))


def test_text_sorts_by_code_point(catalog, committer):
    from assetlib.model.party import Party, PartyKind

    names = ["b", "B", "ä", "a", "Z", "_", "\N{SNOWMAN}", "\N{GRINNING FACE}"]
    committer.commit("p", {}, lambda w, i: [w.put_party(Party(id=n, kind=PartyKind.ORG, name=n)) for n in names])
    with catalog.reader() as queries:
        assert [party.id for party in queries.parties()] == sorted(names)


def test_a_library_is_made_once(url):
    with pytest.raises(Conflict, match="already"):
        Catalog.create(url)


def test_a_library_that_is_not_there_is_not_found(tmp_path, postgres):
    for absent in (f"sqlite:///{tmp_path}/none.db", postgres.empty()):
        with pytest.raises(NotFound, match="no catalog at"):
            Catalog.open(absent)
    assert not (tmp_path / "none.db").exists()


def test_a_database_that_is_something_else_is_a_sentence(tmp_path):
    (tmp_path / "notes.txt").write_text("not a database " * 100)
    with pytest.raises(CatalogRefused, match="database"):
        Catalog.open(f"sqlite:///{tmp_path}/notes.txt")


@pytest.mark.parametrize("text_", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "://"])
def test_another_kind_of_database_is_refused(text_):
    with pytest.raises(CatalogRefused, match="expected"):
        Catalog.open(text_)


def test_a_library_from_the_future_is_refused(url, catalog):
    with catalog.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="update assetlib"):
        Catalog.open(url)


def test_four_threads_migrating_at_once_make_one_schema(tmp_path, postgres):
    for url in (f"sqlite:///{tmp_path}/library.db", postgres.empty()):
        outcomes = []

        def make(url=url, outcomes=outcomes):
            try:
                Catalog.create(url).close()
                outcomes.append("made")
            except CatalogRefused:
                outcomes.append("there")

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcomes) == 4
        assert "made" in outcomes
        assert Catalog.open(url).ledger().size() == 0


def test_the_engine_tells_its_version(catalog):
    assert re.fullmatch(r"(SQLite|PostgreSQL) \d+(\.\d+)+", catalog.engine_version())


def test_opening_a_present_library_does_not_load_alembic(tmp_path):
    Catalog.create(str(tmp_path / "library.db")).close()
    code = (
        "import sys; from assetlib.catalog import Catalog; Catalog.open(sys.argv[1]); print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "library.db")],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.strip() == "False"
