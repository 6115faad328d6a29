//! Large files are read in pieces, on all cores, with the result that one reader would have.

use arrears::generate::embedded::demo_files;
use arrears::outcome::IssueCode;

use super::support::{import_canonical, imported_lines};

const HEADER: &str = "invoice_id,customer_id,issued_on,amount,currency,note\n";

#[test]
fn a_file_of_several_pieces_keeps_every_row_its_line_and_its_order() {
    // Every 97th note has a line end, a separator and a quote in it; every 1009th amount is none.
    let n_rows = 80_000;
    let note = |n: usize| {
        if n.is_multiple_of(97) {
            "\"late,\nsays \"\"Ann\"\"\""
        } else {
            ""
        }
    };
    let amount = |n: usize| if n.is_multiple_of(1009) { "?" } else { "5.25" };
    let rows: String = (1..=n_rows)
        .map(|n| {
            format!(
                "{n:07},customer {:04},2024-01-10,{},EUR,{}\n",
                n % 5000,
                amount(n),
                note(n)
            )
        })
        .collect();
    assert!(rows.len() > 3 << 20, "not a file of several pieces");
    let checked = import_canonical(&[("invoices.csv", format!("{HEADER}{rows}").as_bytes())]).unwrap();

    let n_bad = n_rows / 1009;
    let read = checked.value.rows;
    assert_eq!((read.read, read.quarantined), (n_rows as u64, n_bad as u64));
    // The header is line 1; each note with a line end in front of a row moves it down by one.
    let line = |n: usize| Some((1 + n + (n - 1) / 97) as u64);
    let lines: Vec<_> = checked.value.rejected.iter().map(|row| row.place.line).collect();
    assert_eq!(lines, (1..=n_bad).map(|bad| line(bad * 1009)).collect::<Vec<_>>());

    let kept: Vec<usize> = (1..=n_rows).filter(|n| !n.is_multiple_of(1009)).collect();
    let words = imported_lines(&checked, "invoices", &["invoice_id", "customer_id", "amount", "note"]);
    for (&n, words) in kept.iter().zip(&words) {
        let note = if n.is_multiple_of(97) {
            "late,\nsays \"Ann\""
        } else {
            ""
        };
        assert_eq!(*words, format!("{n:07}|customer {:04}|5.25|{note}", n % 5000));
    }
    assert_eq!(words.len(), kept.len());
    let table = checked.value.records.table("invoices").unwrap();
    let last = kept.len() - 1;
    assert_eq!(table.sources.at(last).map(|source| source.line), line(kept[last]));
}

#[test]
fn a_quote_that_is_never_closed_costs_its_own_line() {
    // It once swallowed the rest of the file into one quarantined row.
    let rows =
        "1,acme,2024-01-10,5,EUR,\n2,acme,2024-01-10,5,EUR,\"late\n3,acme,2024-01-10,5,EUR,\n4,acme,2024-01-10,5,EUR,x";
    let checked = import_canonical(&[("invoices.csv", format!("{HEADER}{rows}").as_bytes())]).unwrap();
    assert_eq!(imported_lines(&checked, "invoices", &["invoice_id"]), ["1", "3", "4"]);
    let [row] = checked.value.rejected.as_slice() else {
        panic!("{:?}", checked.value.rejected)
    };
    assert_eq!((row.code, row.place.line), (IssueCode::RowShape, Some(3)));
    assert_eq!(row.found, "a quote in cell 6 that is never closed");
    assert!(row.row.starts_with("2,acme,"), "{}", row.row);
    let message = checked.issues.examples()[0].to_string();
    assert!(
        message.contains(":3: found a quote in cell 6 that is never closed, expected a closing quote"),
        "{message}"
    );
}

#[test]
fn rows_that_need_those_before_them_are_numbered_through_all_pieces() {
    let rows: String = (1..=100_000).map(|n| format!("acme,2024-01-10,{n}.00,EUR\n")).collect();
    let profile = super::support::invoice_profile("", "invoice_id = { template = \"row:{n}\" }");
    let text = format!("customer_id,issued_on,amount,currency\n{rows}");
    assert!(text.len() > 2 << 20);
    let checked = super::support::import_with(&profile, &[("report.csv", text.as_bytes())]).unwrap();
    let words = imported_lines(&checked, "invoices", &["invoice_id", "amount"]);
    for (n, words) in (1..).zip(words) {
        assert_eq!(words, format!("row:{n}|{n}.00"));
    }
}

#[test]
fn quotes_around_cells_change_nothing() {
    let quoted = |text: &str| {
        let line = |line: &str| format!("\"{}\"\n", line.replace(',', "\",\""));
        text.lines().map(line).collect::<String>()
    };
    let plain: Vec<(&str, &str)> = demo_files()
        .iter()
        .copied()
        .filter(|(name, text)| name.ends_with(".csv") && !text.contains('"'))
        .collect();
    assert!(plain.iter().any(|(name, _)| *name == "receipts.csv") && plain.len() > 10);
    let import = |files: &[(&str, String)]| {
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        import_canonical(&files).unwrap()
    };
    let as_columns = import(
        &plain
            .iter()
            .map(|(name, text)| (*name, (*text).to_owned()))
            .collect::<Vec<_>>(),
    );
    let as_rows = import(
        &plain
            .iter()
            .map(|(name, text)| (*name, quoted(text)))
            .collect::<Vec<_>>(),
    );
    assert_eq!(as_columns.issues, as_rows.issues);
    let (columns, rows) = (&as_columns.value, &as_rows.value);
    assert_eq!(columns.rows, rows.rows);
    assert_eq!(columns.money, rows.money);
    assert_eq!(columns.receipts_money, rows.receipts_money);
    assert_eq!(columns.explanation, rows.explanation);
    for (a, b) in columns.records.tables.iter().zip(&rows.records.tables) {
        assert_eq!(a.table(), b.table());
        assert_eq!(a.sources, b.sources);
        assert!(!a.sources.is_empty());
    }
}
