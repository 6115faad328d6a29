//! Customers like this one: segments, groups of companies, the portfolio, and how far little history may speak for itself.

use arrears::features::{Feature, LabelParams, Standing, Unit};

use super::{panel, value};
use crate::support::{day, ledger};

/// An invoice of 100.00 due on 10 February 2024, settled so many days later.
fn invoice(id: usize, customer: &str, delay: i32) -> String {
    let paid = day("2024-02-10") + delay;
    format!(
        "invoice i{id} {customer} issued 2024-01-01 due 2024-02-10 100.00 EUR
         payment p{id} {customer} on {paid} 100.00 -> i{id}\n"
    )
}

#[test]
fn a_customer_without_history_carries_the_share_of_its_segment() {
    // Ten late invoices of retail, ten punctual ones of trade, and a new customer of each.
    let mut text = String::new();
    for id in 0..10 {
        text += &invoice(id, "shop", 20);
        text += &invoice(100 + id, "depot", 0);
    }
    text += "
        customer shop valid_from=2024-01-01 segment=retail
        customer depot valid_from=2024-01-01 segment=trade
        customer new_shop valid_from=2024-01-01 segment=retail
        customer new_depot valid_from=2024-01-01 segment=trade
        invoice n1 new_shop issued 2024-03-01 due 2024-04-10 10.00 EUR
        invoice n2 new_depot issued 2024-03-01 due 2024-04-10 10.00 EUR
        invoice n3 nobody issued 2024-03-01 due 2024-04-10 10.00 EUR";
    let panel = panel(&ledger(&text), "2024-03-31", LabelParams::new(Unit::Invoice, 10));
    // By customer id: new_depot, new_shop, nobody.
    let portfolio = (10.0 + 0.5) / (20.0 + 1.0);
    let retail = (10.0 + 20.0 * portfolio) / (10.0 + 20.0);
    let trade = (0.0 + 20.0 * portfolio) / (10.0 + 20.0);
    for (row, share) in [(0, trade), (1, retail), (2, portfolio)] {
        assert_eq!(panel.rows()[row].standing, Standing::New);
        assert!(!panel.rows()[row].has_history);
        assert_eq!(panel.rows()[row].history(), "none");
        for feature in [Feature::LateSharePeers, Feature::LateShareAll, Feature::LateShare12m] {
            assert!((value(&panel, row, feature) - share).abs() < 1e-12, "{row} {feature:?}");
        }
        // Ten days before its due day nobody had paid: the chance is the share.
        assert!((value(&panel, row, Feature::ChanceGivenAge) - share).abs() < 1e-12);
    }
}

#[test]
fn a_claim_counts_in_the_segment_its_customer_had_when_it_was_judged() {
    let moved = "
        customer shop valid_from=2024-01-01 segment=retail
        customer shop valid_from=2024-03-01 segment=trade
        customer new_shop valid_from=2024-01-01 segment=retail
        invoice n1 new_shop issued 2024-03-01 due 2024-04-10 10.00 EUR";
    let text = invoice(1, "shop", 20) + moved;
    let panel = panel(&ledger(&text), "2024-03-31", LabelParams::new(Unit::Invoice, 10));
    // Judged on 20 February, when it was retail.
    let portfolio = (1.0 + 0.5) / (1.0 + 1.0);
    let retail = (1.0 + 20.0 * portfolio) / (1.0 + 20.0);
    assert_eq!(value(&panel, 0, Feature::LateSharePeers), retail);
}

#[test]
fn a_group_of_companies_speaks_for_each_of_them() {
    let text = invoice(1, "alpha", 20)
        + &invoice(2, "beta", 0)
        + &invoice(3, "holding", 20)
        + &invoice(4, "loner", 0)
        + "customer alpha valid_from=2024-01-01 parent_id=holding
           customer beta valid_from=2024-01-01 parent_id=holding
           customer loner valid_from=2024-01-01";
    let panel = panel(&ledger(&text), "2024-03-31", LabelParams::new(Unit::Customer, 10));
    let portfolio = (2.0 + 0.5) / (4.0 + 1.0);
    let group = (2.0 + 4.0 * portfolio) / (3.0 + 4.0);
    // By customer id: alpha, beta, holding, loner.
    for row in 0..3 {
        assert_eq!(value(&panel, row, Feature::LateShareGroup), group);
    }
    assert!(value(&panel, 3, Feature::LateShareGroup).is_nan());
}

#[test]
fn the_portfolio_has_a_state_of_its_own() {
    // Judged 20 February: 40 invoices, half of them late. Judged 20 March: 40, all late.
    let mut text = String::new();
    for id in 0..40 {
        text += &invoice(id, "acme", if id < 20 { 20 } else { 0 });
        text += &format!(
            "invoice j{id} bolt issued 2024-02-01 due 2024-03-10 100.00 EUR
             payment q{id} bolt on 2024-03-25 100.00 -> j{id}\n"
        );
    }
    let panel = panel(&ledger(&text), "2024-04-10", LabelParams::new(Unit::Customer, 10));
    assert_eq!(value(&panel, 0, Feature::PortfolioLateShare3m), 60.0 / 80.0);
    assert_eq!(
        value(&panel, 0, Feature::PortfolioLateChange),
        40.0 / 40.0 - 60.0 / 80.0
    );
    assert!(value(&panel, 0, Feature::Season).is_nan());
}

#[test]
fn the_more_customers_differ_the_less_the_portfolio_counts() {
    // Two invoices of each of 40 customers; a newcomer with one late invoice is judged by them.
    let weight = |delays: &dyn Fn(usize) -> [i32; 2]| {
        let mut text = String::new();
        for customer in 0..40 {
            for (second, delay) in delays(customer).into_iter().enumerate() {
                text += &invoice(2 * customer + second, &format!("c{customer:02}"), delay);
            }
        }
        text += &invoice(999, "zoe", 20);
        let panel = panel(&ledger(&text), "2024-03-31", LabelParams::new(Unit::Customer, 10));
        let (share, wider) = (
            value(&panel, 40, Feature::LateShareAll),
            value(&panel, 40, Feature::LateSharePeers),
        );
        // share = (1 + w * wider) / (1 + w)
        (1.0 - share) / (share - wider)
    };
    // Both invoices of a customer end alike: customers differ as much as they can. One each: they do not differ at all.
    let (alike, mixed) = (
        weight(&|customer| [20 * (customer as i32 % 2); 2]),
        weight(&|_| [0, 20]),
    );
    assert!((alike - 1.0).abs() < 1e-9, "{alike}");
    assert!((mixed - 30.0).abs() < 1e-6, "{mixed}");
}
