//! Ledgers small enough for pencil and paper, written as lines of text.

pub mod random;
pub mod real;

use std::collections::BTreeMap;

use arrears::calendar::Day;
use arrears::contract::{FieldKind, TableSpec};
use arrears::ledger::Ledger;
use arrears::money::{Amount, Total};
use arrears::outcome::Checked;
use arrears::records::Records;
use arrears::table::{Data, Table};

/// Reads a day that is known to be one.
pub fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// Reads an amount that is known to be one.
pub fn total(text: &str) -> Total {
    Amount::parse(text).unwrap().into()
}

/// Builds a ledger from lines such as
///
/// ```text
/// invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
/// payment 7 acme on 2024-03-05 100.00 -> 1
/// credit_note 2 acme issued 2024-02-01 20.00 EUR
/// apply 8 acme on 2024-02-03 20.00 note 2 -> 1
/// customer acme valid_from=2024-01-01 region=north
/// dispute d1 acme opened_on=2024-02-10 reason=price -> 1
/// ```
///
/// The first word names the table or the kind, then come the row's id and the customer; `column=value` sets any column.
pub fn ledger(text: &str) -> Ledger {
    checked_ledger(text).value
}

/// Builds a ledger as [`ledger`] does, with what was found on the way.
pub fn checked_ledger(text: &str) -> Checked<Ledger> {
    Ledger::from_records(records(text), day("2024-12-31")).map(|(ledger, _)| ledger)
}

/// Reads the lines of [`ledger`] as records.
pub fn records(text: &str) -> Records {
    let mut rows: BTreeMap<&str, Vec<BTreeMap<String, String>>> = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (table, row) = row(line);
        rows.entry(table).or_default().push(row);
    }
    rows.into_iter().fold(Records::default(), |records, (name, rows)| {
        records.with(&table(name, &rows)).unwrap()
    })
}

fn row(line: &str) -> (&'static str, BTreeMap<String, String>) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let kind = words[0];
    let (table, id, fixed): (&'static str, &str, &[(&str, &str)]) = match kind {
        "invoice" | "debit_note" | "finance_charge" | "credit_note" => ("invoices", "invoice_id", &[]),
        "payment" => ("receipts", "receipt_id", &[("kind", "cash")]),
        "apply" => ("receipts", "receipt_id", &[("kind", "credit")]),
        "credit" | "write_off" | "discount" | "refund" | "reversal" | "recovery" => ("receipts", "receipt_id", &[]),
        "customer" => ("customers", "customer_id", &[]),
        "dispute" => ("disputes", "dispute_id", &[]),
        "promise" => ("promises", "promise_id", &[]),
        "plan" => ("plans", "plan_id", &[]),
        "contact" => ("contacts", "contact_id", &[]),
        "order" => ("orders", "order_id", &[]),
        "placement" => ("placements", "placement_id", &[]),
        "hold" => ("holds", "customer_id", &[]),
        "step" => ("steps", "customer_id", &[]),
        "collector" => ("collectors", "collector", &[]),
        "gl_balance" => ("gl_balances", "entity", &[]),
        "external" => ("external", "customer_id", &[]),
        "fx_rate" => ("fx_rates", "currency", &[]),
        other => panic!("`{other}` starts no line"),
    };
    let mut row = BTreeMap::from([(id.to_owned(), words[1].to_owned())]);
    if fixed.is_empty() && matches!(table, "invoices" | "receipts") {
        row.insert("kind".to_owned(), kind.to_owned());
    }
    row.extend(
        fixed
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
    );
    let mut rest = words[2..].iter().copied().peekable();
    let has_customer = !matches!(
        table,
        "customers" | "external" | "holds" | "steps" | "collectors" | "gl_balances" | "fx_rates"
    );
    if has_customer {
        row.insert("customer_id".to_owned(), rest.next().expect("a customer").to_owned());
    }
    while let Some(word) = rest.next() {
        let mut value = || {
            rest.next()
                .unwrap_or_else(|| panic!("`{word}` lacks its value"))
                .to_owned()
        };
        match word {
            "issued" => row.insert("issued_on".to_owned(), value()),
            "due" => row.insert("due_on".to_owned(), value()),
            "on" => row.insert("paid_on".to_owned(), value()),
            "applied" => row.insert("applied_on".to_owned(), value()),
            "posted" => row.insert("posted_on".to_owned(), value()),
            "note" => row.insert("document_id".to_owned(), value()),
            "->" => row.insert("invoice_id".to_owned(), value()),
            pair if pair.contains('=') => {
                let (key, value) = pair.split_once('=').expect("just seen");
                row.insert(key.to_owned(), value.to_owned())
            }
            word if word.len() == 3 && word.chars().all(|letter| letter.is_ascii_uppercase()) => {
                row.insert("currency".to_owned(), word.to_owned())
            }
            amount => row.insert("amount".to_owned(), amount.to_owned()),
        };
    }
    (table, row)
}

fn table(name: &str, rows: &[BTreeMap<String, String>]) -> Table {
    let spec = TableSpec::by_name(name).unwrap();
    let mut columns: Vec<&str> = spec.fields.iter().map(|field| field.name).collect();
    for key in rows.iter().flat_map(BTreeMap::keys) {
        if !columns.contains(&key.as_str()) {
            columns.push(key);
        }
    }
    columns.into_iter().fold(Table::new(name), |table, column| {
        let cells = rows.iter().map(|row| row.get(column).cloned());
        let data = match spec.field(column).map(|field| field.kind) {
            Some(FieldKind::Day) => Data::Day(cells.map(|cell| cell.map(|cell| day(&cell))).collect()),
            Some(FieldKind::Money | FieldKind::SignedMoney) => {
                Data::Money(cells.map(|cell| cell.map(|cell| total(&cell))).collect())
            }
            Some(FieldKind::Int) => {
                let is_counted = column == "application" || column == "instalment" && name != "receipts";
                let default = is_counted.then(|| "1".to_owned());
                Data::Int(
                    cells
                        .map(|cell| cell.or(default.clone()).map(|cell| cell.parse().unwrap()))
                        .collect(),
                )
            }
            Some(FieldKind::Real) => Data::Real(cells.map(|cell| cell.map(|cell| cell.parse().unwrap())).collect()),
            Some(FieldKind::Flag) => Data::Flag(cells.map(|cell| cell.map(|cell| cell == "true")).collect()),
            _ => Data::Text(cells.collect()),
        };
        table.with(column, data)
    })
}
