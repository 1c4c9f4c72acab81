"""The commands of `billing-ui`, on a real database file."""

import json
import re
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from billing_ui.cli import admin_commands, app
from billing_ui_backend import AuthenticationError, Billing
from tests.support.command_line import COMMAND, CommandLine


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    """A command line on a database with a customer "anna" on free and "pia" on pro."""
    made = CommandLine(tmp_path)
    with made.open() as billing:
        billing.create_customer("anna")
        billing.create_customer("pia", plan="pro", timezone="Europe/Berlin")
    return made


def used(line: CommandLine, customer: str, feature: str) -> str:
    shown = json.loads(line.run("metrics", customer, "--feature", feature, "--json").out)
    return shown["metrics"][0]["consumed"]


def test_track_counts_and_says_what_is_left(line: CommandLine) -> None:
    done = line.run("track", "anna", "api_calls", "2.5", "--key", "k")
    assert (done.code, done.err) == (0, "")
    assert done.out == "Counted: 2.5 api_calls for anna, 2.5 used, limit 60, 57.5 left (key k)\n"
    assert used(line, "anna", "api_calls") == "2.5"


@pytest.mark.parametrize("group", [(), ("customers",), ("keys",), ("db",)])
def test_no_command_is_described_by_half_a_sentence(group: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*group, "--help"], prog_name="billing-ui").stdout
    described = shown.partition("Commands:\n")[2].splitlines()
    assert described
    assert [text for text in described if not text.endswith(".")] + [text for text in described if "..." in text] == []


def test_track_with_a_key_counts_once(line: CommandLine) -> None:
    assert line.run("track", "anna", "api_calls", "--key", "k").code == 0
    done = line.run("track", "anna", "api_calls", "--key", "k")
    assert done.code == 0
    assert done.out.startswith("Counted before, under this key: 1 api_calls")
    assert used(line, "anna", "api_calls") == "1"


def test_track_takes_a_level_down_with_a_negative_quantity(line: CommandLine) -> None:
    line.run("track", "pia", "team", "3")
    assert line.run("track", "pia", "team", "-2").code == 0
    assert used(line, "pia", "team") == "1"


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (["anna", "api_calls", "61"], 1, "'api_calls' has 60 of 60 left"),
        (["anna", "sso"], 2, "boolean_flag"),
        (["nobody", "api_calls"], 2, "there is no customer 'nobody'"),
        (["anna", "nothing"], 2, "the catalog has no feature 'nothing'"),
        (["anna", "api_calls", "1,5"], 2, "write it as digits"),
        (["anna", "api_calls", "-1"], 2, "only a numeric_limit can go down"),
        (["anna", "api_calls", "1", "--key", "ui:1"], 2, "the library's own"),
        (["anna", "api_calls", "--kye"], 2, "write it as digits"),
        (["anna"], 2, "Missing argument 'FEATURE'"),
    ],
)
def test_what_track_refuses_is_told_in_a_sentence_and_counts_nothing(
    line: CommandLine, args: list[str], code: int, sentence: str
) -> None:
    done = line.run("track", *args)
    assert (done.code, done.out) == (code, "")
    assert sentence in done.err
    with line.open() as billing:
        assert billing.list_usage_events("anna").events == ()


def test_track_refuses_a_key_of_another_event(line: CommandLine) -> None:
    line.run("track", "anna", "api_calls", "1", "--key", "k")
    done = line.run("track", "anna", "api_calls", "2", "--key", "k")
    assert done.code == 1
    assert "was already used" in done.err


def test_metrics_shows_every_metered_feature_with_what_is_left_and_when_it_resets(line: CommandLine) -> None:
    line.run("track", "pia", "api_calls", "1234.5")
    line.run("track", "anna", "api_calls", "12")
    done = line.run("metrics", "pia")
    head, calls, team = done.out.splitlines()
    assert re.fullmatch(r"pia: Pro \(active\), as of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", head)
    assert calls.startswith("API calls")
    assert "1,234.5" in calls
    assert "Unlimited" in calls
    assert team.startswith("Team members")
    assert "0 of 10" in team
    anna = line.run("metrics", "anna", "--feature", "api_calls").out
    assert "12 of 60 calls" in anna
    assert "12 of 1,000" in anna


def test_metrics_as_json_holds_quantities_as_strings(line: CommandLine) -> None:
    line.run("track", "anna", "api_calls", "0.000001")
    shown = json.loads(line.run("metrics", "anna", "--json").out)
    assert [metric["feature_key"] for metric in shown["metrics"]] == ["api_calls", "team"]
    assert (shown["metrics"][0]["consumed"], shown["metrics"][0]["limit"]) == ("0.000001", "60")
    assert shown["as_of"].endswith("Z")


def test_metrics_of_an_unknown_customer_are_an_error(line: CommandLine) -> None:
    done = line.run("metrics", "nobody")
    assert (done.code, done.out, done.err) == (2, "", "Error: there is no customer 'nobody': create it first\n")


def test_verify_is_0_when_all_agrees_and_1_with_what_does_not(line: CommandLine) -> None:
    line.run("track", "pia", "team", "3")
    done = line.run("verify")
    assert (done.code, done.out) == (0, "All agrees: 1 events, 1 counters.\n")
    database = sqlite3.connect(line.folder / "billing.db")
    database.execute("update billing_counter set used = used + 1")
    database.commit()
    database.close()
    done = line.run("verify")
    assert done.code == 1
    assert "'pia', 'team'" in done.out


def test_customers_are_created_once_and_listed(line: CommandLine) -> None:
    assert line.run("customers", "create", "bob").out == "bob is on plan free.\n"
    assert (
        line.run("customers", "create", "bob", "--plan", "pro", "--timezone", "Asia/Tokyo").out
        == "bob is on plan free.\n"
    )
    done = line.run("customers", "list")
    assert done.out.splitlines() == ["anna\tfree\tactive", "bob\tfree\tactive", "pia\tpro\tactive"]
    with line.open() as billing:
        assert billing.get_customer("bob").timezone == "Asia/Tokyo"


def test_customers_beyond_one_page_are_listed_too(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_commands, "PAGE", 2)
    for customer in ("bob", "carl", "dora"):
        line.run("customers", "create", customer)
    listed = [row.split("\t")[0] for row in line.run("customers", "list").out.splitlines()]
    assert listed == ["anna", "bob", "carl", "dora", "pia"]


def test_a_customer_on_an_unknown_plan_is_refused(line: CommandLine) -> None:
    done = line.run("customers", "create", "bob", "--plan", "gold")
    assert done.code == 2
    assert "the catalog has no plan 'gold': it has free, pro" in done.err


def test_a_key_is_printed_alone_on_stdout_and_is_valid(line: CommandLine) -> None:
    done = line.run("keys", "create", "--name", "server")
    assert re.fullmatch(r"sk_test_\S+\n", done.out)
    assert "can't be shown again" in done.err
    with line.open() as billing:
        assert billing.authenticate(done.out.strip()) == "test"


def test_a_leaked_key_is_found_by_its_beginning_and_revoked(line: CommandLine) -> None:
    kept, leaked = (line.run("keys", "create", "--name", name).out.strip() for name in ("worker", "laptop"))
    rows = [row.split("\t") for row in line.run("keys", "list").out.splitlines()]
    assert [(hint, name, revoked) for _, hint, name, _, revoked in rows] == [
        (f"{leaked[:12]}…", "laptop", ""),
        (f"{kept[:12]}…", "worker", ""),
    ], "the latest first"
    (key_id,) = (row[0] for row in rows if leaked.startswith(row[1].rstrip("…")) and row[2] == "laptop")
    done = line.run("keys", "revoke", key_id)
    assert done.code == 0
    assert "(laptop) opens nothing from now on" in done.out
    with line.open() as billing:
        assert billing.authenticate(kept) == "test"
        with pytest.raises(AuthenticationError):
            billing.authenticate(leaked)
        first = next(key.revoked_at for key in billing.list_api_keys() if key.key_id == key_id)
    assert line.run("keys", "revoke", key_id).code == 0
    with line.open() as billing:
        assert next(key.revoked_at for key in billing.list_api_keys() if key.key_id == key_id) == first
    assert "\trevoked 2" in line.run("keys", "list").out


@pytest.mark.parametrize("key_id", ["", "0", "000000000000", "%"])
def test_a_key_that_is_not_there_can_not_be_revoked(line: CommandLine, key_id: str) -> None:
    secret = line.run("keys", "create").out.strip()
    done = line.run("keys", "revoke", key_id)
    assert (done.code, done.out) == (2, "")
    assert "no key has that id" in done.err
    with line.open() as billing:
        assert billing.authenticate(secret) == "test"


def test_a_live_key_is_refused_by_a_test_database(line: CommandLine) -> None:
    line.run("keys", "create")
    done = line.run("keys", "create", "--live")
    assert (done.code, done.out) == (2, "")
    assert "for the test environment" in done.err


def test_the_version_is_that_of_the_distribution() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert result.stdout == f"billing-ui {version('billing-ui')}\n"


@pytest.mark.parametrize("command", ["demo", "gallery"])
def test_demo_and_gallery_hand_over_the_port_and_the_exit_code(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    asked = []

    def run(*, port: int) -> int:
        asked.append(port)
        return 1

    monkeypatch.setattr(admin_commands, f"run_{command}", run)
    assert CliRunner().invoke(app, [command, "--port", "4321"]).exit_code == 1
    assert asked == [4321]
    assert CliRunner().invoke(app, [command, "--port", "70000"]).exit_code == 2


def test_demo_that_finds_no_port_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_demo(*, port: int) -> int:
        raise OSError(f"no port from {port} on is free")

    monkeypatch.setattr(admin_commands, "run_demo", run_demo)
    result = CliRunner().invoke(app, ["demo"])
    assert (result.exit_code, result.stderr) == (2, "Error: no port from 3000 on is free\n")


@pytest.mark.parametrize(
    "command", [["verify"], ["track", "anna", "api_calls"], ["metrics", "anna"], ["customers", "list"]]
)
def test_a_database_that_is_not_there_is_an_error_and_is_not_made(line: CommandLine, command: list[str]) -> None:
    nowhere = line.folder / "typo" / "billing.db"
    done = line.run(*command, url=f"sqlite:///{nowhere}")
    assert done.code == 2
    assert done.err == f"Error: there is no database {nowhere}: check --url, or begin one with --catalog FILE\n"
    assert not nowhere.parent.exists()


def test_a_catalog_begins_a_database_and_later_commands_use_the_stored_one(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    assert line.run("customers", "create", "bob", "--catalog", line.catalog).code == 0
    line.catalog.unlink()
    assert line.run("track", "bob", "api_calls").code == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "can't be read"), ("plans = 1", "[features] is missing"), ("[features", "is not valid TOML")],
)
def test_a_catalog_with_a_mistake_is_an_error_that_names_it(tmp_path: Path, content: str | None, sentence: str) -> None:
    line = CommandLine(tmp_path, content or "")
    if content is None:
        line.catalog.unlink()
    done = line.run("verify", "--catalog", line.catalog)
    assert done.code == 2
    assert sentence in done.err


@pytest.mark.parametrize("url", ["postgresql://localhost/x", "nonsense", "sqlite:////proc/none/billing.db"])
def test_a_database_that_can_not_be_opened_is_an_error(line: CommandLine, url: str) -> None:
    done = line.run("verify", "--catalog", line.catalog, url=url)
    assert done.code == 2
    assert done.err.startswith("Error: the database ")
    assert done.err.count("\n") == 1


def test_in_a_process_of_its_own_it_uses_the_database_of_the_environment(line: CommandLine) -> None:
    done = subprocess.run(
        [*COMMAND, "track", "anna", "api_calls", "3"],
        env={"BILLING_DATABASE_URL": line.url, "PATH": ""},
        cwd=line.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    with Billing(line.url) as billing:
        assert billing.get_usage_metrics("anna")["api_calls"].consumed == 3
