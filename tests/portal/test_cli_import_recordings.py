"""Real recordings, imported by the command line with exact sums, twice, with the same result."""

import csv
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from billing_ui_backend import Billing
from tests.support.command_line import CommandLine, Done

CATALOG = """
default_plan = "only"
[features.context_tokens]
type = "usage_quota"
scale = 0
[features.generated_tokens]
type = "usage_quota"
scale = 0
[features.requests]
type = "usage_quota"
scale = 0
[features.bytes_sent]
type = "usage_quota"
scale = 0
[plans.only]
rank = 1
[plans.only.features]
context_tokens = { limit = 1, period = "never" }
generated_tokens = { limit = 1, period = "never" }
requests = { limit = 1, period = "never" }
bytes_sent = { limit = 1, period = "never" }
"""
BACKFILL = ["--backfill", "--yes", "--create-customers", "only"]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CommandLine]:
    """A command line on an empty database with a limit of 1 on all, so that only a backfill can pass."""
    made = CommandLine(tmp_path, CATALOG)
    with made.open() as billing:
        billing.catalog()
    yield made
    assert made.run("verify").code == 0


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_an_hour_of_an_llm_service(line: CommandLine, shared_data: Path) -> None:
    """One file, two features of one customer; seven digits of a second and no zone."""
    path = shared_data / "azure_llm_code_2023.csv"
    rows = rows_of(path)
    columns = {"context_tokens": "ContextTokens", "generated_tokens": "GeneratedTokens"}
    for _ in range(2):
        for feature, column in columns.items():
            done = line.run(
                "import",
                path,
                "--customer",
                "=acme",
                "--feature",
                f"={feature}",
                "--quantity",
                column,
                "--time",
                "TIMESTAMP",
                *BACKFILL,
            )
            nothing = sum(row[column] == "0" for row in rows)
            assert done.code == 0
            assert f"{len(rows):,} rows read" in done.out
            assert " 0 rejected" in done.out
            assert (f"  {nothing:,} with a quantity of 0" in done.out) == bool(nothing)
        with Billing(line.url) as billing:
            usage = billing.get_usage_metrics("acme")
        for feature, column in columns.items():
            assert usage[feature].consumed == sum(int(row[column]) for row in rows)
    with Billing(line.url) as billing:
        newest = billing.list_usage_events("acme", feature_key="context_tokens", limit=1).events[0].timestamp
    assert f"{newest:%Y-%m-%d %H:%M:%S.%f}" == max(row["TIMESTAMP"] for row in rows)[:26]


def test_requests_to_a_web_site(line: CommandLine, shared_data: Path, tmp_path: Path) -> None:
    """A customer for each client; requests without a byte are passed over, as there is nothing to count."""
    path = tmp_path / "requests.csv"
    with (shared_data / "web_requests_2015.csv").open(newline="", encoding="utf-8") as recorded:
        path.write_text("".join(itertools.islice(recorded, 2_501)), encoding="utf-8", newline="")
    rows = rows_of(path)
    requests = Counter(row["client"] for row in rows)
    sent: Counter[str] = Counter()
    for row in rows:
        sent[row["client"]] += int(row["bytes"])
    empty = sum(int(row["bytes"]) == 0 for row in rows)
    common = ["import", path, "--customer", "client", "--time", "timestamp", *BACKFILL]
    sums = f"{len(rows):,}", f"{sent.total():,}"
    for told in ("{} counted, 0 already there", "0 counted, {} already there"):
        done = line.run(*common, "--feature", "=requests", "--quantity", "=1")
        assert (done.code, rejected_lines(done)) == (0, [])
        assert f"  requests: {told.format(sums[0])}\n" in done.out
        done = line.run(*common, "--feature", "=bytes_sent", "--quantity", "bytes")
        assert (done.code, rejected_lines(done)) == (0, [])
        assert f"  {empty:,} with a quantity of 0: nothing to count\n" in done.out
        assert f"  bytes_sent: {told.format(sums[1])}\n" in done.out
    assert counted(line) == {"requests": requests, "bytes_sent": +sent}


def rejected_lines(done: Done) -> list[int]:
    told = (row.split()[1] for row in done.err.splitlines() if row.startswith("line "))
    return [int(number.rstrip(":")) for number in told]


def counted(line: CommandLine) -> dict[str, Counter[str]]:
    """What the engine says of every customer there is."""
    found: dict[str, Counter[str]] = {"requests": Counter(), "bytes_sent": Counter()}
    cursor = None
    with Billing(line.url) as billing:
        while True:
            page = billing.list_customers(cursor=cursor, limit=1000)
            for customer in page.customers:
                usage = billing.get_usage_metrics(customer.customer_id)
                for feature, sums in found.items():
                    if units := int(usage[feature].consumed):
                        sums[customer.customer_id] = units
            cursor = page.next_cursor
            if cursor is None:
                return found
