//! Blends: weights that the held-out rows ask for, and log-odds that add up.

use arrears::risk::{BlendParams, Estimator, Fitted, LogisticParams, ScorecardParams, baseline};
use ndarray::Array2;

use super::estimators::{known_chance, rows_of};
use arrears::risk::split::rolling;

#[test]
fn who_says_nothing_weighs_little_and_weights_sum_to_one() {
    let (rows, _) = rows_of(4_000, 21, known_chance);
    let blend = BlendParams::of(vec![
        Box::new(ScorecardParams::default()),
        Box::new(baseline::Constant),
        Box::new(LogisticParams::default()),
    ]);
    let fit = blend.tuned(&rows, &rolling(&rows, 1)).unwrap().fit(&rows).unwrap();
    let Fitted::Blend(blend) = fit.model else {
        panic!("a blend fits a blend")
    };
    let weight = |name: &str| {
        let of_name = blend.members.iter().filter(|member| member.model.name() == name);
        of_name.map(|member| member.weight).sum::<f64>()
    };
    assert!(weight("constant") < 0.1, "{}", weight("constant"));
    let sum: f64 = blend.members.iter().map(|member| member.weight).sum();
    assert!((sum - 1.0).abs() < 1e-12, "{sum}");
}

#[test]
fn log_odds_are_the_weighted_sum_of_what_the_members_say() {
    let (rows, _) = rows_of(1_000, 22, known_chance);
    // Not tuned: equal weights, no calibration.
    let members = || -> Vec<Box<dyn Estimator>> {
        vec![
            Box::new(ScorecardParams::default()),
            Box::new(LogisticParams::default()),
        ]
    };
    let blend = BlendParams::of(members()).fit(&rows).unwrap().model;
    let own: Vec<Fitted> = members()
        .iter()
        .map(|member| member.fit(&rows).unwrap().model)
        .collect();
    let (card, logistic) = (own[0].log_odds(rows.x.view()), own[1].log_odds(rows.x.view()));
    for (row, found) in blend.log_odds(rows.x.view()).into_iter().enumerate() {
        let expected = (card[row] + logistic[row]) / 2.0;
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }
}

#[test]
fn without_a_signal_there_is_nothing_to_blend() {
    let (mut rows, _) = rows_of(300, 23, known_chance);
    rows.x = Array2::from_elem(rows.x.raw_dim(), 1.0);
    let blend = BlendParams::of(vec![Box::new(ScorecardParams::default())]);
    let error = blend.fit(&rows).unwrap_err();
    assert!(error.is_without_signal(), "{error}");
}
