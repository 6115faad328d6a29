//! The program against independent implementations: DuckDB, chainladder, lifelines, statsmodels. See README.md beside this file.

mod expected;

use arrears::calendar::AsOf;
use arrears::generate::embedded::demo_files;
use arrears::import::from_text;
use arrears::ledger::Ledger;
use arrears::metrics::aging::{AgingParams, aging};
use arrears::metrics::cohorts::{CohortParams, cohorts, time_to_pay};
use arrears::metrics::dso::{DsoParams, dso};
use arrears::metrics::flow::{FlowParams, flow};
use arrears::metrics::roll_rates::{RollRatesParams, roll_rates};
use arrears::metrics::triangle::{FactorRule, LongTriangle, SigmaRule};
use arrears::metrics::{goodman_interval, segments, wilson_interval};

use self::expected::Expected;
use crate::metrics::{groups, month};
use crate::support::day;

/// The small ledger of the demo, as the scripts read it.
fn demo() -> Ledger {
    let tables: Vec<(&str, &str)> = demo_files()
        .iter()
        .filter_map(|(name, text)| Some((name.strip_suffix(".csv")?, *text)))
        .collect();
    let (ledger, rejected) = Ledger::from_records(from_text(&tables).unwrap(), day("2025-12-31")).value;
    assert_eq!(rejected, []);
    ledger
}

#[test]
fn ageing_of_every_month_end_is_that_of_duckdb() {
    let (ledger, expected) = (demo(), Expected::read(include_str!("expected/aging.csv")));
    let days = expected.distinct("day");
    assert_eq!(days.len(), 24);
    for text in &days {
        let groups = groups(&ledger, &[]);
        let params = AgingParams::default();
        let aging = aging(&ledger, AsOf(day(text)), &groups, None, &params).unwrap();
        expected.only("day", text).compare(&aging.value.table(), &["currency"]);
    }
}

#[test]
fn the_flow_is_that_of_duckdb() {
    let ledger = demo();
    let (from, to) = (month("2025-01"), month("2025-12"));
    let flow = flow(&ledger, from, to, &groups(&ledger, &[]), None, &FlowParams::default()).unwrap();
    let expected = Expected::read(include_str!("expected/flow.csv"));
    expected.compare(&flow.value.table(), &["currency", "month"]);
}

#[test]
fn count_roll_rates_are_those_of_duckdb() {
    let ledger = demo();
    let (from, to) = (month("2025-01"), month("2025-12"));
    let params = RollRatesParams::default();
    let rolls = roll_rates(&ledger, from, to, &groups(&ledger, &[]), None, &params).unwrap();
    let expected = Expected::read(include_str!("expected/roll_rates.csv"));
    expected.compare(&rolls.value.table(), &["currency", "kind", "from_state", "to_state"]);
}

#[test]
fn cohorts_are_those_of_duckdb() {
    let ledger = demo();
    let (from, to) = (month("2025-01"), month("2025-12"));
    let (as_of, params) = (AsOf(day("2025-12-31")), CohortParams::default());
    let cohorts = cohorts(&ledger, as_of, from, to, &groups(&ledger, &[]), None, &params).unwrap();
    let expected = Expected::read(include_str!("expected/cohorts.csv"));
    expected.compare(&cohorts.value.table(), &["currency", "origin", "age"]);
}

#[test]
fn the_dso_family_is_that_of_duckdb() {
    let ledger = demo();
    let (from, to) = (month("2025-01"), month("2025-12"));
    let dso = dso(&ledger, from, to, &groups(&ledger, &[]), None, &DsoParams::default()).unwrap();
    let expected = Expected::read(include_str!("expected/dso.csv"));
    expected.compare(&dso.value.table(), &["currency", "month"]);
}

#[test]
fn time_to_pay_is_that_of_lifelines_and_statsmodels() {
    let ledger = demo();
    let as_of = AsOf(day("2025-12-31"));
    let groups = segments::groups(&ledger, as_of, &[]).unwrap().value;
    let times = time_to_pay(&ledger, as_of, month("2025-01"), month("2025-12"), &groups, None).unwrap();
    let expected = Expected::read(include_str!("expected/time_to_pay.csv"));
    expected.compare(&times.value.table(), &["currency", "days_since_issue"]);
}

#[test]
fn ultimates_and_errors_of_the_ledgers_cash_are_those_of_chainladder() {
    let ledger = demo();
    let (from, to) = (month("2025-01"), month("2025-12"));
    let as_of = AsOf(day("2025-12-31"));
    let params = CohortParams::default();
    let cohorts = cohorts(&ledger, as_of, from, to, &groups(&ledger, &[]), None, &params).unwrap();
    let expected = Expected::read(include_str!("expected/triangles.csv"));
    let expected = expected.only("triangle", "demo").only("sigma_rule", "mack");
    let rows = expected
        .rename("latest", "cash_latest")
        .rename("ultimate", "cash_ultimate");
    rows.without("origin", "total")
        .with("currency", "EUR")
        .compare(&cohorts.value.projection_table(), &["currency", "origin"]);
}

#[test]
fn factors_of_the_ledgers_cash_are_those_of_chainladder() {
    let cells = Expected::read(include_str!("expected/cohorts.csv")).only("currency", "EUR");
    let mut csv = "development,origin,value\n".to_owned();
    for row in 0..cells.n_rows() {
        let cell = |column| cells.cell(row, column).to_owned();
        csv += &format!("{},{},{}\n", cell("age"), cell("origin"), cell("cash_cumulative"));
    }
    let triangle = LongTriangle::from_csv(csv.as_bytes()).unwrap();
    let (factors, _) = triangle.tables(FactorRule::Volume, SigmaRule::Mack);
    let expected = Expected::read(include_str!("expected/factors.csv")).only("triangle", "demo");
    let found = factors.reals("factor").unwrap();
    assert_eq!(expected.n_rows(), 11);
    for row in 0..expected.n_rows() {
        let step: usize = expected.cell(row, "step").parse().unwrap();
        let factor: f64 = expected.cell(row, "factor").parse().unwrap();
        assert!((found[step].unwrap() - factor).abs() < 1e-9, "step {step}");
    }
}

#[test]
fn intervals_are_those_of_statsmodels() {
    let expected = Expected::read(include_str!("expected/intervals.csv"));
    for row in 0..expected.n_rows() {
        let number = |column: &str| expected.cell(row, column).parse::<f64>().unwrap();
        let (n_of, n, confidence) = (number("n_of") as u64, number("n") as u64, number("confidence"));
        let (low, high) = match expected.cell(row, "method") {
            "wilson" => wilson_interval(n_of, n, confidence),
            _ => goodman_interval(n_of, n, number("n_cells") as usize, confidence),
        }
        .unwrap();
        assert!(
            (low - number("low")).abs() < 1e-9 && (high - number("high")).abs() < 1e-9,
            "row {row}"
        );
    }
    assert!(expected.n_rows() > 50);
}
