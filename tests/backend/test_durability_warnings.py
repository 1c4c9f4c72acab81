"""Where "committed" may not mean "on the disk", a warning says so, and what to do."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from billing_ui_backend import Billing, durability
from billing_ui_backend.durability import network_file_system, unsafe_settings
from tests.support.engine import one_quota
from tests.support.postgres import PostgresServer

MOUNTS = r"""
/dev/vda / ext4 rw,relatime 0 0
tmpfs /dev/shm tmpfs rw 0 0
server:/export /srv nfs4 rw,vers=4.2 0 0
/dev/vdb /srv/local xfs rw 0 0
//server/share /mnt/office\040files cifs rw 0 0
host /mnt/host 9p rw,trans=virtio 0 0
me@server:/home /home/me/far fuse.sshfs rw 0 0
/dev/fuse /home/me/near fuse.rclone rw 0 0
server:/old /data nfs rw 0 0
/dev/vdc /data ext4 rw 0 0
server:/deep /srv/local/deep smb3 rw 0 0
none /srv/nfs4 tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/var/lib/billing.db", None),
        ("/srv/app/billing.db", "nfs4"),
        ("/srv", "nfs4"),
        ("/srv/local/billing.db", None),
        ("/srv/local/deep/billing.db", "smb3"),
        ("/srv/localities/billing.db", "nfs4"),
        ("/srvs/billing.db", None),
        ("/mnt/office files/billing.db", "cifs"),
        ("/mnt/office/billing.db", None),
        ("/mnt/host/billing.db", "9p"),
        ("/home/me/far/billing.db", "fuse.sshfs"),
        ("/home/me/near/billing.db", None),
        ("/home/me/billing.db", None),
        ("/data/billing.db", None),
        ("/dev/shm/billing.db", None),
        ("/srv/nfs4/billing.db", None),
    ],
)
def test_the_mount_nearest_to_the_file_decides(path: str, found: str | None) -> None:
    assert network_file_system(path, MOUNTS) == found


def test_without_a_list_of_mounts_nothing_is_known() -> None:
    assert network_file_system("/srv/billing.db", "") is None


@pytest.mark.parametrize("name", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_setting_that_loses_commits_is_named_with_what_to_do(name: str) -> None:
    safe = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "jit": "off"}
    assert unsafe_settings(safe.items()) == []
    (said,) = unsafe_settings({**safe, name: "off"}.items())
    assert said.startswith(f"{name} is off: a crash of the machine can ")
    assert said.endswith(f"Set {name} to on.")


def test_every_unsafe_setting_is_named() -> None:
    said = unsafe_settings([("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")])
    assert [message.split()[0] for message in said] == ["fsync", "synchronous_commit", "full_page_writes"]


@pytest.mark.parametrize("value", ["local", "remote_write", "remote_apply"])
def test_a_commit_that_also_waits_for_a_standby_is_safe(value: str) -> None:
    assert unsafe_settings([("synchronous_commit", value)]) == []


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The list of mounts as the engine reads it, to be written by the test."""
    listed = tmp_path / "mounts"
    monkeypatch.setattr(durability, "MOUNTS", listed)
    return listed


def test_opening_a_file_on_a_network_file_system_warns_once(
    mounts: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nserver:/export {tmp_path} nfs4 rw 0 0\n")
    database = tmp_path / "billing.db"
    with caplog.at_level(logging.WARNING, "billing_ui"), Billing(f"sqlite:///{database}", catalog=one_quota(1)) as one:
        one.create_customer("cus_1")
        one.verify()
    (warning,) = caplog.messages
    assert f"{database} is on a network file system (nfs4)" in warning
    assert "Put the file on a local disk, or use PostgreSQL." in warning


@pytest.mark.parametrize("listed", ["/dev/vda / ext4 rw 0 0\n", None])
def test_opening_a_file_on_this_machine_says_nothing(
    mounts: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, listed: str | None
) -> None:
    if listed is not None:
        mounts.write_text(listed)
    with Billing(f"sqlite:///{tmp_path}/billing.db", catalog=one_quota(1)) as billing:
        billing.create_customer("cus_1")
    assert caplog.messages == []


def test_a_file_seen_through_a_link_is_where_the_link_leads(
    mounts: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to(tmp_path / "far")
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nserver:/export {tmp_path}/far nfs4 rw 0 0\n")
    with Billing(f"sqlite:///{tmp_path}/near/billing.db", catalog=one_quota(1)) as billing:
        billing.create_customer("cus_1")
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("name", ["fsync", "full_page_writes", "synchronous_commit"])
def test_opening_a_postgresql_that_can_lose_commits_warns_of_it(
    postgres: PostgresServer, postgres_url: str, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with postgres.settings(**{name: "off"}), Billing(postgres_url, catalog=one_quota(1)) as billing:
        billing.create_customer("cus_1")
        billing.verify()
    (warning,) = caplog.messages
    assert f"/{postgres_url.rpartition('/')[2]}: {name} is off: a crash of the machine can " in warning
    assert f"Set {name} to on." in warning
    assert postgres_url.split(":")[2].split("@")[0] not in warning


def test_opening_a_postgresql_that_loses_nothing_says_nothing(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Billing(postgres_url, catalog=one_quota(1)) as billing:
        billing.create_customer("cus_1")
    assert caplog.messages == []
