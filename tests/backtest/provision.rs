//! The allowance of a past day against what was written off since.

use arrears::backtest::replay_provision;
use arrears::calendar::AsOf;
use arrears::forecast::provision::ProvisionParams;

use crate::support::{day, ledger, total};

#[test]
fn what_was_provided_stands_beside_what_was_lost() {
    // Two of four claims of the past were written off in the bucket after 30 days; 100.00 of such age are open at the end of June.
    let text = "invoice 1 a issued 2024-01-10 due 2024-02-10 100.00 EUR
        invoice 2 b issued 2024-01-10 due 2024-02-10 100.00 EUR
        write_off 3 a on 2024-04-10 100.00 -> 1
        payment 4 b on 2024-04-10 100.00 -> 2
        invoice 5 c issued 2024-04-10 due 2024-05-10 100.00 EUR
        write_off 6 c on 2024-08-10 70.00 -> 5
        recovery 7 c on 2024-09-10 20.00 -> 5";
    let params = ProvisionParams {
        upper_edges: vec![30],
        min_pool_items: 0,
        history_months: 6,
        ..ProvisionParams::default()
    };
    let judged = replay_provision(
        &ledger(text),
        &[AsOf(day("2024-06-30"))],
        AsOf(day("2024-12-31")),
        &params,
    )
    .unwrap();
    let row = judged[0];
    // Of 400.00 that stood at month openings of March, April and June after their thirty days, 100.00 were lost and 100.00 paid.
    assert_eq!((row.exposed, row.provided), (total("100.00"), total("50.00")));
    assert_eq!((row.lost, row.open), (total("50.00"), total("30.00")));
}
