//! Real ledgers: what the scorecard reaches out of time; skipped where the data is absent.

use arrears::calendar::{AsOf, Day};
use arrears::features::{LabelParams, Outcome, Panel, Unit, label};
use arrears::ledger::Ledger;
use arrears::risk::measures::{Measure, Sample};
use arrears::risk::{TrainParams, train};
use arrears::scoring::score;

use crate::support::{day, real};

/// Trains and scores on each day; returns probabilities, outcomes and money at stake of the rows not late yet.
fn out_of_time(ledger: &Ledger, label: LabelParams, days: &[&str]) -> (Vec<f64>, Vec<bool>, Vec<f64>) {
    let (mut probabilities, mut bad, mut at_stake) = (Vec::new(), Vec::new(), Vec::new());
    for as_of in days.iter().map(|text| AsOf(day(text))) {
        let mut params = TrainParams::new("real", label);
        params.keep_refused = true;
        params.n_draws = 20;
        let training = train(ledger, as_of, &params.check().unwrap()).unwrap();
        let model = &training.value.model;
        let scores = score(ledger, as_of, model).unwrap().value;
        let panel = Panel::build(ledger, &[as_of], &label.check().unwrap());
        let outcomes = label::outcomes(ledger, &panel, AsOf(Day::LATEST));
        for ((score, row), outcome) in scores.rows.iter().zip(panel.rows()).zip(outcomes) {
            assert_eq!((score.customer, score.document), (row.customer, row.document));
            if matches!(outcome.outcome, Outcome::Good | Outcome::Bad) {
                probabilities.push(score.probability);
                bad.push(outcome.outcome == Outcome::Bad);
                at_stake.push(row.at_stake);
            }
        }
    }
    (probabilities, bad, at_stake)
}

fn report(name: &str, (probabilities, bad, at_stake): &(Vec<f64>, Vec<bool>, Vec<f64>)) -> (f64, f64) {
    let values = Sample::new(probabilities, bad, at_stake).measure(&vec![1.0; bad.len()]);
    let n_bad = bad.iter().filter(|bad| **bad).count();
    let (auc, log_loss) = (
        values[Measure::Auc as usize].unwrap(),
        values[Measure::LogLoss as usize].unwrap(),
    );
    eprintln!(
        "{name}: n {} bad {n_bad} ({:.1}%) auc {auc:.4} log loss {log_loss:.4}",
        bad.len(),
        100.0 * n_bad as f64 / bad.len() as f64
    );
    (auc, log_loss)
}

const INVOICE_DAYS: [&str; 4] = ["2019-06-30", "2019-07-31", "2019-08-31", "2019-09-30"];

#[test]
fn highradius_invoices_rank_out_of_time() {
    let Some(ledger) = real::highradius() else { return };
    // Rows and bad rows as others counted them on the same days.
    for (d, n, n_bad, least_auc, most_loss) in [(5, 6_244, 766, 0.87, 0.25), (15, 6_457, 385, 0.91, 0.125)] {
        let result = out_of_time(ledger, LabelParams::new(Unit::Invoice, d), &INVOICE_DAYS);
        let (auc, log_loss) = report(&format!("highradius invoice {d}"), &result);
        assert_eq!(
            (result.1.len(), result.1.iter().filter(|bad| **bad).count()),
            (n, n_bad)
        );
        assert!(auc > least_auc && log_loss < most_loss, "{auc} {log_loss}");
    }
}

#[test]
fn highradius_customers_rank_out_of_time() {
    let Some(ledger) = real::highradius() else { return };
    for (d, least_auc) in [(5, 0.80), (15, 0.81)] {
        let result = out_of_time(ledger, LabelParams::new(Unit::Customer, d), &INVOICE_DAYS[..3]);
        let (auc, _) = report(&format!("highradius customer {d}"), &result);
        assert!(auc > least_auc, "{auc}");
    }
}

#[test]
fn ibm_invoices_rank_and_a_label_without_bad_rows_is_refused() {
    let Some(ledger) = real::ibm() else { return };
    let days = ["2013-06-30", "2013-07-31", "2013-08-31", "2013-09-30"];
    let result = out_of_time(&ledger, LabelParams::new(Unit::Invoice, 5), &days);
    let (auc, _) = report("ibm invoice 5", &result);
    assert!(auc > 0.84, "{auc}");
    let params = TrainParams::new("ibm", LabelParams::new(Unit::Invoice, 60))
        .check()
        .unwrap();
    assert_eq!(
        train(&ledger, AsOf(day("2013-12-31")), &params)
            .unwrap_err()
            .to_string(),
        "the latest payment in the ledger is 45 days after its due date, so a 60-day label has no bad row; choose fewer days late"
    );
}
