//! Monitoring: what moved is found, what did not is not, and what is not known yet is only estimated.

use arrears::calendar::{AsOf, Day, Month};
use arrears::features::{LabelParams, Unit};
use arrears::ledger::Ledger;
use arrears::risk::monitor::estimate::Expected;
use arrears::risk::monitor::stability::{Shift, Stability, index_of_shares};
use arrears::risk::monitor::{Drift, MonitorError, MonitorParams, Monitoring, monitor};
use arrears::risk::{Model, TrainParams, train};
use arrears::table::Table;
use proptest::prelude::*;

use super::training::generated_by_month;
use crate::support::day;

#[test]
fn the_index_of_two_halves_that_become_six_and_four_tenths() {
    // 0.1 ln 1.2 - 0.1 ln 0.8 = 0.1 ln 1.5
    let index = index_of_shares(&[0.5, 0.5], &[0.6, 0.4]);
    assert!((index - 0.1 * 1.5_f64.ln()).abs() < 1e-12);
    assert!((index - 0.040_546_5).abs() < 1e-7);
}

#[test]
fn bins_are_the_baselines_values_with_half_a_row_in_each() {
    let baseline = [vec![0.0; 5], vec![1.0; 5]].concat();
    let current = [vec![0.0; 6], vec![1.0; 3], vec![2.0; 1]].concat();
    let stability = Stability::of(&baseline, &current);
    // Three bins are filled: (5.5, 5.5, 0.5) of 11.5 against (6.5, 3.5, 1.5) of 11.5.
    let share = |rows: f64| rows / 11.5;
    let expected = index_of_shares(
        &[share(5.5), share(5.5), share(0.5)],
        &[share(6.5), share(3.5), share(1.5)],
    );
    assert!((stability.index.unwrap() - expected).abs() < 1e-12);
    assert_eq!((stability.n_bins, stability.n_unseen), (3, 1));
    // The 95% point of chi-squared with two degrees is -2 ln 0.05.
    let band = -2.0 * 0.05_f64.ln() * (1.0 / 10.0 + 1.0 / 10.0);
    assert!((stability.sampling_band.unwrap() - band).abs() < 1e-6);
    assert_eq!(stability.shift(), Shift::None);
}

#[test]
fn missing_values_are_a_bin_and_an_empty_side_has_no_index() {
    let baseline: Vec<f64> = (0..1_000).map(f64::from).collect();
    let current: Vec<f64> = (0..1_000)
        .map(|n| if n < 500 { f64::NAN } else { f64::from(2 * (n - 500)) })
        .collect();
    let stability = Stability::of(&baseline, &current);
    assert_eq!(stability.missing_current, Some(0.5));
    assert_eq!(stability.shift(), Shift::Large);
    assert_eq!(Stability::of(&baseline, &[]).index, None);
    assert_eq!(Stability::of(&[], &baseline).shift(), Shift::Unknown);
}

proptest! {
    #[test]
    fn nothing_moved_where_both_sides_are_the_same(values in prop::collection::vec(prop_oneof![Just(f64::NAN), -5.0..5.0], 1..300)) {
        let stability = Stability::of(&values, &values);
        prop_assert!(stability.index.unwrap().abs() < 1e-12);
        prop_assert_eq!(stability.shift(), Shift::None);
    }

    #[test]
    fn the_index_is_never_negative(
        a in prop::collection::vec(-5.0..5.0, 1..200),
        b in prop::collection::vec(-5.0..5.0, 1..200),
    ) {
        prop_assert!(Stability::of(&a, &b).index.unwrap() >= 0.0);
    }
}

#[test]
fn two_rows_expect_what_their_probabilities_say() {
    let expected = Expected::of(&[0.9, 0.1]);
    assert!((expected.n_bad - 1.0).abs() < 1e-12);
    // The first is bad and the second good with 0.81; each ties with itself with 0.09.
    assert!((expected.auc.unwrap() - (0.81 + 0.09)).abs() < 1e-12);
    assert!((expected.brier.unwrap() - 0.09).abs() < 1e-12);
    assert_eq!(Expected::of(&[]).log_loss, None);
}

/// A third of 90 customers pays late often, the others seldom; from `turn` on everybody pays late as often as `then` says.
fn ledger(turn: usize, then: f64) -> Ledger {
    generated_by_month(90, 28, |customer, month, random| {
        let chance = match (month >= turn, customer % 3) {
            (true, _) => then,
            (false, 0) => 0.6,
            (false, _) => 0.05,
        };
        if random < chance { 20 } else { -((random * 10.0) as i32) }
    })
}

fn model(ledger: &Ledger, unit: Unit) -> Model {
    let mut params = TrainParams::new("test", LabelParams::new(unit, 10));
    params.n_draws = 50;
    train(ledger, AsOf(day("2023-03-31")), &params.check().unwrap())
        .unwrap()
        .value
        .model
}

fn months(from: Month, to: Month) -> Vec<AsOf> {
    from.through(to).map(|month| AsOf(month.last())).collect()
}

fn monitored(ledger: &Ledger, known: Day, model: &Model) -> Result<Monitoring, MonitorError> {
    let params = MonitorParams {
        baseline: months(Month::new(2022, 12), Month::new(2023, 3)),
        current: months(Month::new(2023, 5), Month::new(2023, 8)),
        n_draws: 100,
        seed: 7,
    };
    monitor(ledger, AsOf(known), model, None, &params)
}

fn column(table: &Table, name: &str) -> Vec<String> {
    let data = table.column(name).unwrap();
    (0..table.n_rows()).map(|row| data.text(row)).collect()
}

#[test]
fn a_model_of_customers_that_stayed_the_same_still_means_what_it_says() {
    let ledger = ledger(usize::MAX, 0.0);
    let model = model(&ledger, Unit::Invoice);
    let found = monitored(&ledger, day("2023-12-31"), &model).unwrap();
    assert_eq!(found.drift(), Drift::NoneFound);
    // Pasts grow longer from month to month, and so the score moves; far less than where customers turn bad.
    let turned = monitored(&self::ledger(15, 0.6), day("2023-12-31"), &model).unwrap();
    assert!(found.score.index.unwrap() < turned.score.index.unwrap() / 2.0);
    assert_eq!(found.is_sound(), found.score.shift() != Shift::Large);
    assert_eq!(found.expected.n, 0);
    let names: Vec<String> = found.tables().iter().map(|table| table.name().to_owned()).collect();
    assert_eq!(names, ["stability", "calibration", "performance", "expected"]);
}

#[test]
fn customers_who_turn_bad_show_as_a_drift_and_as_a_shift() {
    let ledger = ledger(15, 0.6);
    let model = model(&ledger, Unit::Invoice);
    let found = monitored(&ledger, day("2023-12-31"), &model).unwrap();
    assert_eq!(found.drift(), Drift::TooHopeful);
    assert!(!found.is_sound());
    let calibration = found.calibration_table();
    assert_eq!(column(&calibration, "population"), ["baseline", "current"]);
    assert_eq!(column(&calibration, "drift")[1], "too hopeful");
    let farthest = &found.features[0];
    assert_eq!(farthest.1.shift(), Shift::Large, "{}", farthest.0);
}

#[test]
fn before_outcomes_are_known_they_are_estimated_and_not_measured() {
    let ledger = ledger(usize::MAX, 0.0);
    let model = model(&ledger, Unit::Customer);
    let found = monitored(&ledger, day("2023-08-31"), &model).unwrap();
    let current = &found.populations[1];
    assert!(found.expected.n > 0 && current.n_known + found.expected.n <= current.n_rows);
    let auc = found.expected.auc.unwrap();
    assert!((0.5..1.0).contains(&auc), "{auc}");
}

#[test]
fn a_challenger_of_another_label_and_months_without_rows_are_refused() {
    let ledger = ledger(usize::MAX, 0.0);
    let (champion, other) = (model(&ledger, Unit::Invoice), model(&ledger, Unit::Customer));
    let params = MonitorParams {
        baseline: months(Month::new(2022, 7), Month::new(2023, 2)),
        current: Vec::new(),
        n_draws: 10,
        seed: 7,
    };
    let known = AsOf(day("2023-12-31"));
    let error = monitor(&ledger, known, &champion, Some(&other), &params).unwrap_err();
    assert!(matches!(error, MonitorError::OtherLabel { .. }), "{error}");
    let error = monitor(&ledger, known, &champion, None, &params).unwrap_err();
    assert_eq!(error, MonitorError::NoMonth { which: "current" });
    let beside = MonitorParams {
        current: months(Month::new(2023, 5), Month::new(2023, 6)),
        ..params
    };
    let found = monitor(&ledger, known, &champion, Some(&champion), &beside).unwrap();
    let table = found.challenger_table().unwrap();
    assert!(
        column(&table, "more").iter().all(|more| more == "0"),
        "{:?}",
        column(&table, "more")
    );
}
