//! Payment behaviour by pencil and paper.

use arrears::features::{Feature, LabelParams, Panel, Unit};

use super::{panel, value};
use crate::support::{day, ledger};

/// Invoices of one customer, each due on a day and settled some days later; `None` is unpaid.
fn paid(invoices: &[(&str, Option<i32>)]) -> String {
    let lines = invoices.iter().enumerate().map(|(at, (due, delay))| {
        let (due, issued) = (day(due), day(due) - 14);
        let invoice = format!("invoice i{at} acme issued {issued} due {due} 100.00 EUR");
        match delay {
            Some(delay) => format!("{invoice}\npayment p{at} acme on {} 100.00 -> i{at}", due + *delay),
            None => invoice,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn customers(text: &str, as_of: &str) -> Panel {
    panel(&ledger(text), as_of, LabelParams::new(Unit::Customer, 10))
}

#[test]
fn windows_hold_what_was_judged_in_them() {
    // Judged 10 days after due: on 11 June, 12 April and 11 January, and one a year and a day before.
    let text = paid(&[
        ("2023-06-20", Some(50)),
        ("2024-01-01", Some(30)),
        ("2024-04-02", Some(0)),
        ("2024-06-01", Some(12)),
    ]);
    let panel = customers(&text, "2024-06-30");
    let of = |feature| value(&panel, 0, feature);
    let portfolio = (3.0 + 0.5) / (4.0 + 1.0);
    let all = (3.0 + 4.0 * portfolio) / (4.0 + 4.0);
    assert_eq!(of(Feature::LateShareAll), all);
    assert_eq!(of(Feature::LateShare12m), (2.0 + 4.0 * portfolio) / (3.0 + 4.0));
    assert_eq!(of(Feature::LateShare6m), (2.0 + 4.0 * all) / (3.0 + 4.0));
    assert_eq!(of(Feature::LateShare3m), (1.0 + 4.0 * all) / (2.0 + 4.0));
    // By age of judgement, half as much for every 60 days: 19 days, 79 days, 171 days.
    let weights = [19.0, 79.0, 171.0].map(|age: f64| (-age / 60.0).exp2());
    let n: f64 = weights.iter().sum();
    let faded = (weights[0] + weights[2] + 4.0 * all) / (n + 4.0);
    assert!((of(Feature::LateShareFaded) - faded).abs() < 1e-12);
    assert_eq!(of(Feature::LateMoneyShare12m), 2.0 / 3.0);
    assert_eq!(of(Feature::LateStreak), 1.0);
    assert_eq!(of(Feature::DaysSinceLate), 19.0);
    assert_eq!(of(Feature::NumberJudged), 4.0);
    // Settled 13 June, 2 April, 31 January 2024, and 9 August 2023.
    assert_eq!(of(Feature::DaysLateMean3m), (12.0 + 0.0) / 2.0);
    assert_eq!(of(Feature::DaysLateMean6m), (12.0 + 0.0 + 30.0) / 3.0);
    assert_eq!(of(Feature::DaysLateMean12m), (12.0 + 0.0 + 30.0 + 50.0) / 4.0);
    assert_eq!(of(Feature::DaysLateMedian12m), 30.0);
    assert_eq!(of(Feature::DaysLateHigh12m), 50.0);
    assert_eq!(of(Feature::OnTimeShare12m), 1.0 / 4.0);
}

#[test]
fn a_level_is_that_since_payments_last_changed() {
    // Nine punctual invoices, then three late ones. One share of 3 in 12 makes them e^-6.7 likely, two shares make them certain.
    let mut invoices: Vec<(String, Option<i32>)> = (0..9)
        .map(|week| ((day("2024-01-01") + 7 * week).to_string(), Some(0)))
        .collect();
    invoices.extend((9..12).map(|week| ((day("2024-01-01") + 7 * week).to_string(), Some(20))));
    let invoices: Vec<(&str, Option<i32>)> = invoices.iter().map(|(due, delay)| (due.as_str(), *delay)).collect();
    let panel = customers(&paid(&invoices), "2024-04-30");
    let portfolio = (3.0 + 0.5) / (12.0 + 1.0);
    assert_eq!(
        value(&panel, 0, Feature::LateShareLevel),
        (3.0 + 4.0 * portfolio) / (3.0 + 4.0)
    );
    assert_eq!(value(&panel, 0, Feature::LateStreak), 3.0);
    // Three in a row of six that were late every other time are no change.
    let swinging: Vec<(&str, Option<i32>)> = invoices[..6]
        .iter()
        .enumerate()
        .map(|(at, (due, _))| (*due, Some(20 * (at as i32 % 2))))
        .collect();
    let panel = customers(&paid(&swinging), "2024-04-30");
    let portfolio = (3.0 + 0.5) / (6.0 + 1.0);
    assert_eq!(
        value(&panel, 0, Feature::LateShareLevel),
        (3.0 + 4.0 * portfolio) / (6.0 + 4.0)
    );
}

#[test]
fn a_customer_that_pays_on_a_day_of_the_month_or_of_the_week_has_a_rhythm() {
    // Paid on the 15th of five months; 2024-06-15 is a Saturday.
    let monthly = paid(&[
        ("2024-01-10", Some(5)),
        ("2024-02-10", Some(5)),
        ("2024-03-10", Some(5)),
        ("2024-04-10", Some(5)),
        ("2024-05-10", Some(5)),
        ("2024-07-05", None),
    ]);
    let panel = panel(&ledger(&monthly), "2024-06-30", LabelParams::new(Unit::Invoice, 10));
    let of = |feature| value(&panel, 0, feature);
    assert!((of(Feature::PaymentDayOfMonthFit) - 1.0).abs() < 1e-12);
    assert_eq!(of(Feature::DaysToNextRun), 15.0);
    // Due on 5 July, paid on the 15th.
    assert_eq!(of(Feature::DaysDueToRun), 10.0);
    assert_eq!(of(Feature::PaymentGap), (31.0 + 29.0 + 31.0 + 30.0) / 4.0);
    // Paid on five Fridays through the month: 5, 12, 19, 26 January, 2 February.
    let weekly = paid(&[
        ("2024-01-05", Some(0)),
        ("2024-01-12", Some(0)),
        ("2024-01-19", Some(0)),
        ("2024-01-26", Some(0)),
        ("2024-02-02", Some(0)),
        ("2024-02-12", None),
    ]);
    let panel = super::panel(&ledger(&weekly), "2024-02-06", LabelParams::new(Unit::Invoice, 10));
    let of = |feature| value(&panel, 0, feature);
    assert_eq!(of(Feature::PaymentWeekdayShare), 1.0);
    // 6 February 2024 is a Tuesday, 12 February a Monday.
    assert_eq!(of(Feature::DaysToNextRun), 3.0);
    assert_eq!(of(Feature::DaysDueToRun), 4.0);
}

#[test]
fn an_invoice_stands_against_its_siblings_and_the_habits_of_its_customer() {
    let text = "
        invoice a acme issued 2024-01-01 due 2024-02-01 100.00 EUR
        invoice b acme issued 2024-01-01 due 2024-02-01 100.00 EUR
        invoice c acme issued 2024-01-20 due 2024-02-20 300.00 EUR
        invoice d acme issued 2024-01-25 due 2024-02-25 100.00 EUR
        payment p acme on 2024-02-03 100.00 -> a
        payment q acme on 2024-02-24 300.00 -> c
        payment r acme on 2024-02-27 25.00 -> b";
    let panel = panel(&ledger(text), "2024-02-29", LabelParams::new(Unit::Invoice, 60));
    let of = |row, feature| value(&panel, row, feature);
    // Row 0 is `b`, row 1 `d`. Settled: `a` 2 days late, `c` 4 days late.
    assert_eq!(of(0, Feature::SiblingsPaid), 1.0);
    assert!(of(1, Feature::SiblingsPaid).is_nan());
    assert_eq!(of(0, Feature::PaidPastIt), 1.0);
    assert_eq!(of(1, Feature::PaidPastIt), 0.0);
    assert_eq!(of(0, Feature::PaidShare), 1.0 - 75.0 / 100.0);
    assert_eq!(of(0, Feature::AgeAgainstHabit), 28.0 - (2.0 + 4.0) / 2.0);
    assert_eq!(of(0, Feature::TermsAgainstHabit), 31.0 - 31.0);
    assert_eq!(of(0, Feature::AmountAgainstHabit), 100.0 / 100.0);
    // Open: 75.00 since 28 days, 100.00 since 4 days; 600.00 were billed in the last 91 days.
    assert_eq!(of(0, Feature::OpenMoney), 175.0);
    assert_eq!(of(0, Feature::OpenAge), (28.0 * 75.0 + 4.0 * 100.0) / 175.0);
    assert_eq!(of(0, Feature::DaysOfSalesOpen), 175.0 / 600.0 * 91.0);
    assert_eq!(of(0, Feature::Overdue30Share), 0.0);
}

#[test]
fn what_was_given_up_is_counted_and_the_outside_score_moves() {
    let text = "
        invoice a acme issued 2024-01-01 due 2024-02-01 100.00 EUR
        invoice b acme issued 2024-01-01 due 2024-02-01 100.00 EUR
        payment p acme on 2024-02-01 100.00 -> a
        write_off w acme on 2024-05-01 100.00 -> b
        external acme source=bureau name=Credit_Score value=610 known_on=2023-10-01
        external acme source=bureau name=Credit_Score value=570 known_on=2024-04-01
        external acme source=bureau name=employees value=12 known_on=2024-04-01";
    let panel = customers(text, "2024-05-31");
    assert_eq!(value(&panel, 0, Feature::WrittenOffShare), 1.0 / 2.0);
    assert_eq!(value(&panel, 0, Feature::BureauScore), 570.0);
    assert_eq!(value(&panel, 0, Feature::BureauChange), 570.0 - 610.0);
}
