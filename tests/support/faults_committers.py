"""A lone caller in a process of its own: one commit after the other, each acknowledged before the next one."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg

from billing_ui_backend import AsyncBilling, Billing

Committer = Callable[[str], Iterator[None]]
"""Opens the database of a URL, then makes a commit each time it is asked to go on."""
WHAT: dict[str, Any] = {"customer_id": "cus_1", "feature_key": "api_calls"}


def _sync(url: str) -> Iterator[None]:
    billing = Billing(url)
    while True:
        billing.track_usage(**WHAT)
        yield


def _async(url: str) -> Iterator[None]:
    billing, loop = AsyncBilling(url), asyncio.new_event_loop()
    while True:
        loop.run_until_complete(billing.track_usage(**WHAT))
        yield


def _batch(url: str) -> Iterator[None]:
    billing = Billing(url)
    while True:
        billing.track_usage_batch([WHAT] * 20)
        yield


def _administration(url: str) -> Iterator[None]:
    billing, number = Billing(url), 0
    while True:
        number += 1
        billing.update_customer("cus_1", name=f"number {number}")
        yield


def _plain_sqlite(url: str, synchronous: str) -> Iterator[None]:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    connection.execute(f"pragma synchronous={synchronous}")
    connection.execute("create table plain (id integer primary key)")
    while True:
        connection.execute("insert into plain default values")
        yield


def _plain_postgresql(url: str) -> Iterator[None]:
    connection = psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True)
    connection.execute("create table plain (id integer)")
    while True:
        connection.execute("insert into plain values (0)")
        yield


COMMITTERS: dict[str, Committer] = {
    "sync": _sync,
    "async": _async,
    "batch": _batch,
    "administration": _administration,
    "plain sqlite full": partial(_plain_sqlite, synchronous="full"),
    "plain sqlite normal": partial(_plain_sqlite, synchronous="normal"),
    "plain sqlite off": partial(_plain_sqlite, synchronous="off"),
    "plain postgresql": _plain_postgresql,
}


def commit_and_acknowledge(committer: str, url: str, commits: int, pipe: Connection) -> None:
    """Makes one commit to warm up, says where it will acknowledge as the kernel calls it, and waits; then makes the commits,
    each acknowledged by a byte.

    Args:
        committer: a name in COMMITTERS.
    """
    steps = COMMITTERS[committer](url)
    next(steps)
    # Nobody has to read it: whoever watches sees it being written.
    _, acknowledgements = os.pipe()
    pipe.send(str(Path(f"/proc/self/fd/{acknowledgements}").readlink()))
    pipe.recv()
    for _ in range(commits):
        next(steps)
        os.write(acknowledgements, b".")
    # Until whoever watches has seen it all.
    pipe.recv()
