use arrears::calendar::{FiscalCalendar, PeriodLength, YearPattern};
use arrears::ledger::Ledger;
use arrears::metrics::cohorts::{CohortError, CohortParams, Cohorts, LastDiagonal, cohorts};
use arrears::outcome::Checked;
use arrears::table::Table;

use super::{as_of, groups, month};
use crate::support::ledger;

fn seen(
    ledger: &Ledger,
    day: &str,
    months: (&str, &str),
    params: &CohortParams,
) -> Result<Checked<Cohorts>, CohortError> {
    let groups = groups(ledger, &[]);
    cohorts(
        ledger,
        as_of(day),
        month(months.0),
        month(months.1),
        &groups,
        None,
        params,
    )
}

fn column(table: &Table, name: &str) -> Vec<String> {
    (0..table.n_rows())
        .map(|row| table.column(name).unwrap().text(row))
        .collect()
}

fn note<'a>(table: &'a Table, name: &str) -> &'a str {
    let note = table.notes.iter().find(|(key, _)| key == name);
    &note.unwrap().1
}

const QUARTERS: &str = "
    invoice 1 acme issued 2024-01-05 due 2024-02-10 100.00 EUR
    invoice 2 acme issued 2024-03-31 due 2024-04-30 50.00 EUR
    invoice 3 acme issued 2024-04-01 due 2024-05-01 200.00 EUR
    payment 11 acme on 2024-03-30 60.00 -> 1
    payment 12 acme on 2024-05-02 40.00 -> 1
    payment 13 acme on 2024-06-29 100.00 -> 3";

#[test]
fn origins_and_ages_by_quarter_of_a_fiscal_year() {
    let ledger = ledger(QUARTERS);
    let params = CohortParams {
        calendar: FiscalCalendar {
            start_month: 4,
            length: PeriodLength::Quarter,
            ..FiscalCalendar::default()
        },
        ..CohortParams::default()
    };
    let table = seen(&ledger, "2024-06-30", ("2024-01", "2024-06"), &params)
        .unwrap()
        .value
        .table();
    assert_eq!(column(&table, "origin"), ["FY2024-Q4", "FY2024-Q4", "FY2025-Q1"]);
    assert_eq!(
        column(&table, "origin_ends_on"),
        ["2024-03-31", "2024-03-31", "2024-06-30"]
    );
    assert_eq!(column(&table, "age"), ["0", "1", "0"]);
    assert_eq!(column(&table, "entered"), ["150.00", "150.00", "200.00"]);
    assert_eq!(column(&table, "cash_cumulative"), ["60.00", "100.00", "100.00"]);
    assert_eq!(
        note(&table, "periods"),
        "fiscal quarters of calendar months; a year is named for the calendar year of its twelfth month and begins in month 4"
    );
}

#[test]
fn origins_by_weeks_end_where_the_weeks_do() {
    let ledger = ledger(QUARTERS);
    let params = CohortParams {
        calendar: FiscalCalendar {
            pattern: YearPattern::Weeks445,
            ..FiscalCalendar::default()
        },
        ..CohortParams::default()
    };
    // 2024-01-01 is a Monday: periods of 4, 4 and 5 weeks end on January 28, February 25 and March 31.
    let table = seen(&ledger, "2024-03-31", ("2024-01", "2024-03"), &params)
        .unwrap()
        .value
        .table();
    assert_eq!(column(&table, "origin_ends_on")[0], "2024-01-28");
    assert_eq!(column(&table, "origin")[5], "FY2024-P03");
    assert_eq!(column(&table, "origin_ends_on")[5], "2024-03-31");
    assert_eq!(
        column(&table, "entered"),
        ["100.00", "100.00", "100.00", "0.00", "0.00", "50.00"]
    );
    assert_eq!(
        column(&table, "cash"),
        ["0.00", "0.00", "60.00", "0.00", "0.00", "0.00"]
    );
    let years = CohortParams {
        calendar: FiscalCalendar {
            length: PeriodLength::Year,
            ..params.calendar
        },
        ..params
    };
    let error = seen(&ledger, "2024-03-31", ("2024-02", "2024-03"), &years).unwrap_err();
    assert!(matches!(error, CohortError::NoPeriod { .. }));
    assert!(
        error
            .to_string()
            .starts_with("found no period that ends in 2024-02 to 2024-03, expected"),
        "{error}"
    );
}

const THREE_MONTHS: &str = "
    invoice 1 acme issued 2024-01-05 due 2024-02-10 200.00 EUR
    invoice 2 acme issued 2024-02-05 due 2024-03-10 100.00 EUR
    invoice 3 acme issued 2024-03-05 due 2024-04-10 100.00 EUR
    payment 11 acme on 2024-01-30 40.00 -> 1
    payment 12 acme on 2024-02-12 60.00 -> 1
    payment 13 acme on 2024-02-20 10.00 -> 2
    payment 14 acme on 2024-03-02 6.00 -> 1
    payment 15 acme on 2024-03-09 30.00 -> 2
    payment 16 acme on 2024-03-11 5.00 -> 1";

fn march_10(last_diagonal: LastDiagonal) -> Checked<Cohorts> {
    let params = CohortParams {
        last_diagonal,
        ..CohortParams::default()
    };
    seen(&ledger(THREE_MONTHS), "2024-03-10", ("2024-01", "2024-03"), &params).unwrap()
}

#[test]
fn a_last_month_that_is_not_over_is_dropped_or_pro_rated_by_days() {
    let dropped = march_10(LastDiagonal::Drop).value;
    assert_eq!(dropped.triangle(0).unwrap().1.rows(), [vec![40.0, 100.0], vec![10.0]]);
    assert_eq!(note(&dropped.table(), "last_diagonal"), "drop: every age is complete");

    let Checked { value, caveats, .. } = march_10(LastDiagonal::ProRate);
    // March was seen for 10 of its 31 days: 6 and 30 came in, 6 x 3.1 and 30 x 3.1 are expected.
    let (origins, triangle) = value.triangle(0).unwrap();
    assert_eq!(origins, [0, 1]);
    assert_eq!(
        triangle.rows(),
        [
            vec![40.0, 100.0, 100.0 + 6.0 * 31.0 / 10.0],
            vec![10.0, 10.0 + 30.0 * 31.0 / 10.0]
        ]
    );
    assert_eq!(
        caveats[0].to_string(),
        "caveat: 2024-03 is not over on 2024-03-10; it is left out as an origin, and as the last age its money is multiplied by 31/10 before the projection"
    );
    let table = value.table();
    // The cells keep what was seen, to the cent.
    assert_eq!(column(&table, "cash"), ["40.00", "60.00", "6.00", "10.00", "30.00"]);
    assert_eq!(
        column(&table, "age_complete"),
        ["true", "true", "false", "true", "false"]
    );
    let projection = value.projection_table();
    assert_eq!(column(&projection, "cash_latest"), ["106.00", "40.00"]);
    assert_eq!(column(&projection, "cash_projected_from"), ["118.6", "103"]);
    assert_eq!(
        note(&projection, "last_diagonal"),
        "prorate: 10 of 31 days seen; projected from increments x 31/10"
    );
}

#[test]
fn pro_rating_a_month_that_is_over_changes_nothing() {
    let ledger = ledger(THREE_MONTHS);
    let of = |last_diagonal| {
        let params = CohortParams {
            last_diagonal,
            ..CohortParams::default()
        };
        seen(&ledger, "2024-03-31", ("2024-01", "2024-03"), &params).unwrap()
    };
    let (dropped, prorated) = (of(LastDiagonal::Drop), of(LastDiagonal::ProRate));
    assert!(dropped.caveats.is_empty() && prorated.caveats.is_empty());
    assert_eq!(dropped.value.sums(), prorated.value.sums());
    assert_eq!(dropped.value.triangle(0), prorated.value.triangle(0));
}

#[test]
fn money_after_the_day_is_in_no_pro_rated_cell() {
    // Payment 16 comes on March 11.
    let value = march_10(LastDiagonal::ProRate).value;
    let latest = value.sums()[0].cumulative(0).last().unwrap();
    assert_eq!(latest.cash.to_string(), "106.00");
}

#[test]
fn the_additive_method_projects_from_what_entered() {
    let value = march_10(LastDiagonal::Drop).value;
    let table = value.projection_table();
    // January: 60 of 200 came at age 1; February has 100 entered and 10 so far.
    assert_eq!(
        column(&table, "additive_ultimate"),
        ["100", (10.0 + 100.0 * (60.0_f64 / 200.0)).to_string().as_str()]
    );
    assert_eq!(column(&table, "additive_rate"), ["0.5", "0.4"]);
    assert_eq!(
        column(&table, "cash_ultimate"),
        ["100", (10.0 * (100.0_f64 / 40.0)).to_string().as_str()]
    );
}

#[test]
fn a_young_month_above_what_entered_is_flagged_and_the_additive_method_stays_sane() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-05 due 2024-02-10 100.00 EUR
         invoice 2 acme issued 2024-02-05 due 2024-03-10 100.00 EUR
         payment 11 acme on 2024-01-30 1.00 -> 1
         payment 12 acme on 2024-02-12 80.00 -> 1
         payment 13 acme on 2024-02-20 10.00 -> 2",
    );
    let value = seen(&ledger, "2024-02-29", ("2024-01", "2024-02"), &CohortParams::default())
        .unwrap()
        .value;
    let table = value.projection_table();
    // 10 x 81 / 1 is eight times what entered; of what entered, 80 / 100 are to come.
    assert_eq!(column(&table, "cash_ultimate"), ["81", "810"]);
    assert_eq!(column(&table, "over_100"), ["false", "true"]);
    assert_eq!(column(&table, "additive_ultimate"), ["81", "90"]);
}

#[test]
fn one_origin_has_no_error_and_an_origin_without_a_factor_no_ultimate() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-05 due 2024-02-10 100.00 EUR
         payment 11 acme on 2024-02-12 80.00 -> 1",
    );
    let value = seen(&ledger, "2024-02-29", ("2024-01", "2024-01"), &CohortParams::default())
        .unwrap()
        .value;
    let table = value.projection_table();
    assert_eq!(column(&table, "cash_ultimate"), ["80"]);
    assert_eq!(column(&table, "standard_error"), [""]);
    assert_eq!(column(&table, "standard_error_reason"), ["not_defined"]);
    assert_eq!(value.chain_ladder(0).unwrap().standard_error, None);
}
