//! What every metric says where others divide by zero, drop a row or guess: one story a test, all metrics asked.

use arrears::ledger::Ledger;
use arrears::metrics::aging::{AgingParams, aging};
use arrears::metrics::cohorts::{CohortOrigin, CohortParams, cohorts};
use arrears::metrics::dso::{DsoParams, dso};
use arrears::metrics::flow::{FlowParams, flow};
use arrears::metrics::roll_rates::{RollPeriods, RollRatesParams, roll_rates};
use arrears::outcome::IssueCode;
use arrears::table::Table;

use super::{as_of, groups, month};
use crate::support::{checked_ledger, ledger};

/// The cells of some columns, row by row, joined by blanks; a null is `-`.
fn rows(table: &Table, columns: &[&str]) -> Vec<String> {
    let cell = |row: usize, column: &&str| match table.data(column).unwrap().text(row) {
        text if text.is_empty() => "-".to_owned(),
        text => text,
    };
    (0..table.n_rows())
        .map(|row| {
            let cells: Vec<String> = columns.iter().map(|column| cell(row, column)).collect();
            cells.join(" ")
        })
        .collect()
}

fn aged(ledger: &Ledger, day: &str) -> Table {
    let groups = groups(ledger, &[]);
    let aging = aging(ledger, as_of(day), &groups, None, &AgingParams::default());
    aging.unwrap().value.table()
}

fn flowed(ledger: &Ledger, from: &str, to: &str) -> Table {
    let flow = flow(
        ledger,
        month(from),
        month(to),
        &groups(ledger, &[]),
        None,
        &FlowParams::default(),
    );
    flow.unwrap().value.table()
}

/// The DSO family of one month over one month of sales.
fn dso_of(ledger: &Ledger, of: &str) -> Table {
    let params = DsoParams { window_months: 1 };
    let dso = dso(ledger, month(of), month(of), &groups(ledger, &[]), None, &params);
    dso.unwrap().value.table()
}

/// The moves of each month that happened: counts as they stand, amounts that are not zero.
fn moved(ledger: &Ledger, from: &str, to: &str) -> Vec<String> {
    let params = RollRatesParams {
        periods: RollPeriods::EachMonth,
        ..RollRatesParams::default()
    };
    let rolls = roll_rates(ledger, month(from), month(to), &groups(ledger, &[]), None, &params);
    let all = rows(
        &rolls.unwrap().value.table(),
        &["month", "kind", "from_state", "to_state", "n", "amount"],
    );
    let nothing = |row: &String| row.ends_with(" 0 -") || row.ends_with(" - 0.00");
    all.into_iter().filter(|row| !nothing(row)).collect()
}

fn recovered(ledger: &Ledger, origin: CohortOrigin, from: &str, to: &str, day: &str) -> Vec<String> {
    let params = CohortParams {
        origin,
        ..CohortParams::default()
    };
    let groups = groups(ledger, &[]);
    let cohorts = cohorts(ledger, as_of(day), month(from), month(to), &groups, None, &params);
    let table = cohorts.unwrap().value.table();
    rows(
        &table,
        &[
            "origin",
            "age",
            "n_documents",
            "entered",
            "cash_cumulative",
            "recovery_rate",
        ],
    )
}

#[test]
fn a_window_without_sales_has_no_dso_and_countback_goes_on_to_older_sales() {
    let ledger = ledger("invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR");
    assert_eq!(
        rows(&aged(&ledger, "2024-03-31"), &["days_31_60", "control"]),
        ["100.00 100.00"]
    );
    let flow = flowed(&ledger, "2024-03", "2024-03");
    assert_eq!(rows(&flow, &["opening", "invoiced", "closing"]), ["100.00 0.00 100.00"]);
    let dso = dso_of(&ledger, "2024-03");
    assert_eq!(rows(&dso, &["dso", "dso_reason", "credit_sales"]), ["- no_sales 0.00"]);
    // March and February sold nothing and count whole, January's 100 are taken off whole: 31 + 29 + 31.
    assert_eq!(rows(&dso, &["countback_dso", "countback_censored"]), ["91 false"]);
}

#[test]
fn sales_below_zero_have_no_dso() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 500.00 EUR
         invoice 2 acme issued 2024-03-05 due 2024-04-04 100.00 EUR
         credit_note 3 acme issued 2024-03-20 150.00 EUR",
    );
    let aged = aged(&ledger, "2024-03-31");
    // 500 + 100 - 150.
    assert_eq!(rows(&aged, &["unapplied_credits", "control"]), ["150.00 450.00"]);
    let dso = dso_of(&ledger, "2024-03");
    assert_eq!(
        rows(&dso, &["credit_sales", "dso", "dso_reason"]),
        ["-50.00 - negative_sales"]
    );
    assert_eq!(rows(&dso, &["countback_dso", "countback_reason"]), ["- negative_sales"]);
}

#[test]
fn a_credit_balance_ages_and_flows_and_has_no_dso() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-03-05 due 2024-04-04 100.00 EUR
         payment 2 acme on 2024-03-10 150.00 EUR",
    );
    let aged = aged(&ledger, "2024-03-31");
    assert_eq!(
        rows(&aged, &["not_due", "unapplied_cash", "control"]),
        ["100.00 150.00 -50.00"]
    );
    let flow = flowed(&ledger, "2024-03", "2024-03");
    assert_eq!(rows(&flow, &["invoiced", "cash", "closing"]), ["100.00 150.00 -50.00"]);
    let dso = dso_of(&ledger, "2024-03");
    assert_eq!(rows(&dso, &["dso", "dso_reason"]), ["- credit_balance"]);
    assert_eq!(rows(&dso, &["countback_dso", "countback_reason"]), ["- credit_balance"]);
}

#[test]
fn receivables_above_all_sales_give_a_lower_bound() {
    // A finance charge is owed and was not sold: 120 are open, 100 were sold.
    let ledger = ledger(
        "invoice 1 acme issued 2024-03-05 due 2024-04-04 100.00 EUR
         finance_charge 2 acme issued 2024-03-20 due 2024-04-04 20.00 EUR",
    );
    let dso = dso_of(&ledger, "2024-03");
    assert_eq!(
        rows(&dso, &["receivables", "countback_dso", "countback_censored"]),
        ["120.00 31 true"]
    );
}

#[test]
fn a_claim_without_due_date_is_open_moves_nowhere_and_weighs_in_no_days_late() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 100.00 EUR
         payment 2 acme on 2024-03-10 40.00 EUR -> 1",
    );
    let aged = aged(&ledger, "2024-02-29");
    assert_eq!(
        rows(&aged, &["no_due_date", "overdue", "control"]),
        ["100.00 0.00 100.00"]
    );
    assert_eq!(
        moved(&ledger, "2024-03", "2024-03"),
        [
            "2024-03 count no_due_date no_due_date 1 -",
            "2024-03 amount no_due_date no_due_date - 60.00",
            "2024-03 amount no_due_date collected - 40.00",
        ]
    );
    let dso = dso_of(&ledger, "2024-03");
    assert_eq!(
        rows(
            &dso,
            &["weighted_days_late", "weighted_days_to_pay", "weighted_days_reason"]
        ),
        ["- - no_applications"]
    );
    let by_due = recovered(&ledger, CohortOrigin::Due, "2024-01", "2024-03", "2024-03-31");
    assert!(by_due.iter().all(|row| row.contains(" 0 0.00 ")), "{by_due:?}");
}

#[test]
fn partial_payments_over_several_buckets_are_collected_from_the_bucket_they_were_in() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-01 due 2024-01-31 100.00 EUR
         payment 2 acme on 2024-02-20 30.00 -> 1
         payment 3 acme on 2024-03-20 30.00 -> 1",
    );
    // Due on 31 January: 29 days past due on 29 February, 60 on 31 March.
    assert_eq!(
        rows(&aged(&ledger, "2024-02-29"), &["days_1_30", "days_31_60"]),
        ["70.00 0.00"]
    );
    assert_eq!(
        rows(&aged(&ledger, "2024-03-31"), &["days_1_30", "days_31_60"]),
        ["0.00 40.00"]
    );
    assert_eq!(
        moved(&ledger, "2024-02", "2024-03"),
        [
            "2024-02 count not_due 1-30 1 -",
            "2024-02 amount not_due 1-30 - 70.00",
            "2024-02 amount not_due collected - 30.00",
            "2024-03 count 1-30 31-60 1 -",
            "2024-03 amount 1-30 31-60 - 40.00",
            "2024-03 amount 1-30 collected - 30.00",
        ]
    );
    assert_eq!(
        recovered(&ledger, CohortOrigin::Issue, "2024-01", "2024-01", "2024-03-31"),
        [
            "2024-01 0 1 100.00 0.00 0",
            "2024-01 1 1 100.00 30.00 0.3",
            "2024-01 2 1 100.00 60.00 0.6",
        ]
    );
}

#[test]
fn a_reversal_after_closing_opens_the_claim_again_with_its_old_age() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-01 due 2024-01-31 100.00 EUR
         payment 2 acme on 2024-02-10 100.00 EUR -> 1
         reversal 3 acme on 2024-04-15 100.00 EUR reverses=2 -> 1",
    );
    assert_eq!(
        rows(&aged(&ledger, "2024-03-31"), &["control", "n_open_items"]),
        ["0.00 0"]
    );
    // 31 January to 30 April: 90 days.
    assert_eq!(
        rows(&aged(&ledger, "2024-04-30"), &["days_61_90", "control"]),
        ["100.00 100.00"]
    );
    let flow = flowed(&ledger, "2024-03", "2024-04");
    assert_eq!(
        rows(&flow, &["month", "opening", "cash", "reversals", "closing"]),
        ["2024-03 0.00 0.00 0.00 0.00", "2024-04 0.00 0.00 100.00 100.00"]
    );
    let reopened: Vec<String> = moved(&ledger, "2024-04", "2024-04");
    assert!(reopened.iter().all(|row| row.contains(" reopened ")), "{reopened:?}");
    assert_eq!(
        recovered(&ledger, CohortOrigin::Issue, "2024-01", "2024-01", "2024-04-30"),
        [
            "2024-01 0 1 100.00 0.00 0",
            "2024-01 1 1 100.00 100.00 1",
            "2024-01 2 1 100.00 100.00 1",
            "2024-01 3 1 100.00 0.00 0",
        ]
    );
}

#[test]
fn a_claim_paid_in_another_currency_is_relieved_by_what_was_agreed_in_its_own() {
    let converted = ledger(
        "invoice 1 acme issued 2024-03-05 due 2024-04-04 100.00 EUR
         payment 2 acme on 2024-03-10 100.00 EUR received_amount=108.50 received_currency=USD -> 1",
    );
    assert_eq!(
        rows(&aged(&converted, "2024-03-31"), &["currency", "control"]),
        ["EUR 0.00"]
    );
    // Nobody said what the dollars were worth: the claim stays open, the dollars are unapplied, and it is said.
    let unconverted = checked_ledger(
        "invoice 1 acme issued 2024-03-05 due 2024-04-04 100.00 EUR
         payment 2 acme on 2024-03-10 108.50 USD -> 1",
    );
    assert_eq!(unconverted.issues.count(IssueCode::ReceiptCurrency), 1);
    let columns = ["currency", "not_due", "unapplied_cash", "control"];
    assert_eq!(
        rows(&aged(&unconverted.value, "2024-03-31"), &columns),
        ["EUR 100.00 0.00 100.00", "USD 0.00 108.50 -108.50"]
    );
    let flow = flowed(&unconverted.value, "2024-03", "2024-03");
    assert_eq!(
        rows(&flow, &["currency", "invoiced", "cash", "closing"]),
        ["EUR 100.00 0.00 100.00", "USD 0.00 108.50 -108.50"]
    );
}

#[test]
fn a_document_of_zero_is_no_open_item_and_no_case() {
    let ledger = ledger("invoice 1 acme issued 2024-02-05 due 2024-03-06 0.00 EUR");
    assert_eq!(
        rows(&aged(&ledger, "2024-03-31"), &["control", "n_open_items"]),
        ["0.00 0"]
    );
    assert_eq!(moved(&ledger, "2024-03", "2024-03"), Vec::<String>::new());
    let dso = dso_of(&ledger, "2024-02");
    assert_eq!(
        rows(&dso, &["dso", "dso_reason", "true_dso_reason"]),
        ["- no_sales nothing_open"]
    );
    let cohort = recovered(&ledger, CohortOrigin::Issue, "2024-02", "2024-02", "2024-02-29");
    assert!(cohort[0].ends_with(" -"), "a share of nothing: {cohort:?}");
}

#[test]
fn a_claim_due_before_its_issue_is_kept_and_its_terms_are_negative() {
    let checked = checked_ledger(
        "invoice 1 acme issued 2024-03-05 due 2024-03-01 100.00 EUR
         payment 2 acme on 2024-03-09 60.00 -> 1",
    );
    assert_eq!(checked.issues.count(IssueCode::DueBeforeIssue), 1);
    assert_eq!(rows(&aged(&checked.value, "2024-03-04"), &["control"]), ["0.00"]);
    assert_eq!(rows(&aged(&checked.value, "2024-03-31"), &["days_1_30"]), ["40.00"]);
    // 1 to 5 March: 4 days of terms that had run out; paid 8 days after due, 4 after issue.
    let dso = dso_of(&checked.value, "2024-03");
    assert_eq!(
        rows(&dso, &["weighted_terms", "weighted_days_late", "weighted_days_to_pay"]),
        ["-4 8 4"]
    );
}
