"""Reading CSV files: lines, delimiters, headers, and what is broken in them."""

import csv
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_ui_backend import InvalidRequest
from billing_ui_backend.csv_rows import MAX_ROW, BadRow, CsvFile, Row


def read(path: Path, content: str | bytes, *wanted: str) -> list[Row | BadRow]:
    file = path / "usage.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with CsvFile(file, wanted) as rows:
        return list(rows)


def test_a_row_knows_the_line_on_which_it_begins(tmp_path: Path) -> None:
    content = 'who,note\na,plain\n\nb,"two\nlines"\nc,"three\n\nlines"\nd,plain'
    assert [row.line for row in read(tmp_path, content)] == [2, 4, 6, 9]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_and_line_ends_are_found_by_themselves(tmp_path: Path, delimiter: str, end: str) -> None:
    content = end.join(delimiter.join(row) for row in (["who", "n"], ["a", "1"], ["b", "2"])) + end
    assert read(tmp_path, content) == [Row(2, ["a", "1"]), Row(3, ["b", "2"])]


def test_the_delimiter_is_the_one_that_gives_the_wanted_columns(tmp_path: Path) -> None:
    content = 'who;"a,b,c,d";n\nx;1,2,3;4\n'
    assert read(tmp_path, content, "who", "n") == [Row(2, ["x", "1,2,3", "4"])]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeffwho,n\na,1\n", "who") == [Row(2, ["a", "1"])]


def test_blank_lines_before_the_header_are_passed_over_and_counted(tmp_path: Path) -> None:
    assert read(tmp_path, "\n  \nwho , n\na,1\n", "who", "n") == [Row(4, ["a", "1"])]


def test_a_header_may_span_lines(tmp_path: Path) -> None:
    assert read(tmp_path, '"who\nis it",n\na,1\n', "who\nis it") == [Row(3, ["a", "1"])]


def test_rows_without_any_value_are_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, "who,n\n\n , \n,\na,1\n") == [Row(5, ["a", "1"])]


def test_a_row_of_another_length_than_the_header_is_bad_and_the_next_is_not(tmp_path: Path) -> None:
    assert read(tmp_path, "who,n\na\nb,2\nc,3,4\nd,5\n") == [
        BadRow(2, "has 1 value, the header has 2"),
        Row(3, ["b", "2"]),
        BadRow(4, "has 3 values, the header has 2"),
        Row(5, ["d", "5"]),
    ]


def test_a_quote_in_the_wrong_place_is_bad_and_the_next_row_is_not(tmp_path: Path) -> None:
    bad, good = read(tmp_path, 'who,n\n"a"b,1\nc,2\n')
    assert isinstance(bad, BadRow)
    assert bad.line == 2
    assert good == Row(3, ["c", "2"])


def test_a_quote_that_never_ends_names_the_lines_that_it_swallowed(tmp_path: Path) -> None:
    good, bad = read(tmp_path, 'who,n\na,1\n"b,2\nc,3\nd,4\n')
    assert good == Row(2, ["a", "1"])
    assert isinstance(bad, BadRow)
    assert bad.line == 3
    assert "lines 3 to 5" in bad.reason


def test_a_huge_value_is_bad_and_the_next_row_is_not(tmp_path: Path) -> None:
    bad, good = read(tmp_path, f"who,n\n{'x' * 200_000},1\nc,2\n")
    assert isinstance(bad, BadRow)
    assert bad.line == 2
    assert good == Row(3, ["c", "2"])


def test_a_huge_line_is_bad_is_not_held_in_memory_and_the_next_row_is_good(tmp_path: Path) -> None:
    content = f"who,n\n{'x,' * (8 * MAX_ROW)}\nc,2\n".encode()
    tracemalloc.start()
    try:
        bad, good = read(tmp_path, content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert bad == BadRow(2, f"can't be read: it has more than {MAX_ROW:,} characters")
    assert good == Row(3, ["c", "2"])
    assert peak < len(content) / 2


def test_a_row_of_endlessly_many_lines_is_given_up_too(tmp_path: Path) -> None:
    field = '"' + "line\n" * 2000 + '",'
    first, *rest = read(tmp_path, "who,n\n" + field * 150 + "\n")
    assert isinstance(first, BadRow)
    assert first.line == 2
    assert f"more than {MAX_ROW:,} characters" in first.reason
    assert all(isinstance(row, BadRow) for row in rest)


def test_broken_bytes_and_nuls_stay_in_their_own_value(tmp_path: Path) -> None:
    rows = read(tmp_path, b"who,n\nM\xfcller,1\na\x00b,2\nc,3\n")
    assert [(row.line, row.values[1]) for row in rows if isinstance(row, Row)] == [(2, "1"), (3, "2"), (4, "3")]


def test_a_bare_carriage_return_does_not_count_as_a_line(tmp_path: Path) -> None:
    rows = read(tmp_path, 'who,n\n"a\rb",1\nc,2\n')
    assert rows == [Row(2, ["a\rb", "1"]), Row(3, ["c", "2"])]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\r\n  \n", "is empty"),
        ("who,n\na,1\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04rest", "export it as CSV"),
        (b"\x1f\x8brest", "compressed"),
        (b'"who,n\na,1\n', "header can't be read"),
        (b"who\rn\ra\r", "header can't be read"),
        (b"x" * (MAX_ROW + 1), "header can't be read"),
    ],
)
def test_what_is_no_csv_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        read(tmp_path, content)


def test_a_missing_column_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="no column 'customer': it has 'who', 'n'"):
        read(tmp_path, "who,n\n", "customer")


def test_a_column_that_is_there_twice_is_refused_only_if_it_is_wanted(tmp_path: Path) -> None:
    content = "who,n,n\na,1,2\n"
    assert read(tmp_path, content, "who") == [Row(2, ["a", "1", "2"])]
    with pytest.raises(InvalidRequest, match="2 columns 'n'"):
        read(tmp_path, content, "n")


def test_a_folder_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(InvalidRequest, match="can't be read"):
            CsvFile(path)


VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(rows=st.lists(st.tuples(VALUES, VALUES), max_size=20), delimiter=st.sampled_from(",;\t|"))
def test_whatever_the_values_hold_each_row_comes_back_with_its_line(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], delimiter: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["who", "n"])
    expected = []
    for row in rows:
        if any(value.strip() for value in row):
            expected.append(Row(text.getvalue().count("\n") + 1, list(row)))
        writer.writerow(row)
    assert read(tmp_path_factory.mktemp("file"), text.getvalue(), "who", "n") == expected


@given(content=st.binary(max_size=200) | st.text('a1,;"\r\n', max_size=60).map(str.encode))
def test_whatever_the_bytes_are_they_are_rows_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    lines = content.count(b"\n") + 1
    try:
        rows = read(tmp_path_factory.mktemp("file"), content)
    except InvalidRequest:
        return
    numbers = [row.line for row in rows]
    assert numbers == sorted(set(numbers))
    assert all(1 < number <= lines for number in numbers)
