//! The allowance and the record of the forecast, from files to tables.

use super::{column, fine};

#[test]
fn an_allowance_is_shown_rolled_forward_and_judged() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fine(
        at,
        "generate --out G --invoices 3000 --months 24 --tables customers,invoices,receipts,disputes,promises",
    );
    fine(
        at,
        "import --ledger L --imported-on 2025-12-31 G/customers.csv G/invoices.csv G/receipts.csv G/disputes.csv G/promises.csv",
    );
    let ledger = "--ledger L --as-of 2025-12-31 --format csv";
    let cecl = fine(at, &format!("provision {ledger} --pool-by segment --presentation cecl"));
    let ifrs = fine(at, &format!("provision {ledger} --pool-by segment"));
    assert_eq!(
        column(&cecl, "allowance"),
        column(&ifrs, "lifetime_expected_credit_loss")
    );

    let cents = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
    let rolled = fine(at, &format!("provision {ledger} --since 2025-06-30"));
    let sum = |row: usize, names: &[&str]| names.iter().map(|name| cents(&column(&rolled, name)[row])).sum::<i64>();
    for (row, closing) in column(&rolled, "closing").iter().enumerate() {
        assert_eq!(
            sum(row, &["opening", "new", "released", "used", "remeasured"]),
            cents(closing)
        );
        let parts = [
            "opening",
            "by_volume",
            "by_ageing",
            "by_rates",
            "by_overlay",
            "by_assessed_alone",
        ];
        assert_eq!(sum(row, &parts), cents(closing));
    }
    let judged = fine(at, &format!("backtest provision {ledger} --from 2025-01 --to 2025-03"));
    assert!(column(&judged, "as_of").contains(&"2025-02-28".to_owned()));
    let record = fine(
        at,
        &format!("backtest forecast {ledger} --from 2025-06 --to 2025-07 --weeks 4"),
    );
    let methods = column(&record, "method");
    for method in ["forecast", "due_date", "due_date_plus_mean_delay", "last_years_profile"] {
        assert!(methods.iter().any(|own| own == method), "{method}");
    }
}
