//! What was known of a row, and how it ended.

mod behaviour;
mod candidates;
mod cure;
mod lookahead;
mod panel;
mod payments;
mod peers;

use std::collections::HashSet;

use arrears::calendar::AsOf;
use arrears::contract::TableSpec;
use arrears::features::{Feature, LabelParams, Outcome, Panel, Standing, Unit, catalogue, label};
use arrears::ledger::Ledger;

use crate::support::{day, ledger};

fn panel(ledger: &Ledger, as_of: &str, params: LabelParams) -> Panel {
    Panel::build(ledger, &[AsOf(day(as_of))], &params.check().unwrap())
}

fn value(panel: &Panel, row: usize, feature: Feature) -> f64 {
    let column = Feature::of(panel.params().unit)
        .iter()
        .position(|candidate| *candidate == feature);
    panel.x()[[row, column.unwrap()]]
}

/// Facts through 2024-03-31, each also known by then.
const PAST: &str = "
    customer acme valid_from=2024-01-01 posted 2024-01-01 credit_limit=400.00 limit_kind=amount currency=EUR segment=retail parent_id=holding
    external acme source=bureau name=bureau_score value=500 known_on=2023-09-01
    external acme source=bureau name=bureau_score value=480 known_on=2024-03-01
    invoice 1 acme issued 2024-01-01 due 2024-01-31 100.00 EUR posted 2024-01-01
    payment 1 acme on 2024-02-20 100.00 -> 1 posted 2024-02-20
    invoice 2 acme issued 2024-01-15 due 2024-02-14 200.00 EUR posted 2024-01-15
    payment 2 acme on 2024-02-10 200.00 -> 2 posted 2024-02-10
    invoice 3 acme issued 2024-03-01 due 2024-03-29 300.00 EUR posted 2024-03-01
    invoice 4 acme issued 2024-03-20 due 2024-04-19 100.00 EUR posted 2024-03-20
    invoice 5 zeta issued 2024-03-20 due 2024-04-19 80.00 EUR posted 2024-03-20
    dispute d1 acme opened_on=2024-03-05 -> 3 posted 2024-03-05
    promise p1 acme made_on=2024-03-02 promised_on=2024-03-20 amount=300.00 -> 3 posted 2024-03-02
    contact k1 acme contacted_on=2024-03-02 posted 2024-03-02
";

#[test]
fn features_by_pencil_and_paper() {
    let panel = panel(&ledger(PAST), "2024-03-31", LabelParams::new(Unit::Invoice, 10));
    // Row 0 is invoice 3. Known ends of all customers: invoice 1 (20 days late), invoice 2 (4 days early).
    let portfolio = (1.0 + 0.5) / (2.0 + 1.0);
    let late_share = (1.0 + 4.0 * portfolio) / (2.0 + 4.0);
    assert_eq!(value(&panel, 0, Feature::LateShareAll), late_share);
    // At 2 days past due only invoice 1 was still open, and it ended late.
    let portfolio_at_2 = 1.5 / 2.0;
    let segment_at_2 = (1.0 + 20.0 * portfolio_at_2) / (1.0 + 20.0);
    assert_eq!(value(&panel, 0, Feature::ChanceGivenAgePeers), segment_at_2);
    assert_eq!(
        value(&panel, 0, Feature::ChanceGivenAge),
        (1.0 + 4.0 * segment_at_2) / (1.0 + 4.0)
    );
    assert_eq!(value(&panel, 0, Feature::DaysPastDue), 2.0);
    assert_eq!(value(&panel, 0, Feature::DaysLateMeanAll), (20.0 - 4.0) / 2.0);
    assert_eq!(value(&panel, 0, Feature::TermsDays), 28.0);
    assert_eq!(value(&panel, 0, Feature::OverdueShare), 300.0 / 400.0);
    assert_eq!(value(&panel, 0, Feature::Utilisation), 400.0 / 400.0);
    assert_eq!(value(&panel, 0, Feature::InDispute), 1.0);
    assert_eq!(value(&panel, 1, Feature::InDispute), 0.0);
    assert_eq!(value(&panel, 0, Feature::DisputedShare), 1.0 / 2.0);
    assert_eq!(value(&panel, 0, Feature::BrokenPromises), 1.0);
    assert_eq!(value(&panel, 0, Feature::Contacts90d), 1.0);
    // Payments on 10 and 20 February: 40 days since the last one, 10 between them.
    assert_eq!(value(&panel, 0, Feature::DaysSincePayment), 40.0 / 10.0);
    let text = Feature::DaysLateMeanAll.reason(value(&panel, 0, Feature::DaysLateMeanAll));
    assert_eq!(text, "paid 8 days late on average over the whole history");
    assert_eq!(panel.rows()[2].standing, Standing::New);
}

#[test]
fn a_table_that_was_not_imported_is_missing_not_zero() {
    let ledger = ledger("invoice 1 acme issued 2024-01-01 due 2024-01-31 100.00 EUR");
    let panel = panel(&ledger, "2024-01-31", LabelParams::new(Unit::Invoice, 10));
    for feature in [
        Feature::InDispute,
        Feature::DisputedShare,
        Feature::BrokenPromises,
        Feature::Contacts90d,
        Feature::Utilisation,
        Feature::DaysLateMeanAll,
    ] {
        assert!(value(&panel, 0, feature).is_nan(), "{feature:?}");
    }
}

#[test]
fn the_catalogue_names_each_feature_once_and_defines_it() {
    let names: HashSet<&str> = Feature::ALL.iter().map(|feature| feature.entry().name).collect();
    assert_eq!(names.len(), Feature::ALL.len());
    let table = catalogue::table(None);
    assert_eq!(table.n_rows(), Feature::ALL.len());
    for unit in [Unit::Invoice, Unit::Customer] {
        assert_eq!(catalogue::table(Some(unit)).n_rows(), Feature::of(unit).len());
        assert!(Feature::of(unit).len() >= 60);
    }
    for (row, feature) in Feature::ALL.iter().enumerate() {
        let entry = feature.entry();
        for column in table.columns() {
            assert!(!column.data.text(row).is_empty(), "{}: {}", entry.name, column.name);
        }
        assert!(
            entry.definition.ends_with('.') && !entry.missing.is_empty(),
            "{}",
            entry.name
        );
        assert!(entry.reason.contains("{}"), "{}", entry.name);
        let has_table = entry.source == "invoices" || TableSpec::by_name(entry.source).is_some();
        assert!(has_table, "{}: {}", entry.name, entry.source);
        assert_eq!(Feature::by_name(entry.name), Some(*feature));
    }
}

fn outcomes(text: &str, as_of: &str, known: &str, params: LabelParams) -> Vec<Outcome> {
    let ledger = ledger(text);
    let panel = panel(&ledger, as_of, params);
    let labels = label::outcomes(&ledger, &panel, AsOf(day(known)));
    labels.into_iter().map(|label| label.outcome).collect()
}

#[test]
fn an_invoice_is_bad_when_unsettled_at_the_end_of_due_and_days_late() {
    let text = "
        invoice a acme issued 2024-01-01 due 2024-02-10 100.00 EUR
        payment a acme on 2024-02-20 100.00 -> a
        invoice b acme issued 2024-01-01 due 2024-02-10 100.00 EUR
        payment b acme on 2024-02-21 100.00 -> b
        invoice c acme issued 2024-01-01 due 2024-02-10 100.00 EUR
        credit c acme on 2024-02-15 100.00 -> c
        invoice d acme issued 2024-01-01 due 2024-02-10 100.00 EUR
        dispute d acme opened_on=2024-02-12 -> d
        invoice e acme issued 2024-01-01 due 2024-01-20 100.00 EUR
        invoice f acme issued 2024-01-01 due 2024-03-20 100.00 EUR
        invoice g acme issued 2024-01-01 due 2024-02-10 100.00 EUR
        payment g acme on 2024-02-10 99.00 -> g
        invoice h acme issued 2024-01-01 due 2024-02-10 100.00 EUR
        write_off h acme on 2024-02-12 100.00 -> h";
    use Outcome::{AlreadyBad, Bad, Good, Indeterminate, TooYoung};
    let mut params = LabelParams::new(Unit::Invoice, 10);
    assert_eq!(
        outcomes(text, "2024-01-31", "2024-03-01", params),
        // By due day: `e` first, the seven due on 10 February, `f` last.
        [AlreadyBad, Good, Bad, Good, Indeterminate, Bad, Bad, TooYoung]
    );
    params.materiality = arrears::money::Amount::from_units(10_000);
    assert_eq!(
        outcomes(text, "2024-01-31", "2024-03-01", params),
        [AlreadyBad, Good, Bad, Good, Indeterminate, Good, Bad, TooYoung]
    );
}

#[test]
fn a_claim_given_up_before_the_day_is_no_longer_at_risk() {
    // Seen in the demo: a customer whose only late item had been written off was scored as 397 days late.
    let text = "invoice a acme issued 2023-01-01 due 2023-02-01 100.00 EUR
                write_off a acme on 2023-12-31 100.00 -> a
                invoice b acme issued 2024-01-20 due 2024-02-20 50.00 EUR
                payment b acme on 2024-02-20 50.00 -> b";
    let customer = LabelParams::new(Unit::Customer, 10);
    assert_eq!(outcomes(text, "2024-01-31", "2024-04-30", customer), [Outcome::Good]);
    let panel = panel(&ledger(text), "2024-01-31", LabelParams::new(Unit::Invoice, 10));
    assert_eq!(panel.rows().len(), 1);
    assert_eq!(panel.rows()[0].standing, Standing::Known);
    // Its end still counts in the customer's history: one earlier claim, and it was late.
    assert!(value(&panel, 0, Feature::ChanceGivenAge) > 0.5);
}

#[test]
fn a_small_difference_that_is_written_off_settles() {
    // 100.00 paid with 99.01: a hundredth is missing. 100.00 paid with 98.00: that is a loss.
    let ended = |paid: &str, lost: &str| {
        let text = format!(
            "invoice a acme issued 2024-01-01 due 2024-02-10 100.00 EUR
             payment a acme on 2024-02-11 {paid} -> a
             write_off b acme on 2024-02-11 {lost} -> a"
        );
        outcomes(&text, "2024-01-31", "2024-04-30", LabelParams::new(Unit::Invoice, 10))
    };
    assert_eq!(ended("99.01", "0.99"), [Outcome::Good]);
    assert_eq!(ended("98.00", "2.00"), [Outcome::Bad]);
}

#[test]
fn a_chance_is_a_share_at_any_age() {
    let text = "invoice a acme issued 2024-01-01 due 2024-01-05 100.00 EUR
                payment a acme on 2024-01-20 100.00 -> a
                invoice b acme issued 2024-01-01 due 2024-01-04 100.00 EUR
                payment b acme on 2024-01-19 100.00 -> b
                invoice c acme issued 2023-12-01 due 2023-12-05 100.00 EUR";
    let panel = panel(&ledger(text), "2024-02-29", LabelParams::new(Unit::Invoice, 10));
    for feature in [Feature::ChanceGivenAge, Feature::ChanceGivenAgeRecent] {
        let chance = value(&panel, 0, feature);
        assert!((0.0..=1.0).contains(&chance), "{chance}");
    }
}

#[test]
fn an_invoice_in_dispute_through_the_day_it_would_be_delinquent_is_indeterminate() {
    // Due and 10 days late is 20 February.
    for (closed_on, outcome) in [("2024-02-20", Outcome::Indeterminate), ("2024-02-19", Outcome::Bad)] {
        let text = format!(
            "invoice a acme issued 2024-01-01 due 2024-02-10 100.00 EUR
             dispute d acme opened_on=2024-02-12 closed_on={closed_on} -> a"
        );
        let params = LabelParams::new(Unit::Invoice, 10);
        assert_eq!(outcomes(&text, "2024-01-31", "2024-03-01", params), [outcome]);
    }
}

#[test]
fn a_customer_is_bad_when_an_open_or_entering_item_passes_the_days_late() {
    let params = LabelParams::new(Unit::Customer, 10);
    let one = |text: &str, known: &str| outcomes(text, "2024-01-31", known, params);
    let open = "invoice a acme issued 2024-01-01 due 2024-02-10 100.00 EUR\n";
    assert_eq!(one(open, "2024-04-30"), [Outcome::Bad]);
    // 90 days after 31 January is 30 April.
    assert_eq!(one(open, "2024-04-29"), [Outcome::TooYoung]);
    let paid = format!("{open} payment a acme on 2024-02-15 100.00 -> a\n");
    assert_eq!(one(&paid, "2024-04-30"), [Outcome::Good]);
    // 60 days after 31 January is 31 March.
    let enters = format!("{paid} invoice b acme issued 2024-03-31 due 2024-04-10 50.00 EUR\n");
    assert_eq!(one(&enters, "2024-04-30"), [Outcome::Bad]);
    let enters_later = format!("{paid} invoice b acme issued 2024-04-01 due 2024-04-10 50.00 EUR\n");
    assert_eq!(one(&enters_later, "2024-04-30"), [Outcome::Good]);
    let already = "invoice a acme issued 2024-01-01 due 2024-01-15 100.00 EUR\n";
    assert_eq!(one(already, "2024-04-30"), [Outcome::AlreadyBad]);
    let dormant = "invoice a acme issued 2022-01-01 due 2022-01-15 100.00 EUR
                   payment a acme on 2022-01-15 100.00 -> a";
    assert_eq!(one(dormant, "2024-04-30"), [Outcome::Excluded]);
}

#[test]
fn a_promise_is_judged_with_the_tolerance_and_open_ones_do_not_count() {
    let text = "
        invoice 1 acme issued 2024-01-01 due 2024-01-31 100.00 EUR
        invoice 2 acme issued 2024-01-01 due 2024-01-31 100.00 EUR
        invoice 3 acme issued 2024-01-01 due 2024-01-31 100.00 EUR
        promise p acme made_on=2024-03-01 promised_on=2024-03-10 amount=100.00 -> 1
        promise q acme made_on=2024-03-01 promised_on=2024-03-10 amount=100.00 -> 2
        promise r acme made_on=2024-03-01 promised_on=2024-03-30 amount=100.00 -> 3
        payment 9 acme on 2024-03-12 100.00 -> 1";
    let share = |promise_tolerance_days: i32| {
        let params = LabelParams {
            promise_tolerance_days,
            ..LabelParams::new(Unit::Customer, 30)
        };
        value(&panel(&ledger(text), "2024-03-31", params), 0, Feature::BrokenPromises)
    };
    // Two days late: kept with three days of tolerance, broken without; the third is open until 2 April, or broken on 30 March.
    assert_eq!(share(3), 1.0 / 2.0);
    assert_eq!(share(0), 3.0 / 3.0);
}
