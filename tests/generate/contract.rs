use std::collections::HashSet;

use arrears::calendar::Day;
use arrears::contract::{FieldKind, Need, TABLES, TableSpec};
use arrears::records::Records;
use arrears::table::{Data, Table};

use super::{ledger, table};

/// Days on which something is expected to happen, not days on which it happened.
const FORWARD: [&str; 4] = ["due_on", "promised_on", "review_on", "limit_until"];

#[test]
fn every_row_keeps_the_contract() {
    let generated = ledger(6000, 3);
    let mut records = Records::default();
    for table in &generated.tables {
        records = records.with(table).unwrap();
    }
    for record_table in &records.tables {
        let spec = record_table.spec;
        let table = record_table.table();
        assert!(table.n_rows() > 0, "{} is empty", spec.name);
        for field in spec.fields {
            let data = table.data(field.name).unwrap();
            for row in 0..data.len() {
                let found = data.text(row);
                assert!(
                    !(field.need == Need::Required && found.is_empty()),
                    "{}.{} row {row}",
                    spec.name,
                    field.name
                );
                if found.is_empty() {
                    continue;
                }
                match field.kind {
                    FieldKind::OneOf(words) => {
                        assert!(words.contains(&found.as_str()), "{}.{} {found}", spec.name, field.name)
                    }
                    FieldKind::Money => {
                        let amount = table.amount(field.name, row).unwrap();
                        assert!(
                            amount.units() > 0 && amount.units() % 100 == 0,
                            "{}.{} {found}",
                            spec.name,
                            field.name
                        );
                    }
                    FieldKind::Currency => assert!(["EUR", "USD", "GBP"].contains(&found.as_str())),
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn tables_stand_in_the_order_of_the_contract() {
    let names: Vec<_> = ledger(200, 3)
        .tables
        .iter()
        .map(|table| table.name().to_owned())
        .collect();
    let expected: Vec<_> = TABLES.iter().map(|spec| spec.name).collect();
    assert_eq!(names, expected);
}

#[test]
fn keys_are_unique_and_references_lead_somewhere() {
    let generated = ledger(6000, 9);
    for given in &generated.tables {
        let spec = TableSpec::by_name(given.name()).unwrap();
        let mut seen = HashSet::new();
        for row in 0..given.n_rows() {
            let key: Vec<_> = spec
                .key
                .iter()
                .filter_map(|name| Some(given.column(name)?.text(row)))
                .collect();
            assert!(seen.insert(key.clone()), "{} holds {key:?} twice", given.name());
        }
    }
    let ids = |name: &str, column: &str| -> HashSet<String> {
        table(&generated, name)
            .texts(column)
            .unwrap()
            .iter()
            .flatten()
            .cloned()
            .collect()
    };
    let (customers, invoices, collectors) = (
        ids("customers", "customer_id"),
        ids("invoices", "invoice_id"),
        ids("collectors", "collector"),
    );
    for given in &generated.tables {
        for (column, known) in [
            ("customer_id", &customers),
            ("invoice_id", &invoices),
            ("parent_id", &customers),
            ("collector", &collectors),
        ] {
            if let Some(Data::Text(found)) = given.column(column) {
                assert!(
                    found.iter().flatten().all(|id| known.contains(id)),
                    "{}.{column}",
                    given.name()
                );
            }
        }
    }
    assert!(ids("receipts", "document_id").is_subset(&invoices));
}

#[test]
fn nothing_is_dated_after_the_last_day_of_the_last_month() {
    let last_day = Day::parse("2025-12-31").unwrap();
    for given in &ledger(6000, 4).tables {
        for column in given
            .columns()
            .iter()
            .filter(|column| !FORWARD.contains(&column.name.as_str()))
        {
            if let Data::Day(days) = &column.data {
                assert!(
                    days.iter().flatten().all(|day| *day <= last_day),
                    "{}.{}",
                    given.name(),
                    column.name
                );
            }
        }
    }
}

#[test]
fn the_number_of_invoices_is_exact() {
    for n_invoices in [1, 2, 37, 1000, 5003] {
        let generated = ledger(n_invoices, 21);
        let kinds = table(&generated, "invoices").texts("kind").unwrap();
        let found = kinds.iter().flatten().filter(|kind| *kind == "invoice").count() as u64;
        assert_eq!(found, n_invoices);
    }
}

#[test]
fn every_kind_of_event_happens() {
    let generated = ledger(20_000, 6);
    let found = |name: &str, column: &str| -> HashSet<String> {
        let table: &Table = table(&generated, name);
        table.texts(column).unwrap().iter().flatten().cloned().collect()
    };
    for kind in arrears::contract::INVOICE_KINDS {
        assert!(found("invoices", "kind").contains(*kind), "{kind}");
    }
    for kind in arrears::contract::RECEIPT_KINDS {
        assert!(found("receipts", "kind").contains(*kind), "{kind}");
    }
    assert_eq!(found("customers", "limit_kind").len(), 3);
    assert_eq!(found("placements", "agency").len(), 3);
    assert_eq!(found("holds", "kind").len(), 2);
    assert!(found("customers", "status").contains("bankrupt"));
}
