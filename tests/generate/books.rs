//! A ledger of the test's own replays the rows; it shares nothing with the generator but the signs of the contract.

use std::collections::{BTreeMap, HashMap};

use arrears::calendar::Day;
use arrears::generate::Generated;
use proptest::prelude::*;

use super::{ledger, table};

/// One row of invoices or receipts, as the replay needs it.
struct Row<'a> {
    id: &'a str,
    kind: &'a str,
    on: Day,
    units: i128,
    entity: &'a str,
    currency: &'a str,
    invoice: Option<&'a str>,
    document: Option<&'a str>,
    applied_on: Option<Day>,
    reverses: Option<&'a str>,
    customer: &'a str,
}

fn rows<'a>(generated: &'a Generated, name: &str) -> Vec<Row<'a>> {
    let (id, on) = if name == "invoices" {
        ("invoice_id", "issued_on")
    } else {
        ("receipt_id", "paid_on")
    };
    let given = table(generated, name);
    let text = |column: &str, row: usize| {
        given
            .column(column)
            .and_then(|_| given.texts(column).unwrap()[row].as_deref())
    };
    (0..given.n_rows())
        .map(|row| Row {
            id: text(id, row).unwrap(),
            kind: text("kind", row).unwrap(),
            on: given.days(on).unwrap()[row].unwrap(),
            units: given.moneys("amount").unwrap()[row].unwrap().units(),
            entity: text("entity", row).unwrap(),
            currency: text("currency", row).unwrap(),
            invoice: (name == "receipts").then(|| text("invoice_id", row)).flatten(),
            document: text("document_id", row),
            applied_on: given
                .column("applied_on")
                .and_then(|_| given.days("applied_on").unwrap()[row]),
            reverses: text("reverses", row),
            customer: text("customer_id", row).unwrap(),
        })
        .collect()
}

/// Returns what a row adds to the control balance, by the table of kinds in the contract.
fn effect(row: &Row<'_>) -> i128 {
    match row.kind {
        "invoice" | "debit_note" | "finance_charge" | "refund" | "reversal" => row.units,
        "credit_note" | "cash" | "write_off" | "discount" => -row.units,
        "credit" if row.document.is_none() => -row.units,
        "credit" | "recovery" => 0,
        other => panic!("unknown kind {other}"),
    }
}

#[test]
fn a_replay_of_the_rows_gives_every_control_balance_to_the_cent() {
    for seed in [1, 2, 3] {
        let generated = ledger(5000, seed);
        let mut changes: BTreeMap<(&str, &str), BTreeMap<Day, i128>> = BTreeMap::new();
        let (invoices, receipts) = (rows(&generated, "invoices"), rows(&generated, "receipts"));
        for row in invoices.iter().chain(&receipts) {
            *changes
                .entry((row.entity, row.currency))
                .or_default()
                .entry(row.on)
                .or_default() += effect(row);
        }
        let balances = table(&generated, "gl_balances");
        assert_eq!(balances.n_rows(), changes.len() * 24);
        for row in 0..balances.n_rows() {
            let text = |column: &str| balances.texts(column).unwrap()[row].as_deref().unwrap();
            let date = balances.days("date").unwrap()[row].unwrap();
            let replayed: i128 = changes[&(text("entity"), text("currency"))]
                .range(..=date)
                .map(|(_, change)| change)
                .sum();
            let control = balances.moneys("control_balance").unwrap()[row].unwrap().units();
            assert_eq!(control, replayed, "{} {} {date}", text("entity"), text("currency"));
        }
    }
}

/// Posting never crosses the end of a month, so that the books of a month tie out in the as-known view too.
#[test]
fn rows_are_posted_late_but_in_the_month_they_belong_to() {
    let generated = ledger(5000, 4);
    for (name, on) in [("invoices", "issued_on"), ("receipts", "paid_on")] {
        let given = table(&generated, name);
        let (effective, posted) = (given.days(on).unwrap(), given.days("posted_on").unwrap());
        let late: Vec<_> = effective
            .iter()
            .zip(posted)
            .filter_map(|(on, posted)| Some((on.unwrap(), (*posted)?)))
            .collect();
        assert!(
            late.len() * 20 > given.n_rows(),
            "{name}: {} of {}",
            late.len(),
            given.n_rows()
        );
        assert!(
            late.iter()
                .all(|(on, posted)| posted > on && posted.month() == on.month())
        );
    }
}

fn no_document_is_over_applied(generated: &Generated) {
    let (invoices, receipts) = (rows(generated, "invoices"), rows(generated, "receipts"));
    let documents: HashMap<&str, &Row<'_>> = invoices.iter().map(|row| (row.id, row)).collect();
    // What stands on each document after each day, in the order of days; on one day relief comes before reversals.
    let mut changes: HashMap<&str, Vec<(Day, i128)>> = HashMap::new();
    for row in &receipts {
        let on = row.applied_on.unwrap_or(row.on);
        assert!(on >= row.on, "{} is applied before it is paid", row.id);
        if let Some(invoice) = row.invoice {
            let document = documents[invoice];
            assert!(row.on >= document.on, "{} precedes its invoice {invoice}", row.id);
            assert_eq!(
                (row.currency, row.entity, row.customer),
                (document.currency, document.entity, document.customer)
            );
            let relief = match row.kind {
                "reversal" => -row.units,
                "recovery" => 0,
                _ => row.units,
            };
            changes.entry(invoice).or_default().push((on, relief));
        }
        if let Some(document) = row.document {
            assert_eq!((row.kind, documents[document].kind), ("credit", "credit_note"));
            assert!(
                on >= documents[document].on,
                "{document} is applied before it was issued"
            );
            changes.entry(document).or_default().push((on, row.units));
        }
    }
    for (document, mut changes) in changes {
        changes.sort_by_key(|(on, _)| *on);
        let mut applied = 0;
        for (on, change) in changes {
            applied += change;
            assert!(
                (0..=documents[document].units).contains(&applied),
                "{document} on {on}: {applied}"
            );
        }
    }
}

fn refunds_and_reversals_have_a_cause(generated: &Generated) {
    let receipts = rows(generated, "receipts");
    let mut unapplied: HashMap<(&str, &str), i128> = HashMap::new();
    for row in &receipts {
        let account = unapplied.entry((row.customer, row.currency)).or_default();
        match (row.kind, row.invoice) {
            ("cash", None) => *account += row.units,
            ("refund", None) => *account -= row.units,
            _ => {}
        }
        assert!(*account >= 0, "refund {} sends back more than was unapplied", row.id);
        assert_eq!(row.kind == "reversal", row.reverses.is_some());
        if let Some(reverses) = row.reverses {
            let reversed = receipts
                .iter()
                .find(|other| format!("{}/1", other.id) == reverses)
                .unwrap();
            assert_eq!(
                (reversed.units, reversed.invoice, reversed.kind),
                (row.units, row.invoice, "cash")
            );
            assert!(reversed.on < row.on);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_seed_applies_too_much_or_too_early(seed in any::<u64>(), n_invoices in 1_u64..1500) {
        let generated = ledger(n_invoices, seed);
        no_document_is_over_applied(&generated);
        refunds_and_reversals_have_a_cause(&generated);
    }
}
