use arrears::calendar::{Day, DaysPastDue};
use arrears::ledger::Ledger;
use arrears::metrics::aging::{AgingBasis, AgingBoundary, AgingError, AgingParams, AgingScheme, AgingSums, aging};
use arrears::money::Total;
use proptest::prelude::*;

use super::{as_of, groups};
use crate::support::{day, ledger, total};

fn sums(ledger: &Ledger, on: &str) -> AgingSums {
    sums_by(ledger, on, AgingBasis::Due)
}

fn sums_by(ledger: &Ledger, on: &str, basis: AgingBasis) -> AgingSums {
    let params = AgingParams {
        basis,
        ..AgingParams::default()
    };
    let aging = aging(ledger, as_of(on), &groups(ledger, &[]), None, &params)
        .unwrap()
        .value;
    aging.sums()[0].clone()
}

fn past_due(amounts: [&str; 5]) -> Vec<Total> {
    amounts.into_iter().map(total).collect()
}

proptest! {
    #[test]
    fn an_item_stands_in_the_bucket_after_as_many_edges_as_it_has_passed(
        edges in prop::collection::btree_set(1..400_i32, 1..6), is_past_due_on_the_day: bool, days in -500..900_i32,
    ) {
        let edges: Vec<i32> = edges.into_iter().collect();
        let (boundary, first) = match is_past_due_on_the_day {
            true => (AgingBoundary::PastDue, 0),
            false => (AgingBoundary::NotPastDue, 1),
        };
        let scheme = AgingScheme::from_upper_edges(&edges).unwrap().with_boundary(boundary);
        let passed = edges.iter().filter(|&&edge| edge < days).count();
        let (due_on, expected) = (day("2024-01-31"), (days >= first).then_some(passed));
        prop_assert_eq!(scheme.bucket(DaysPastDue(days)), expected);
        prop_assert_eq!(scheme.place(Some(due_on), due_on + days), expected.map_or(0, |bucket| bucket + 1));
        prop_assert_eq!(scheme.place(None, due_on + days), edges.len() + 2);
    }
}

#[test]
fn an_edge_beyond_all_days_is_never_passed() {
    let scheme = AgingScheme::from_upper_edges(&[30, i32::MAX]).unwrap();
    assert_eq!(scheme.bucket(DaysPastDue(Day::LATEST - Day::EARLIEST)), Some(1));
    assert_eq!(scheme.n_buckets(), 3);
}

#[test]
fn due_on_the_as_of_day_is_not_past_due_and_ranges_are_closed_on_the_right() {
    let ledger = ledger("invoice 1 acme issued 2024-01-10 due 2024-01-31 100.00 EUR");
    assert_eq!(sums(&ledger, "2024-01-09"), AgingSums::empty(5));
    assert_eq!(sums(&ledger, "2024-01-31").not_due, total("100"));
    // January 31 + 30 days = March 1 (2024 is a leap year), + 31 = March 2, + 121 = May 31.
    assert_eq!(
        sums(&ledger, "2024-02-01").past_due,
        past_due(["100", "0", "0", "0", "0"])
    );
    assert_eq!(
        sums(&ledger, "2024-03-01").past_due,
        past_due(["100", "0", "0", "0", "0"])
    );
    assert_eq!(
        sums(&ledger, "2024-03-02").past_due,
        past_due(["0", "100", "0", "0", "0"])
    );
    assert_eq!(
        sums(&ledger, "2024-05-31").past_due,
        past_due(["0", "0", "0", "0", "100"])
    );
}

#[test]
fn every_kind_of_item_has_its_column_and_the_control_balance_is_exact() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         payment 11 acme on 2024-02-20 30.00 -> 1
         invoice 2 acme issued 2024-02-10 due 2024-04-09 50.00 EUR
         invoice 3 bolt issued 2024-02-10 7.50 EUR
         invoice 4 bolt issued 2024-02-10 due 2024-02-25 20.00 EUR
         payment 12 bolt on 2024-02-21 22.00 -> 4
         payment 13 bolt on 2024-02-22 5.00 EUR
         credit 14 bolt on 2024-02-23 3.00 EUR
         credit_note 5 acme issued 2024-02-11 10.00 EUR
         apply 15 acme on 2024-02-24 4.00 note 5 -> 1",
    );
    let sums = sums(&ledger, "2024-02-29");
    assert_eq!(sums.not_due, total("50"));
    // 100 - 30 - 4, due 20 days ago.
    assert_eq!(sums.past_due[0], total("66"));
    assert_eq!(sums.no_due_date, total("7.50"));
    // 5 without a document, and 22 - 20 too much on invoice 4.
    assert_eq!(sums.unapplied_cash, total("7"));
    // 3 without a document, and 10 - 4 open on credit note 5.
    assert_eq!(sums.unapplied_credits, total("9"));
    assert_eq!(sums.control(), total("107.50"));
    assert_eq!(
        sums.control(),
        total("50") + total("66") + total("7.50") - total("7") - total("9")
    );
    assert_eq!(sums.overdue(), total("66"));
    // Invoices 1 to 4 and the credit note.
    assert_eq!(sums.n_open_items, 5);
}

#[test]
fn a_credit_that_waits_for_its_application_is_an_unapplied_credit() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         credit 2 acme on 2024-01-20 applied 2024-01-25 15.00 -> 1
         payment 3 acme on 2024-01-20 applied 2024-01-27 20.00 -> 1",
    );
    let waiting = sums(&ledger, "2024-01-20");
    assert_eq!(
        (waiting.unapplied_cash, waiting.unapplied_credits),
        (total("20"), total("15"))
    );
    let one_applied = sums(&ledger, "2024-01-25");
    assert_eq!(
        (one_applied.unapplied_cash, one_applied.unapplied_credits),
        (total("20"), Total::ZERO)
    );
    let both_applied = sums(&ledger, "2024-01-27");
    assert_eq!(
        (both_applied.unapplied_cash, both_applied.unapplied_credits),
        (Total::ZERO, Total::ZERO)
    );
    assert_eq!(both_applied.not_due, total("65"));
}

#[test]
fn a_reversed_unapplied_credit_leaves_the_credits() {
    let ledger = ledger(
        "credit 2 acme on 2024-01-20 15.00 EUR
         reversal 3 acme on 2024-01-22 15.00 reverses=2/1",
    );
    let sums = sums(&ledger, "2024-01-22");
    assert_eq!(
        (sums.unapplied_cash, sums.unapplied_credits),
        (Total::ZERO, Total::ZERO)
    );
}

#[test]
fn a_reversal_makes_an_invoice_as_old_as_it_was() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-01-20 100.00 EUR
         payment 2 acme on 2024-01-20 100.00 -> 1
         reversal 3 acme on 2024-03-05 100.00 reverses=2/1",
    );
    assert_eq!(sums(&ledger, "2024-03-04").n_open_items, 0);
    // January 20 to March 5: 11 + 29 + 5 = 45 days.
    assert_eq!(sums(&ledger, "2024-03-05").past_due[1], total("100"));
}

#[test]
fn a_claim_due_before_it_was_issued_is_aged_from_its_due_day_once_issued() {
    let ledger = ledger("invoice 1 acme issued 2024-03-01 due 2024-02-20 100.00 EUR");
    assert_eq!(sums(&ledger, "2024-02-25"), AgingSums::empty(5));
    assert_eq!(sums(&ledger, "2024-03-01").past_due[0], total("100"));
}

#[test]
fn a_zero_amount_is_no_open_item() {
    assert_eq!(
        sums(
            &ledger("invoice 1 acme issued 2024-03-01 due 2024-02-20 0.00 EUR"),
            "2024-03-31"
        ),
        AgingSums::empty(5)
    );
}

#[test]
fn age_can_be_counted_from_issue_or_posting() {
    let ledger = ledger("invoice 1 acme issued 2024-01-10 due 2024-03-09 posted 2024-02-20 100.00 EUR");
    // January 10 to March 1: 21 + 29 + 1 = 51 days; from the posting: 10 days.
    assert_eq!(
        sums_by(&ledger, "2024-03-01", AgingBasis::Issue).past_due[1],
        total("100")
    );
    assert_eq!(
        sums_by(&ledger, "2024-03-01", AgingBasis::Posting).past_due[0],
        total("100")
    );
}

#[test]
fn instalments_age_on_their_own() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-01 due 2024-01-31 30.00 EUR instalment=1
         invoice 1 acme issued 2024-01-01 due 2024-03-01 40.00 EUR instalment=2
         invoice 1 acme issued 2024-01-01 due 2024-03-31 50.00 EUR instalment=3
         payment 2 acme on 2024-02-10 10.00 -> 1 instalment=2",
    );
    let sums = sums(&ledger, "2024-03-11");
    // January 31 to March 11: 29 + 11 = 40 days; March 1 to 11: 10 days, 40 - 10 open.
    assert_eq!(sums.past_due, past_due(["30", "30", "0", "0", "0"]));
    assert_eq!(sums.not_due, total("50"));
    assert_eq!(sums.n_open_items, 3);
}

#[test]
fn cash_in_another_currency_relieves_only_what_is_given_in_the_invoices_own() {
    // 100 EUR paid with 110 USD: relieved is what `amount` says, in EUR.
    let relieved = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-01-31 100.00 EUR
         payment 2 acme on 2024-02-05 100.00 EUR received_amount=110.00 received_currency=USD -> 1",
    );
    assert_eq!(sums(&relieved, "2024-02-29"), AgingSums::empty(5));
    // Without it the dollars wait in their own currency and the invoice stays open.
    let waiting = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-01-31 100.00 EUR
         payment 2 acme on 2024-02-05 110.00 USD -> 1",
    );
    let aging = aging(
        &waiting,
        as_of("2024-02-29"),
        &groups(&waiting, &[]),
        None,
        &AgingParams::default(),
    )
    .unwrap()
    .value;
    let [eur, usd] = aging.sums() else {
        panic!("two currencies")
    };
    assert_eq!((eur.past_due[0], eur.unapplied_cash), (total("100"), Total::ZERO));
    assert_eq!((usd.overdue(), usd.unapplied_cash), (Total::ZERO, total("110")));
    assert_eq!(usd.control(), total("-110"));
}

#[test]
fn disputed_money_is_part_of_what_is_open_and_never_more() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         invoice 2 acme issued 2024-01-10 due 2024-02-09 50.00 EUR
         invoice 3 acme issued 2024-01-10 due 2024-02-09 50.00 EUR instalment=1
         invoice 3 acme issued 2024-01-10 due 2024-03-09 50.00 EUR instalment=2
         dispute d1 acme opened_on=2024-02-10 closed_on=2024-02-20 30.00 -> 1
         dispute d2 acme opened_on=2024-02-11 80.00 -> 1
         dispute d3 acme opened_on=2024-02-12 -> 2
         dispute d4 acme opened_on=2024-02-12 60.00 -> 3",
    );
    // Invoice 1: min(30 + 80, 100); invoice 2: all of it; invoice 3: 60 over its two instalments.
    assert_eq!(sums(&ledger, "2024-02-20").disputed, total("210"));
    // From the 21st on only 80 of invoice 1.
    assert_eq!(sums(&ledger, "2024-02-21").disputed, total("190"));
    assert_eq!(sums(&ledger, "2024-02-21").control(), total("250"));
}

#[test]
fn the_view_as_known_leaves_out_what_was_posted_later() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         payment 2 acme on 2024-02-20 posted 2024-03-02 100.00 -> 1",
    );
    let groups = groups(&ledger, &[]);
    let params = AgingParams::default();
    let known = aging(&ledger, as_of("2024-02-29"), &groups, Some(day("2024-02-29")), &params)
        .unwrap()
        .value;
    assert_eq!(known.sums()[0].past_due[0], total("100"));
    let corrected = aging(&ledger, as_of("2024-02-29"), &groups, None, &params)
        .unwrap()
        .value;
    assert_eq!(corrected.sums()[0].control(), Total::ZERO);
    assert!(
        known
            .table()
            .notes
            .contains(&("view".to_owned(), "as known on 2024-02-29".to_owned()))
    );
}

#[test]
fn the_table_has_a_row_for_each_currency_and_region() {
    let ledger = ledger(
        "customer acme valid_from=2023-01-01 region=north
         customer bolt valid_from=2023-01-01 region=south
         invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         invoice 2 bolt issued 2024-01-10 due 2024-02-09 40.00 EUR
         invoice 3 bolt issued 2024-01-10 due 2024-04-09 5.00 USD",
    );
    let params = AgingParams::default();
    let table = aging(
        &ledger,
        as_of("2024-02-29"),
        &groups(&ledger, &["region"]),
        None,
        &params,
    )
    .unwrap()
    .value
    .table();
    let names: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "currency",
            "region",
            "not_due",
            "days_1_30",
            "days_31_60",
            "days_61_90",
            "days_91_120",
            "days_121_plus",
            "no_due_date",
            "unapplied_cash",
            "unapplied_credits",
            "control",
            "overdue",
            "disputed",
            "n_open_items"
        ]
    );
    let column = |name| {
        (0..3)
            .map(|row| table.column(name).unwrap().text(row))
            .collect::<Vec<_>>()
    };
    assert_eq!(column("currency"), ["EUR", "EUR", "USD"]);
    assert_eq!(column("region"), ["north", "south", "south"]);
    assert_eq!(column("days_1_30"), ["100.00", "40.00", "0.00"]);
    assert_eq!(column("not_due"), ["0.00", "0.00", "5.00"]);
    assert_eq!(table.notes[0], ("metric".to_owned(), "aging.v1".to_owned()));
}

#[test]
fn edges_that_do_not_increase_are_refused() {
    let error = AgingScheme::from_upper_edges(&[30, 60, 60]).unwrap_err();
    assert_eq!(error, AgingError::EdgesNotIncreasing { edge: 60, before: 60 });
    assert_eq!(error.to_string(), "bucket edge 60 is not above 60");
    assert!(AgingScheme::from_upper_edges(&[0, 30]).is_err());
    assert_eq!(AgingScheme::from_upper_edges(&[]), Err(AgingError::NoEdges));
}
