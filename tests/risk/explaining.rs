//! Scores opened up: they add up, their reasons name the customer's own numbers, and what would move a grade does.

use arrears::calendar::AsOf;
use arrears::features::{Feature, LabelParams, Panel, Standing, Unit, label};
use arrears::ledger::Ledger;
use arrears::risk::calibrate::{Calibration, Line};
use arrears::risk::logistic::{Logistic, Term};
use arrears::risk::{Choice, Fitted, Model, Rows, ScorecardParams, TrainParams, train};
use arrears::scoring::{Basis, Wanted, explain, score};
use ndarray::{Array1, Axis};

use super::training::with_habits;
use crate::support::{day, ledger, total};

const AS_OF: &str = "2023-10-31";

/// Trains a scorecard with a 10-day label.
pub(super) fn scorecard(ledger: &Ledger, as_of: &str, unit: Unit) -> Model {
    let params = TrainParams {
        n_draws: 20,
        keep_refused: true,
        ..TrainParams::new("test", LabelParams::new(unit, 10))
    };
    let training = train(ledger, AsOf(day(as_of)), &params.check().unwrap()).unwrap();
    training.value.model
}

/// Puts every estimator, fitted to the same rows as it comes, in the place of a scorecard; a line of calibration then has something to do.
pub(super) fn every_estimator(ledger: &Ledger, as_of: &str) -> Vec<(Choice, Model)> {
    let card = scorecard(ledger, as_of, Unit::Invoice);
    let (first, last) = (day(&card.panel.0).month(), day(&card.panel.1).month());
    let days: Vec<AsOf> = first.through(last).map(|month| AsOf(month.last())).collect();
    let panel = Panel::build(ledger, &days, &card.check().unwrap());
    let rows = Rows::of(&panel, &label::outcomes(ledger, &panel, AsOf(day(as_of))));
    let model = |choice: Choice| {
        let mut model = card.clone();
        if choice != Choice::Scorecard {
            let estimators = choice.estimators(ScorecardParams::default(), 1);
            model.champion = estimators[0].fit(&rows).unwrap().model;
            model.calibration = Calibration::Line(Line {
                intercept: 0.1,
                slope: 0.9,
            });
        }
        (choice, model)
    };
    Choice::ESTIMATORS.into_iter().map(model).collect()
}

/// Rows that are looked at of each estimator.
const N_ROWS: usize = 12;

/// A model that adds up a few features: `(feature, what each unit adds to the log-odds)`.
fn sum_of(unit: Unit, intercept: f64, features: &[(Feature, f64)]) -> Model {
    let mut model = scorecard(&with_habits(), AS_OF, unit);
    let column = |feature: Feature| {
        let name = feature.entry().name;
        model.catalogue.iter().position(|own| own == name).unwrap()
    };
    let term = |&(feature, coefficient): &(Feature, f64)| Term {
        column: column(feature),
        low: -1e9,
        high: 1e9,
        median: 0.0,
        mean: 0.0,
        spread: 1.0,
        coefficient,
        missing: 0.0,
        missing_share: 0.0,
    };
    model.champion = Fitted::Logistic(Logistic {
        intercept,
        terms: features.iter().map(term).collect(),
    });
    model.calibration = Calibration::NONE;
    model
}

fn row(model: &Model, values: &[(Feature, f64)]) -> Array1<f64> {
    let mut row = Array1::from_elem(model.catalogue.len(), f64::NAN);
    for (feature, value) in values {
        let name = feature.entry().name;
        row[model.catalogue.iter().position(|own| own == name).unwrap()] = *value;
    }
    row
}

#[test]
fn the_steps_add_up_to_the_score_whatever_the_estimator() {
    let ledger = with_habits();
    let as_of = AsOf(day(AS_OF));
    for (choice, model) in every_estimator(&ledger, AS_OF) {
        let panel = Panel::build(&ledger, &[as_of], &model.check().unwrap());
        let scores = score(&ledger, as_of, &model).unwrap().value;
        for (position, x) in panel.x().axis_iter(Axis(0)).enumerate().take(N_ROWS) {
            if panel.rows()[position].standing == Standing::AlreadyBad {
                continue;
            }
            let arithmetic = model.arithmetic(x);
            let sum = |of: fn(&arrears::risk::Adds) -> f64| {
                let parts: f64 = arithmetic.parts.iter().map(|part| of(&part.adds)).sum();
                of(&arithmetic.reference) + parts + of(&arithmetic.calibration) + of(&arithmetic.rounding)
            };
            let score = &scores.rows[position];
            assert_eq!(arithmetic.total.points, score.points, "{choice:?}");
            assert!((sum(|adds| adds.points) - score.points).abs() < 1e-9, "{choice:?}");
            assert!((sum(|adds| adds.log_odds) - arithmetic.total.log_odds).abs() < 1e-9);
            assert_eq!(arrears::risk::probability(arithmetic.total.log_odds), score.probability);
            // Nothing hides in the rounding: half a point, and what single precision leaves of trees.
            assert!(
                arithmetic.rounding.log_odds.abs() < 1e-3,
                "{choice:?} {:?}",
                arithmetic.rounding
            );
            if arithmetic.total.log_odds < 9.0 {
                assert!(
                    arithmetic.rounding.points.abs() < 0.51,
                    "{choice:?} {:?}",
                    arithmetic.rounding
                );
            }
            if choice == Choice::Scorecard {
                let on_card: f64 = arithmetic.parts.iter().map(|part| part.on_card.unwrap().0).sum();
                assert_eq!(on_card, score.points, "whole points add up by hand");
            }
        }
    }
}

/// Eight invoices: of the year's second half four settled 20 to 26 days late, of its first half four 2 to 6 days late.
const SLOWER: &str = "
    invoice 1 acme issued 2023-01-10 due 2023-02-09 100.00 EUR
    payment 1 acme on 2023-02-11 100.00 -> 1
    invoice 2 acme issued 2023-02-10 due 2023-03-12 100.00 EUR
    payment 2 acme on 2023-03-15 100.00 -> 2
    invoice 3 acme issued 2023-03-10 due 2023-04-09 100.00 EUR
    payment 3 acme on 2023-04-14 100.00 -> 3
    invoice 4 acme issued 2023-04-10 due 2023-05-10 100.00 EUR
    payment 4 acme on 2023-05-16 100.00 -> 4
    invoice 5 acme issued 2023-07-10 due 2023-08-09 100.00 EUR
    payment 5 acme on 2023-08-29 100.00 -> 5
    invoice 6 acme issued 2023-08-10 due 2023-09-09 100.00 EUR
    payment 6 acme on 2023-10-01 100.00 -> 6
    invoice 7 acme issued 2023-09-10 due 2023-10-10 100.00 EUR
    payment 7 acme on 2023-11-03 100.00 -> 7
    invoice 8 acme issued 2023-10-10 due 2023-11-09 100.00 EUR
    payment 8 acme on 2023-12-05 100.00 -> 8
    invoice 9 acme issued 2023-12-01 due 2023-12-20 450.00 EUR
    invoice 10 acme issued 2023-12-10 due 2024-01-09 550.00 EUR
";

#[test]
fn reasons_name_the_customers_own_numbers_and_those_of_the_months_before() {
    let books = ledger(SLOWER);
    let as_of = AsOf(day("2023-12-29"));
    let reasons = |feature: Feature, weight: f64| {
        let model = sum_of(Unit::Customer, -3.0, &[(feature, weight)]);
        score(&books, as_of, &model).unwrap().value.rows[0].reasons.clone()
    };
    // (20 + 22 + 24 + 26) / 4 = 23 days late from July on, (2 + 3 + 5 + 6) / 4 = 4 before.
    assert_eq!(
        reasons(Feature::DaysLateMean6m, 0.1),
        ["paid 23 days late on average over the last 6 months, 4 in the 6 before"]
    );
    // 91 days back from the 29th of December the last two of them count: (24 + 26) / 2 and, with the 22 of October 1st, three of them.
    assert_eq!(
        reasons(Feature::DaysLateMean3m, 0.1),
        [format!(
            "paid {} days late on average over the last 3 months, {:.0} in the 9 before",
            (22 + 24 + 26) / 3,
            (2.0 + 3.0 + 5.0 + 6.0 + 20.0) / 5.0
        )]
    );
    assert_eq!(
        reasons(Feature::LateShare6m, 3.0),
        ["4 of 4 invoices of the last 6 months were paid late, 0 of 4 in the 6 months before"]
    );
    assert_eq!(
        reasons(Feature::LateShareAll, 3.0),
        ["4 of 8 invoices so far were paid late"]
    );
}

#[test]
fn without_an_own_invoice_the_reason_says_whose_number_it_is() {
    let books = ledger(&format!(
        "{SLOWER} invoice 20 newcomer issued 2023-12-01 due 2023-12-31 10.00 EUR"
    ));
    let model = sum_of(Unit::Customer, -3.0, &[(Feature::LateShareAll, 5.0)]);
    let scores = score(&books, AsOf(day("2023-12-29")), &model).unwrap().value;
    let newcomer = &scores.rows[1];
    assert_eq!(newcomer.basis, Basis::Prior);
    assert!(
        newcomer.reasons[0].starts_with("no earlier invoice has a known end: scored from the late share of customers"),
        "{:?}",
        newcomer.reasons
    );
    assert!(
        newcomer.reasons[1].starts_with("no own invoice tells yet; going by wider shares, "),
        "{:?}",
        newcomer.reasons
    );
}

#[test]
fn the_smallest_change_is_the_first_step_with_a_better_grade() {
    let model = sum_of(Unit::Customer, -3.0, &[(Feature::OverdueShare, 4.0)]);
    let row = row(
        &model,
        &[
            (Feature::OverdueShare, 0.45),
            (Feature::OpenMoney, 10_000.0),
            (Feature::LateShareAll, 0.3),
        ],
    );
    let changes = model.changes(row.view());
    // -3 + 4 x 0.45 = -1.2 is 23%, grade E. Grade D ends at 20%: -1.386 = -3 + 4 x 0.4034, and so at whole percents at 40%.
    assert_eq!((changes.now.grade, changes.single.len()), ('E', 1));
    let change = &changes.single[0];
    assert_eq!(
        (change.feature, change.to, change.outlook.grade),
        (Feature::OverdueShare, 0.40, 'D')
    );
    // x paid: (4,500 - x) / (10,000 - x) = 0.40 where x = 500 / 0.60, rounded up.
    assert_eq!(change.money, Some(total("833.34")));
    assert_eq!(change.words, "bring what is past due from 45% of the open money to 40%");
    // With nothing past due: -3 is 4.7%, grade B.
    assert_eq!(changes.together.grade, 'B');
    assert_eq!(changes.verdict(), None);
}

#[test]
fn every_change_leads_where_it_says_and_no_nearer_step_does() {
    let ledger = with_habits();
    let as_of = AsOf(day(AS_OF));
    let mut n_changes = 0;
    for (choice, model) in every_estimator(&ledger, AS_OF) {
        let panel = Panel::build(&ledger, &[as_of], &model.check().unwrap());
        for x in panel.x().axis_iter(Axis(0)).take(4 * N_ROWS) {
            let changes = model.changes(x);
            for change in &changes.single {
                n_changes += 1;
                let column = model
                    .catalogue
                    .iter()
                    .position(|name| name == change.feature.entry().name)
                    .unwrap();
                let mut moved = x.to_owned();
                moved[column] = change.to;
                let log_odds = model.log_odds(moved.view().insert_axis(Axis(0)))[0];
                let probability = arrears::risk::probability(log_odds);
                assert_eq!(probability, change.outlook.probability);
                assert_eq!(model.grades.of(probability), change.outlook.grade);
                assert!(change.outlook.grade < changes.now.grade);
            }
            assert!(changes.together.probability <= changes.now.probability + 1e-9 || choice == Choice::Forest);
        }
    }
    assert!(n_changes > 0);
}

#[test]
fn where_nothing_can_be_changed_it_is_said() {
    let model = sum_of(
        Unit::Customer,
        -0.5,
        &[(Feature::LateShareAll, 1.0), (Feature::OverdueShare, 0.1)],
    );
    let row = row(&model, &[(Feature::LateShareAll, 0.5), (Feature::OverdueShare, 0.5)]);
    let changes = model.changes(row.view());
    assert!(changes.single.is_empty());
    assert_eq!(
        changes.verdict().unwrap(),
        "no change of what can be paid or settled today moves the grade, nor do all of them together (50.0%, still F): it rests on how the \
         customer paid so far"
    );
    let best = model.changes(self::row(&model, &[(Feature::LateShareAll, -9.0)]).view());
    assert_eq!(best.verdict().unwrap(), "the grade is the best there is");
}

#[test]
fn what_is_already_late_moves_only_by_being_settled() {
    let books = ledger(&format!(
        "{SLOWER} invoice 11 acme issued 2023-11-01 due 2023-12-01 77.00 EUR"
    ));
    let model = sum_of(Unit::Customer, -3.0, &[(Feature::OverdueShare, 4.0)]);
    let acme = books.find_customer("acme").unwrap();
    let explained = explain(&books, AsOf(day("2023-12-29")), &model, Wanted::Customer(acme)).unwrap();
    assert_eq!(explained.value.scores.rows[0].basis, Basis::AlreadyLate);
    assert!(explained.value.changes.is_none());
    let said = explained.caveats.iter().any(|caveat| {
        caveat
            .0
            .starts_with("nothing counts before what is 10 days past due or more (77.00 EUR) is settled")
    });
    assert!(said, "{:?}", explained.caveats);
    let names: Vec<String> = explained
        .value
        .tables(&books)
        .iter()
        .map(|table| table.name().to_owned())
        .collect();
    assert_eq!(names, ["score", "reasons", "arithmetic", "payments"]);
    // Once the 77.00 of four weeks ago are paid, 450.00 of 1,000.00 are past due: -3 + 4 x 0.45 is 23%.
    let said = explained
        .caveats
        .iter()
        .any(|caveat| caveat.0 == "paying the oldest item past due (77.00 EUR) gives grade E");
    assert!(said, "{:?}", explained.caveats);
    let payments = &explained.value.payments;
    assert_eq!(payments.len(), 2);
    // With the 450.00 as well nothing is: -3 is 4.7%.
    assert_eq!(payments[1].outlook.unwrap().grade, 'B');
    assert_eq!(payments[1].money.values().next(), Some(&total("527.00")));
}

#[test]
fn a_row_that_is_not_there_is_refused_in_words() {
    let books = ledger(SLOWER);
    let as_of = AsOf(day("2023-12-29"));
    let acme = books.find_customer("acme").unwrap();
    let of_customers = sum_of(Unit::Customer, -3.0, &[(Feature::OverdueShare, 4.0)]);
    let of_invoices = sum_of(Unit::Invoice, -3.0, &[(Feature::DaysPastDue, 0.1)]);
    let paid = books.documents().range(acme).start;
    let paid = Wanted::Document(acme, arrears::ids::DocumentIx(paid as u32));
    let error = |model: &Model, wanted: Wanted| explain(&books, as_of, model, wanted).unwrap_err().to_string();
    assert_eq!(
        error(&of_invoices, paid),
        "invoice `1` has no score at 2023-12-29: it is not an open invoice with a due day then"
    );
    assert_eq!(
        error(&of_invoices, Wanted::Customer(acme)),
        "test/unsaved scores invoices, asked for: customers"
    );
    assert_eq!(
        error(&of_customers, paid),
        "test/unsaved scores customers, asked for: invoices"
    );
}
