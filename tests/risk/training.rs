//! Training on ledgers with known truths: what is learnt, refused, kept.

use std::path::Path;

use arrears::calendar::{AsOf, Day, Month};
use arrears::features::{Feature, LabelParams, Unit};
use arrears::ids::CustomerIx;
use arrears::ledger::Ledger;
use arrears::money::{Amount, Total};
use arrears::records::Records;
use arrears::risk::measures::Measure;
use arrears::risk::registry::{self, RegistryError};
use arrears::risk::{Column, Estimator, Rows, ScorecardParams, TrainError, TrainParams, train};
use arrears::scoring::{Basis, score};
use arrears::table::Table;
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

use crate::support::{day, ledger};

/// Two years of monthly invoices, issued on one of `n_days` days of 30; `late(customer, random)` says how many days after
/// due each is paid.
fn generated(n_customers: usize, n_days: u32, late: impl Fn(usize, f64) -> i32) -> Ledger {
    generated_by_month(n_customers, n_days, |customer, _, random| late(customer, random))
}

/// As [`generated`], where `late(customer, month, random)` also knows which of the 24 months the invoice is of.
pub(super) fn generated_by_month(n_customers: usize, n_days: u32, late: impl Fn(usize, usize, f64) -> i32) -> Ledger {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let mut uniform = || random.next_u64() as f64 / u64::MAX as f64;
    let mut rows = Vec::new();
    for customer in 0..n_customers {
        for month in 0..24 {
            let issued =
                (Month::new(2022, 1) + month).first() + 14 + (uniform() * f64::from(n_days)) as i32 - n_days as i32 / 2;
            rows.push((
                customer,
                issued,
                issued + 30,
                late(customer, month as usize, uniform()),
                uniform(),
            ));
        }
    }
    let ids = || (0..rows.len()).map(|row| format!("{row:06}"));
    let customers = || rows.iter().map(|row| format!("c{:03}", row.0));
    let amounts = || {
        rows.iter()
            .map(|row| Total::from(Amount::from_units(1_000_000 + (row.4 * 1e6) as i64 * 100)))
    };
    let invoices = Table::new("invoices")
        .text("invoice_id", ids())
        .text("customer_id", customers())
        .day("issued_on", rows.iter().map(|row| row.1))
        .day("due_on", rows.iter().map(|row| row.2))
        .money("amount", amounts());
    let receipts = Table::new("receipts")
        .text("receipt_id", ids())
        .text("customer_id", customers())
        .text("invoice_id", ids())
        .day("paid_on", rows.iter().map(|row| row.2 + row.3))
        .money("amount", amounts());
    let records = Records::default().with(&invoices).unwrap().with(&receipts).unwrap();
    Ledger::from_records(records, Day::LATEST).value.0
}

/// A third of the customers pays 60% of its invoices 20 days late, a third does so from the tenth month on, the others pay 5% late: the
/// share of all time is not the last word.
pub fn with_habits() -> Ledger {
    generated_by_month(60, 28, |customer, month, random| {
        let is_late = customer % 3 == 0 || (customer % 3 == 1 && month >= 10);
        let chance = if is_late { 0.6 } else { 0.05 };
        if random < chance { 20 } else { -((random * 10.0) as i32) }
    })
}

fn params(unit: Unit) -> TrainParams {
    let mut params = TrainParams::new("test", LabelParams::new(unit, 10));
    params.n_draws = 50;
    params
}

const AS_OF: &str = "2023-10-31";

#[test]
fn habits_are_learnt_and_mean_what_they_say() {
    let ledger = with_habits();
    for unit in [Unit::Invoice, Unit::Customer] {
        // Of a customer the habit is all there is to know: no model says more than the late share, and the gate may refuse it.
        let mut params = params(unit);
        params.keep_refused = unit == Unit::Customer;
        let training = train(&ledger, AsOf(day(AS_OF)), &params.check().unwrap())
            .unwrap()
            .value;
        let validation = &training.model.validation;
        assert!(
            unit == Unit::Customer || validation.refusals.is_empty(),
            "{:?}",
            validation.refusals
        );
        assert!(validation.value("scorecard", Measure::Auc).unwrap() > 0.75);
        let scores = score(&ledger, AsOf(day(AS_OF)), &training.model).unwrap().value;
        let mean = |is_late: bool| {
            let of: Vec<f64> = scores
                .rows
                .iter()
                .filter(|row| row.basis == Basis::History && (row.customer.0 % 3 != 2) == is_late)
                .map(|row| row.probability)
                .collect();
            of.iter().sum::<f64>() / of.len() as f64
        };
        assert!(
            mean(true) > 0.4 && mean(true) > mean(false) + 0.4,
            "{unit:?}: {} {}",
            mean(true),
            mean(false)
        );
        for row in &scores.rows {
            assert!((0.0..=1.0).contains(&row.probability) && row.reasons.len() <= 4);
            assert!(row.basis != Basis::AlreadyLate || row.probability == 1.0);
        }
        let late = scores
            .rows
            .iter()
            .find(|row| row.grade == 'F' && row.basis == Basis::History);
        assert!(late.is_some_and(|row| !row.reasons.is_empty()));
    }
}

#[test]
fn scores_print_under_the_names_others_script_against() {
    let ledger = with_habits();
    let as_of = AsOf(day(AS_OF));
    let columns = |unit| -> Vec<String> {
        let mut params = params(unit);
        params.keep_refused = true;
        let model = train(&ledger, as_of, &params.check().unwrap()).unwrap().value.model;
        let table = score(&ledger, as_of, &model).unwrap().value.table(&ledger);
        table.columns().iter().map(|column| column.name.clone()).collect()
    };
    let common = [
        "customer_id",
        "probability",
        "score",
        "grade",
        "reason_1",
        "reason_2",
        "reason_3",
        "reason_4",
        "model_id",
        "as_of",
    ];
    assert_eq!(columns(Unit::Customer)[..10], common);
    let of_invoices = columns(Unit::Invoice);
    assert_eq!(of_invoices[0], "invoice_id");
    assert_eq!(of_invoices[1..11], common);
}

#[test]
fn a_ledger_without_signal_is_refused() {
    // Everything is due in the middle of a month, so no item is overdue yet at a month end without being late for good.
    let ledger = generated(60, 1, |_, random| if random < 0.25 { 20 } else { -3 });
    let error = train(&ledger, AsOf(day(AS_OF)), &params(Unit::Invoice).check().unwrap())
        .map(|training| training.value.model.validation)
        .unwrap_err();
    match &error {
        TrainError::Refused { validation } => {
            let auc = validation.value("scorecard", Measure::Auc).unwrap();
            assert!((auc - 0.5).abs() < 0.08, "AUC {auc} from random labels");
            assert!(
                error.to_string().starts_with("the quality gate refuses the model"),
                "{error}"
            );
        }
        other => panic!("{other}"),
    }
    let mut kept = params(Unit::Invoice);
    kept.keep_refused = true;
    let training = train(&ledger, AsOf(day(AS_OF)), &kept.check().unwrap()).unwrap();
    assert!(!training.value.model.validation.refusals.is_empty());
    assert!(
        training
            .caveats
            .iter()
            .any(|caveat| caveat.0.contains("quality gate refuses"))
    );
}

#[test]
fn a_label_later_than_any_payment_is_refused_with_the_reason() {
    let ledger = with_habits();
    let mut params = params(Unit::Invoice);
    params.label.days_late = 60;
    let error = train(&ledger, AsOf(day(AS_OF)), &params.check().unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the latest payment in the ledger is 20 days after its due date, so a 60-day label has no bad row; choose fewer days late"
    );
}

#[test]
fn too_little_is_refused_with_the_numbers() {
    let small = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         payment 7 acme on 2024-03-05 100.00 -> 1",
    );
    let train = |as_of: &str| train(&small, AsOf(day(as_of)), &params(Unit::Invoice).check().unwrap()).unwrap_err();
    assert_eq!(
        train("2024-01-20").to_string(),
        "no month end lies between the first document and 2024-01-20, expected at least one; the first document is dated 2024-01-10"
    );
    assert_eq!(
        train("2024-02-05").to_string(),
        "no row's outcome is known at 2024-02-05: 1 rows are too young, 0 were delinquent already, 0 were dormant or disputed"
    );
    assert_eq!(
        train("2024-03-10"),
        TrainError::TooFewEvents {
            n_good: 0,
            n_bad: 1,
            expected: 30
        }
    );
}

#[test]
fn settings_out_of_range_are_refused_nan_included() {
    type Change = fn(&mut TrainParams);
    let refuse = |change: Change| {
        let mut params = params(Unit::Customer);
        change(&mut params);
        params.check().unwrap_err().to_string()
    };
    let changes: [(Change, &str); 10] = [
        (
            |p| p.name = "../up".to_owned(),
            "found the model name `../up`, expected 1 to 64 letters, digits, `-` or `_`",
        ),
        (|p| p.label.days_late = 400, "days late must be 0 to 365, is 400"),
        (|p| p.label.horizon = 0, "the horizon must be 1 to 730 days, is 0"),
        (
            |p| p.label.entering = 91,
            "the entering window must be 0 to the horizon of 90 days, is 91",
        ),
        (|p| p.n_months = 0, "n_months must be 1 to 120, is 0"),
        (|p| p.n_draws = 1, "n_draws must be 20 to 10,000, is 1"),
        (
            |p| p.scorecard.max_features = 0,
            "scorecard.max_features must be 1 to 40, is 0",
        ),
        (
            |p| p.scorecard.ridge = f64::NAN,
            "scorecard.ridge must be 0 to 1,000, is NaN",
        ),
        (
            |p| p.scorecard.max_correlation = f64::NAN,
            "scorecard.max_correlation must be above 0, up to 1, is NaN",
        ),
        (
            |p| p.scorecard.scale.base_odds = 0.0,
            "scorecard.scale.base_odds must be above 0, up to 1,000,000, is 0",
        ),
    ];
    for (change, message) in changes {
        assert_eq!(refuse(change), message);
    }
}

#[test]
fn infinite_values_and_single_classes_are_refused() {
    let rows = |value: f64, bad: fn(usize) -> bool| Rows {
        columns: Feature::of(Unit::Invoice).into_iter().map(Column::of).collect(),
        x: Array2::from_elem((100, Feature::of(Unit::Invoice).len()), value),
        bad: (0..100).map(bad).collect(),
        customers: (0..100).map(CustomerIx).collect(),
        days: vec![day("2024-01-31"); 100],
        matures_on: vec![day("2024-02-10"); 100],
        at_stake: vec![1.0; 100],
    };
    let fit = |rows: Rows| ScorecardParams::default().fit(&rows).err().unwrap().to_string();
    assert_eq!(
        fit(rows(f64::INFINITY, |row| row % 2 == 0)),
        "feature `chance_given_age` holds an infinite value in row 0, expected a finite number or NaN for missing"
    );
    assert_eq!(
        fit(rows(1.0, |_| false)),
        "found 0 bad rows among 100, expected at least one bad and one good row"
    );
    for constant in [1.0, f64::NAN] {
        assert!(fit(rows(constant, |row| row % 2 == 0)).starts_with("no feature tells bad rows from good ones"));
    }
}

#[test]
fn the_same_seed_gives_the_same_model_on_any_number_of_threads() {
    let ledger = with_habits();
    let train = || {
        let training = train(&ledger, AsOf(day(AS_OF)), &params(Unit::Invoice).check().unwrap()).unwrap();
        serde_json::to_string(&training.value.model).unwrap()
    };
    let with_threads = |n| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(n)
            .build()
            .unwrap()
            .install(train)
    };
    assert_eq!(with_threads(1), with_threads(3));
}

#[test]
fn a_stored_model_scores_as_before_and_versions_count_up() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = with_habits();
    let as_of = AsOf(day(AS_OF));
    let mut model = train(&ledger, as_of, &params(Unit::Invoice).check().unwrap())
        .unwrap()
        .value
        .model;
    let first = registry::store(folder.path(), &mut model).unwrap();
    assert_eq!((model.id().as_str(), first), ("test/v1", folder.path().join("test/v1")));
    let loaded = registry::load(&folder.path().join("test")).unwrap();
    assert!(loaded == model, "a model read back differs from the one stored");
    assert_eq!(
        score(&ledger, as_of, &loaded).unwrap(),
        score(&ledger, as_of, &model).unwrap()
    );
    let card = std::fs::read_to_string(folder.path().join("test/v1/card.md")).unwrap();
    assert!(card.starts_with("# Model test/v1\n") && card.contains("late_share"));

    registry::store(folder.path(), &mut model).unwrap();
    assert_eq!(model.version, 2);
    assert_eq!(registry::load(&folder.path().join("test")).unwrap().version, 1);
    registry::promote(folder.path(), "test", 2).unwrap();
    assert_eq!(registry::load(&folder.path().join("test")).unwrap().version, 2);
    assert_eq!(registry::load(&folder.path().join("test/1")).unwrap().version, 1);
    assert!(matches!(
        registry::load(&folder.path().join("other")),
        Err(RegistryError::NoModel { .. })
    ));
}

/// Writes another text over a stored model, with the hash that a program of another version would have written beside it.
fn rewrite(place: &Path, text: &str) {
    std::fs::write(place, text).unwrap();
    let hash: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    let manifest = format!("{{\"model\":\"test/v1\",\"program\":\"0.0.0\",\"sha256\":\"{hash}\"}}");
    std::fs::write(place.with_file_name("manifest.json"), manifest).unwrap();
}

#[test]
fn a_model_that_was_changed_by_hand_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = train(
        &with_habits(),
        AsOf(day(AS_OF)),
        &params(Unit::Invoice).check().unwrap(),
    )
    .unwrap()
    .value
    .model;
    let place = registry::store(folder.path(), &mut model).unwrap();
    let file = place.join("model.json");
    let stored = std::fs::read_to_string(&file).unwrap();
    // A point here, a grade there: the model reads as well as before, and is another one.
    let edited = stored.replacen("0.02", "0.03", 1);
    assert_ne!(edited, stored);
    std::fs::write(&file, &edited).unwrap();
    let error = registry::load(&place).unwrap_err();
    assert!(matches!(error, RegistryError::Changed { .. }), "{error}");
    assert!(error.to_string().contains("was changed after it was stored"), "{error}");
    std::fs::write(&file, &stored).unwrap();
    assert!(registry::load(&place).is_ok());
    std::fs::remove_file(place.join("manifest.json")).unwrap();
    let error = registry::load(&place).unwrap_err();
    assert!(matches!(error, RegistryError::NoManifest { .. }), "{error}");
}

#[test]
fn a_model_of_another_catalogue_or_layout_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = with_habits();
    let as_of = AsOf(day(AS_OF));
    let mut model = train(&ledger, as_of, &params(Unit::Invoice).check().unwrap())
        .unwrap()
        .value
        .model;
    let place = registry::store(folder.path(), &mut model).unwrap().join("model.json");
    let stored = std::fs::read_to_string(&place).unwrap();
    let load_with = |from: &str, to: &str| {
        assert!(stored.contains(from), "{from}");
        rewrite(&place, &stored.replacen(from, to, 1));
        registry::load(Path::new(&folder.path().join("test/v1")))
            .unwrap_err()
            .to_string()
    };
    let message = load_with("\"chance_given_age\",", "\"chance_of_rain\",");
    assert!(
        message.ends_with(
            "feature 1 of the model is `chance_of_rain`, of this program `chance_given_age`; train it again"
        ),
        "{message}"
    );
    assert!(load_with("\"schema\": 3", "\"schema\": 1").ends_with("found layout 1, expected 3"));
    assert!(load_with("\"unit\": \"invoice\"", "\"unit\": \"order\"").contains("found the unit `order`"));
    assert!(load_with("\"seed\"", "\"sead\"").contains("is no model of this program"));
}

#[test]
fn a_scored_row_can_be_added_up_from_the_card() {
    let ledger = with_habits();
    let as_of = AsOf(day(AS_OF));
    let mut params = params(Unit::Customer);
    params.keep_refused = true;
    let training = train(&ledger, as_of, &params.check().unwrap()).unwrap().value;
    let card = training.page();
    let scores = score(&ledger, as_of, &training.model).unwrap().value;
    // The best score there can be is the sum of each feature's best line on the card, the least that of the worst.
    let (features, points) = (card.texts("feature").unwrap(), card.ints("points").unwrap());
    let mut bounds = std::collections::BTreeMap::new();
    for (feature, points) in features.iter().zip(points) {
        let points = points.unwrap() as f64;
        let (low, high) = bounds.entry(feature.clone()).or_insert((points, points));
        (*low, *high) = (low.min(points), high.max(points));
    }
    let least: f64 = bounds.values().map(|(low, _)| low).sum();
    let most: f64 = bounds.values().map(|(_, high)| high).sum();
    assert_eq!(training.model.least_points(), least);
    for row in &scores.rows {
        assert!((least..=most).contains(&row.points) && row.points.fract() == 0.0);
    }
    // More points, less risk: whole points blur log-odds by at most half a point per feature.
    let mut rows: Vec<_> = scores.rows.iter().filter(|row| row.basis == Basis::History).collect();
    rows.sort_by(|a, b| a.points.total_cmp(&b.points));
    for pair in rows.windows(2) {
        let blur = bounds.len() as f64;
        assert!(pair[1].points - pair[0].points < blur || pair[1].probability <= pair[0].probability);
    }
}
