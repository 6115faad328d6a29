//! Panels of many days: what each day sees, in parts, on any number of cores, as a table.

use arrears::calendar::{AsOf, Month};
use arrears::features::{Feature, LabelParams, Labelled, Panel, PanelRow, Unit, label};
use arrears::generate::{GenerateParams, generate};
use arrears::ledger::{Facts, Ledger};
use arrears::records::Records;
use proptest::prelude::*;

use crate::support::random::{cases, ledger_lines};
use crate::support::{day, ledger};

fn month_ends(first: Month, n: i32) -> Vec<AsOf> {
    first.through(first + (n - 1)).map(|month| AsOf(month.last())).collect()
}

/// Rows, features as bits, and labels: two panels are the same if these are.
fn content(ledger: &Ledger, panel: &Panel, known: AsOf) -> (Vec<PanelRow>, Vec<u64>, Vec<Labelled>) {
    let bits = panel.x().iter().map(|value| value.to_bits()).collect();
    (panel.rows().to_vec(), bits, label::outcomes(ledger, panel, known))
}

/// Returns the lines with a posting day after the effective one on some of them.
fn posted_later(lines: &[String], later: &[Option<i32>]) -> String {
    let line = |(at, line): (usize, &String)| {
        let mut words = line.split_whitespace();
        let effective = words.find(|word| matches!(*word, "issued" | "on")).and(words.next());
        match (effective, later[at % later.len()]) {
            (Some(effective), Some(days)) => format!("{line} posted {}", day(effective) + days),
            _ => line.clone(),
        }
    };
    lines.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

/// Returns promises on documents among the lines, or on the accounts of their customers.
fn promises(lines: &[String], made: &[(prop::sample::Index, i32, i32, i64, bool, i32)]) -> Vec<String> {
    let documents: Vec<Vec<&str>> = lines
        .iter()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|words| words.get(3) == Some(&"issued"))
        .collect();
    let promise = |(at, (document, after, days, cents, on_account, later)): (usize, &(_, i32, i32, i64, bool, i32))| {
        let document: &prop::sample::Index = document;
        let words = &documents[document.index(documents.len())];
        let made_on = day(words[4]) + *after;
        let target = if *on_account {
            String::new()
        } else {
            format!(" -> {}", words[1])
        };
        format!(
            "promise m{at} {} made_on={made_on} promised_on={} amount={}.{:02}{target} posted {}",
            words[2],
            made_on + *days,
            cents / 100,
            cents % 100,
            made_on + *later
        )
    };
    made.iter().enumerate().map(promise).collect()
}

fn made_up(n_invoices: u64, n_customers: u64) -> Ledger {
    let params = GenerateParams {
        n_customers: Some(n_customers),
        ..GenerateParams::new(n_invoices, 12, 3)
    };
    let generated = generate(&params.check().unwrap());
    let records = generated.tables.iter();
    let records = records.fold(Records::default(), |records, table| records.with(table).unwrap());
    Ledger::from_records(records, day("2025-12-31")).value.0
}

#[test]
fn a_panel_of_many_days_equals_panels_of_single_days() {
    // Every day starts from where the day before ended; facts that become known late must still find their place, and
    // promises are judged again only where something can have changed.
    let later = prop::collection::vec(prop::option::weighted(0.4, 0..120_i32), 11);
    let unit = prop_oneof![Just(Unit::Invoice), Just(Unit::Customer)];
    let made = (
        any::<prop::sample::Index>(),
        0..60_i32,
        0..40_i32,
        1..20_000_i64,
        any::<bool>(),
        0..50_i32,
    );
    let made = prop::collection::vec(made, 0..6);
    proptest!(cases(200), |(lines in ledger_lines(), later in later, made in made, unit in unit, days_late in 0..40_i32)| {
        let text = [posted_later(&lines, &later), promises(&lines, &made).join("\n")].join("\n");
        let ledger = ledger(&text);
        let params = LabelParams::new(unit, days_late).check().unwrap();
        let days = month_ends(Month::new(2024, 1), 14);
        let known = AsOf(day("2025-01-31"));
        let (all_rows, all_bits, all_labels) = content(&ledger, &Panel::build(&ledger, &days, &params), known);
        let n_features = Feature::of(unit).len();
        for as_of in days {
            let (rows, bits, labels) = content(&ledger, &Panel::build(&ledger, &[as_of], &params), known);
            let of_day: Vec<usize> = (0..all_rows.len()).filter(|&row| all_rows[row].as_of == as_of).collect();
            let bits_of_day: Vec<u64> =
                of_day.iter().flat_map(|&row| &all_bits[row * n_features..(row + 1) * n_features]).copied().collect();
            prop_assert_eq!(rows, of_day.iter().map(|&row| all_rows[row]).collect::<Vec<_>>());
            prop_assert_eq!(bits, bits_of_day);
            prop_assert_eq!(labels, of_day.iter().map(|&row| all_labels[row]).collect::<Vec<_>>());
        }
    });
}

#[test]
fn a_payment_that_becomes_known_after_a_later_one_still_settles_on_its_own_day() {
    // 60.00 came on 5 February and 40.00 on 20 February; the books knew of the first only in March.
    let ledger = ledger(
        "invoice a acme issued 2024-01-01 due 2024-01-31 100.00 EUR
         payment p acme on 2024-02-05 60.00 -> a posted 2024-03-10
         payment q acme on 2024-02-20 40.00 -> a
         invoice b acme issued 2024-01-01 due 2024-12-31 50.00 EUR",
    );
    let params = LabelParams::new(Unit::Invoice, 10).check().unwrap();
    let panel = Panel::build(&ledger, &month_ends(Month::new(2024, 2), 2), &params);
    let column = Feature::of(Unit::Invoice)
        .iter()
        .position(|feature| *feature == Feature::DaysLateMeanAll)
        .unwrap();
    let at_stake: Vec<f64> = panel.rows().iter().map(|row| row.at_stake).collect();
    // At the end of February 60.00 of `a` are open; at the end of March only `b`.
    assert_eq!(at_stake, [100.0 - 40.0, 50.0, 50.0]);
    assert!(panel.x()[[0, column]].is_nan());
    assert_eq!(panel.x()[[2, column]], 20.0);
}

#[test]
fn days_may_come_in_any_order_and_twice() {
    let ledger = made_up(300, 20);
    let params = LabelParams::new(Unit::Customer, 30).check().unwrap();
    let days = month_ends(Month::new(2025, 3), 4);
    let shuffled = [days[2], days[0], days[3], days[1], days[0]];
    let known = AsOf(day("2025-12-31"));
    let panel = |days: &[AsOf]| content(&ledger, &Panel::build(&ledger, days, &params), known);
    assert_eq!(panel(&shuffled), panel(&days));
}

#[test]
fn the_parts_are_the_panel_in_order_on_any_number_of_cores() {
    let ledger = made_up(9_000, 5_000);
    let days = month_ends(Month::new(2025, 1), 6);
    let known = AsOf(day("2025-12-31"));
    for unit in [Unit::Invoice, Unit::Customer] {
        let params = LabelParams::new(unit, 30).check().unwrap();
        let whole = content(&ledger, &Panel::build(&ledger, &days, &params), known);
        for n_threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            let mut parts = Vec::new();
            let built = pool.install(|| {
                let make = |part: Panel, facts: &Facts<'_>| {
                    let labels = label::outcomes_of_part(facts, &part, known);
                    let (rows, bits, same_labels) = content(&ledger, &part, known);
                    assert_eq!(labels, same_labels);
                    (rows, bits, labels)
                };
                Panel::build_in_parts(&ledger, &days, &params, make, |part| {
                    parts.push(part);
                    Ok::<(), ()>(())
                })
            });
            assert_eq!(built, Ok(()));
            // 5,000 customers, at most 2,048 in a part.
            assert_eq!(parts.len(), 3);
            let (mut rows, mut bits, mut labels) = (Vec::new(), Vec::new(), Vec::new());
            for part in parts {
                rows.extend(part.0);
                bits.extend(part.1);
                labels.extend(part.2);
            }
            assert!((rows, bits, labels) == whole, "{unit:?} on {n_threads} threads");
        }
    }
}

#[test]
fn no_part_is_taken_after_an_error() {
    let ledger = made_up(9_000, 5_000);
    let params = LabelParams::new(Unit::Customer, 30).check().unwrap();
    let mut n_taken = 0;
    let stopped = Panel::build_in_parts(
        &ledger,
        &month_ends(Month::new(2025, 6), 1),
        &params,
        |_, _| (),
        |()| {
            n_taken += 1;
            if n_taken == 2 { Err("full") } else { Ok(()) }
        },
    );
    assert_eq!((stopped, n_taken), (Err("full"), 2));
}

#[test]
fn a_panel_as_a_table_has_its_labels_and_is_null_where_a_feature_is_missing() {
    let ledger = ledger(
        "invoice a acme issued 2024-01-01 due 2024-02-10 100.00 EUR
         payment a acme on 2024-02-25 100.00 -> a
         invoice b acme issued 2024-02-01 due 2024-04-20 40.00 EUR",
    );
    let params = LabelParams::new(Unit::Invoice, 10).check().unwrap();
    let panel = Panel::build(&ledger, &month_ends(Month::new(2024, 1), 2), &params);
    let labels = label::outcomes(&ledger, &panel, AsOf(day("2024-03-31")));
    let table = panel.table(&ledger, &labels);
    let texts = |name: &str| -> Vec<String> {
        let column = table.data(name).unwrap();
        (0..table.n_rows()).map(|row| column.text(row)).collect()
    };
    assert_eq!(texts("customer_id"), ["acme", "acme"]);
    assert_eq!(texts("invoice_id"), ["a", "b"]);
    assert_eq!(texts("instalment"), ["1", "1"]);
    assert_eq!(texts("as_of"), ["2024-01-31", "2024-02-29"]);
    assert_eq!(texts("standing"), ["new", "known"]);
    assert_eq!(texts("at_stake"), ["100", "40"]);
    assert_eq!(texts("outcome"), ["bad", "too_young"]);
    assert_eq!(texts("matures_on"), ["2024-02-20", "2024-04-30"]);
    assert_eq!(texts("days_late_mean_all"), ["", "15"]);
    assert_eq!(texts("in_dispute"), ["", ""]);
    let features: Vec<&str> = table.columns()[9..].iter().map(|column| column.name.as_str()).collect();
    let catalogue = Feature::of(Unit::Invoice);
    assert_eq!(
        features,
        catalogue.iter().map(|feature| feature.entry().name).collect::<Vec<_>>()
    );
    // The head of a file that is written in parts has the same columns.
    let head = Panel::empty(&params, panel.days()).table(&ledger, &[]);
    assert_eq!(head.n_rows(), 0);
    for (head, column) in head.columns().iter().zip(table.columns()) {
        assert_eq!((&head.name, head.data.kind()), (&column.name, column.data.kind()));
    }
}
