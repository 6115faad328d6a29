//! Evaluation over month ends, and tables of accounts from elsewhere.

use std::fmt::Write;

use arrears::calendar::{AsOf, Day};
use arrears::features::{LabelParams, Unit};
use arrears::risk::accounts::{self, AccountColumns};
use arrears::risk::measures::Measure;
use arrears::risk::{Choice, TrainParams, evaluate, evaluate_accounts, registry, train, train_accounts};
use arrears::scoring::{score, score_accounts};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::training::with_habits;
use crate::support::day;

fn params(unit: Unit) -> TrainParams {
    let mut params = TrainParams::new("test", LabelParams::new(unit, 10));
    params.n_draws = 50;
    params
}

#[test]
fn each_day_is_predicted_by_what_train_would_have_made_of_it() {
    let ledger = with_habits();
    let days = ["2023-07-31", "2023-08-31"].map(|text| AsOf(day(text)));
    let mut params = params(Unit::Invoice);
    let evaluation = evaluate(
        &ledger,
        AsOf(day("2023-12-31")),
        &days,
        &params.clone().check().unwrap(),
    )
    .unwrap();
    let evaluation = evaluation.value;
    let of = |name: &str| &evaluation.predicted.iter().find(|(known, _)| known == name).unwrap().1;
    params.keep_refused = true;
    for (as_of, (part, champion)) in days.into_iter().zip(&evaluation.champions) {
        assert_eq!(*part, as_of.to_string());
        let rows: Vec<usize> = (0..evaluation.rows.n())
            .filter(|&row| evaluation.rows.days[row] == as_of.0)
            .collect();
        params.estimator = Choice::Scorecard;
        let model = train(&ledger, as_of, &params.clone().check().unwrap())
            .unwrap()
            .value
            .model;
        let scores = score(&ledger, as_of, &model).unwrap().value;
        for &row in &rows {
            let own = scores
                .rows
                .iter()
                .find(|score| score.document == evaluation.documents[row])
                .unwrap();
            assert_eq!(own.probability, of("scorecard")[row]);
            assert_eq!(of("champion")[row], of(champion)[row]);
        }
    }
}

#[test]
fn estimators_and_baselines_stand_in_every_table() {
    let ledger = with_habits();
    let days = ["2023-08-31", "2023-12-31"].map(|text| AsOf(day(text)));
    let params = TrainParams {
        estimator: Choice::Champion,
        ..params(Unit::Customer)
    };
    let checked = evaluate(&ledger, AsOf(day("2023-12-31")), &days, &params.check().unwrap()).unwrap();
    assert!(
        checked.caveats[0]
            .0
            .starts_with("2023-12-31 is left out: the outcome of "),
        "{:?}",
        checked.caveats
    );
    let evaluation = checked.value;
    let names = [
        "champion",
        "scorecard",
        "logistic",
        "ebm",
        "boosting",
        "forest",
        "blend",
        "constant",
        "last_bucket",
        "late_share",
    ];
    let summary = evaluation.summary();
    let found: Vec<&str> = summary
        .texts("estimator")
        .unwrap()
        .iter()
        .flatten()
        .map(String::as_str)
        .collect();
    assert_eq!(found, names);
    let auc = summary.reals("auc").unwrap();
    assert!(auc[0] > auc[7] && auc[7] == Some(0.5), "{auc:?}");
    // The champion against itself as chosen: no difference at all, in any draw.
    let differences = evaluation.difference_table();
    let chosen = &evaluation.champions[0].1;
    let against = differences.texts("against").unwrap();
    let row = against.iter().position(|name| name.as_ref() == Some(chosen)).unwrap();
    assert_eq!(differences.reals("difference").unwrap()[row], Some(0.0));
    assert_eq!(differences.reals("high").unwrap()[row], Some(0.0));
    let halves: Vec<String> = (0..evaluation.rows.n()).map(|row| (row % 2).to_string()).collect();
    let segments = evaluation.segment_table("half", &halves);
    assert_eq!(segments.n_rows(), 2 * names.len());
    let n: i64 = segments.ints("n").unwrap().iter().step_by(names.len()).flatten().sum();
    assert_eq!(n as usize, evaluation.rows.n());
}

#[test]
fn a_day_without_a_past_is_left_out_with_the_numbers() {
    let ledger = with_habits();
    let early = [AsOf(day("2022-02-28"))];
    let params = params(Unit::Invoice).check().unwrap();
    let error = evaluate(&ledger, AsOf(day("2023-12-31")), &early, &params).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no month end can be evaluated on: 2022-02-28 is left out: "),
        "{error}"
    );
}

/// Accounts of which one in three in the red band and one in thirty elsewhere go bad.
fn accounts(n: usize) -> String {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut uniform = || random.next_u64() as f64 / u64::MAX as f64;
    let mut text = "id,band,balance,limit,opened,bad\n".to_owned();
    for id in 0..n {
        let (band, balance) = (uniform(), 1_000.0 * uniform());
        let (word, chance) = if band < 0.3 { ("red", 0.35) } else { ("green", 0.03) };
        let bad = u8::from(uniform() < chance + 0.1 * balance / 1_000.0);
        let limit = if id % 9 == 0 {
            String::new()
        } else {
            format!("{:.0}", 5_000.0 * uniform())
        };
        let opened = Day::parse("2023-01-31").unwrap() + 30 * (id * 12 / n) as i32;
        writeln!(text, "{id},{word},{balance:.2},{limit},{opened},{bad}").unwrap();
    }
    text
}

fn columns() -> AccountColumns {
    AccountColumns {
        target: "bad".to_owned(),
        ignore: vec!["id".to_owned(), "opened".to_owned()],
        ..AccountColumns::default()
    }
}

#[test]
fn accounts_are_learnt_kept_and_scored() {
    let text = accounts(3_000);
    let rows = accounts::read(text.as_bytes(), &columns()).unwrap();
    let names: Vec<&str> = rows.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["band=green", "band=red", "balance", "limit"]);
    let mut params = params(Unit::Customer);
    for choice in [Choice::Scorecard, Choice::Boosting] {
        params.estimator = choice;
        let trained = train_accounts(&rows, &columns(), "abc", &params.clone().check().unwrap()).unwrap();
        assert!(
            trained.caveats[0].0.starts_with("not time-validated"),
            "{:?}",
            trained.caveats
        );
        let mut model = trained.value.model;
        assert!(model.card().contains("not time-validated"));
        assert!(model.validation.value(choice.as_str(), Measure::Auc).unwrap() > 0.72);
        let folder = tempfile::tempdir().unwrap();
        let place = registry::store(folder.path(), &mut model).unwrap();
        let loaded = registry::load(&place).unwrap();
        let new = "limit,balance,band,id\n1000,10,red,1\n,10,green,2\n1000,10,blue,3\n";
        let x = accounts::features(new.as_bytes(), &loaded.catalogue).unwrap();
        let scores = score_accounts(&loaded, &x);
        let p: Vec<f64> = scores.reals("probability").unwrap().iter().flatten().copied().collect();
        assert!(p[0] > 0.2 && p[1] < 0.12, "{p:?}");
        assert!(p[2].is_finite());
        let points: Vec<f64> = scores.reals("score").unwrap().iter().flatten().copied().collect();
        assert!(points[0] < points[1]);
        let reasons = scores.texts("reason_1").unwrap();
        assert!(reasons[0].as_ref().unwrap().starts_with("`band="), "{reasons:?}");
        // A ledger has none of these features.
        let error = score(&with_habits(), AsOf(day("2023-10-31")), &loaded)
            .unwrap_err()
            .to_string();
        assert!(error.contains("it scores the accounts of a table"), "{error}");
    }
}

#[test]
fn accounts_with_a_time_are_judged_on_later_days() {
    let text = accounts(3_000);
    let mut columns = columns();
    columns.time = Some("opened".to_owned());
    columns.ignore = vec!["id".to_owned()];
    let rows = accounts::read(text.as_bytes(), &columns).unwrap();
    let params = params(Unit::Customer).check().unwrap();
    let evaluation = evaluate_accounts(&rows, &params).unwrap().value;
    assert_eq!(evaluation.held_out, "out of time: the last quarter of the days");
    assert_eq!(evaluation.rows.n(), 3_000 / 4);
    let model = train_accounts(&rows, &columns, "", &params).unwrap().value.model;
    assert!(!model.card().contains("not time-validated") && model.panel.0 == "2023-01-31");
}

#[test]
fn tables_that_are_no_accounts_are_refused_in_words() {
    let refuse =
        |text: &str, columns: &AccountColumns| accounts::read(text.as_bytes(), columns).unwrap_err().to_string();
    let target = |name: &str| AccountColumns {
        target: name.to_owned(),
        ..AccountColumns::default()
    };
    assert_eq!(
        refuse("a,b\n1,0\n", &target("bad")),
        "no column `bad` in the table; it has a, b"
    );
    assert_eq!(
        refuse("a,b\n1,0\n1,maybe\n", &target("b")),
        "row 2: the target is `maybe`, expected 1 or 0, true or false, yes or no, bad or good"
    );
    assert_eq!(
        refuse("b\n1\n", &target("b")),
        "the table has no column beside its target, time and group"
    );
    let mut with_time = target("b");
    with_time.time = Some("a".to_owned());
    assert_eq!(
        refuse("a,b\nsoon,0\n", &with_time),
        "row 1: the time is `soon`, expected a day such as 2024-01-31"
    );
    let catalogue = vec!["a".to_owned()];
    let error = |text: &str| accounts::features(text.as_bytes(), &catalogue).unwrap_err().to_string();
    assert_eq!(error("b\n1\n"), "no column `a` in the table; it has b");
    assert_eq!(
        error("a\nmany\n"),
        "row 1, column `a`: found `many`, expected a finite number or nothing"
    );
}
