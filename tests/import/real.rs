//! The real sets, by the profiles a user would write. Skipped, with a line saying so, where the data is absent.

use arrears::import::{Imported, Profile};
use arrears::money::Currency;
use arrears::outcome::IssueCode;

use super::support::{sum_read, total};
use crate::support::real;

fn n_rows(imported: &Imported, table: &str) -> usize {
    imported.records.table(table).map_or(0, |table| table.rows.n_rows())
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

#[test]
fn the_closed_invoices_are_kept_to_the_cent() {
    let Some(checked) = real::highradius_imported() else {
        return;
    };
    let imported = &checked.value;
    assert_eq!(
        (imported.rows.read, imported.rows.kept, imported.rows.quarantined),
        (40_000, 40_000, 0)
    );
    assert_eq!(
        (n_rows(imported, "invoices"), n_rows(imported, "receipts")),
        (40_000, 40_000)
    );
    let by_currency: Vec<_> = imported
        .money
        .iter()
        .map(|(currency, fate)| (*currency, fate.kept))
        .collect();
    let expected = [
        (currency("CAD"), total("170841792.04")),
        (currency("USD"), total("1075363220.03")),
        (currency("XXX"), total("36396383.67")),
    ];
    assert_eq!(by_currency, expected);
    assert_eq!(sum_read(&imported.money), total("1282601395.74"));
    assert_eq!(imported.money, imported.receipts_money);
    // 862 rows without a baseline date and 473 with one after the payment.
    assert_eq!(checked.issues.count(IssueCode::IssuedOnAssumed), 862 + 473);
    assert_eq!(checked.issues.count(IssueCode::CurrencyMissing), 1_091);
}

#[test]
fn every_invoice_of_the_ibm_sample_is_kept_with_its_payment() {
    let profile = Profile::builtin("ibm-late-payments").unwrap();
    let Some(checked) = real::imported(real::IBM, &profile) else {
        return;
    };
    let imported = &checked.value;
    assert_eq!((imported.rows.read, imported.rows.kept), (2_466, 2_466));
    assert_eq!(
        (n_rows(imported, "invoices"), n_rows(imported, "receipts")),
        (2_466, 2_466)
    );
    assert_eq!(n_rows(imported, "customers"), 100);
    // 22.7% of the invoices were disputed.
    assert_eq!(n_rows(imported, "disputes"), 561);
    assert_eq!(sum_read(&imported.money), total("147703.18"));
    let invoices = &imported.records.table("invoices").unwrap();
    assert_eq!(
        invoices.table().texts("invoice_id").unwrap()[0].as_deref(),
        Some("0000611365")
    );
    assert_eq!(invoices.sources.at(0).unwrap().line, 2);
}

#[test]
fn the_shuffled_ibm_sample_with_blanks_is_kept_too() {
    let profile = Profile::builtin("ibm-late-payments").unwrap();
    let Some(checked) = real::imported("ibm-late-payments/variant_shuffled_with_missing.csv", &profile) else {
        return;
    };
    assert_eq!((checked.value.rows.read, checked.value.rows.kept), (2_586, 2_586));
    assert_eq!(sum_read(&checked.value.money), total("155658.78"));
}

#[test]
fn partial_settlements_of_the_small_firm_are_kept() {
    let profile = real::profile("cassandra.toml");
    let Some(checked) = real::imported("cassandra/trainData.csv.gz", &profile) else {
        return;
    };
    let imported = &checked.value;
    assert_eq!(
        (imported.rows.read, imported.rows.kept, imported.rows.quarantined),
        (8_753, 8_753, 0)
    );
    assert_eq!(sum_read(&imported.money), total("20314878.65"));
    assert_eq!(sum_read(&imported.receipts_money), total("19574901.73"));
}

#[test]
fn open_items_in_the_sap_layout_are_kept() {
    let profile = Profile::builtin("sap-open-items").unwrap();
    let Some(checked) = real::imported("highradius/open_sample_B_full_columns.csv.gz", &profile) else {
        return;
    };
    let imported = &checked.value;
    assert_eq!((imported.rows.read, imported.rows.kept), (9_700, 9_700));
    assert_eq!(n_rows(imported, "customers"), 664);
    assert_eq!(sum_read(&imported.money), total("319584725.91"));
    let invoices = &imported.records.table("invoices").unwrap().table();
    assert_eq!(invoices.texts("invoice_id").unwrap()[0].as_deref(), Some("1930571429"));
    assert_eq!(invoices.texts("customer_id").unwrap()[0].as_deref(), Some("0200706844"));
}
