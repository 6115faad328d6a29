//! Numbers, dates and words as sources write them.

use arrears::outcome::IssueCode;

use super::support::{import_with, imported_lines, invoice_profile};

/// Imports one invoice and returns a field as a word, or the code it was quarantined for.
fn read_field(source: &str, column: &str, cell: &str) -> String {
    let profile = invoice_profile(source, "");
    let mut cells = vec![
        ("invoice_id", "1"),
        ("customer_id", "acme"),
        ("issued_on", "2024-01-10"),
        ("amount", "1"),
        ("currency", "EUR"),
        ("instalment", "1"),
    ];
    if source.contains("dates") && column != "issued_on" {
        panic!("a test of dates reads the issue date");
    }
    for (name, word) in &mut cells {
        if *name == column {
            *word = cell;
        }
    }
    let header: Vec<_> = cells.iter().map(|(name, _)| *name).collect();
    let row: Vec<_> = cells.iter().map(|(_, word)| format!("\"{word}\"")).collect();
    let text = format!("{}\n{}\n", header.join(","), row.join(","));
    let checked = import_with(&profile, &[("input.csv", text.as_bytes())]).unwrap();
    match checked.value.rejected.first() {
        Some(rejected) => rejected.code.to_string(),
        None => imported_lines(&checked, "invoices", &[column]).remove(0),
    }
}

#[test]
fn amounts_are_read_in_the_declared_number_format() {
    let point = "numbers = { grouping = [\",\"] }";
    let comma = "numbers = { decimal = \",\", grouping = [\".\", \" \", \"'\"], negative = [\"trailing-minus\"] }";
    let books = "numbers = { grouping = [\",\"], negative = [\"parentheses\", \"dr-cr\"], symbols = [\"$\", \"EUR\"] }";
    for (format, written, read) in [
        ("", "1234.56", "1234.56"),
        ("", "0.1234", "0.1234"),
        ("", ".5", "0.50"),
        ("", "+7", "7.00"),
        ("", "1,234.56", "amount-unreadable"),
        ("", "1_234", "amount-unreadable"),
        ("", "1.2.3", "amount-unreadable"),
        ("", "1e3", "amount-unreadable"),
        ("", "12.", "12.00"),
        ("", "NaN", "amount-unreadable"),
        ("", "-", "amount-unreadable"),
        ("", ".", "amount-unreadable"),
        ("", "922337203685477.5807", "922337203685477.5807"),
        ("", "922337203685477.5808", "amount-out-of-range"),
        ("", "99999999999999999999999999999999999", "amount-out-of-range"),
        ("", "1.23450", "1.2345"),
        ("", "1.23456", "amount-out-of-range"),
        (point, "1,234,567.89", "1234567.89"),
        (point, "1,28,500.00", "128500.00"),
        (point, "12,34,56,789", "123456789.00"),
        (point, "1,2345", "amount-unreadable"),
        (point, "1,23", "amount-unreadable"),
        (point, "1,234,56,789", "amount-unreadable"),
        (point, ",234", "amount-unreadable"),
        (comma, "1.234,56", "1234.56"),
        (comma, "20 160,0", "20160.00"),
        (comma, "20\u{a0}160,05", "20160.05"),
        (comma, "1'234'567,5", "1234567.50"),
        (comma, "1’234,5", "1234.50"),
        (comma, "12.34", "amount-unreadable"),
        (books, "$1,200.00", "1200.00"),
        (books, "1,200.00 EUR", "1200.00"),
        (books, "1,28,500.00 Dr", "128500.00"),
    ] {
        assert_eq!(
            read_field(format, "amount", written),
            read,
            "`{written}` with `{format}`"
        );
    }
}

#[test]
fn a_negative_amount_of_any_look_becomes_a_credit_note() {
    let books = "numbers = { grouping = [\",\"], negative = [\"parentheses\", \"dr-cr\", \"trailing-minus\"], symbols = [\"$\"] }";
    for written in [
        "-250.00",
        "(250.00)",
        "250.00-",
        "250.00 Cr",
        "250.00CR",
        "-$250.00",
        "($250.00)",
    ] {
        let text = format!("invoice_id,customer_id,issued_on,amount,currency\n1,acme,2024-01-10,{written},EUR\n");
        let checked = import_with(&invoice_profile(books, ""), &[("input.csv", text.as_bytes())]).unwrap();
        assert_eq!(
            imported_lines(&checked, "invoices", &["kind", "amount"]),
            ["credit_note|250.00"],
            "{written}"
        );
        assert_eq!(checked.issues.count(IssueCode::NegativeInvoice), 1);
        // Signed by its effect on the balance, as the cell stood.
        let fate = checked.value.money.values().next().unwrap();
        assert_eq!(fate.kept.to_string(), "-250.00");
    }
    // Two signs could mean either.
    assert_eq!(read_field(books, "amount", "-(5)"), "amount-unreadable");
}

#[test]
fn dates_are_read_in_the_declared_formats() {
    for (formats, written, read) in [
        ("iso", "2024-02-29", "2024-02-29"),
        ("iso", "2024/02/29", "2024-02-29"),
        ("iso", "2024-02-29T23:30:00Z", "2024-02-29"),
        ("iso", "2024-02-29 00:00:00.000", "2024-02-29"),
        ("iso", "2023-02-29", "date-unreadable"),
        ("iso", "2024-2-9", "date-unreadable"),
        ("iso", "2024-02-29 or so", "date-unreadable"),
        ("iso", "29/02/2024", "date-unreadable"),
        ("iso", "0001-01-01", "date-unreadable"),
        ("iso", "2200-01-01", "date-unreadable"),
        ("yyyymmdd", "20200401", "2020-04-01"),
        ("yyyymmdd", "20200401.0", "2020-04-01"),
        ("yyyymmdd", "20200401.5", "date-unreadable"),
        ("yyyymmdd", "20201301", "date-unreadable"),
        ("dmy", "31/03/2025", "2025-03-31"),
        ("dmy", "1.4.25", "2025-04-01"),
        ("dmy", "24-05-2011 09:40", "2011-05-24"),
        ("dmy", "03/31/2025", "date-unreadable"),
        ("dmy", "31/03-2025", "date-unreadable"),
        ("mdy", "1/2/2013", "2013-01-02"),
        ("mdy", "12/31/99", "1999-12-31"),
        ("mdy", "12/31/13 11:05 PM", "2013-12-31"),
        ("d-mon-y", "26-Apr-11", "2011-04-26"),
        ("d-mon-y", "1 september 2011", "2011-09-01"),
        ("d-mon-y", "26-Avr-11", "date-unreadable"),
        ("spreadsheet", "46292", "2026-09-27"),
        ("spreadsheet", "46292.75", "2026-09-27"),
        ("iso\", \"yyyymmdd\", \"d-mon-y", "20200401.0", "2020-04-01"),
        ("iso\", \"yyyymmdd\", \"d-mon-y", "26-Apr-11", "2011-04-26"),
    ] {
        let source = format!("dates = [\"{formats}\"]");
        assert_eq!(
            read_field(&source, "issued_on", written),
            read,
            "`{written}` as {formats}"
        );
    }
}

#[test]
fn ids_keep_their_letters_unless_the_profile_cleans_them() {
    for (clean, written, read) in [
        ("", "0000611365", "0000611365"),
        ("", "1930571429.0", "1930571429.0"),
        ("clean = \"whole-number\"", "1930571429.0", "1930571429"),
        ("clean = \"whole-number\"", "0012.00", "0012"),
        ("clean = \"whole-number\"", "A1.0", "A1.0"),
        ("clean = [\"whole-number\", \"no-leading-zeros\"]", "0012.0", "12"),
        ("clean = \"no-leading-zeros\"", "000", "0"),
        ("clean = \"no-leading-zeros\"", "00A1", "00A1"),
        ("clean = \"capitals\"", "ab-1", "AB-1"),
    ] {
        let separator = if clean.is_empty() { "" } else { ", " };
        let profile = invoice_profile("", &format!("invoice_id = {{ column = \"number\"{separator}{clean} }}"));
        let text = format!("number,customer_id,issued_on,amount,currency\n{written},acme,2024-01-10,1,EUR\n");
        let checked = import_with(&profile, &[("input.csv", text.as_bytes())]).unwrap();
        assert_eq!(
            imported_lines(&checked, "invoices", &["invoice_id"]),
            [read],
            "`{written}` with {clean}"
        );
    }
}

#[test]
fn words_are_matched_without_regard_to_case_and_by_the_list_of_the_profile() {
    let profile = invoice_profile(
        "",
        "kind = { column = \"type\", words = { RV = \"invoice\", DG = \"credit_note\" } }",
    );
    let text = "invoice_id,customer_id,issued_on,amount,currency,type\n\
                1,acme,2024-01-10,1,eur,RV\n\
                2,acme,2024-01-10,1,EUR,dg\n\
                3,acme,2024-01-10,1,EUR,Debit note\n\
                4,acme,2024-01-10,1,EUR,XY\n\
                5,acme,2024-01-10,1,EUR,\n";
    let checked = import_with(&profile, &[("input.csv", text.as_bytes())]).unwrap();
    assert_eq!(
        imported_lines(&checked, "invoices", &["invoice_id", "kind", "currency"]),
        [
            "1|invoice|EUR",
            "2|credit_note|EUR",
            "3|debit_note|EUR",
            "5|invoice|EUR"
        ]
    );
    let rejected = &checked.value.rejected[0];
    assert_eq!((rejected.code, rejected.found.as_str()), (IssueCode::KindUnknown, "XY"));
    assert_eq!(
        rejected.expected,
        "one of invoice, credit_note, debit_note, finance_charge"
    );
}
