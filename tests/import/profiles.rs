//! Profiles: those that ship, and what is said about wrong ones.

use arrears::contract::TABLES;
use arrears::import::Profile;

use super::support::{import_canonical, imported_lines};

#[test]
fn every_built_in_profile_opens() {
    for name in Profile::builtin_names() {
        assert_eq!(Profile::open(name).unwrap().name, name);
        assert!(Profile::builtin_text(name).is_some());
    }
    assert_eq!(Profile::builtin("sap"), None);
}

#[test]
fn the_canonical_profile_reads_every_table_of_the_contract() {
    for table in TABLES {
        let header: Vec<_> = table.fields.iter().map(|field| field.name).collect();
        let name = format!("{}.csv", table.name);
        let checked = import_canonical(&[(&name, format!("{},extra\n", header.join(",")).as_bytes())]).unwrap();
        assert!(checked.value.records.table(table.name).is_some(), "{name}");
    }
    let checked = import_canonical(&[
        (
            "external-2024.csv",
            b"customer_id,source,name,value,known_on\nacme,bureau,score,700,2024-01-10\n",
        ),
        (
            "contacts.csv",
            b"contact_id,customer_id,contacted_on,reached,minutes\n1,acme,2024-01-10,yes,2.5\n",
        ),
        (
            "gl_balances.csv",
            b"currency,date,control_balance\nEUR,2024-01-10,-5.25\n",
        ),
    ])
    .unwrap();
    assert!(checked.issues.is_empty());
    assert_eq!(
        imported_lines(&checked, "contacts", &["reached", "minutes"]),
        ["true|2.5"]
    );
    assert_eq!(imported_lines(&checked, "gl_balances", &["control_balance"]), ["-5.25"]);
}

#[test]
fn all_problems_of_a_profile_are_reported_at_once() {
    let text = r#"
name = "wrong"
[source]
format = "xls"
encoding = "ebcdic-of-sorts"
separator = '#'
dates = ["dmy", "mdy"]
numbers = { decimal = ",", grouping = [","] }
skip_rows = [{ column = "a" }]

[[records]]
table = "invoice"

[[records]]
table = "invoices"
attributes = "some"
[records.fields]
invoice_id = { column = "id", constant = "1" }
customer_id = { template = "{cust" }
due_on = [ "due", { formula = "issued_on + " } ]
issued_on = { formula = "posted_on - 1 days" }
posted_on = { formula = "issued_on + 1 days" }
currency = [ "cur", { constant = "EUR" } ]
entity = [ "e", { constant = "x", issue = "row-shape" } ]
instalment = { constant = "first" }
colour = "c"
"#;
    let errors = Profile::from_toml(text, "wrong.toml").unwrap_err();
    let expected = [
        "wrong.toml: source.dates: found both `dmy` and `mdy`, expected one: 02/03/2025 would be guessed",
        "wrong.toml: source.numbers: found `,` both as decimal sign and as grouping, expected two signs",
        "wrong.toml: source.format: found `xls`, expected one of `csv`, `jsonl`, `parquet`",
        "wrong.toml: source.encoding: found `ebcdic-of-sorts`, expected `utf-8`, `latin-1`, `windows-1252`, `utf-16le` or `utf-16be`",
        "wrong.toml: source.skip_rows.0: expected exactly one of `filled`, `equals`, `not_equals`, `starts_with`, `above`, `below`",
        "wrong.toml: records.1.fields.colour: found no such field in `invoices`",
        "wrong.toml: records.1.fields.invoice_id: expected exactly one of `column`, `constant`, `template`, `formula`",
        "wrong.toml: records.1.fields.customer_id: found `{cust`, expected a `}` for every `{`",
        "wrong.toml: records.1.fields.due_on.1: found the end, expected a name or a number",
        "wrong.toml: records.1.fields.currency.1.issue: found nothing, expected a code such as `value-assumed`: a fallback is counted",
        "wrong.toml: records.1.fields.entity.1.issue: found `row-shape`, expected one of `issued-on-assumed`",
        "wrong.toml: records.1.fields.instalment.constant: found `first`, expected a whole number such as `30`",
        "wrong.toml: records.1.fields.amount: found nothing, expected a column or formula: `amount` is required",
        "wrong.toml: records.1.fields.issued_on: needs a field that needs this one",
        "wrong.toml: records.1.attributes: found `some`, expected one of `rest`, `none`",
        "wrong.toml: records.0.table: found `invoice`, expected one of `customers`, `invoices`",
        "wrong.toml: source.separator: found `#`, expected one of",
    ];
    for expected in expected {
        let found = errors.problems.iter().any(|problem| problem.starts_with(expected));
        assert!(found, "{expected}\nnot in\n{}", errors.problems.join("\n"));
    }
}

#[test]
fn an_unknown_key_and_a_missing_file_are_refused() {
    let message = Profile::from_toml("name = \"x\"\ncolour = 1\n", "x.toml")
        .unwrap_err()
        .to_string();
    assert!(
        message.starts_with("x.toml: ") && message.contains("unknown field `colour`"),
        "{message}"
    );
    let message = Profile::open("sap-open").unwrap_err().to_string();
    assert!(
        message.contains("`sap-open`: found neither a built-in profile (canonical, sap-open-items, ibm-late-payments)")
    );
}
