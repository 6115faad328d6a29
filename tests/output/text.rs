//! Terminal tables, CSV and JSON: the exact text.

use arrears::money::Total;
use arrears::output::{Format, Layout};
use arrears::table::Table;

use super::{every_kind, written};

#[test]
fn the_terminal_table_aligns_numbers_and_leaves_missing_cells_empty() {
    assert_eq!(
        written(&[&every_kind()], Format::Table, Layout::default()),
        "\
aging
as_of: 2024-02-29
boundary: due on the as-of day is not past due

customer_id  oldest_due_on       balance  n_items   share  disputed
───────────────────────────────────────────────────────────────────
acme         2024-01-31     1,234,567.89    1,234  0.2500  yes

"
    );
}

#[test]
fn money_of_one_column_has_the_same_decimals_and_hides_no_digit() {
    let units = [1_i128, -12_345_670_000, 0];
    let table = Table::new("t").money("amount", units.map(Total::from_units));
    insta::assert_snapshot!(written(&[&table], Format::Table, Layout::default()), @r"
    t

             amount
    ───────────────
             0.0001
    -1,234,567.0000
             0.0000
    ");
}

#[test]
fn a_long_table_says_how_many_rows_it_left_out() {
    let table = Table::new("t").int("n", 1..=1_236);
    let layout = Layout {
        rows: Some(2),
        ..Layout::default()
    };
    insta::assert_snapshot!(written(&[&table], Format::Table, layout), @r"
    t

    n
    ─
    1
    2
    ... 1,234 more rows; use --rows or --format csv
    ");
}

#[test]
fn a_narrow_terminal_folds_captions_then_text_then_drops_the_last_columns() {
    let table = Table::new("worklist")
        .int("rank", [1])
        .text("customer_id", ["C-000001".to_owned()])
        .money("balance", [Total::from_units(98_765_432_100)])
        .money("balance_past_due", [Total::from_units(12_300)])
        .text(
            "reasons",
            ["two broken promises since March; oldest item 93 days past due".to_owned()],
        )
        .text("action", ["call".to_owned()]);
    let at = |width| {
        let layout = Layout {
            width: Some(width),
            rows: None,
        };
        let text = written(&[&table], Format::Table, layout);
        let body = text.split_once("\n\n").unwrap().1;
        let notice = |line: &str| line.starts_with("...");
        assert!(
            body.lines()
                .filter(|line| !notice(line))
                .all(|line| line.chars().count() <= width.into())
        );
        text
    };
    insta::assert_snapshot!(at(80), @r"
    worklist

    rank  customer_       balance  balance_  reasons                          action
          id                       past_due
    ────────────────────────────────────────────────────────────────────────────────
       1  C-000001   9,876,543.21      1.23  two broken promises since        call
                                             March; oldest item 93 days past
                                             due
    ");
    insta::assert_snapshot!(at(40), @r"
    worklist

    rank  customer_       balance  balance_
          id                       past_due
    ───────────────────────────────────────
       1  C-000001   9,876,543.21      1.23
    ... 2 more columns (reasons, action); use --format csv
    ");
}

#[test]
fn data_cannot_move_the_cursor() {
    let table = Table::new("t").text("name", ["\u{1b}[2Jacme\nltd".to_owned()]);
    let text = written(&[&table], Format::Table, Layout::default());
    assert!(text.contains(" [2Jacme ltd"), "{text}");
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn csv_is_a_header_and_exact_values_without_notes() {
    assert_eq!(
        written(&[&every_kind()], Format::Csv, Layout::default()),
        "\
customer_id,oldest_due_on,balance,n_items,share,disputed
acme,2024-01-31,1234567.89,1234,0.25,true
,,,,,
"
    );
}

#[test]
fn csv_is_complete_whatever_the_terminal_shows() {
    let table = Table::new("t").int("n", 1..=100);
    assert_eq!(written(&[&table], Format::Csv, Layout::default()).lines().count(), 101);
}

#[test]
fn text_that_a_spreadsheet_would_run_is_neutralised_and_numbers_never_are() {
    let names = [
        "=1+2", "+cmd", "-2+3", "@SUM(A1)", "\ttab", "\rreturn", "a=b", "-5", "+4.25", "-", "'quoted",
    ];
    let table = Table::new("t")
        .text("=name", names.map(str::to_owned))
        .money("amount", names.map(|_| Total::from_units(-15_000)))
        .int("n", names.map(|_| -1))
        .real("share", names.map(|_| -0.5));
    let text = written(&[&table], Format::Csv, Layout::default());
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["'=name", "amount", "n", "share"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let read: Vec<&str> = rows.iter().map(|row| &row[0]).collect();
    assert_eq!(
        read,
        [
            "'=1+2",
            "'+cmd",
            "'-2+3",
            "'@SUM(A1)",
            "'\ttab",
            "'\rreturn",
            "a=b",
            "-5",
            "+4.25",
            "'-",
            "'quoted"
        ]
    );
    assert!(rows.iter().all(|row| row.iter().skip(1).eq(["-1.50", "-1", "-0.5"])));
}

#[test]
fn json_keeps_money_as_text_and_missing_as_null() {
    assert_eq!(
        written(&[&every_kind()], Format::Json, Layout::default()),
        r#"{"table": "aging",
 "notes": {"as_of":"2024-02-29","boundary":"due on the as-of day is not past due"},
 "columns": [{"name":"customer_id","kind":"text"},{"name":"oldest_due_on","kind":"day"},{"name":"balance","kind":"money"},{"name":"n_items","kind":"int"},{"name":"share","kind":"real"},{"name":"disputed","kind":"flag"}],
 "rows": [
  {"customer_id":"acme","oldest_due_on":"2024-01-31","balance":"1234567.89","n_items":1234,"share":0.25,"disputed":true},
  {"customer_id":null,"oldest_due_on":null,"balance":null,"n_items":null,"share":null,"disputed":null}
 ]}
"#
    );
}

#[test]
fn several_tables_are_one_json_object() {
    let (first, second) = (
        Table::new("a").int("n", [1]),
        Table::new("b").text("quote\"d", [None::<String>]),
    );
    let text = written(&[&first, &second], Format::Json, Layout::default());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["tables"][0]["rows"][0]["n"], 1);
    assert_eq!(value["tables"][1]["rows"][0]["quote\"d"], serde_json::Value::Null);
    let empty = written(
        &[&Table::new("c").int("n", Vec::<i64>::new())],
        Format::Json,
        Layout::default(),
    );
    let value: serde_json::Value = serde_json::from_str(&empty).unwrap();
    assert_eq!(value["rows"], serde_json::json!([]));
}
