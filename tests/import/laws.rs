//! Laws: the order of rows and the splitting of files change nothing, and nothing gets lost on the way.

use arrears::import::Imported;
use arrears::money::Total;
use arrears::outcome::Checked;
use proptest::prelude::*;

use super::support::{import_canonical, imported_lines};

const HEADER: &str = "invoice_id,customer_id,issued_on,due_on,amount,currency,region";
const COLUMNS: &[&str] = &[
    "invoice_id",
    "customer_id",
    "issued_on",
    "due_on",
    "amount",
    "currency",
    "kind",
    "region",
];

/// A row of an export: most cells right, some wrong or missing.
fn row() -> impl Strategy<Value = String> {
    let id = 0..50_u32;
    let customer = prop_oneof![9 => "[a-c]", 1 => Just(String::new())];
    let day = prop_oneof![8 => (1..=28_u32).prop_map(|day| format!("2024-01-{day:02}")), 1 => Just("soon".to_owned()), 1 => Just(String::new())];
    let amount = prop_oneof![
        8 => (-100_000..1_000_000_i64).prop_map(|cents| format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)),
        1 => Just("1,2,3".to_owned()),
        1 => Just("0.00001".to_owned()),
    ];
    let currency = prop_oneof![8 => "EUR|USD", 1 => Just(String::new()), 1 => Just("euro".to_owned())];
    let tail = prop_oneof![9 => Just(",north"), 1 => Just("")];
    (id, customer, day.clone(), day, amount, currency, tail).prop_map(
        |(id, customer, issued, due, amount, currency, tail)| {
            format!("{id},{customer},{issued},{due},\"{amount}\",{currency}{tail}")
        },
    )
}

fn import_rows(parts: &[&[String]]) -> Checked<Imported> {
    let names: Vec<String> = (0..parts.len()).map(|part| format!("invoices-{part}.csv")).collect();
    let texts: Vec<String> = parts
        .iter()
        .map(|rows| rows.iter().fold(format!("{HEADER}\n"), |text, row| text + row + "\n"))
        .collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .zip(&texts)
        .map(|(name, text)| (name.as_str(), text.as_bytes()))
        .collect();
    import_canonical(&files).unwrap()
}

/// Everything about an import that may not depend on the order of its rows.
fn essence(checked: &Checked<Imported>) -> impl PartialEq + std::fmt::Debug + use<> {
    let mut records = imported_lines(checked, "invoices", COLUMNS);
    records.sort();
    let mut rejected: Vec<_> = checked
        .value
        .rejected
        .iter()
        .map(|row| (row.code, row.row.clone()))
        .collect();
    rejected.sort();
    let imported = &checked.value;
    (
        records,
        rejected,
        imported.rows,
        imported.money.clone(),
        checked.issues.counts().clone(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn splitting_a_file_or_moving_its_rows_changes_nothing(
        (rows, moved) in prop::collection::vec(row(), 1..40).prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = essence(&import_rows(&[&rows]));
        let (left, right) = rows.split_at(cut.index(rows.len()));
        prop_assert_eq!(&whole, &essence(&import_rows(&[left, right])));
        prop_assert_eq!(&whole, &essence(&import_rows(&[&moved])));
    }

    #[test]
    fn rows_and_money_in_are_kept_and_quarantined(rows in prop::collection::vec(row(), 1..40)) {
        let checked = import_rows(&[&rows]);
        let imported = &checked.value;
        let fate = imported.rows;
        prop_assert_eq!(fate.read, rows.len() as u64);
        prop_assert_eq!(fate.read, fate.kept + fate.merged + fate.quarantined);
        prop_assert_eq!(fate.quarantined, imported.rejected.len() as u64);
        prop_assert_eq!(fate.kept, imported.records.table("invoices").unwrap().table().n_rows() as u64);
        for money in imported.money.values() {
            prop_assert_eq!(money.read, money.kept + money.merged + money.quarantined);
        }
        // Added up from the records and the quarantine themselves.
        let table = &imported.records.table("invoices").unwrap().table();
        let kept: Total = table
            .moneys("amount").unwrap().iter().zip(table.texts("kind").unwrap())
            .map(|(amount, kind)| if kind.as_deref() == Some("credit_note") { -amount.unwrap() } else { amount.unwrap() })
            .sum();
        prop_assert_eq!(kept, imported.money.values().map(|fate| fate.kept).sum());
        let quarantined: Total = imported.rejected.iter().filter_map(|row| row.money).map(|(_, total)| total).sum();
        prop_assert_eq!(quarantined, imported.money.values().map(|fate| fate.quarantined).sum());
        let n_unreadable = imported.rejected.iter().filter(|row| row.money.is_none()).count() as u64;
        prop_assert_eq!(n_unreadable, imported.n_unreadable_amounts);
    }

    #[test]
    fn no_bytes_make_the_import_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), name in "invoices\\.(csv|jsonl|parquet|csv\\.gz)") {
        let _ = import_canonical(&[(name.as_str(), &bytes)]);
        let mut text = format!("{HEADER}\n").into_bytes();
        text.extend(bytes);
        let _ = import_canonical(&[("invoices.csv", &text)]);
    }
}
