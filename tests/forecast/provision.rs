//! The allowance: rates of history on what is open, pools, overlay, claims assessed alone, and the roll-forward.

use arrears::calendar::AsOf;
use arrears::forecast::provision::{Assessed, Presentation, Provision, ProvisionParams, provision, roll_forward};
use arrears::ledger::Ledger;
use arrears::money::{Currency, Total};
use proptest::prelude::*;

use crate::support::random::{any_day, cases, ledger_lines};
use crate::support::{day, ledger, total};

/// March: of 200.00 not due 100.00 roll on. April: 40 of the 100 in 1-30 are paid. May: of 60 in 31+ 30 are written off, 10 paid, 20 stay. So the share lost
/// in the end solves L = 30/60 + 20/60 L = 3/4 in 31+, is 60/100 of it in 1-30, and half of that for what is not due.
const TEXT: &str = "
    invoice 1 acme issued 2024-02-10 due 2024-03-20 100.00 EUR
    invoice 2 bolt issued 2024-02-10 due 2024-03-20 100.00 EUR
    payment 7 bolt on 2024-03-20 100.00 -> 2
    payment 8 acme on 2024-04-10 40.00 -> 1
    write_off 9 acme on 2024-05-10 30.00 -> 1
    payment 10 acme on 2024-05-11 10.00 -> 1
    invoice 3 cork issued 2024-05-20 due 2024-06-20 1000.00 EUR
    invoice 4 dune issued 2024-05-02 due 2024-05-21 10.03 EUR";

fn params() -> ProvisionParams {
    ProvisionParams {
        upper_edges: vec![30],
        min_pool_items: 0,
        history_months: 3,
        ..ProvisionParams::default()
    }
}

fn provided(ledger: &Ledger, on: &str, params: &ProvisionParams) -> Provision {
    provision(ledger, AsOf(day(on)), params).unwrap().value
}

fn eur() -> Currency {
    Currency::parse("EUR").unwrap()
}

#[test]
fn what_is_open_times_the_rate_of_its_bucket() {
    let made = provided(&ledger(TEXT), "2024-05-31", &params());
    let rows: Vec<_> = made.rows.iter().map(|row| (row.open, row.provision.unwrap())).collect();
    let expected = [
        ("1000.00", "225.00"), // not due: 1/2 x 3/5 x 3/4
        ("10.03", "4.51"),     // 1-30: 0.45 x 10.03 = 4.5135
        ("20.00", "15.00"),    // 31+: 3/4
    ];
    assert_eq!(rows, expected.map(|(open, provision)| (total(open), total(provision))));
    assert_eq!(made.total(eur()), (total("1030.03"), total("244.51")));
}

#[test]
fn an_overlay_multiplies_and_stops_at_all_of_it() {
    let with = |overlay| ProvisionParams {
        overlay,
        overlay_reason: "insolvencies up by half".to_owned(),
        ..params()
    };
    let of = |overlay| {
        let made = provided(&ledger(TEXT), "2024-05-31", &with(overlay));
        made.rows.iter().map(|row| row.provision.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(of(1.2), ["270.00", "5.42", "18.00"].map(total));
    assert_eq!(of(2.0), ["450.00", "9.03", "20.00"].map(total));
    let undocumented = ProvisionParams {
        overlay_reason: String::new(),
        ..with(1.2)
    };
    let problems = undocumented.check().unwrap_err();
    assert_eq!(
        problems.lines(),
        ["overlay_reason: must be the reason of an overlay, is empty"]
    );
}

#[test]
fn losses_are_discounted_month_by_month() {
    let discounted = ProvisionParams {
        discount_rate: 0.12,
        ..params()
    };
    let made = provided(&ledger(TEXT), "2024-05-31", &discounted);
    let v = 1.12_f64.powf(-1.0 / 12.0);
    // L = v (1/2 + 1/3 L), so L = v/2 / (1 - v/3); a month earlier v x 3/5 of it, another month v x 1/2 of that.
    let oldest = v / 2.0 / (1.0 - v / 3.0);
    let rates = [v * 0.5 * v * 0.6 * oldest, v * 0.6 * oldest, oldest];
    for (row, rate) in made.rows.iter().zip(rates) {
        assert!((row.loss_rate.unwrap() - rate).abs() < 1e-12);
    }
}

#[test]
fn a_customer_assessed_alone_leaves_its_pool() {
    let alone = ProvisionParams {
        assessed: vec![Assessed {
            customer: "cork".to_owned(),
            loss: 0.6,
            reason: "administration".to_owned(),
        }],
        ..params()
    };
    let made = provided(&ledger(TEXT), "2024-05-31", &alone);
    let table = made.table(Presentation::Cecl);
    assert_eq!(table.texts("bucket").unwrap()[0].as_deref(), Some("assessed alone"));
    assert_eq!(table.moneys("allowance").unwrap()[0], Some(total("600.00")));
    assert_eq!(made.total(eur()).1, total("619.51"));
}

#[test]
fn a_small_pool_takes_the_rates_of_its_currency() {
    let text = format!(
        "{TEXT}
         customer acme valid_from=2024-01-01 segment=old
         customer bolt valid_from=2024-01-01 segment=old
         customer cork valid_from=2024-01-01 segment=new
         customer dune valid_from=2024-01-01 segment=new"
    );
    let pooled = ProvisionParams {
        pool_by: "segment".to_owned(),
        min_pool_items: 1,
        ..params()
    };
    let checked = provision(&ledger(&text), AsOf(day("2024-05-31")), &pooled).unwrap();
    let rows: Vec<_> = checked
        .value
        .rows
        .iter()
        .map(|row| (row.place.pool.as_deref(), row.from_currency))
        .collect();
    assert_eq!(rows, [(Some("new"), true), (Some("new"), true), (Some("old"), false)]);
    assert_eq!(checked.value.total(eur()).1, total("244.51"));
    assert!(checked.caveats.iter().any(|caveat| {
        caveat
            .0
            .starts_with("2 of 3 pools and buckets take the rates of their currency")
    }));
}

#[test]
fn without_a_rate_nothing_is_provided_and_that_is_said() {
    let text = "invoice 1 acme issued 2024-05-02 due 2024-05-21 10.00 EUR";
    let checked = provision(&ledger(text), AsOf(day("2024-05-31")), &params()).unwrap();
    assert_eq!(checked.value.rows[0].provision, None);
    let totals = checked.value.table(Presentation::Ifrs9);
    assert_eq!(totals.moneys("lifetime_expected_credit_loss").unwrap(), [None, None]);
    assert_eq!(
        checked.caveats[0].0,
        "nothing is provided for 10.00 EUR in 1-30: no loss rate (no_denominator)"
    );
}

#[test]
fn the_allowance_rolls_forward_by_hand() {
    let ledger = ledger(TEXT);
    let (since, as_of) = (AsOf(day("2024-04-30")), AsOf(day("2024-05-31")));
    let rolled = roll_forward(&ledger, (since, &params()), (as_of, &params()))
        .unwrap()
        .value;
    let row = rolled.rows[0];
    // At the end of April nothing had been written off: 60.00 are open, nothing is provided.
    assert_eq!(
        (row.opening, row.used, row.new),
        (total("0.00"), total("30.00"), total("229.51"))
    );
    // 15.00 for what is left of invoice 1, and the 30.00 that were written off without a provision.
    assert_eq!((row.remeasured, row.closing), (total("45.00"), total("244.51")));
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn the_roll_forward_and_its_explanation_add_up(lines in ledger_lines(), first in any_day(), gap in 1..400_i32, overlay in 0.5..2.0_f64) {
        let ledger = ledger(&lines.join("\n"));
        let before = ProvisionParams { min_pool_items: 0, ..ProvisionParams::default() };
        let after = ProvisionParams { overlay, overlay_reason: "drawn".to_owned(), ..before.clone() };
        let (since, as_of) = (AsOf(first), AsOf(first + gap));
        let rolled = roll_forward(&ledger, (since, &before), (as_of, &after)).unwrap().value;
        let made = provision(&ledger, as_of, &after).unwrap().value;
        for row in rolled.rows {
            prop_assert_eq!(row.opening + row.new - row.released - row.used + row.remeasured, row.closing);
            prop_assert_eq!(row.opening + row.volume + row.ageing + row.rates + row.overlay + row.alone, row.closing);
            prop_assert_eq!(made.total(row.currency).1, row.closing);
        }
        for currency in made.currencies() {
            let own = || made.claims.iter().filter(|claim| claim.place.currency == currency);
            let open: Total = own().map(|claim| claim.open).sum();
            let provided: Total = own().filter_map(|claim| claim.provision).sum();
            prop_assert_eq!(made.total(currency), (open, provided));
            prop_assert!(own().all(|claim| claim.provision.is_none_or(|provision| provision >= Total::ZERO)));
        }
    }

    #[test]
    fn nothing_known_later_moves_a_provision(lines in ledger_lines(), on in any_day()) {
        let whole = ledger(&lines.join("\n"));
        let known = whole.as_known_on(on);
        let params = ProvisionParams { min_pool_items: 0, ..ProvisionParams::default() };
        let of = |ledger: &Ledger| {
            let rows = provision(ledger, AsOf(on), &params).unwrap().value.rows;
            rows.into_iter().map(|row| (row.place, row.open, row.provision)).collect::<Vec<_>>()
        };
        prop_assert_eq!(of(&whole), of(&known));
    }
}
