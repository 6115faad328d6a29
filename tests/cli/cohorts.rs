//! Cohorts and DSO on the command line: published triangles, buckets entered, fiscal periods, refusals.

use std::path::Path;

use super::{arrears, column, fine};

/// Mack, T., CAS Forum (Spring 1994), p. 107: cumulative incurred losses, see the tests of the chain ladder.
const RAA: [&[i64]; 10] = [
    &[5012, 8269, 10907, 11805, 13539, 16181, 18009, 18608, 18662, 18834],
    &[106, 4285, 5396, 10666, 13782, 15599, 15496, 16169, 16704],
    &[3410, 8992, 13873, 16141, 18735, 22214, 22863, 23466],
    &[5655, 11555, 15766, 21266, 23425, 26083, 27067],
    &[1092, 9565, 15836, 22169, 25955, 26180],
    &[1513, 6445, 11702, 12935, 15852],
    &[557, 4020, 10946, 12314],
    &[1351, 6947, 13112],
    &[3133, 5395],
    &[2063],
];

fn total_of(at: &Path, sigma_rule: &str) -> (f64, f64) {
    fine(
        at,
        &format!("cohorts --from-triangle raa.csv --sigma-rule {sigma_rule} -o {sigma_rule}/"),
    );
    let projection = std::fs::read_to_string(at.join(sigma_rule).join("triangle_projection.csv")).unwrap();
    let last = |name: &str| column(&projection, name).pop().unwrap().parse().unwrap();
    (last("outstanding"), last("standard_error"))
}

#[test]
fn a_published_triangle_gives_its_published_totals_by_either_sigma_rule() {
    let folder = tempfile::tempdir().unwrap();
    let cells = RAA.iter().zip(1981..).flat_map(|(row, origin)| {
        let cells = row.iter().enumerate();
        cells.map(move |(age, value)| format!("{},{origin},{value}\n", origin + age as i64))
    });
    let text: String = std::iter::once("development,origin,value\n".to_owned())
        .chain(cells)
        .collect();
    std::fs::write(folder.path().join("raa.csv"), text).unwrap();
    for (rule, error) in [("mack", 26_909.01), ("log-linear", 26_880.74)] {
        let (outstanding, found) = total_of(folder.path(), rule);
        assert!((outstanding - 52_135.228).abs() < 0.0005, "{outstanding}");
        assert!((found - error).abs() < 0.005, "{rule}: {found}");
    }
}

fn late_ledger(at: &Path) {
    let invoices = "invoice_id,customer_id,issued_on,due_on,amount,currency\n\
        1,acme,2023-12-11,2024-01-10,100.00,EUR\n2,bolt,2024-01-05,2024-02-04,50.00,EUR\n3,acme,2024-06-01,2024-07-01,1.00,EUR\n";
    let receipts = "receipt_id,customer_id,invoice_id,paid_on,amount,currency,kind\n\
        11,acme,1,2024-02-10,30.00,EUR,cash\n12,acme,1,2024-03-11,20.00,EUR,cash\n13,bolt,2,2024-02-20,50.00,EUR,cash\n";
    std::fs::write(at.join("invoices.csv"), invoices).unwrap();
    std::fs::write(at.join("receipts.csv"), receipts).unwrap();
    fine(
        at,
        "import --ledger L --imported-on 2024-06-30 invoices.csv receipts.csv",
    );
}

#[test]
fn what_entered_a_bucket_is_followed_and_the_last_diagonal_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    late_ledger(at);
    let range = "--ledger L --as-of 2024-03-15 --from 2024-02 --to 2024-02 --format csv";
    let dropped = fine(at, &format!("cohorts {range} --origin entering:31-60"));
    assert_eq!(column(&dropped, "entered"), ["70.00"]);
    assert_eq!(column(&dropped, "cash_cumulative"), ["0.00"]);
    let prorated = fine(
        at,
        &format!("cohorts {range} --origin entering:31-60 --last-diagonal prorate"),
    );
    assert_eq!(column(&prorated, "cash_cumulative"), ["0.00", "20.00"]);
    assert_eq!(column(&prorated, "age_complete"), ["true", "false"]);
}

#[test]
fn the_fiscal_year_of_the_configuration_and_the_weeks_of_the_flag() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    late_ledger(at);
    std::fs::write(at.join("april.toml"), "[calendar]\nfiscal_year_start_month = 4\n").unwrap();
    let range = "--ledger L --as-of 2024-06-30 --from 2023-10 --to 2024-03 --format csv";
    let quarters = fine(at, &format!("--config april.toml cohorts {range} --period quarter"));
    assert_eq!(column(&quarters, "origin")[0], "FY2024-Q3");
    let weeks = fine(at, &format!("cohorts {range} --calendar 4-4-5"));
    // 2023 began on Monday, January 2; the five weeks of its ninth month end after 39 weeks, on October 1.
    assert_eq!(column(&weeks, "origin")[0], "FY2023-P09");
    assert_eq!(column(&weeks, "origin_ends_on")[0], "2023-10-01");
}

#[test]
fn time_to_pay_is_by_count_or_by_money_and_what_does_not_belong_together_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    late_ledger(at);
    let range = "--ledger L --as-of 2024-03-31 --from 2023-12 --to 2024-01 --time-to-pay --format csv";
    let count = fine(at, &format!("cohorts {range}"));
    // Bolt's claim leaves after 46 days; acme's is last seen open after 111.
    assert_eq!(column(&count, "days_since_issue"), ["46", "111"]);
    let money = fine(at, &format!("cohorts {range} --weight money"));
    assert_eq!(column(&money, "days_since_issue"), ["46", "61", "91", "111"]);
    assert_eq!(column(&money, "at_risk"), ["150.00", "100.00", "70.00", "50.00"]);
    for (line, message) in [
        ("cohorts --ledger L --weight money", "--time-to-pay"),
        (
            "cohorts --ledger L --time-to-pay --calendar 4-4-5",
            "cannot be used with",
        ),
        ("cohorts --ledger L --origin entering:0", "the first day of a bucket"),
        (
            "cohorts --ledger L --calendar 4-4-4",
            "expected `calendar`, `4-4-5`, `4-5-4` or `5-4-4`",
        ),
    ] {
        let run = arrears(at, line);
        assert_eq!(run.code, 2, "{line}");
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
}

#[test]
fn the_impact_of_accounts_adds_up_to_the_overdue_days() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    late_ledger(at);
    let accounts = fine(
        at,
        "dso --ledger L --as-of 2024-02-29 --from 2024-02 --by customer_id --format csv",
    );
    // Acme owes 70 overdue, bolt nothing; 150 were sold in the 91 days from December.
    assert_eq!(column(&accounts, "sales_from"), ["2023-12-01"; 2]);
    let impacts: Vec<f64> = column(&accounts, "dso_impact")
        .iter()
        .map(|days| days.parse().unwrap())
        .collect();
    assert!(
        (impacts[0] - 70.0 / 150.0 * 91.0).abs() < 1e-9 && impacts[1] == 0.0,
        "{impacts:?}"
    );
    assert_eq!(column(&accounts, "tenure_adjusted_reason"), ["not_imported"; 2]);
}
