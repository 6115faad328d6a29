//! Tenure, bad debts, early and late cash, what one account does to the DSO, and the arithmetic behind the countback.

use arrears::history::{Accumulator, CustomerHistory};
use arrears::ledger::{Ledger, Nature};
use arrears::metrics::dso::{DsoByGroup, DsoMonth, DsoParams, Tenures, dso};
use arrears::metrics::{Months, NullReason};
use arrears::money::Total;
use proptest::prelude::*;

use super::{groups, month};
use crate::support::random::{cases, ledger_lines};
use crate::support::{day, ledger, total};

/// February 2024 of each group, with a window of January and February: 31 + 29 days.
fn february(ledger: &Ledger, by: &[&str]) -> Vec<DsoMonth> {
    let groups = groups(ledger, by);
    let params = DsoParams { window_months: 2 };
    let (from, to) = (month("2024-02"), month("2024-02"));
    let dso = dso(ledger, from, to, &groups, None, &params).unwrap().value;
    dso.rows().iter().map(|months| months[0]).collect()
}

fn close(found: Result<f64, NullReason>, expected: f64) -> bool {
    found.is_ok_and(|found| (found - expected).abs() < 1e-9)
}

const OLD_AND_YOUNG: &str = "
    customer acme customer_since=2020-05-01
    customer bolt customer_since=2024-02-15
    invoice 1 acme issued 2024-01-10 due 2024-02-09 120.00 EUR
    invoice 2 bolt issued 2024-02-20 due 2024-03-21 30.00 EUR";

#[test]
fn a_young_customers_sales_count_over_its_own_days() {
    let ledger = ledger(OLD_AND_YOUNG);
    let all = february(&ledger, &[])[0];
    assert!(close(all.simple, 150.0 / 150.0 * 60.0));
    // Bolt is a customer for the 15 days from February 15 to 29.
    assert!(close(all.tenure_adjusted, 150.0 / (120.0 / 60.0 + 30.0 / 15.0)));
    let [acme, bolt] = february(&ledger, &["customer_id"])[..] else {
        panic!("two customers")
    };
    assert!(close(acme.tenure_adjusted, 60.0) && close(acme.simple, 60.0));
    assert!(close(bolt.tenure_adjusted, 30.0 / 30.0 * 15.0));
}

#[test]
fn an_earlier_document_beats_the_table_and_a_customer_it_does_not_know_counts_the_window() {
    let earlier = format!("{OLD_AND_YOUNG}\n invoice 3 bolt issued 2024-02-10 due 2024-03-11 0.00 EUR");
    let bolt = february(&ledger(&earlier), &["customer_id"])[1];
    assert!(close(bolt.tenure_adjusted, 20.0), "{:?}", bolt.tenure_adjusted);
    let unknown = OLD_AND_YOUNG.replace("customer bolt customer_since=2024-02-15", "customer bolt region=north");
    assert!(close(
        february(&ledger(&unknown), &["customer_id"])[1].tenure_adjusted,
        60.0
    ));
}

#[test]
fn tenure_that_was_not_imported_is_null_and_never_the_simple_dso() {
    for customers in ["", "customer acme region=north"] {
        let ledger = ledger(&format!(
            "{customers}\n invoice 1 acme issued 2024-01-10 due 2024-02-09 120.00 EUR"
        ));
        let row = february(&ledger, &[])[0];
        assert_eq!(row.tenure_adjusted, Err(NullReason::NotImported));
        assert!(row.simple.is_ok());
    }
}

#[test]
fn a_tenure_adjusted_dso_has_the_nulls_of_the_simple_one_and_one_more() {
    let of = |lines: &str| {
        february(
            &ledger(&format!(
                "customer acme customer_since=2020-05-01\n customer bolt customer_since=2024-02-29\n{lines}"
            )),
            &[],
        )[0]
    };
    let none = of("payment 11 acme on 2024-02-05 10.00 EUR");
    assert_eq!(none.tenure_adjusted, Err(NullReason::NoSales));
    let credit =
        of("invoice 1 acme issued 2024-01-10 due 2024-02-09 10.00 EUR\n payment 11 acme on 2024-02-05 20.00 -> 1");
    assert_eq!(credit.tenure_adjusted, Err(NullReason::CreditBalance));
    // 100 / 60 a day less 50 / 1 a day.
    let negative = of(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR\n credit_note 2 bolt issued 2024-02-29 50.00 EUR",
    );
    assert_eq!(
        (negative.simple.is_ok(), negative.tenure_adjusted),
        (true, Err(NullReason::NegativeSales))
    );
}

#[test]
fn bad_debts_are_write_offs_less_those_taken_back_less_recoveries() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 300.00 EUR
         credit_note 2 acme issued 2024-02-01 100.00 EUR
         write_off 11 acme on 2024-01-20 20.00 -> 1
         write_off 12 acme on 2024-02-20 30.00 -> 1
         reversal 13 acme on 2024-02-25 30.00 reverses=12/1
         recovery 14 acme on 2024-02-26 4.00 -> 1
         discount 15 acme on 2024-02-27 7.00 -> 1
         write_off 16 acme on 2024-03-20 50.00 -> 1",
    );
    let row = february(&ledger, &[])[0];
    assert_eq!(row.net_write_offs, total("16"));
    assert!(close(row.bad_debt_ratio, (20.0 + 30.0 - 30.0 - 4.0) / (300.0 - 100.0)));
}

#[test]
fn recoveries_above_the_write_offs_are_a_negative_ratio_and_no_sales_none() {
    let written_off_before = "
        invoice 1 acme issued 2023-11-10 due 2023-12-10 300.00 EUR
        write_off 11 acme on 2023-12-20 20.00 -> 1
        recovery 12 acme on 2024-02-20 5.00 -> 1";
    assert_eq!(
        february(&ledger(written_off_before), &[])[0].bad_debt_ratio,
        Err(NullReason::NoSales)
    );
    let sold = format!("{written_off_before}\n invoice 2 acme issued 2024-02-10 due 2024-03-11 100.00 EUR");
    assert!(close(february(&ledger(&sold), &[])[0].bad_debt_ratio, -5.0 / 100.0));
    let credited = format!("{written_off_before}\n credit_note 2 acme issued 2024-02-10 100.00 EUR");
    assert_eq!(
        february(&ledger(&credited), &[])[0].bad_debt_ratio,
        Err(NullReason::NegativeSales)
    );
}

#[test]
fn early_cash_does_not_pay_for_late_cash_when_days_late_are_floored() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-20 50.00 EUR
         invoice 2 acme issued 2024-01-10 due 2024-02-05 50.00 EUR
         payment 11 acme on 2024-02-10 50.00 -> 1
         payment 12 acme on 2024-02-25 50.00 -> 2",
    );
    let row = february(&ledger, &[])[0];
    assert!(close(row.weighted_days_late, (50.0 * -10.0 + 50.0 * 20.0) / 100.0));
    assert!(close(row.days_late_floored, (50.0 * 0.0 + 50.0 * 20.0) / 100.0));
    let unpaid = february(&crate::support::ledger(OLD_AND_YOUNG), &[])[0];
    assert_eq!(unpaid.days_late_floored, Err(NullReason::NoApplications));
}

#[test]
fn the_impact_of_an_account_is_its_overdue_money_in_days_of_everybodys_sales() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 90.00 EUR
         invoice 2 bolt issued 2024-02-10 due 2024-03-11 60.00 EUR
         invoice 3 cato issued 2023-12-10 due 2024-01-09 30.00 EUR
         invoice 4 dorn issued 2023-12-10 due 2024-01-09 30.00 USD",
    );
    let rows = february(&ledger, &["customer_id"]);
    let impacts: Vec<_> = rows.iter().map(|row| row.impact).collect();
    assert!(close(impacts[0], 90.0 / 150.0 * 60.0) && close(impacts[1], 0.0));
    // Cato bought nothing in the window: no DSO of its own, but days of everybody's.
    assert_eq!(rows[2].simple, Err(NullReason::NoSales));
    assert!(close(impacts[2], 30.0 / 150.0 * 60.0));
    // Nobody bought in US dollars.
    assert_eq!(impacts[3], Err(NullReason::NoSales));
}

#[test]
fn both_windows_are_named() {
    let row = february(&ledger(OLD_AND_YOUNG), &[])[0];
    assert_eq!(
        (row.receivables_on, row.sales_from),
        (day("2024-02-29"), day("2024-01-01"))
    );
    let ledger = ledger(OLD_AND_YOUNG);
    let february = month("2024-02");
    let table = dso(
        &ledger,
        february,
        february,
        &groups(&ledger, &[]),
        None,
        &DsoParams { window_months: 1 },
    )
    .unwrap()
    .value
    .table();
    assert_eq!(table.days("sales_from").unwrap(), [Some(day("2024-02-01"))]);
    let windows = table.notes.iter().find(|(name, _)| name == "windows").unwrap();
    assert_eq!(
        windows.1,
        "receivables: the end of each month; credit sales and write-offs: 1 months to it, actual days, from `sales_from`"
    );
}

fn explained(lines: &str) -> Vec<(String, String, String)> {
    let ledger = ledger(lines);
    let groups = groups(&ledger, &[]);
    let february = month("2024-02");
    let table = dso(&ledger, february, february, &groups, None, &DsoParams::default())
        .unwrap()
        .value
        .explanation();
    let text = |column: &str, row: usize| table.column(column).unwrap().text(row);
    (0..table.n_rows())
        .map(|row| (text("figure", row), text("operands", row), text("days", row)))
        .filter(|(figure, ..)| figure.starts_with("countback"))
        .collect()
}

#[test]
fn the_countback_is_explained_month_by_month() {
    let lines = explained(
        "invoice 1 acme issued 2023-12-10 due 2024-01-09 80.00 EUR
         invoice 2 acme issued 2024-01-10 due 2024-02-09 90.00 EUR
         invoice 3 acme issued 2024-02-10 due 2024-03-11 50.00 EUR
         payment 11 acme on 2024-02-19 125.00 -> 2",
    );
    // 80 + 90 + 50 - 125 = 95 open: all of February's 50, 45 of January's 90.
    let expected = [
        ("countback 2024-02", "50.00 / 50.00 x 29", "29"),
        ("countback 2024-01", "45.00 / 90.00 x 31", "15.5"),
        ("countback_dso", "29 + 15.5", "44.5"),
    ];
    assert_eq!(
        lines,
        expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()))
    );
}

#[test]
fn an_exhausted_history_is_explained_as_a_lower_bound_and_a_credit_balance_has_no_months() {
    let exhausted = explained(
        "invoice 1 acme issued 2024-02-10 due 2024-03-11 50.00 EUR
         finance_charge 2 acme issued 2024-02-15 due 2024-02-25 5.00 EUR",
    );
    assert_eq!(exhausted.len(), 2);
    assert_eq!(exhausted[1].1, "29 and more: the sales of the ledger are used up");
    let credit = explained("payment 11 acme on 2024-02-05 10.00 EUR");
    assert_eq!(credit, [("countback_dso".to_owned(), String::new(), String::new())]);
}

#[test]
fn a_later_fact_changes_nothing() {
    let later = format!(
        "{OLD_AND_YOUNG}
         write_off 11 bolt on 2024-03-01 10.00 -> 2
         recovery 12 bolt on 2024-03-02 5.00 -> 2
         payment 13 acme on 2024-03-03 100.00 -> 1"
    );
    assert_eq!(february(&ledger(OLD_AND_YOUNG), &[]), february(&ledger(&later), &[]));
}

/// Customers of the random ledgers, some of them younger than the window.
const SINCE: &str = "
    customer acme customer_since=2020-01-01
    customer bolt customer_since=2024-05-20
    customer cato customer_since=2024-08-03";

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn impacts_add_up_and_floored_days_are_never_fewer(lines in ledger_lines()) {
        let ledger = ledger(&lines.join("\n"));
        let (by_customer, whole) = (groups(&ledger, &["customer_id"]), groups(&ledger, &[]));
        let (from, to) = (month("2024-03"), month("2024-09"));
        let params = DsoParams::default();
        let accounts = dso(&ledger, from, to, &by_customer, None, &params).unwrap().value;
        let all = dso(&ledger, from, to, &whole, None, &params).unwrap().value;
        for (currency, months) in whole.all().iter().map(|group| group.currency).zip(all.rows()) {
            for (at, row) in months.iter().enumerate() {
                let own = || by_customer.all().iter().zip(accounts.rows()).filter(|(group, _)| group.currency == currency).map(|(_, months)| &months[at]);
                let sum: Result<f64, NullReason> = own().map(|account| account.impact).sum();
                match row.impact {
                    Ok(impact) => prop_assert!((sum.unwrap() - impact).abs() < 1e-6),
                    Err(reason) => prop_assert_eq!(sum, Err(reason)),
                }
                let written_off: Total = own().map(|account| account.net_write_offs).sum();
                prop_assert_eq!(written_off, row.net_write_offs);
                if let (Ok(late), Ok(floored)) = (row.weighted_days_late, row.days_late_floored) {
                    prop_assert!(floored >= late.max(0.0) - 1e-9);
                }
            }
        }
    }

    #[test]
    fn net_write_offs_are_the_lines_of_the_window_plainly_added(lines in ledger_lines()) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &[]);
        let june = month("2024-06");
        let found = dso(&ledger, june, june, &groups, None, &DsoParams { window_months: 1 }).unwrap().value;
        for (group, months) in groups.all().iter().zip(found.rows()) {
            let postings = ledger.postings().iter().chain(ledger.unapplied().all()).chain(ledger.recoveries().all());
            let in_june = postings.filter(|posting| posting.currency == group.currency && posting.on.month() == june);
            let expected: Total = in_june
                .map(|posting| match posting.money {
                    Nature::WriteOff => -Total::from(posting.delta),
                    Nature::Recovery => posting.delta.into(),
                    _ => Total::ZERO,
                })
                .sum();
            prop_assert_eq!(months[0].net_write_offs, expected);
        }
    }

    #[test]
    fn parts_with_tenures_merge_into_the_whole(lines in ledger_lines(), split in 0..5_u32) {
        let undated: Vec<&String> = lines.iter().filter(|line| !line.starts_with("customer ")).collect();
        let ledger = ledger(&format!("{SINCE}\n{}", undated.iter().map(|line| line.as_str()).collect::<Vec<_>>().join("\n")));
        let groups = groups(&ledger, &[]);
        let tenures = Tenures::of(&ledger, None);
        prop_assert!(tenures.is_known());
        let months = Months::new(month("2024-03"), month("2024-12")).unwrap();
        let history = Months::new(month("2024-01"), month("2024-12")).unwrap();
        let over = |range: std::ops::Range<u32>| {
            let mut part = DsoByGroup::new(&groups, &months, &history).with_tenures(&tenures, 3);
            for customer in ledger.customers().filter(|customer| range.contains(&customer.0)) {
                part.update(&CustomerHistory::of(&ledger, customer, None));
            }
            part
        };
        let mut merged = over(0..split);
        merged.merge(over(split..u32::MAX));
        let whole = over(0..u32::MAX);
        prop_assert_eq!(merged.sums(), whole.sums());
    }
}
