//! Rows: where they stand, which are left out, and what becomes of one row's several records.

use arrears::import::{ImportParams, Profile, quarantine_table, read};
use arrears::outcome::IssueCode;
use tempfile::TempDir;

use super::support::{file, import_canonical, import_with, imported_lines, invoice_profile, lines, sum_read, total};

const HEADER: &str = "invoice_id,customer_id,issued_on,amount,currency\n";

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    for end in ["\n", "\r\n"] {
        let text = format!(
            "{HEADER}1,\"two\nlines\",2024-01-10,5,EUR\n\n\n2,acme,never,5,EUR\n3,\"three\n\nlines\",never,5,EUR\n4,acme,never,5,EUR"
        );
        let text = text.replace('\n', end);
        let checked = import_canonical(&[("invoices.csv", text.as_bytes())]).unwrap();
        let lines: Vec<_> = checked.value.rejected.iter().map(|row| row.place.line).collect();
        assert_eq!(lines, [Some(6), Some(7), Some(10)], "{end:?}");
        assert_eq!(
            checked
                .value
                .records
                .table("invoices")
                .unwrap()
                .sources
                .at(0)
                .unwrap()
                .line,
            2
        );
    }
}

#[test]
fn title_lines_and_subtotals_are_no_rows() {
    let rows = "acme;1;2024-01-10;5;EUR\nTotal acme;;;5;EUR\nTOTAL;;;5\n";
    let columns = "Customer;Num;Date;Amount;Currency\n";
    let fields = "invoice_id = \"Num\"\ncustomer_id = \"customer\"\nissued_on = \"Date\"";
    let skip = "skip_rows = [{ column = \"Customer\", starts_with = \"total\" }]";
    for (preamble, header) in [
        ("Open items\nA Company, Ltd\n\n", "header_has = [\"Num\", \"Amount\"]"),
        ("Open items, with a \" quote\nA Company\n", "skip_lines = 2"),
    ] {
        let profile = invoice_profile(&format!("{header}\n{skip}"), fields);
        let text = format!("{preamble}{columns}{rows}");
        let checked = import_with(&profile, &[("report.csv", text.as_bytes())]).unwrap();
        assert_eq!(
            imported_lines(&checked, "invoices", &["customer_id", "amount"]),
            ["acme|5.00"]
        );
        assert_eq!((checked.value.rows.read, checked.value.n_skipped), (1, 2));
        let line = checked
            .value
            .records
            .table("invoices")
            .unwrap()
            .sources
            .at(0)
            .unwrap()
            .line;
        assert_eq!(line, preamble.lines().count() as u64 + 2, "{header}");
    }
}

#[test]
fn a_row_of_another_length_is_quarantined_with_its_text() {
    let text = format!("{HEADER}1,acme,2024-01-10,5\n2,acme,2024-01-10,5,EUR,,\n3,acme,2024-01-10,5,EUR,x\n");
    let checked = import_canonical(&[("invoices.csv", text.as_bytes())]).unwrap();
    assert_eq!(imported_lines(&checked, "invoices", &["invoice_id"]), ["2"]);
    let table = quarantine_table(&checked.value.rejected);
    assert_eq!(
        lines(
            &table,
            &["line", "code", "found", "expected", "currency", "amount", "row"]
        ),
        [
            "2|row-shape|4 cells|5 cells, as in the header|||1,acme,2024-01-10,5",
            "4|row-shape|6 cells|5 cells, as in the header|||3,acme,2024-01-10,5,EUR,x",
        ]
    );
    assert_eq!(checked.value.n_unreadable_amounts, 2);
}

const INVOICE_AND_RECEIPT: &str = r#"
name = "both"
[[records]]
table = "customers"
once = true
attributes = ["Tier"]
timeless = ["Tier"]
[records.fields]
customer_id = "cust"
name = "cust_name"

[[records]]
table = "invoices"
attributes = "rest"
[records.fields]
invoice_id = { template = "{cust}-{n}" }
customer_id = "cust"
issued_on = "issued"
due_on = { formula = "issued_on + 30 days" }
amount = "amount"
currency = { constant = "EUR" }

[[records]]
table = "receipts"
when = [{ column = "paid", filled = true }]
[records.fields]
receipt_id = { template = "pay:{n}" }
customer_id = "cust"
invoice_id = { template = "{cust}-{n}" }
paid_on = "paid"
amount = { formula = "amount - open" }
currency = { constant = "EUR" }
"#;

#[test]
fn a_row_is_kept_or_quarantined_as_a_whole() {
    let profile = Profile::from_toml(INVOICE_AND_RECEIPT, "both").unwrap();
    let text = "cust,cust_name,Tier,issued,amount,open,paid,Sales Rep\n\
                acme,Acme,gold,2024-01-10,100,40,2024-02-01,jo\n\
                acme,ACME Inc,gold,2024-01-11,50,,,\n\
                beta,Beta,,2024-01-12,70,0,soon,mo\n\
                beta,Beta,,2024-01-13,30,all,2024-02-01,mo\n";
    let checked = import_with(&profile, &[("export.csv", text.as_bytes())]).unwrap();
    assert_eq!(
        imported_lines(&checked, "invoices", &["invoice_id", "due_on", "amount", "sales_rep"]),
        ["acme-1|2024-02-09|100.00|jo", "acme-2|2024-02-10|50.00|"]
    );
    assert_eq!(
        imported_lines(&checked, "receipts", &["receipt_id", "invoice_id", "amount"]),
        ["pay:1|acme-1|60.00"]
    );
    // The first row of a customer counts, and the other spelling is not passed over in silence.
    assert_eq!(
        imported_lines(&checked, "customers", &["customer_id", "name", "tier"]),
        ["acme|Acme|gold"]
    );
    assert!(
        checked.caveats[0]
            .0
            .starts_with("1 rows say something else about their `customers`")
    );
    assert!(
        checked
            .value
            .records
            .table("customers")
            .unwrap()
            .timeless
            .contains("tier")
    );
    let codes: Vec<_> = checked
        .value
        .rejected
        .iter()
        .map(|row| (row.code, row.found.as_str()))
        .collect();
    assert_eq!(
        codes,
        [
            (IssueCode::DateUnreadable, "soon"),
            (IssueCode::AmountUnreadable, "all")
        ]
    );
    assert_eq!(
        (
            checked.value.rows.read,
            checked.value.rows.kept,
            checked.value.rows.quarantined
        ),
        (4, 2, 2)
    );
    let invoices = checked.value.money.values().next().unwrap();
    assert_eq!(
        (invoices.read, invoices.kept, invoices.quarantined),
        (total("250"), total("150"), total("100"))
    );
    // Of the receipts, 60 were kept, 70 quarantined, and one amount could not be read.
    assert_eq!(sum_read(&checked.value.receipts_money), total("130"));
    assert_eq!(checked.value.n_unreadable_amounts, 1);
}

#[test]
fn the_explanation_says_how_each_column_was_read() {
    let profile = Profile::from_toml(INVOICE_AND_RECEIPT, "both").unwrap();
    let text = "cust,cust_name,Tier,issued,amount,open,paid,Sales Rep\nacme,Acme,gold,2024-01-10,100,40,,jo\n";
    let checked = import_with(&profile, &[("export.csv", text.as_bytes())]).unwrap();
    let columns = &[
        "table",
        "field",
        "read_from",
        "fallback",
        "n_filled",
        "n_missing",
        "example",
    ];
    let explained = lines(&checked.value.explanation, columns);
    for expected in [
        "invoices|invoice_id|template `{cust}-{n}`||1|0|acme-1",
        "invoices|due_on|formula `issued_on` + 30 days||1|0|2024-02-09",
        "invoices|currency|constant `EUR`|`XXX`|1|0|EUR",
        "invoices|instalment||`1`|1|0|1",
        "invoices|sales_rep|column `Sales Rep`||||",
        "customers|tier|column `Tier`||||",
    ] {
        assert!(
            explained.iter().any(|line| line == expected),
            "{expected} not in\n{}",
            explained.join("\n")
        );
    }
}

#[test]
fn attributes_declared_timeless_are_marked_and_unknown_ones_refused() {
    let folder = TempDir::new().unwrap();
    let text = "customer_id,name,Region Code\nacme,Acme,south\n";
    let files = [file(folder.path(), "customers.csv", text)];
    let profile = Profile::builtin("canonical").unwrap();
    let import = |column: &str| {
        let params = ImportParams {
            timeless: vec![column.to_owned()],
        };
        read(&files, &profile, &params, &mut |_, _| {})
    };
    let checked = import("region_code").unwrap();
    let customers = checked.value.records.table("customers").unwrap();
    assert_eq!(customers.timeless.iter().collect::<Vec<_>>(), ["region_code"]);
    assert_eq!(customers.attributes().collect::<Vec<_>>(), ["region_code"]);
    let message = import("region_cod").unwrap_err().to_string();
    assert!(
        message.contains("`region_cod`") && message.contains("did you mean `region_code`"),
        "{message}"
    );
}

#[test]
fn progress_reaches_the_end() {
    let folder = TempDir::new().unwrap();
    let rows: String = (0..10_000).map(|n| format!("{n},acme,2024-01-10,5,EUR\n")).collect();
    let files = [file(folder.path(), "invoices.csv", format!("{HEADER}{rows}"))];
    let mut steps = Vec::new();
    let profile = Profile::builtin("canonical").unwrap();
    read(&files, &profile, &ImportParams::default(), &mut |done, all| {
        steps.push((done, all))
    })
    .unwrap();
    let n_bytes = std::fs::metadata(&files[0]).unwrap().len();
    assert!(steps.len() >= 3 && steps.is_sorted());
    assert_eq!(steps.last(), Some(&(n_bytes, n_bytes)));
}
