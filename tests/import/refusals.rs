//! Files that cannot be imported at all, and what is said about them.

use arrears::import::ImportParams;
use arrears::import::{Profile, read};

use super::support::{import_canonical, import_with, invoice_profile};

fn message(name: &str, content: &[u8]) -> String {
    let message = import_canonical(&[(name, content)]).unwrap_err().to_string();
    // Only the name matters, not the folder of the test.
    match (message.find("`/"), message.find(&format!("/{name}"))) {
        (Some(from), Some(to)) => format!("{}{}", &message[..=from], &message[to + 1..]),
        _ => message,
    }
}

#[test]
fn files_without_rows_or_text_are_refused() {
    assert_eq!(
        message("invoices.csv", b""),
        "`invoices.csv` is empty, expected a header and rows"
    );
    assert_eq!(
        message("invoices.csv", b"\n\n"),
        "`invoices.csv` is empty, expected a header and rows"
    );
    assert_eq!(
        message("invoices.parquet", b""),
        "`invoices.parquet` is empty, expected a header and rows"
    );
    assert!(message("invoices.csv", b"i\0n\0v\0o\0i\0c\0e\0").contains("set `source.encoding = \"utf-16le\"`"));
    assert!(message("invoices.parquet", b"no such thing").contains("as Parquet"));
    assert!(message("invoices.jsonl", b" [{}]").contains("expected JSON lines"));
    assert!(message("invoices.xls", b"x").contains("ends in none of .csv"));
    assert!(
        message("sales.csv", b"a,b\n1,2\n")
            .contains("knows no such file, expected a name that starts with one of customers")
    );
    let profile = Profile::builtin("canonical").unwrap();
    let nothing = read(&[], &profile, &ImportParams::default(), &mut |_, _| {});
    assert_eq!(nothing.unwrap_err().to_string(), "found no file, expected at least one");
}

#[test]
fn a_missing_column_is_named_with_the_close_ones() {
    let message = message(
        "invoices.csv",
        b"invoice_id,Customer Number,issued_on,Amout\n1,acme,2024-01-10,5\n",
    );
    assert_eq!(
        message,
        "`invoices.csv`: found no column `customer_id` for `customer_id` of `invoices`; \
         the columns are `invoice_id`, `Customer Number`, `issued_on`, `Amout`"
    );
    let profile = invoice_profile("", "customer_id = \"customer number\"");
    let text = b"invoice_id,Customer Number,issued_on,Amout\n1,acme,2024-01-10,5\n";
    let message = import_with(&profile, &[("input.csv", text)]).unwrap_err().to_string();
    assert!(
        message.contains("found no column `amount` for `amount` of `invoices` (did you mean `Amout`?)"),
        "{message}"
    );
}

#[test]
fn a_caption_over_two_columns_is_refused_where_it_is_read() {
    let message = message("invoices.csv", b"invoice_id,Amount,customer_id,issued_on,AMOUNT\n");
    assert!(message.contains("stands over two columns"), "{message}");
}

#[test]
fn a_header_that_is_not_found_is_refused() {
    let profile = invoice_profile("header_has = [\"Num\"]", "");
    let message = import_with(&profile, &[("input.csv", b"a,b\n1,2\n")])
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("found no line that holds the captions `Num` within the first 200 lines"),
        "{message}"
    );
}

#[test]
fn a_header_without_rows_is_a_caveat() {
    let checked = import_canonical(&[("disputes.csv", b"dispute_id,customer_id,opened_on\n")]).unwrap();
    assert_eq!(checked.value.rows.read, 0);
    assert!(checked.caveats[0].0.ends_with("holds a header and no rows"));
}
