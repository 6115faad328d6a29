//! Real ledgers: what the scorecard reaches out of time; skipped where the data is absent.

use std::collections::BTreeMap;
use std::path::PathBuf;

use arrears::calendar::{AsOf, Day};
use arrears::features::{LabelParams, Outcome, Panel, Unit, label};
use arrears::ledger::Ledger;
use arrears::money::{Amount, Total};
use arrears::records::Records;
use arrears::risk::measures::{Measure, Sample};
use arrears::risk::{TrainParams, train};
use arrears::scoring::score;
use arrears::table::Table;

use crate::support::day;

/// Returns a file of the real sets, or says in one line that the test is skipped.
fn real_file(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("ARREARS_REAL_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let file = folder.join(name);
    if !file.is_file() {
        eprintln!("skipped: `{name}` is not in {}", folder.display());
        return None;
    }
    Some(file)
}

/// One invoice and the payment that settled it.
struct Paid {
    customer: String,
    issued: Day,
    due: Day,
    paid: Day,
    amount: Total,
    disputed: bool,
}

fn ledger_of(rows: &[Paid]) -> Ledger {
    let ids = || (0..rows.len()).map(|row| format!("row:{}", row + 1));
    let invoices = Table::new("invoices")
        .text("invoice_id", ids())
        .text("customer_id", rows.iter().map(|row| row.customer.clone()))
        .day("issued_on", rows.iter().map(|row| row.issued))
        .day("due_on", rows.iter().map(|row| row.due))
        .money("amount", rows.iter().map(|row| row.amount));
    let receipts = Table::new("receipts")
        .text("receipt_id", ids())
        .text("customer_id", rows.iter().map(|row| row.customer.clone()))
        .text("invoice_id", ids())
        .day("paid_on", rows.iter().map(|row| row.paid))
        .money("amount", rows.iter().map(|row| row.amount));
    let mut records = Records::default().with(&invoices).unwrap().with(&receipts).unwrap();
    if rows.iter().any(|row| row.disputed) {
        let disputed: Vec<usize> = (0..rows.len()).filter(|&row| rows[row].disputed).collect();
        let id = |row: &usize| format!("row:{}", row + 1);
        let disputes = Table::new("disputes")
            .text("dispute_id", disputed.iter().map(id))
            .text("invoice_id", disputed.iter().map(id))
            .text("customer_id", disputed.iter().map(|&row| rows[row].customer.clone()))
            .day("opened_on", disputed.iter().map(|&row| rows[row].issued))
            .day("closed_on", disputed.iter().map(|&row| rows[row].paid));
        records = records.with(&disputes).unwrap();
    }
    Ledger::from_records(records, Day::LATEST).value.0
}

fn highradius() -> Option<Ledger> {
    let file = real_file("highradius/closed_40000_reconstructed.csv.gz")?;
    let reader = flate2::read::GzDecoder::new(std::fs::File::open(file).unwrap());
    let rows: Vec<Paid> = csv::Reader::from_reader(reader)
        .deserialize()
        .map(|row: Result<BTreeMap<String, String>, _>| {
            let row = row.unwrap();
            let due = day(&row["due_in_date"]);
            let paid = day(&row["clear_date"]);
            let issued = Day::parse(&row["est_baseline_date"]).unwrap_or(due - 15);
            let issued = if issued > paid { due - 15 } else { issued };
            Paid {
                customer: row["cust_number"].clone(),
                issued: issued.min(paid),
                due,
                paid,
                amount: Amount::parse(&row["total_open_amount"]).unwrap().into(),
                disputed: false,
            }
        })
        .collect();
    assert_eq!(rows.len(), 40_000);
    Some(ledger_of(&rows))
}

fn ibm() -> Option<Ledger> {
    let file = real_file("ibm-late-payments/WA_Fn-UseC_-Accounts-Receivable.csv")?;
    let us_day = |text: &str| {
        let parts: Vec<u32> = text.split('/').map(|part| part.parse().unwrap()).collect();
        Day::from_ymd(parts[2] as i32, parts[0], parts[1]).unwrap()
    };
    let rows: Vec<Paid> = csv::Reader::from_path(file)
        .unwrap()
        .deserialize()
        .map(|row: Result<BTreeMap<String, String>, _>| {
            let row = row.unwrap();
            Paid {
                customer: row["customerID"].clone(),
                issued: us_day(&row["InvoiceDate"]),
                due: us_day(&row["DueDate"]),
                paid: us_day(&row["SettledDate"]),
                amount: Amount::parse(&row["InvoiceAmount"]).unwrap().into(),
                disputed: row["Disputed"] == "Yes",
            }
        })
        .collect();
    assert_eq!(rows.len(), 2_466);
    Some(ledger_of(&rows))
}

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
    let Some(ledger) = highradius() else { return };
    // Rows and bad rows as others counted them on the same days.
    for (d, n, n_bad, least_auc, most_loss) in [(5, 6_244, 766, 0.87, 0.25), (15, 6_457, 385, 0.91, 0.125)] {
        let result = out_of_time(&ledger, LabelParams::new(Unit::Invoice, d), &INVOICE_DAYS);
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
    let Some(ledger) = highradius() else { return };
    for (d, least_auc) in [(5, 0.80), (15, 0.81)] {
        let result = out_of_time(&ledger, LabelParams::new(Unit::Customer, d), &INVOICE_DAYS[..3]);
        let (auc, _) = report(&format!("highradius customer {d}"), &result);
        assert!(auc > least_auc, "{auc}");
    }
}

#[test]
fn ibm_invoices_rank_and_a_label_without_bad_rows_is_refused() {
    let Some(ledger) = ibm() else { return };
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
