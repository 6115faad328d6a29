//! One battery for every estimator: what it must bear, refuse, recover, explain and keep.

use arrears::calendar::Day;
use arrears::features::{Feature, Unit};
use arrears::ids::CustomerIx;
use arrears::risk::measures::{Measure, Sample};
use arrears::risk::split::rolling;
use arrears::risk::{
    BoostingParams, Choice, Column, Estimator, Fit, FitError, Fitted, Rows, ScorecardParams, baseline, probability,
};
use hessboost::model::{BoostedModel, Iterations, ModelFormat};
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::support::day;

/// Features of the rows below: a rising one, a falling one, one without a sign, one that says nothing.
const FEATURES: [Feature; 4] = [
    Feature::LateShareAll,
    Feature::TenureDays,
    Feature::DueDayOfMonth,
    Feature::Amount,
];

/// Rows of 12 month ends whose probability of ending badly `chance` knows.
pub(super) fn rows_of(n: usize, seed: u64, chance: impl Fn(&[f64]) -> f64) -> (Rows, Vec<f64>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut uniform = || random.next_u64() as f64 / u64::MAX as f64;
    let (mut x, mut bad, mut chances) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..n {
        let row = [
            0.01 + 0.98 * uniform(),
            (2_000.0 * uniform()).floor(),
            (1.0 + 31.0 * uniform()).floor(),
            1_000.0 * uniform(),
        ];
        let p = chance(&row);
        bad.push(uniform() < p);
        chances.push(p);
        x.extend(row);
    }
    let first = day("2023-01-31");
    let days: Vec<Day> = (0..n).map(|row| first + 30 * (row * 12 / n) as i32).collect();
    let rows = Rows {
        columns: FEATURES.into_iter().map(Column::of).collect(),
        x: Array2::from_shape_vec((n, FEATURES.len()), x).unwrap(),
        bad,
        customers: (0..n).map(|row| CustomerIx(row as u32 % 400)).collect(),
        matures_on: days.iter().map(|&day| day + 10).collect(),
        days,
        at_stake: vec![100.0; n],
    };
    (rows, chances)
}

/// Log-odds that every estimator can come close to: a sum of a rising and a falling effect and a step in the month.
pub(super) fn known_chance(row: &[f64]) -> f64 {
    let late_month = if row[2] > 20.0 { 0.8 } else { 0.0 };
    probability(-2.5 + 3.0 * row[0] - row[1] / 1_000.0 + late_month)
}

fn estimators() -> Vec<Box<dyn Estimator>> {
    let each = Choice::ESTIMATORS.into_iter();
    each.flat_map(|choice| choice.estimators(ScorecardParams::default(), 1))
        .collect()
}

fn everything(rows: &Rows) -> Vec<Box<dyn Estimator>> {
    estimators().into_iter().chain(baseline::all(rows)).collect()
}

fn tuned(estimator: &dyn Estimator, rows: &Rows) -> Fit {
    estimator.tuned(rows, &rolling(rows, 1)).unwrap().fit(rows).unwrap()
}

fn auc(model: &Fitted, rows: &Rows) -> f64 {
    let p: Vec<f64> = model.log_odds(rows.x.view()).into_iter().map(probability).collect();
    Sample::new(&p, &rows.bad, &rows.at_stake).measure(&vec![1.0; rows.n()])[Measure::Auc as usize].unwrap()
}

#[test]
fn known_probabilities_are_recovered() {
    let (train, _) = rows_of(6_000, 1, known_chance);
    let (test, chances) = rows_of(6_000, 2, known_chance);
    for estimator in estimators() {
        let fit = tuned(estimator.as_ref(), &train);
        let p: Vec<f64> = fit.model.log_odds(test.x.view()).into_iter().map(probability).collect();
        let error = p
            .iter()
            .zip(&chances)
            .map(|(p, chance)| (p - chance).abs())
            .sum::<f64>()
            / p.len() as f64;
        // The forest's means lie closer to the average than the truth does; all others are within four points.
        let most = if estimator.name() == "forest" { 0.05 } else { 0.04 };
        assert!(
            error < most,
            "{}: mean error of the probability {error:.4}",
            estimator.name()
        );
        let best =
            Sample::new(&chances, &test.bad, &test.at_stake).measure(&vec![1.0; test.n()])[Measure::Auc as usize];
        assert!(
            auc(&fit.model, &test) > best.unwrap() - 0.02,
            "{}: AUC {:.3} against the truth's {best:?}",
            estimator.name(),
            auc(&fit.model, &test)
        );
    }
}

#[test]
fn without_signal_new_rows_are_ranked_by_chance() {
    let (train, _) = rows_of(3_000, 3, |_| 0.2);
    let (test, _) = rows_of(3_000, 4, |_| 0.2);
    for estimator in estimators() {
        let fit = match estimator.tuned(&train, &rolling(&train, 1)).unwrap().fit(&train) {
            Err(error) if error.is_without_signal() => continue,
            fit => fit.unwrap(),
        };
        let auc = auc(&fit.model, &test);
        assert!(
            (auc - 0.5).abs() < 0.05,
            "{}: AUC {auc:.3} of nothing",
            estimator.name()
        );
    }
}

#[test]
fn reference_and_parts_add_up_to_the_log_odds() {
    let (rows, _) = rows_of(2_000, 5, known_chance);
    for estimator in everything(&rows) {
        let model = tuned(estimator.as_ref(), &rows).model;
        let parts = model.explain(rows.x.view());
        for (parts, log_odds) in parts.outer_iter().zip(model.log_odds(rows.x.view())) {
            let sum = model.expected_log_odds() + parts.sum();
            // Parts are single precision; next to a probability of nothing the log-odds of a vote magnify that.
            let has_votes = ["forest", "blend"].contains(&estimator.name());
            let most = if has_votes { 1e-2 } else { 1e-4 };
            assert!(
                (sum - log_odds).abs() < most,
                "{}: {sum} is not {log_odds}",
                estimator.name()
            );
        }
    }
}

#[test]
fn no_model_moves_against_a_sign_that_the_catalogue_knows() {
    let (rows, _) = rows_of(2_000, 6, |row| 0.2 + 0.4 * row[0] + 0.15 * (row[0] * 20.0).sin());
    for estimator in estimators()
        .into_iter()
        .filter(|estimator| !["logistic", "forest", "blend"].contains(&estimator.name()))
    {
        let model = tuned(estimator.as_ref(), &rows).model;
        let mut ladder = Array2::from_shape_fn((101, 4), |(_, column)| rows.x[[0, column]]);
        for (step, mut row) in ladder.outer_iter_mut().enumerate() {
            row[0] = step as f64 / 100.0;
        }
        let log_odds = model.log_odds(ladder.view());
        assert!(
            log_odds.is_sorted_by(|a, b| a <= &(b + 1e-6)),
            "{}: {log_odds:?}",
            estimator.name()
        );
    }
}

#[test]
fn a_model_read_back_says_the_same_to_the_last_bit() {
    let (rows, _) = rows_of(1_500, 7, known_chance);
    for estimator in everything(&rows) {
        let model = tuned(estimator.as_ref(), &rows).model;
        let text = serde_json::to_string(&model).unwrap();
        let back: Fitted = serde_json::from_str(&text).unwrap();
        assert!(back == model, "{}", estimator.name());
        assert_eq!(back.log_odds(rows.x.view()), model.log_odds(rows.x.view()));
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }
}

#[test]
fn boosted_trees_read_from_xgboost_json_say_the_same_row_by_row() {
    let (rows, _) = rows_of(1_500, 12, known_chance);
    for setting in BoostingParams::default().grid {
        let params = BoostingParams {
            setting,
            ..BoostingParams::default()
        };
        let Fitted::Boosting(trees) = params.fit(&rows).unwrap().model else {
            unreachable!("boosting fits boosted trees");
        };
        let read = BoostedModel::decode(trees.xgboost_json().unwrap(), ModelFormat::XgboostJson).unwrap();
        let x: Vec<f32> = rows.x.iter().map(|value| *value as f32).collect();
        let margins = read.predict_margin_rows(&x, Iterations::Best).unwrap();
        assert_eq!(trees.start.is_some(), setting.from_own_rate);
        for (row, (margin, own)) in rows
            .x
            .outer_iter()
            .zip(margins.as_slice().iter().zip(trees.log_odds(rows.x.view())))
        {
            // What XGBoost is given as base margin.
            let start = trees.start.as_ref().map_or(0.0, |start| {
                let share = row[start.column];
                start.line.apply((share / (1.0 - share)).ln())
            });
            assert!(
                (f64::from(*margin) + start - own).abs() < 1e-5,
                "{margin} {start} {own}"
            );
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_digit() {
    let (rows, _) = rows_of(1_500, 8, known_chance);
    let fit = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let models = everything(&rows)
                .into_iter()
                .map(|estimator| tuned(estimator.as_ref(), &rows).model);
            models
                .map(|model| serde_json::to_string(&model).unwrap())
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(fit(1), fit(3));
}

/// Rows that some export will hold one day, and what must come of a fit: a model, or one of the refusals.
#[test]
fn strange_columns_are_borne_or_refused_in_words() {
    let (good, _) = rows_of(600, 9, known_chance);
    let with = |change: &dyn Fn(&mut Rows)| {
        let mut rows = good.clone();
        change(&mut rows);
        rows
    };
    let borne = [
        (
            "missing here and there",
            with(&|rows| rows.x.iter_mut().step_by(7).for_each(|x| *x = f64::NAN)),
        ),
        ("a constant column", with(&|rows| rows.x.column_mut(3).fill(5.0))),
        (
            "a column wholly missing",
            with(&|rows| rows.x.column_mut(3).fill(f64::NAN)),
        ),
        ("one customer", with(&|rows| rows.customers.fill(CustomerIx(0)))),
        ("one day", with(&|rows| rows.days.fill(day("2023-01-31")))),
        (
            "huge values",
            with(&|rows| rows.x.column_mut(3).iter_mut().for_each(|x| *x *= 1e300)),
        ),
        ("few rows", good.take(&(0..60).collect::<Vec<_>>())),
    ];
    for (what, rows) in &borne {
        for estimator in everything(rows) {
            let fit = estimator
                .tuned(rows, &rolling(rows, 1))
                .and_then(|estimator| estimator.fit(rows));
            match fit {
                Ok(fit) => {
                    // Values no training row had, and none at all, are scored too.
                    let mut x = rows.x.clone();
                    x.row_mut(0).fill(f64::NAN);
                    x.row_mut(1).fill(1e12);
                    x.row_mut(2).fill(-1e12);
                    let log_odds = fit.model.log_odds(x.view());
                    assert!(
                        log_odds.iter().all(|own| own.is_finite()),
                        "{} on {what}",
                        estimator.name()
                    );
                }
                Err(error) => assert!(error.is_without_signal(), "{} on {what}: {error}", estimator.name()),
            }
        }
    }
    let infinite = with(&|rows| rows.x[[7, 1]] = f64::INFINITY);
    let one_class = with(&|rows| rows.bad.fill(false));
    let nothing_varies = with(&|rows| rows.x.fill(1.0));
    for estimator in estimators() {
        let refusal = |rows: &Rows| estimator.fit(rows).unwrap_err();
        assert_eq!(
            refusal(&infinite).to_string(),
            "feature `tenure_days` holds an infinite value in row 7, expected a finite number or NaN for missing"
        );
        assert_eq!(refusal(&one_class), FitError::OneClass { n_rows: 600, n_bad: 0 });
        if let Err(error) = estimator.fit(&nothing_varies) {
            assert!(error.is_without_signal(), "{}: {error}", estimator.name());
        }
    }
}

#[test]
fn the_same_customers_twice_do_not_narrow_the_choice() {
    // Twice the rows of the same customers are no more evidence: the error of a difference stays as it was.
    let (rows, _) = rows_of(1_200, 10, known_chance);
    let twice: Vec<usize> = (0..rows.n()).flat_map(|row| [row, row]).collect();
    let doubled = rows.take(&twice);
    let clusters = arrears::risk::measures::Clusters::of(&doubled.customers);
    let once = arrears::risk::measures::Clusters::of(&rows.customers);
    for draw in 0..20 {
        let (once, twice) = (once.weights(draw, 1), clusters.weights(draw, 1));
        assert!(twice.chunks(2).zip(once).all(|(pair, weight)| pair == [weight, weight]));
    }
}

#[test]
fn the_catalogue_is_taken_as_it_is() {
    // Estimators see columns by name and sign only: another set of features needs no change here.
    for unit in [Unit::Invoice, Unit::Customer] {
        let columns: Vec<Column> = Feature::of(unit).into_iter().map(Column::of).collect();
        let n = 400;
        let mut random = ChaCha8Rng::seed_from_u64(11);
        let rows = Rows {
            x: Array2::from_shape_simple_fn((n, columns.len()), || (random.next_u64() % 1_000) as f64 / 1_000.0),
            bad: (0..n).map(|row| row % 3 == 0).collect(),
            customers: (0..n as u32).map(CustomerIx).collect(),
            days: vec![day("2024-01-31"); n],
            matures_on: vec![day("2024-02-10"); n],
            at_stake: vec![1.0; n],
            columns,
        };
        for estimator in everything(&rows) {
            match estimator.fit(&rows) {
                Ok(fit) => assert_eq!(fit.model.log_odds(rows.x.view()).len(), n),
                Err(error) => assert!(error.is_without_signal(), "{}: {error}", estimator.name()),
            }
        }
    }
}
