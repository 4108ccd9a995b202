"""The catalog's jobs keep every promise that workers rely on."""

from datetime import UTC, datetime

import pytest

from assetlib.catalog import Catalog
from assetlib.flows.job_table import CatalogJobTable
from assetlib.jobs.conformance import CHECKS, Clock
from assetlib.jobs.executor import JobError


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_catalogs_table_conforms(check, tmp_path):
    clock = Clock(datetime(2026, 11, 20, 12, tzinfo=UTC))
    catalog = Catalog.create(f"sqlite:///{tmp_path}/library.db")
    check(CatalogJobTable(catalog, clock), clock)
    catalog.close()


def test_a_job_that_is_not_on_record_is_a_job_error(tmp_path):
    catalog = Catalog.create(f"sqlite:///{tmp_path}/library.db")
    with pytest.raises(JobError, match="JOB-9"):
        CatalogJobTable(catalog, Clock(datetime(2026, 11, 20, 12, tzinfo=UTC))).job("JOB-9")
    catalog.close()
