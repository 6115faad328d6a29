//! Published numbers of scorecards.

use arrears::features::catalogue::Sign;
use arrears::ids::CustomerIx;
use arrears::risk::binning::{Binning, information_value, weight_of_evidence};
use arrears::risk::calibrate::{Calibration, Line};
use arrears::risk::measures::{Clusters, Measure, Sample};
use arrears::risk::scorecard::Scale;

/// German credit data, checking status: (good, bad) of no account, 200 DM or more, 0 to 200 DM, below 0.
const CHECKING_STATUS: [(f64, f64); 4] = [(348.0, 46.0), (49.0, 14.0), (164.0, 105.0), (139.0, 135.0)];

#[test]
fn german_credit_has_its_published_weights_of_evidence() {
    let published = [-1.176263, -0.405465, 0.401392, 0.818099];
    for ((good, bad), expected) in CHECKING_STATUS.into_iter().zip(published) {
        let woe = weight_of_evidence(good, bad, 700.0, 300.0).unwrap();
        assert!((woe - expected).abs() < 5e-7, "{woe} is not {expected}");
    }
    let value = information_value(&CHECKING_STATUS).unwrap();
    assert!((value - 0.666012).abs() < 5e-7, "{value}");
    assert_eq!(weight_of_evidence(0.0, 5.0, 10.0, 10.0), None);
}

#[test]
fn points_follow_the_published_scales() {
    let scale = |base_points, base_odds, points_to_double| Scale {
        base_points,
        base_odds,
        points_to_double,
    };
    let six_hundred = scale(600.0, 19.0, 50.0);
    assert!((six_hundred.factor() - 72.134_752_0).abs() < 5e-8);
    assert!((six_hundred.offset() - 387.603_624_3).abs() < 5e-8);
    let seven_fifty = scale(750.0, 35.0, 60.0);
    assert!((seven_fifty.factor() - 86.561_702_5).abs() < 5e-8);
    assert!((seven_fifty.offset() - 442.243_019_0).abs() < 5e-8);
    let three_hundred = scale(300.0, 50.0, 25.0);
    for (odds, points) in [(50.0, 300.0), (100.0, 325.0), (200.0, 350.0), (25.0, 275.0)] {
        assert!((three_hundred.points(odds) - points).abs() < 1e-9);
    }
}

#[test]
fn bad_rates_rise_over_the_bins_of_a_rising_feature() {
    // Risk falls in the middle: a rising feature must not follow it.
    let values: Vec<f64> = (0..3_000).map(|row| f64::from(row % 30)).collect();
    let bad: Vec<bool> = (0..3_000_usize)
        .map(|row| match row % 30 {
            0..10 => row % 7 == 0,
            10..20 => row % 11 == 0,
            _ => row % 3 == 0,
        })
        .collect();
    for (sign, is_allowed) in [
        (Sign::Rising, (|a, b| a <= b) as fn(f64, f64) -> bool),
        (Sign::Falling, |a, b| a >= b),
    ] {
        let binning = Binning::fit(&values, &bad, sign);
        let rates: Vec<f64> = binning.bins.iter().map(|bin| bin.n_bad as f64 / bin.n as f64).collect();
        assert!(rates.is_sorted_by(|a, b| is_allowed(*a, *b)), "{rates:?}");
        assert_eq!(binning.bins.iter().map(|bin| bin.n).sum::<usize>(), 3_000);
    }
    assert!(Binning::fit(&values, &bad, Sign::Free).bins.len() >= 3);
}

#[test]
fn constant_and_missing_features_weigh_nothing() {
    let bad: Vec<bool> = (0..200).map(|row| row % 4 == 0).collect();
    for value in [1.0, f64::NAN] {
        let binning = Binning::fit(&[value; 200], &bad, Sign::Rising);
        assert!(binning.bin(value).woe.abs() < 0.02, "{binning:?}");
        assert!(binning.information_value < 0.001);
        // A value never seen falls into a bin all the same, and a few missing ones weigh nothing.
        assert!(binning.bin(1e12).woe.is_finite());
        assert!(binning.bin(f64::NAN).woe.is_finite());
    }
}

#[test]
fn turning_the_probabilities_round_turns_auc_round() {
    let p = [0.1, 0.4, 0.35, 0.8, 0.8, 0.2];
    let bad = [false, false, true, true, false, true];
    let at_stake = [10.0; 6];
    let turned: Vec<f64> = p.iter().map(|p| 1.0 - p).collect();
    let auc = |p: &[f64]| Sample::new(p, &bad, &at_stake).measure(&[1.0; 6])[Measure::Auc as usize].unwrap();
    // Pairs (bad, good): .35 beats .1; .8 beats .1 and .4 and ties .8; .2 beats .1: 4.5 of 9.
    assert_eq!(auc(&p), 4.5 / 9.0);
    assert!((auc(&p) + auc(&turned) - 1.0).abs() < 1e-12);
}

#[test]
fn a_draw_takes_all_rows_of_a_customer_together() {
    let customers: Vec<CustomerIx> = (0..100).map(|row| CustomerIx(row / 4)).collect();
    let clusters = Clusters::of(&customers);
    for draw in 0..50 {
        let weights = clusters.weights(draw, 7);
        assert_eq!(weights.iter().sum::<f64>(), 100.0);
        assert!(
            weights
                .chunks(4)
                .all(|rows| rows.iter().all(|weight| *weight == rows[0]))
        );
        assert_eq!(weights, Clusters::of(&customers).weights(draw, 7));
        assert_ne!(weights, clusters.weights(draw, 8));
    }
}

#[test]
fn calibration_takes_back_what_a_model_is_too_sure_of() {
    // Log-odds of 2 and -2 that happen as often as log-odds of 1 and -1: slope one half.
    let share = 1.0 / (1.0 + (-1.0_f64).exp());
    let (mut log_odds, mut bad) = (Vec::new(), Vec::new());
    for row in 0..20_000 {
        let is_high = row % 2 == 0;
        let rank = f64::from(row / 2) / 10_000.0;
        log_odds.push(if is_high { 2.0 } else { -2.0 });
        bad.push(if is_high { rank < share } else { rank < 1.0 - share });
    }
    let line = Line::fit(&log_odds, &bad);
    assert!(
        (line.slope - 0.5).abs() < 0.01 && line.intercept.abs() < 0.01,
        "{line:?}"
    );
    assert_eq!(Calibration::fit(&log_odds[..40], &bad[..40]), Calibration::NONE);
    assert!(matches!(
        Calibration::fit(&log_odds[..1_500], &bad[..1_500]),
        Calibration::Line(_)
    ));
    // With many events the two levels are read off as they happened.
    let isotonic = Calibration::fit(&log_odds, &bad);
    assert!(matches!(isotonic, Calibration::Isotonic(_)));
    for (raw, expected) in [(2.0, 1.0), (-2.0, -1.0), (0.0, 0.0), (3.0, 2.0)] {
        assert!(
            (isotonic.apply(raw) - expected).abs() < 0.01,
            "{raw}: {}",
            isotonic.apply(raw)
        );
    }
}

#[test]
fn an_isotonic_calibration_keeps_the_order_and_means_what_it_says() {
    // A model whose log-odds are right in the middle and far too sure at the ends.
    let chance = |raw: f64| 1.0 / (1.0 + (-(raw / 2.0).tanh() * 2.0).exp());
    let log_odds: Vec<f64> = (0..20_000).map(|row| f64::from(row % 2_000) / 250.0 - 4.0).collect();
    let bad: Vec<bool> = (0..20_000)
        .map(|row| f64::from(row * 7_919 % 20_000) / 20_000.0 < chance(log_odds[row as usize]))
        .collect();
    let calibration = Calibration::fit(&log_odds, &bad);
    let ladder: Vec<f64> = (-50..=50)
        .map(|step| calibration.apply(f64::from(step) / 10.0))
        .collect();
    assert!(ladder.is_sorted_by(|a, b| a < b), "{ladder:?}");
    for raw in [-3.0, -1.0, 0.0, 1.0, 3.0_f64] {
        let p = 1.0 / (1.0 + (-calibration.apply(raw)).exp());
        assert!((p - chance(raw)).abs() < 0.05, "{raw}: {p} is not {}", chance(raw));
    }
}
