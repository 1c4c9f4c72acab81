"""Usage from CSV files: what is counted, what is refused, and that nothing is ever counted twice."""

import signal
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing_ui_backend import BatchItem, Billing, Customer, InvalidRequest, ServiceUnavailable, UnknownPlan
from billing_ui_backend.csv_events import Columns
from billing_ui_backend.csv_import import CsvImport, ImportReport
from billing_ui_backend.csv_rows import CsvFile
from tests.support.engine import NOON, Clock, one_quota, small_catalog

HEADER = "who,what,n,at"
COLUMNS = Columns(customer="who", feature="what", quantity="n", time="at")
AT = "2026-03-10T11:00:00Z"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Rows, not where they go: those of a file that end in PostgreSQL are in test_postgres.py."""
    return sqlite_url


class Imported:
    """A finished import: its report, and the rejected rows."""

    def __init__(self, billing: Billing, path: Path, columns: Columns = COLUMNS, **options: Any) -> None:
        self.rejected: list[tuple[int, str]] = []
        with CsvFile(path, columns.names) as file:
            job = CsvImport(billing, file, columns, **options)
            self.report = job.run(on_rejected=lambda line, reason: self.rejected.append((line, reason)))

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """Rows read, counted, already there, rejected."""
        return self.report.read, self.report.counted, self.report.replayed, self.report.rejected


def write(folder: Path, rows: Sequence[str], *, header: str = HEADER, name: str = "usage.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def total(billing: Billing, customer_id: str, feature_key: str) -> Decimal:
    events = billing.list_usage_events(customer_id, feature_key=feature_key, limit=1000).events
    return sum((event.quantity for event in events), Decimal(0))


ROW = st.tuples(
    st.sampled_from(["anna", "bob", "zoë"]),
    st.sampled_from(["api_calls", "storage_gb"]),
    st.sampled_from(["1", "0.1", "0.000001", "7.25"]),
    st.sampled_from([AT, "2026-03-10 10:59:59.9999999", "2026-02-28"]),
)


@settings(max_examples=40)
@given(rows=st.lists(ROW, max_size=12), part=st.integers(0, 12), gap=st.booleans())
def test_a_file_imported_in_part_then_whole_then_again_counts_each_row_once(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str, str]], part: int, gap: bool
) -> None:
    """Identical rows are as many events as there are rows."""
    folder = tmp_path_factory.mktemp("import")
    lines = [",".join(row) + ("\n" if gap else "") for row in rows]
    options: dict[str, Any] = {"create_customers": "enterprise"}
    first = min(part, len(rows))
    with Billing("sqlite://", catalog=small_catalog(), clock=Clock()) as billing:
        assert Imported(billing, write(folder, lines[:first]), **options).numbers == (first, first, 0, 0)
        whole = write(folder, lines)
        assert Imported(billing, whole, **options).numbers == (len(rows), len(rows) - first, first, 0)
        again = Imported(billing, whole, **options)
        assert again.numbers == (len(rows), 0, len(rows), 0)
        for feature in ("api_calls", "storage_gb"):
            wanted = sum((Decimal(n) for _, what, n, _ in rows if what == feature), Decimal(0))
            found = again.report.features.get(feature)
            assert (found.replayed if found else 0) == wanted
            for customer in {who for who, *_ in rows}:
                own = [Decimal(n) for who, what, n, _ in rows if (who, what) == (customer, feature)]
                assert total(billing, customer, feature) == sum(own)
        assert billing.verify()


def test_another_source_makes_other_rows_of_the_same_values(tmp_path: Path, billing: Billing) -> None:
    path = write(tmp_path, [f"cus_1,api_calls,5,{AT}"])
    assert Imported(billing, path).report.counted == 1
    assert Imported(billing, path, source="usage.csv").report.replayed == 1
    assert Imported(billing, path, source="another.csv").report.counted == 1


def test_a_line_with_other_values_is_another_row(tmp_path: Path, billing: Billing) -> None:
    for row in (
        f"cus_1,api_calls,5,{AT}",
        f"cus_1,api_calls,6,{AT}",
        f"cus_1,emails,6,{AT}",
        "cus_1,emails,6,2026-03-10",
    ):
        assert Imported(billing, write(tmp_path, [row])).numbers == (1, 1, 0, 0)


def test_two_columns_of_one_row_may_feed_one_feature_with_equal_values(tmp_path: Path, billing: Billing) -> None:
    path = write(tmp_path, [f"5,5,{AT}"], header="sent,received,at")
    for quantity in ("sent", "received", "sent", "received"):
        Imported(billing, path, Columns(customer="=cus_1", feature="=api_calls", quantity=quantity, time="at"))
    assert total(billing, "cus_1", "api_calls") == 10


def test_constants_stand_for_columns_and_spaces_around_values_do_not_count(tmp_path: Path, billing: Billing) -> None:
    path = write(tmp_path, [" cus_1 , 2"], header="who;n".replace(";", ","))
    columns = Columns(customer="who", feature="=api_calls", quantity="n", time=f"={AT}")
    assert Imported(billing, path, columns).numbers == (1, 1, 0, 0)
    (event,) = billing.list_usage_events("cus_1").events
    assert (event.quantity, event.timestamp.isoformat()) == (2, "2026-03-10T11:00:00+00:00")


def test_an_event_tells_from_which_line_of_which_source_it_came(tmp_path: Path, billing: Billing) -> None:
    Imported(billing, write(tmp_path, [f"cus_1,api_calls,1,{AT}"]))
    (event,) = billing.list_usage_events("cus_1").events
    assert event.metadata == {"source": "usage.csv", "line": 2}
    assert event.idempotency_key.startswith("import:")


def test_rejected_rows_are_told_by_line_and_the_others_are_counted(tmp_path: Path, billing: Billing) -> None:
    rows = {
        f"cus_1,api_calls,1,{AT}": None,
        f"nobody,api_calls,1,{AT}": "there is no customer 'nobody'",
        f"cus_1,nothing,1,{AT}": "the catalog has no feature 'nothing'",
        f"cus_1,files,1,{AT}": "does not include 'files'",
        f"cus_1,sso,1,{AT}": "boolean_flag",
        f"cus_1,api_calls,-1,{AT}": "only a numeric_limit can go down",
        f"cus_1,api_calls,1e3,{AT}": "write it as digits",
        f'cus_1,api_calls,"1,000",{AT}': "write it as digits",
        f"cus_1,api_calls,NaN,{AT}": "write it as digits",
        f"cus_1,api_calls,0.0000001,{AT}": "more than 6 decimal places",
        f"cus_1,api_calls,99999999999999999999,{AT}": "too large",
        f"cus_1,api_calls,,{AT}": "quantity is empty",
        f",api_calls,1,{AT}": "customer is empty",
        f"{'c' * 256},api_calls,1,{AT}": "customer has 256 characters",
        f"cus\x001,api_calls,1,{AT}": "control characters",
        "cus_1,api_calls,1,soon": "time 'soon' can't be read",
        "cus_1,api_calls,1,2026-03-10T12:05:01Z": "more than 5 minutes ahead",
        "cus_1,api_calls,1,2026-02-03T11:59:59Z": "--backfill",
        f'"two\nlines",api_calls,1,{AT}': "control characters",
        f"cus_1,api_calls,1,{AT},more": "has 5 values, the header has 4",
        f"cus_1,api_calls,2,{AT}": None,
    }
    done = Imported(billing, write(tmp_path, list(rows)))
    line, wanted = 2, []
    for row, reason in rows.items():
        if reason is not None:
            wanted.append((line, reason))
        line += 1 + row.count("\n")
    assert [line for line, _ in done.rejected] == [line for line, _ in wanted]
    for (_, reason), (_, part) in zip(done.rejected, wanted, strict=True):
        assert part in reason
    assert done.numbers == (len(rows), 2, 0, len(wanted))
    assert total(billing, "cus_1", "api_calls") == 3
    assert billing.verify()


def test_rows_of_zero_are_passed_over_and_are_no_mistake(tmp_path: Path, billing: Billing) -> None:
    rows = [f"cus_1,api_calls,{quantity},{AT}" for quantity in ("0", "0.00", "-0", "2", "0.0000001")]
    rows.append(f"nobody,api_calls,0,{AT}")
    done = Imported(billing, write(tmp_path, rows))
    assert [line for line, _ in done.rejected] == [6, 7], "too fine, and of an unknown customer"
    assert (done.numbers, done.report.empty) == ((6, 1, 0, 2), 3)


def test_a_value_that_is_no_utf_8_spoils_its_own_row_only(tmp_path: Path, billing: Billing) -> None:
    path = tmp_path / "usage.csv"
    path.write_bytes(f"{HEADER},note\nM\xfcller,api_calls,1,{AT},a\ncus_1,api_calls,1,{AT},\xfc\n".encode("latin-1"))
    done = Imported(billing, path, create_customers="free")
    assert done.numbers == (2, 1, 0, 1)
    assert [customer.customer_id for customer in billing.list_customers().customers] == ["cus_1"]


def test_a_hard_limit_stops_an_import_and_after_an_upgrade_the_rest_is_added(tmp_path: Path, billing: Billing) -> None:
    path = write(tmp_path, [f"cus_1,emails,40,{AT}"] * 4)
    done = Imported(billing, path)
    assert done.numbers == (4, 2, 0, 2)
    assert [line for line, _ in done.rejected] == [4, 5]
    billing.change_plan("cus_1", "pro")
    assert Imported(billing, path).numbers == (4, 2, 2, 0)
    assert billing.get_usage_metrics("cus_1")["emails"].consumed == 160


def test_a_backfill_takes_rows_of_any_age_and_passes_limits(tmp_path: Path, billing: Billing) -> None:
    old = write(tmp_path, ["cus_1,emails,150,2015-05-17T10:05:03Z", f"cus_1,emails,150,{AT}"])
    assert Imported(billing, old).numbers == (2, 0, 0, 2)
    assert Imported(billing, old, backfill=True).numbers == (2, 2, 0, 0)
    assert billing.get_usage_metrics("cus_1")["emails"].consumed == 150
    assert Imported(billing, old).numbers == (2, 0, 2, 0)
    assert billing.verify()


def test_a_backfill_refuses_what_lies_ahead_or_before_1970(tmp_path: Path, billing: Billing) -> None:
    rows = ["cus_1,emails,1,2027-01-01", "cus_1,emails,1,1969-12-31"]
    assert Imported(billing, write(tmp_path, rows), backfill=True).numbers == (2, 0, 0, 2)


def test_times_are_in_the_zone_of_the_import(tmp_path: Path, billing: Billing) -> None:
    path = write(tmp_path, ["cus_1,api_calls,1,2026-03-09 01:00:00.1234567", "cus_1,api_calls,1,2026-03-09 01:00:00Z"])
    Imported(billing, path, zone="Asia/Tokyo")
    times = [event.timestamp.isoformat() for event in billing.list_usage_events("cus_1").events]
    assert times == ["2026-03-09T01:00:00+00:00", "2026-03-08T16:00:00.123456+00:00"]


def test_the_same_file_in_another_zone_is_refused_and_not_counted_twice(tmp_path: Path, billing: Billing) -> None:
    path = write(tmp_path, ["cus_1,api_calls,1,2026-03-09 01:00:00"])
    Imported(billing, path, zone="Asia/Tokyo")
    again = Imported(billing, path, zone="UTC")
    assert again.rejected == [(2, "was imported before with another time: import the file with the same zone again")]
    assert total(billing, "cus_1", "api_calls") == 1


def test_a_key_column_names_events_as_a_caller_does(tmp_path: Path, billing: Billing) -> None:
    columns = Columns(customer="who", feature="what", quantity="n", time="at", key="id")
    billing.track_usage(
        customer_id="cus_1", feature_key="emails", quantity=3, idempotency_key="e1", timestamp=NOON.replace(hour=11)
    )
    rows = [f"cus_1,emails,3,{AT},e1", f"cus_1,emails,4,{AT},e2", f"cus_1,emails,4,{AT},e2", f"cus_1,emails,5,{AT},e2"]
    reserved = [f"cus_1,emails,1,{AT},{key}" for key in ("import:1", "ui:1", "hold:1", "")]
    path = write(tmp_path, [*rows, *reserved], header=f"{HEADER},id")
    done = Imported(billing, path, columns)
    assert done.numbers == (8, 1, 2, 5)
    assert [line for line, _ in done.rejected] == [5, 6, 7, 8, 9]
    assert "'e2' was already used" in done.rejected[0][1]
    assert "the library's own" in done.rejected[1][1]
    assert done.rejected[4][1] == "key is empty"
    assert billing.get_usage_metrics("cus_1")["emails"].consumed == 7


def test_with_a_key_column_rows_may_move(tmp_path: Path, billing: Billing) -> None:
    columns = Columns(customer="who", feature="what", quantity="n", time="at", key="id")
    rows = [f"cus_1,emails,1,{AT},a", f"cus_1,emails,2,{AT},b"]
    Imported(billing, write(tmp_path, rows, header=f"{HEADER},id"), columns)
    moved = Imported(billing, write(tmp_path, rows[::-1], header=f"{HEADER},id", name="moved.csv"), columns)
    assert moved.numbers == (2, 0, 2, 0)


def test_unknown_customers_are_created_as_they_appear_with_the_plan_given(tmp_path: Path, billing: Billing) -> None:
    rows = [f"cus_1,emails,1,{AT}", f"new,emails,2,{AT}", f"newer,emails,3,{AT}", f"new,emails,4,{AT}"]
    done = Imported(billing, write(tmp_path, rows), create_customers="pro")
    assert done.numbers == (4, 4, 0, 0)
    plans = {customer.customer_id: customer.plan_key for customer in billing.list_customers().customers}
    assert plans == {"cus_1": "free", "new": "pro", "newer": "pro"}
    assert total(billing, "new", "emails") == 6


@pytest.mark.parametrize("order", [1, -1])
def test_usage_of_this_month_is_this_months_for_a_customer_that_the_import_creates(
    tmp_path: Path, billing: Billing, order: int
) -> None:
    """Whether a file begins with its oldest rows or with its newest; it is 10 March, noon."""
    times = ["2026-02-27T00:00Z", "2026-02-28T23:59Z", "2026-03-01T00:00Z", "2026-03-09T08:00Z", "2026-03-10T11:59Z"]
    rows = [f"new,api_calls,{2**place},{at}" for place, at in enumerate(times) for _ in range(400)][::order]
    assert Imported(billing, write(tmp_path, rows), create_customers="pro").report.created == 1
    metric = billing.get_usage_metrics("new")["api_calls"]
    assert metric.consumed == 400 * (4 + 8 + 16)
    assert metric.period_start == datetime(2026, 3, 1, tzinfo=UTC)
    history = billing.get_usage_history(
        "new", "api_calls", start=NOON - timedelta(days=20), end=NOON, granularity="month"
    )
    assert [bucket.quantity for bucket in history] == [400 * (1 + 2), 400 * (4 + 8 + 16)]
    assert billing.verify()


def test_a_trial_begins_when_the_import_creates_the_customer(tmp_path: Path, billing: Billing) -> None:
    Imported(billing, write(tmp_path, ["new,api_calls,1,2026-02-20"]), create_customers="trial")
    subscription = billing.get_customer("new").subscription
    assert subscription
    assert (subscription.status, subscription.trial_ends_at) == ("trialing", NOON + timedelta(days=14))
    assert subscription.anchor == datetime(2026, 2, 1, tzinfo=UTC)


def test_a_time_that_no_row_can_have_does_not_move_a_customers_months(tmp_path: Path, billing: Billing) -> None:
    rows = ["early,api_calls,1,0001-01-01T00:00Z", "late,api_calls,1,9999-12-31T23:59Z", f"late,api_calls,2,{AT}"]
    done = Imported(billing, write(tmp_path, rows), create_customers="pro", backfill=True)
    assert done.numbers == (3, 1, 0, 2)
    assert billing.get_usage_metrics("late")["api_calls"].consumed == 2
    assert billing.track_usage(customer_id="early", feature_key="api_calls").success
    assert billing.get_usage_metrics("early")["api_calls"].period_start == datetime(2026, 3, 1, tzinfo=UTC)


def test_a_row_that_can_not_be_counted_makes_nobody_a_customer(tmp_path: Path, billing: Billing) -> None:
    rows = [f"Total,emails,,{AT}", f"Total,emails,zero,{AT}", f"Total,emails,0,{AT}", f"Total,nothing,1,{AT}"]
    done = Imported(billing, write(tmp_path, rows), create_customers="pro")
    assert (done.report.rejected, done.report.empty) == (3, 1)
    assert [customer.customer_id for customer in billing.list_customers().customers] == ["cus_1"]
    assert "there is no customer" not in "".join(reason for _, reason in done.rejected)


class Stop(BaseException):
    """What Ctrl-C is: no Exception."""


def test_an_interrupted_import_reports_what_was_committed_and_can_be_run_again(
    tmp_path: Path, billing: Billing
) -> None:
    path = write(tmp_path, ["cus_1,storage_gb,0.0001,2026-03-10 11:00"] * 2500)

    def stop(report: ImportReport) -> None:
        if report.read == 2000:
            raise Stop

    with CsvFile(path, COLUMNS.names) as file:
        job = CsvImport(billing, file, COLUMNS)
        with pytest.raises(Stop):
            job.run(on_rejected=print, on_progress=stop)
    assert job.report.counted == 2000
    assert Imported(billing, path).numbers == (2500, 500, 2000, 0)
    assert billing.get_usage_metrics("cus_1")["storage_gb"].consumed == Decimal("0.25")
    assert billing.verify()


def test_ctrl_c_between_a_commit_and_what_is_told_of_it_is_taken_afterwards(
    tmp_path: Path, billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, [f"cus_1,storage_gb,0.0001,{AT}"] * 1500 + [f"nobody,storage_gb,1,{AT}"])
    count = billing.import_usage_batch

    def interrupted(events: list[dict[str, Any]]) -> list[BatchItem]:
        items = count(events)
        if len(events) < 1000:
            signal.raise_signal(signal.SIGINT)
        return items

    monkeypatch.setattr(billing, "import_usage_batch", interrupted)
    rejected: list[tuple[int, str]] = []
    with CsvFile(path, COLUMNS.names) as file:
        job = CsvImport(billing, file, COLUMNS)
        with pytest.raises(KeyboardInterrupt):
            job.run(on_rejected=lambda *row: rejected.append(row))
    assert (job.report.read, job.report.counted) == (1501, 1500)
    assert [line for line, _ in rejected] == [1502]


def test_a_database_that_goes_away_while_customers_are_created_leaves_the_others_told(
    tmp_path: Path, billing: Billing, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, [f"cus_1,storage_gb,0.0001,{AT}", f"anna,storage_gb,1,{AT}", f"cus_1,storage_gb,much,{AT}"])
    create = billing.import_customer
    away = database.with_name("away.db")

    def gone(*args: Any, **kwargs: Any) -> Customer:
        database.rename(away)
        return create(*args, **kwargs)

    monkeypatch.setattr(billing, "import_customer", gone)
    rejected: list[int] = []
    with CsvFile(path, COLUMNS.names) as file:
        job = CsvImport(billing, file, COLUMNS, create_customers="enterprise")
        with pytest.raises(ServiceUnavailable):
            job.run(on_rejected=lambda line, _: rejected.append(line))
    assert (job.report.read, job.report.counted, job.report.rejected, job.report.created) == (2, 1, 1, 0)
    assert rejected == [4]
    away.rename(database)
    monkeypatch.undo()
    assert Imported(billing, path, create_customers="enterprise").numbers == (3, 1, 1, 1)


def test_a_database_that_goes_away_ends_the_import_with_what_was_committed(
    tmp_path: Path, billing: Billing, database: Path
) -> None:
    path = write(tmp_path, [f"cus_1,storage_gb,0.0001,{AT}"] * 1500)
    away = database.with_name("away.db")
    with CsvFile(path, COLUMNS.names) as file:
        job = CsvImport(billing, file, COLUMNS)
        with pytest.raises(ServiceUnavailable):
            job.run(on_rejected=print, on_progress=lambda _: database.rename(away))
    assert job.report.read == 1000
    away.rename(database)
    assert Imported(billing, path).numbers == (1500, 500, 1000, 0)


def test_a_header_alone_is_no_row_at_all(tmp_path: Path, billing: Billing) -> None:
    assert Imported(billing, write(tmp_path, [])).numbers == (0, 0, 0, 0)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Three times the rows, a third of them rejected and a third of 0, at no more than a fifth more memory."""

    def peak(rows: int) -> int:
        path = write(tmp_path, [f"cus_{i % 3},api_calls,{i % 3 - 1},{AT}" for i in range(rows)])
        rejected: Counter[str] = Counter()
        with Billing("sqlite://", catalog=one_quota("unlimited"), clock=Clock()) as billing:
            for number in range(3):
                billing.create_customer(f"cus_{number}")
            tracemalloc.start()
            try:
                with CsvFile(path, COLUMNS.names) as file:
                    job = CsvImport(billing, file, COLUMNS)
                    job.run(on_rejected=lambda _, reason: rejected.update([reason]))
                found = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        assert job.report.read == rows
        assert rejected.total() == job.report.rejected == -(-rows // 3)
        return found

    peak(1_000)  # Modules and caches that are filled once.
    assert peak(6_000) < 1.2 * peak(2_000)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"customer": ""}, "customer is ''"),
        ({"time": "="}, "time is '='"),
        ({"key": "=same"}, "must come from a column"),
    ],
)
def test_columns_that_can_not_be_meant_are_refused(changed: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        Columns(**{"customer": "who", "feature": "what", "quantity": "n", "time": "at", **changed})


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"zone": "Nowhere"}, InvalidRequest),
        ({"source": ""}, InvalidRequest),
        ({"source": "a\nb"}, InvalidRequest),
        ({"create_customers": "nope"}, UnknownPlan),
    ],
)
def test_what_can_not_begin_counts_nothing(
    tmp_path: Path, billing: Billing, options: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        Imported(billing, write(tmp_path, [f"cus_1,api_calls,1,{AT}"]), **options)
    assert billing.list_usage_events("cus_1").events == ()
