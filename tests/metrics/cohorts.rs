use arrears::metrics::cohorts::{CohortError, CohortOrigin, CohortParams, cohorts};
use arrears::money::Total;
use arrears::outcome::Checked;
use arrears::table::Table;

use super::{as_of, groups, month};
use crate::support::{ledger, total};

const TWO_MONTHS: &str = "
    invoice 1 acme issued 2024-01-05 due 2024-02-10 100.00 EUR
    invoice 2 acme issued 2024-01-25 due 2024-02-10 100.00 EUR
    invoice 3 acme issued 2024-02-05 due 2024-03-10 50.00 EUR
    payment 11 acme on 2024-01-30 40.00 -> 1
    payment 12 acme on 2024-02-12 60.00 -> 1
    payment 13 acme on 2024-02-12 30.00 -> 2
    reversal 14 acme on 2024-03-01 30.00 reverses=13/1
    discount 15 acme on 2024-03-05 2.00 -> 2
    credit 16 acme on 2024-03-05 8.00 -> 2
    write_off 17 acme on 2024-03-25 90.00 -> 2
    payment 18 acme on 2024-02-20 45.00 -> 3";

fn column(table: &Table, name: &str) -> Vec<String> {
    (0..table.n_rows())
        .map(|row| table.column(name).unwrap().text(row))
        .collect()
}

#[test]
fn money_is_placed_by_origin_and_age() {
    let ledger = ledger(TWO_MONTHS);
    let params = CohortParams::default();
    let Checked { value, caveats, .. } = cohorts(
        &ledger,
        as_of("2024-03-31"),
        month("2024-01"),
        month("2024-03"),
        &groups(&ledger, &[]),
        None,
        &params,
    )
    .unwrap();
    assert!(caveats.is_empty());
    let table = value.table();
    assert_eq!(
        column(&table, "origin"),
        ["2024-01", "2024-01", "2024-01", "2024-02", "2024-02", "2024-03"]
    );
    assert_eq!(column(&table, "age"), ["0", "1", "2", "0", "1", "0"]);
    assert_eq!(
        column(&table, "entered"),
        ["200.00", "200.00", "200.00", "50.00", "50.00", "0.00"]
    );
    // January: 40, then 60 + 30, then -30 taken back.
    assert_eq!(
        column(&table, "cash"),
        ["40.00", "90.00", "-30.00", "45.00", "0.00", "0.00"]
    );
    assert_eq!(
        column(&table, "cash_cumulative"),
        ["40.00", "130.00", "100.00", "45.00", "45.00", "0.00"]
    );
    assert_eq!(
        column(&table, "recovery_rate"),
        [40.0 / 200.0, 130.0 / 200.0, 100.0 / 200.0, 45.0 / 50.0, 45.0 / 50.0]
            .map(|rate: f64| rate.to_string())
            .into_iter()
            .chain([String::new()])
            .collect::<Vec<_>>()
    );
    assert_eq!(column(&table, "discounts_cumulative")[2], "2.00");
    assert_eq!(column(&table, "credits_cumulative")[2], "8.00");
    assert_eq!(column(&table, "write_offs_cumulative")[2], "90.00");
}

#[test]
fn a_month_that_is_not_over_is_dropped_and_said() {
    let ledger = ledger(TWO_MONTHS);
    let checked = cohorts(
        &ledger,
        as_of("2024-03-30"),
        month("2024-01"),
        month("2024-03"),
        &groups(&ledger, &[]),
        None,
        &CohortParams::default(),
    )
    .unwrap();
    assert_eq!(
        checked.caveats[0].to_string(),
        "caveat: 2024-03 is not over on 2024-03-30; it is left out, as an origin and as the last age of every origin"
    );
    assert_eq!(
        column(&checked.value.table(), "cash_cumulative"),
        ["40.00", "130.00", "45.00"]
    );
}

#[test]
fn the_projection_is_the_chain_ladder_of_the_triangle() {
    let ledger = ledger(TWO_MONTHS);
    let groups = groups(&ledger, &[]);
    let (from, to) = (month("2024-01"), month("2024-02"));
    let params = CohortParams::default();
    let cohorts = cohorts(&ledger, as_of("2024-02-29"), from, to, &groups, None, &params)
        .unwrap()
        .value;
    let (origins, triangle) = cohorts.triangle(0).unwrap();
    assert_eq!(origins, [0, 1]);
    assert_eq!(triangle.rows(), [vec![40.0, 130.0], vec![45.0]]);
    let table = cohorts.projection_table();
    // Factor 130/40; 45 x 3.25 = 146.25, more than the 50 entered.
    assert_eq!(column(&table, "cash_ultimate"), ["130", "146.25"]);
    assert_eq!(column(&table, "over_100"), ["false", "true"]);
    assert_eq!(column(&table, "standard_error"), ["", ""]);
    assert_eq!(column(&table, "standard_error_reason"), ["not_defined"; 2]);
    assert!(table.notes.contains(&("sigma_rule".to_owned(), "mack".to_owned())));
}

#[test]
fn by_due_month_early_money_has_age_zero_and_undated_claims_are_counted_out() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-05 due 2024-02-10 100.00 EUR
         invoice 2 acme issued 2024-01-05 100.00 EUR
         payment 11 acme on 2024-01-30 40.00 -> 1",
    );
    let params = CohortParams {
        origin: CohortOrigin::Due,
        ..CohortParams::default()
    };
    let (from, to) = (month("2024-01"), month("2024-02"));
    let checked = cohorts(
        &ledger,
        as_of("2024-02-29"),
        from,
        to,
        &groups(&ledger, &[]),
        None,
        &params,
    )
    .unwrap();
    assert_eq!(
        checked.caveats[0].to_string(),
        "caveat: 1 claims have no due date; they belong to no month of falling due and are left out"
    );
    let sums = &checked.value.sums()[0];
    assert_eq!(sums.entered, [Total::ZERO, total("100")]);
    assert_eq!(sums.ages(1)[0].cash, total("40"));
}

#[test]
fn origins_that_are_not_over_on_the_day_are_refused() {
    let ledger = ledger(TWO_MONTHS);
    let groups = groups(&ledger, &[]);
    let (from, to) = (month("2024-03"), month("2024-04"));
    let error = cohorts(
        &ledger,
        as_of("2024-03-30"),
        from,
        to,
        &groups,
        None,
        &CohortParams::default(),
    )
    .unwrap_err();
    assert!(matches!(error, CohortError::NothingObserved { .. }));
    assert_eq!(
        error.to_string(),
        "found 2024-03 as the first origin month, expected one that is over on the as-of day 2024-03-30"
    );
}
