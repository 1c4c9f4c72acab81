"""Constructing opens nothing; the first call opens, and closing gives everything back."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from billing_ui_backend import (
    AsyncBilling,
    AuthenticationError,
    Billing,
    CatalogError,
    InvalidRequest,
    ServiceUnavailable,
)
from tests.backend.conftest import OpenBilling, new_file_only, sqlite_only
from tests.support.engine import Clock, files_open_on, one_quota, small_catalog


def track(billing: Billing, number: int = 1) -> None:
    for _ in range(number):
        billing.track_usage(customer_id="cus_1", feature_key="api_calls")


def used(billing: Billing) -> object:
    return billing.get_usage_metrics("cus_1")["api_calls"].consumed


def test_constructing_opens_neither_file_nor_thread_nor_loop(database: Path, catalog: dict[str, Any]) -> None:
    threads, folder = threading.active_count(), sorted(database.parent.iterdir())
    billing = Billing(f"sqlite:///{database}", catalog=catalog)
    shared = AsyncBilling(f"sqlite:///{database}", catalog="/no/such/catalog.toml")
    Billing("sqlite:////no/such/folder/billing.db")
    assert not billing.is_open
    assert sorted(database.parent.iterdir()) == folder == []
    assert threading.active_count() == threads
    billing.close()
    asyncio.run(shared.close())


@sqlite_only
def test_the_first_call_opens(database: Path, billing: Billing) -> None:
    assert billing.is_open
    assert database.exists()


def test_the_url_comes_from_the_environment_else_a_hidden_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog: dict[str, Any]
) -> None:
    """A visible `.db-wal` would make Reflex's reloader restart for ever."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BILLING_DATABASE_URL", raising=False)
    with Billing(catalog=catalog) as billing:
        billing.create_customer("cus_1")
        assert (tmp_path / ".billing" / "billing.db").exists()
    monkeypatch.setenv("BILLING_DATABASE_URL", f"sqlite:///{tmp_path}/elsewhere/mine.db")
    with Billing(catalog=catalog) as billing:
        billing.create_customer("cus_1")
    assert (tmp_path / "elsewhere" / "mine.db").exists()


def test_a_private_database_is_temporary_and_nobody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog: dict[str, Any]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Billing("sqlite://", catalog=catalog) as one, Billing("sqlite://", catalog=catalog) as two:
        one.create_customer("cus_1")
        two.create_customer("cus_2")
        assert [customer.customer_id for customer in one.list_customers().customers] == ["cus_1"]
        (private, _) = tmp_path.iterdir()
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert list(tmp_path.iterdir()) == []


def test_what_was_counted_is_there_when_it_is_opened_again(open_billing: OpenBilling, billing: Billing) -> None:
    track(billing, 3)
    billing.close()
    assert used(open_billing(catalog=None)) == 3


@sqlite_only
def test_closing_gives_everything_back(database: Path, billing: Billing) -> None:
    track(billing)
    assert files_open_on(database.parent)
    for _ in range(2):
        billing.close()
    assert files_open_on(database.parent) == []
    assert not database.with_name("billing.db-wal").exists()
    for call in (track, used, Billing.verify, lambda engine: engine.create_customer("cus_2")):
        with pytest.raises(ServiceUnavailable, match="closed"):
            call(billing)


def test_closing_commits_what_waits(database_url: str, open_billing: OpenBilling) -> None:
    async def run() -> None:
        billing = AsyncBilling(database_url, catalog=one_quota(1000))
        await billing.create_customer("cus_1")
        tracking = [
            asyncio.create_task(billing.track_usage(customer_id="cus_1", feature_key="api_calls")) for _ in range(50)
        ]
        # One turn of the loop hands them all over.
        await asyncio.sleep(0)
        await billing.close()
        await asyncio.gather(*tracking)

    asyncio.run(run())
    assert used(open_billing(catalog=None, clock=None)) == 50


def test_the_first_call_may_come_from_many_threads_at_once(database: Path, catalog: dict[str, Any]) -> None:
    start = threading.Barrier(8)
    with Billing(f"sqlite:///{database}", catalog=catalog) as billing, ThreadPoolExecutor(8) as threads:

        def run(_: int) -> None:
            start.wait(10)
            billing.create_customer("cus_1")
            track(billing)

        assert list(threads.map(run, range(8))) == [None] * 8
        assert used(billing) == 8


def test_an_open_engine_is_closed_at_the_end_of_its_process(database: Path, tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from billing_ui_backend import Billing\n"
        "from tests.support.engine import one_quota\n"
        "for url in (sys.argv[1], 'sqlite://'):\n"
        "    billing = Billing(url, catalog=one_quota(10))\n"
        "    billing.create_customer('cus_1')\n"
        "    keep = billing.track_usage(customer_id='cus_1', feature_key='api_calls'), billing\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", script, f"sqlite:///{database}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert not database.with_name("billing.db-wal").exists()
    assert list(tmp_path.iterdir()) == []
    with Billing(f"sqlite:///{database}") as billing:
        assert used(billing) == 1


def test_the_engine_does_not_import_reflex() -> None:
    script = (
        "import sys, billing_ui_backend.billing, billing_ui_backend.async_billing, billing_ui_backend.api\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'reflex']\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_a_clock_says_what_time_it_is(database_url: str) -> None:
    clock = Clock()
    with Billing(database_url, catalog=small_catalog(), clock=clock) as billing:
        assert billing.now() == clock.now
        clock.advance(hours=1)
        assert billing.create_customer("cus_1").created_at == clock.now


@sqlite_only
def test_a_key_is_shown_once_and_belongs_to_one_environment(billing: Billing, database: Path) -> None:
    secret = billing.create_api_key(name="server")
    assert secret.startswith("sk_test_")
    assert billing.authenticate(secret) == "test"
    assert secret not in database.read_bytes().decode(errors="replace")
    wal = database.with_name("billing.db-wal")
    assert secret not in wal.read_bytes().decode(errors="replace")
    with pytest.raises(InvalidRequest, match="test environment"):
        billing.create_api_key(live=True)
    wrong: list[Any] = [
        None,
        "",
        secret[:-1],
        secret + "x",
        secret.upper(),
        secret.encode(),
        "sk_test_",
        7,
        "sk_test_\ud800",
    ]
    for other in wrong:
        with pytest.raises(AuthenticationError, match="keys create"):
            billing.authenticate(other)
    with Billing("sqlite://", catalog=small_catalog()) as live:
        assert live.authenticate(live.create_api_key(live=True)) == "live"
        with pytest.raises(AuthenticationError):
            live.authenticate(secret)


def test_a_mistyped_path_without_a_catalog_leaves_no_database_behind(tmp_path: Path) -> None:
    missing = tmp_path / "typo" / "billing.db"
    with Billing(f"sqlite:///{missing}") as billing, pytest.raises(CatalogError, match="check the path"):
        billing.get_customer("cus_1")
    assert not missing.parent.exists()


def test_a_relative_path_means_the_folder_in_which_the_engine_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog: dict[str, Any]
) -> None:
    """A daemon goes to another folder before its first call, or before it forks workers."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    with Billing("sqlite:///usage.db", catalog=catalog) as billing:
        monkeypatch.chdir(tmp_path)
        billing.create_customer("cus_1")
    assert (tmp_path / "project" / "usage.db").exists()
    assert not (tmp_path / "usage.db").exists()


@pytest.mark.parametrize(
    "form", ["sqlite:///{}/usage.db?mode=ro", "sqlite:///{}/what?.db", "sqlite:///file:{}/usage.db"]
)
def test_a_sqlite_url_that_would_mean_another_file_or_more_than_it_does_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog: dict[str, Any], form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with Billing(form.format(tmp_path), catalog=catalog) as billing, pytest.raises(ServiceUnavailable, match="alone"):
        billing.create_customer("cus_1")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("mode", [0o600, 0o660, 0o664])
def test_whoever_may_write_to_the_file_may_lock_it_and_nobody_else(
    tmp_path: Path, catalog: dict[str, Any], mode: int
) -> None:
    path, lock = tmp_path / "usage.db", tmp_path / "usage.db.lock"
    with Billing(f"sqlite:///{path}", catalog=catalog) as billing:
        billing.create_customer("cus_1")
        assert lock.stat().st_mode == path.stat().st_mode
    path.chmod(mode)
    for _ in range(2):
        with Billing(f"sqlite:///{path}") as billing:
            billing.track_usage(customer_id="cus_1", feature_key="api_calls")
        assert lock.stat().st_mode == path.stat().st_mode
        lock.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT SHOWN here: only root may give files away")
def test_the_lock_that_root_makes_is_the_owners_of_the_file(tmp_path: Path, catalog: dict[str, Any]) -> None:
    path, lock = tmp_path / "usage.db", tmp_path / "usage.db.lock"
    with Billing(f"sqlite:///{path}", catalog=catalog) as billing:
        billing.create_customer("cus_1")
    os.chown(path, 65534, 65534)
    lock.unlink()
    with Billing(f"sqlite:///{path}") as billing:
        assert billing.verify()
        billing.create_customer("cus_2")
    assert (lock.stat().st_uid, lock.stat().st_gid) == (65534, 65534)


def test_a_file_under_two_names_has_one_lock(tmp_path: Path, catalog: dict[str, Any]) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "usage.db")
    for name in ("usage.db", "link.db"):
        with Billing(f"sqlite:///{tmp_path / name}", catalog=catalog) as billing:
            billing.create_customer("cus_1")
    assert [path.name for path in tmp_path.glob("*.lock")] == ["usage.db.lock"]


@new_file_only
def test_administration_alone_does_not_let_the_log_grow(
    database: Path, billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing_ui_backend.sqlite_database._CHECKPOINT_ROWS", 10)
    log = database.with_name(f"{database.name}-wal")
    sizes = []
    for number in range(60):
        billing.create_customer(f"cus_{number}")
        sizes.append(log.stat().st_size)
    assert max(sizes[30:]) <= max(sizes[:30]), "it starts again at its front"
