use arrears::calendar::AsOf;
use arrears::ledger::Ledger;
use arrears::metrics::agencies::{
    Agencies, AgenciesError, AgenciesParams, AgencyRow, Placements, PlacementsByCustomer, agencies,
};
use arrears::metrics::aging::AgingScheme;
use arrears::metrics::{Months, NullReason};
use arrears::money::Total;
use proptest::prelude::*;

use super::{as_of, groups, month};
use crate::support::random::{any_day, cases, ledger_lines};
use crate::support::{ledger, total};

/// All claims are due on the last day of 2023: on 1 March 2024 they are 60 days past due, from 2 March 61.
const LEDGER: &str = "
    invoice 1 acme issued 2023-12-01 due 2023-12-31 600.00 EUR
    invoice 2 bolt issued 2023-12-01 due 2023-12-31 400.00 EUR
    invoice 3 cato issued 2023-12-01 due 2023-12-31 500.00 EUR
    invoice 4 dorn issued 2023-12-01 due 2023-12-31 500.00 EUR
    placement a1 acme agency=cedar placed_on=2024-03-01 recalled_on=2024-05-15 fee_rate=0.15 650.00 -> 1
    placement a2 bolt agency=cedar placed_on=2024-03-01 fee_rate=0.10 -> 2
    payment 11 acme on 2024-02-20 100.00 -> 1
    payment 12 acme on 2024-03-10 200.00 -> 1
    payment 13 acme on 2024-05-10 50.00 -> 1
    payment 14 acme on 2024-06-10 100.00 -> 1
    payment 15 cato on 2024-03-20 200.00 -> 3
    payment 16 cato on 2024-05-20 300.00 -> 3
";

fn found(ledger: &Ledger, day: &str) -> Agencies {
    let groups = groups(ledger, &[]);
    let (from, to) = (month("2024-03"), month("2024-03"));
    agencies(ledger, as_of(day), from, to, &groups, None, &AgenciesParams::default())
        .unwrap()
        .value
}

fn only(found: &Agencies) -> &AgencyRow {
    assert_eq!(found.rows().len(), 1);
    &found.rows()[0]
}

#[test]
fn a_league_table_by_hand() {
    let ledger = ledger(LEDGER);
    let found = found(&ledger, "2024-04-30");
    let cedar = only(&found);
    // a1 says 650; of a2 400 was open on the day.
    assert_eq!(
        (cedar.n_placements, cedar.n_customers, cedar.placed),
        (2, 2, total("650") + total("400"))
    );
    assert_eq!((cedar.recovered, cedar.fees), (total("200"), Ok(total("30"))));
    assert_eq!(cedar.net(), Ok(total("170")));
    // March 1 to April 30 are 61 days: two steps of 30. Of cato's and dorn's 1,000, open at the beginning of March, 200 came in by April 29.
    assert_eq!(
        (cedar.placed_compared, cedar.recovered_compared),
        (total("500") + total("400"), total("200"))
    );
    assert_eq!((cedar.expected, cedar.n_like), (Ok(900.0 * 0.2), 2));
    assert_eq!(cedar.difference(), Ok(200.0 - 180.0));
    let (low, high) = cedar.interval.unwrap();
    assert!(low <= 20.0 && 20.0 <= high);
}

#[test]
fn money_after_the_recall_is_not_the_agencys() {
    let found = found(&ledger(LEDGER), "2024-06-30");
    let cedar = only(&found);
    assert_eq!(cedar.recovered, total("200") + total("50"));
    assert_eq!(cedar.fees, Ok(total("37.50")));
    // The comparison goes on: 122 days are four steps, to 28 June. All of acme's 350, and of like claims 200 + 300 of 1,000.
    assert_eq!(cedar.recovered_compared, total("200") + total("50") + total("100"));
    assert_eq!(cedar.expected, Ok(500.0 * 0.5 + 400.0 * 0.5));
}

#[test]
fn claims_of_another_age_size_or_group_are_not_alike() {
    for (other, like) in [
        ("issued 2023-12-01 due 2023-12-31 500.00 EUR", true),
        ("issued 2023-12-01 due 2024-02-20 500.00 EUR", false),
        ("issued 2023-12-01 due 2023-12-31 5000.00 EUR", false),
        ("issued 2023-12-01 due 2023-12-31 500.00 USD", false),
    ] {
        let text = format!(
            "invoice 1 acme issued 2023-12-01 due 2023-12-31 600.00 EUR
             placement a1 acme agency=cedar placed_on=2024-03-01 -> 1
             invoice 2 bolt {other}"
        );
        let found = found(&ledger(&text), "2024-04-30");
        let row = found.rows().iter().find(|row| row.agency == "cedar").unwrap();
        assert_eq!(
            row.expected,
            if like { Ok(0.0) } else { Err(NullReason::NoLikeAccounts) },
            "{other}"
        );
    }
}

#[test]
fn edges_of_a_placement() {
    let claim = "invoice 1 acme issued 2023-12-01 due 2023-12-31 600.00 EUR
                 invoice 2 acme issued 2023-12-01 due 2023-12-31 100.00 EUR
                 invoice 3 bolt issued 2023-12-01 due 2023-12-31 100.00 EUR\n";
    let with = |more: &str| found(&ledger(&format!("{claim}{more}")), "2024-04-30");
    // Too young to be compared; nothing recovered needs no rate.
    let young = "placement a acme agency=cedar placed_on=2024-03-17 -> 1";
    let young = found(&ledger(&format!("{claim}{young}")), "2024-04-14");
    assert_eq!(
        (only(&young).expected, only(&young).fees),
        (Err(NullReason::NoLikeAccounts), Ok(Total::ZERO))
    );
    // Cash without a rate: the fee is not known.
    let no_rate =
        with("placement a acme agency=cedar placed_on=2024-03-01 -> 1\npayment 9 acme on 2024-03-01 5.00 -> 1");
    assert_eq!(only(&no_rate).recovered, total("5"));
    assert_eq!(
        (only(&no_rate).fees, only(&no_rate).net()),
        (Err(NullReason::NotDefined), Err(NullReason::NotDefined))
    );
    // An account is all its open claims.
    let account = with("placement a acme agency=cedar placed_on=2024-03-01");
    assert_eq!((only(&account).placed, only(&account).n_placements), (total("700"), 1));
    // Cash after a write-off was recovered too.
    let written_off = with(
        "write_off 8 acme on 2024-02-01 600.00 -> 1
         placement a acme agency=cedar placed_on=2024-03-01 600.00 fee_rate=0.5 -> 1
         recovery 9 acme on 2024-04-01 80.00 -> 1",
    );
    assert_eq!(
        (only(&written_off).recovered, only(&written_off).fees),
        (total("80"), Ok(total("40")))
    );
    // It counts in the comparison as well, on both sides.
    let like = "write_off 7 bolt on 2024-03-05 100.00 -> 3
                recovery 6 bolt on 2024-04-02 25.00 -> 3
                placement a acme agency=cedar placed_on=2024-03-01 -> 2
                write_off 8 acme on 2024-03-05 100.00 -> 2
                recovery 9 acme on 2024-04-01 60.00 -> 2";
    let like = with(like);
    assert_eq!((only(&like).recovered_compared, only(&like).n_like), (total("60"), 2));
    // Like claims are invoice 3 (25 of 100) and acme's other claim (0 of 600).
    assert_eq!(only(&like).expected, Ok(100.0 * (25.0 / 700.0)));
    // A claim that does not exist.
    let unknown = with("placement a acme agency=cedar placed_on=2024-03-01 -> 77");
    let noted = unknown
        .table()
        .notes
        .iter()
        .any(|(key, text)| key == "left_out" && text.starts_with("1 placement"));
    assert!(unknown.rows().is_empty() && noted);
}

#[test]
fn a_later_fact_changes_nothing() {
    let later = "payment 21 bolt on 2024-05-01 100.00 -> 2
                 payment 22 dorn on 2024-05-01 100.00 -> 4
                 placement a9 dorn agency=delta placed_on=2024-05-01 -> 4";
    let (before, after) = (ledger(LEDGER), ledger(&format!("{LEDGER}{later}")));
    assert_eq!(found(&before, "2024-04-30"), found(&after, "2024-04-30"));
    assert_ne!(found(&before, "2024-05-31"), found(&after, "2024-05-31"));
}

#[test]
fn refusals() {
    let ledger = ledger("invoice 1 acme issued 2023-12-01 due 2023-12-31 600.00 EUR");
    let groups = groups(&ledger, &[]);
    let ask = |ledger: &Ledger, params: &AgenciesParams| {
        agencies(
            ledger,
            as_of("2024-04-30"),
            month("2024-03"),
            month("2024-03"),
            &groups,
            None,
            params,
        )
    };
    let none = ask(&ledger, &AgenciesParams::default()).unwrap_err();
    assert_eq!(none.to_string(), "not available: import placements");
    let with = crate::support::ledger(LEDGER);
    let sizes = AgenciesParams {
        size_edges: vec![total("10"), total("10")],
        ..AgenciesParams::default()
    };
    assert!(matches!(ask(&with, &sizes), Err(AgenciesError::Sizes { .. })));
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn parts_merge_into_the_whole(lines in ledger_lines(), split in 0..5_u32, until in any_day()) {
        let placed = "placement a1 acme agency=cedar placed_on=2024-04-01 fee_rate=0.1
                      placement a2 bolt agency=delta placed_on=2024-06-01 recalled_on=2024-09-01\n";
        let ledger = ledger(&format!("{placed}{}", lines.join("\n")));
        let groups = groups(&ledger, &["region"]);
        let months = Months::new(month("2024-03"), month("2024-07")).unwrap();
        let scheme = AgingScheme::from_upper_edges(&[30, 60]).unwrap();
        let sizes = [total("100")];
        let placements = Placements::of(&ledger, AsOf(until), None);
        let empty = PlacementsByCustomer::new(&ledger, &groups, &months, (&scheme, &sizes), AsOf(until), &placements);
        super::merges(&ledger, split, empty, |part| part.customers().clone())?;
    }
}
