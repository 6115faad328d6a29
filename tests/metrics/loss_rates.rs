use arrears::metrics::NullReason;
use arrears::metrics::loss_rates::{LossRateRow, LossRatesParams, ProvisionMatrix, loss_rates};
use arrears::money::Total;

use super::{groups, month};
use crate::support::{ledger, total};

fn of(text: &str, months: (&str, &str)) -> Vec<LossRateRow> {
    let ledger = ledger(text);
    let (from, to) = (month(months.0), month(months.1));
    let params = LossRatesParams {
        upper_edges: vec![30],
        ..LossRatesParams::default()
    };
    let result = loss_rates(&ledger, from, to, &groups(&ledger, &[]), None, &params);
    result.unwrap().value.rows().to_vec()
}

fn moneys(amounts: &[&str]) -> Vec<Total> {
    amounts.iter().map(|amount| total(amount)).collect()
}

#[test]
fn a_provision_matrix_from_the_flow_of_sales() {
    // Worked example of a provision matrix with flow loss rates; printed as 2 %, 4 %, 8.6957 %, 25 %, 100 % and 27,567.39.
    let matrix = ProvisionMatrix::new(&moneys(&["50000", "27000", "15000", "6000"]), total("2000"));
    assert_eq!(matrix.sales(), total("100000"));
    let printed = [2.0, 4.0, 8.6957, 25.0, 100.0];
    for (rate, printed) in matrix.rates().into_iter().zip(printed) {
        assert!((rate.unwrap() * 100.0 - printed).abs() < 5e-5);
    }
    let balances = moneys(&["300000", "140000", "60000", "23000", "5000"]);
    assert_eq!(matrix.provision(&balances), Ok(total("27567.39")));
}

#[test]
fn a_matrix_without_sales_has_no_rates() {
    let matrix = ProvisionMatrix::new(&moneys(&["0"]), total("0"));
    assert_eq!(matrix.rates(), [Err(NullReason::NoDenominator); 2]);
    assert_eq!(matrix.provision(&moneys(&["0", "0"])), Ok(total("0")));
    assert_eq!(matrix.provision(&moneys(&["5", "0"])), Err(NullReason::NotDefined));
    assert_eq!(matrix.provision(&moneys(&["0"])), Err(NullReason::NotDefined));
}

#[test]
fn the_chain_by_hand() {
    // March: 200 not due, of which 100 roll to 1-30 and 100 are paid. April: of the 100 in 1-30, 40 are paid, 60 roll to 31+.
    // May: of the 60 in 31+, 30 are written off, 10 are paid, 20 stay.
    let text = "
        invoice 1 acme issued 2024-02-10 due 2024-03-20 100.00 EUR
        invoice 2 bolt issued 2024-02-10 due 2024-03-20 100.00 EUR
        payment 7 bolt on 2024-03-20 100.00 -> 2
        payment 8 acme on 2024-04-10 40.00 -> 1
        write_off 9 acme on 2024-05-10 30.00 -> 1
        payment 10 acme on 2024-05-11 10.00 -> 1";
    let rows = of(text, ("2024-03", "2024-05"));
    let stood: Vec<Total> = rows.iter().map(|row| row.stood).collect();
    assert_eq!(stood, moneys(&["200", "100", "60", "0"]));
    assert_eq!(rows[2].monthly, Ok(30.0 / 60.0));
    // 31+: L = 30/60 + 20/60 L, so L = 3/4; 1-30: 60/100 of that; not due: 100/200 of that.
    let chained: Vec<f64> = rows[..3].iter().map(|row| row.chained.unwrap()).collect();
    let expected = [0.5 * 0.6 * 0.75, 0.6 * 0.75, 0.75];
    for (found, expected) in chained.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
    assert_eq!(rows[3].chained, Err(NullReason::NoDenominator));
}

#[test]
fn a_bucket_never_seen_or_money_that_stays_for_ever_ends_the_chain() {
    // In March 100 roll to 1-30, which was never seen at an opening.
    let text = "invoice 1 acme issued 2024-02-10 due 2024-03-20 100.00 EUR";
    let rows = of(text, ("2024-03", "2024-03"));
    assert_eq!(
        (rows[0].chained, rows[0].monthly),
        (Err(NullReason::NotDefined), Ok(0.0))
    );
    assert_eq!(rows[1].chained, Err(NullReason::NoDenominator));
    // By July it stays in 31+ for ever.
    let rows = of(text, ("2024-03", "2024-07"));
    assert_eq!(rows[2].chained, Err(NullReason::NotDefined));
}
