//! A calibration learnt anew from later months: it means what it says again, adds up as before, and is refused where nothing supports it.

use arrears::calendar::{AsOf, Month};
use arrears::features::{Panel, Unit};
use arrears::ledger::Ledger;
use arrears::risk::calibrate::{Calibration, Line};
use arrears::risk::{Choice, Fitted, Model, RecalibrateError, RecalibrateParams, recalibrate, registry};
use arrears::scoring::score;
use ndarray::Axis;

use super::explaining::{every_estimator, scorecard};
use super::training::generated_by_month;
use crate::support::day;

/// A third of 90 customers pays late often, the others seldom; from `turn` on all of them more often, in the same order.
fn ledger(turn: usize) -> Ledger {
    generated_by_month(90, 28, |customer, month, random| {
        let chance = match (month >= turn, customer % 3) {
            (false, 0) => 0.4,
            (false, _) => 0.05,
            (true, 0) => 0.8,
            (true, _) => 0.3,
        };
        if random < chance { 20 } else { -((random * 10.0) as i32) }
    })
}

const TRAINED: &str = "2023-03-31";

fn card(ledger: &Ledger) -> Model {
    scorecard(ledger, TRAINED, Unit::Invoice)
}

fn months(from: Month, to: Month) -> RecalibrateParams {
    RecalibrateParams {
        days: from.through(to).map(|month| AsOf(month.last())).collect(),
        of_hash: "abc".to_owned(),
        keep_refused: false,
    }
}

fn later() -> RecalibrateParams {
    months(Month::new(2023, 4), Month::new(2023, 10))
}

const KNOWN: AsOf = AsOf(arrears::calendar::Day::LATEST);

#[test]
fn a_shifted_level_is_corrected_without_touching_the_model() {
    let ledger = ledger(15);
    for (choice, before) in every_estimator(&ledger, TRAINED) {
        let after = recalibrate(&ledger, KNOWN, &before, &later()).unwrap();
        let found = after.recalibrated.as_ref().unwrap();
        assert_eq!((found.of.as_str(), found.of_hash.as_str()), ("test/unsaved", "abc"));
        let (old, new) = (found.trial.before, found.trial.after);
        assert!(
            new.log_loss < old.log_loss,
            "{choice:?}: {} {}",
            old.log_loss,
            new.log_loss
        );
        let bad_rate = found.trial.n_bad as f64 / found.trial.n as f64;
        assert!(
            (new.probability - bad_rate).abs() < (old.probability - bad_rate).abs(),
            "{choice:?}"
        );
        // What it says is a line on what the old one said.
        let panel = Panel::build(&ledger, &[AsOf(day("2023-10-31"))], &before.check().unwrap());
        let (was, is) = (before.log_odds(panel.x().view()), after.log_odds(panel.x().view()));
        for (was, is) in was.iter().zip(&is) {
            assert!((found.line.apply(*was) - is).abs() < 1e-9, "{choice:?}");
        }
        if choice != Choice::Scorecard {
            assert!(after.champion == before.champion, "{choice:?}");
        }
        let card = after.card();
        assert!(
            card.contains("## Calibrated anew from test/unsaved") && card.contains("| old |"),
            "{card}"
        );
    }
}

#[test]
fn a_card_calibrated_anew_still_adds_up_by_hand() {
    let ledger = ledger(15);
    let after = recalibrate(&ledger, KNOWN, &card(&ledger), &later()).unwrap();
    let Fitted::Scorecard(card) = &after.champion else {
        panic!("a card stays a card");
    };
    assert_eq!(after.calibration, Calibration::NONE);
    let as_of = AsOf(day("2023-10-31"));
    let panel = Panel::build(&ledger, &[as_of], &after.check().unwrap());
    let scores = score(&ledger, as_of, &after).unwrap().value;
    for (score, x) in scores.rows.iter().zip(panel.x().axis_iter(Axis(0))) {
        if score.basis == arrears::scoring::Basis::AlreadyLate {
            continue;
        }
        let by_hand: f64 = card
            .characteristics
            .iter()
            .map(|feature| card.points_of(feature, feature.binning.bin(x[feature.column])))
            .sum();
        assert_eq!(score.points, by_hand);
        // Points and probability are the same statement, up to half a point for each feature.
        let from_odds = card.scale.at_log_odds(arrears::risk::log_odds(score.probability));
        assert!((from_odds - by_hand).abs() <= 0.5 * card.characteristics.len() as f64);
    }
}

#[test]
fn without_enough_later_events_or_a_gain_the_old_calibration_stays() {
    let ledger = ledger(15);
    let before = card(&ledger);
    // What ended by the day of training the model has seen.
    let seen = recalibrate(
        &ledger,
        KNOWN,
        &before,
        &months(Month::new(2022, 10), Month::new(2022, 12)),
    );
    match seen.unwrap_err() {
        RecalibrateError::TooFewEvents {
            n_good: 0,
            n_bad: 0,
            n_early,
            ..
        } => assert!(n_early > 0),
        other => panic!("{other}"),
    }
    let one = months(Month::new(2023, 10), Month::new(2023, 10));
    let error = recalibrate(&ledger, AsOf(day("2023-10-31")), &before, &one)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("not enough events: found 0 good and 0 bad later rows whose outcome is known"),
        "{error}"
    );
    let error = recalibrate(&ledger, AsOf(day("2023-03-31")), &before, &later())
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "found no month end on or before 2023-03-31 among the months asked for"
    );
    // A ledger that got worse and better again: what was learnt from the worse months does not hold in the better ones.
    let and_back = generated_by_month(90, 28, |customer, month, random| {
        let chance = match ((14..19).contains(&month), customer % 3) {
            (true, _) => 0.9,
            (false, 0) => 0.7,
            (false, _) => 0.2,
        };
        if random < chance { 20 } else { -((random * 10.0) as i32) }
    });
    let before = card(&and_back);
    let error = recalibrate(&and_back, KNOWN, &before, &later()).unwrap_err();
    assert!(matches!(error, RecalibrateError::NoBetter { .. }), "{error}");
    assert!(
        error.to_string().starts_with("the old calibration stays: on "),
        "{error}"
    );
    let kept = RecalibrateParams {
        keep_refused: true,
        ..later()
    };
    assert!(recalibrate(&and_back, KNOWN, &before, &kept).is_ok());
}

#[test]
fn a_calibration_after_another_is_one_after_the_other() {
    let (first, second) = (
        Line {
            intercept: 0.3,
            slope: 1.2,
        },
        Line {
            intercept: -0.1,
            slope: 0.8,
        },
    );
    let isotonic = Calibration::Isotonic(vec![(-2.0, -1.5), (0.0, 0.5), (1.0, 0.7)]);
    for calibration in [
        Calibration::NONE,
        Calibration::Line(first),
        isotonic.clone(),
        isotonic.revised(first),
    ] {
        let revised = calibration.clone().revised(second);
        for value in [-5.0, -2.0, -0.7, 0.0, 0.4, 1.0, 6.0] {
            let expected = second.apply(calibration.apply(value));
            assert!(
                (revised.apply(value) - expected).abs() < 1e-12,
                "{calibration:?} at {value}"
            );
        }
    }
}

#[test]
fn a_version_calibrated_anew_is_kept_with_where_it_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(15);
    let mut first = card(&ledger);
    registry::store(folder.path(), &mut first).unwrap();
    let opened = registry::open(&folder.path().join("test/v1")).unwrap();
    let params = RecalibrateParams {
        of_hash: opened.sha256.clone(),
        ..later()
    };
    let mut second = recalibrate(&ledger, KNOWN, &opened.model, &params).unwrap();
    let place = registry::store(folder.path(), &mut second).unwrap();
    let loaded = registry::load(&place).unwrap();
    assert!(loaded == second);
    let from = loaded.recalibrated.unwrap();
    assert_eq!(
        (loaded.version, from.of.as_str(), from.of_hash),
        (2, "test/v1", opened.sha256)
    );
}
