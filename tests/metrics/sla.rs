use arrears::ledger::Ledger;
use arrears::metrics::sla::{ResponseTimes, Sla, SlaError, SlaParams, Waiting, WaitingByGroup, sla};
use arrears::metrics::wilson_interval;
use proptest::prelude::*;

use super::{as_of, groups, month};
use crate::support::random::{any_day, cases, ledger_lines};
use crate::support::{day, ledger};

const LEDGER: &str = "
    invoice 1 acme issued 2024-01-01 due 2024-01-31 100.00 EUR
    invoice 2 bolt issued 2024-01-01 due 2024-01-31 100.00 EUR
    invoice 3 cato issued 2024-01-01 due 2024-01-31 100.00 EUR
    invoice 4 dorn issued 2024-01-01 due 2024-01-31 100.00 EUR
    invoice 5 dorn issued 2024-01-01 due 2024-01-20 100.00 EUR
    invoice 6 echo issued 2024-01-01 due 2024-01-31 100.00 EUR
    payment 7 cato on 2024-02-03 100.00 -> 3
    payment 8 dorn on 2024-01-20 100.00 -> 5
    contact k1 acme contacted_on=2024-01-30 direction=out
    contact k2 acme contacted_on=2024-02-02 direction=out
    contact k3 bolt contacted_on=2024-02-20 direction=out
    contact k4 dorn contacted_on=2024-02-01 direction=in
    dispute d1 acme opened_on=2024-01-31 -> 1
    dispute d2 bolt opened_on=2024-01-31 closed_on=2024-02-03 -> 2
    dispute d3 echo opened_on=2024-01-31 -> 6
    dispute d4 echo opened_on=2024-01-31
";

fn found(ledger: &Ledger, day: &str) -> Sla {
    let (from, to) = (month("2024-01"), month("2024-01"));
    let groups = groups(ledger, &[]);
    sla(ledger, as_of(day), from, to, &groups, None, &SlaParams::default())
        .unwrap()
        .value
}

#[test]
fn first_contacts_and_responses_by_hand() {
    let found = found(&ledger(LEDGER), "2024-02-29");
    let times = &found.sums()[0].first_contact;
    // acme after 2 days (what came before the due day does not count), bolt after 20, cato paid after 3, dorn and echo wait since 29;
    // dorn's own call is no attempt, and what was paid on its due day never was overdue.
    let ends = [Waiting::Answered, Waiting::Settled, Waiting::Waits];
    assert_eq!(ends.map(|end| times.n(end)), [2, 1, 2]);
    // Inside 7 days: acme, out of acme, bolt, dorn and echo; cato needed no contact.
    assert_eq!(times.within(7), (1, 4));
    // After 2 days 4/5 wait; after 20 days, three being at risk, 4/5 x 2/3 = 8/15: less than half is answered.
    assert_eq!(times.percentile(0.2), Some(2));
    assert_eq!(times.percentile(0.46), Some(20));
    assert_eq!(times.percentile(0.5), None);
    // acme is called on 2 February, two days after it disputed; bolt's dispute closes after 3 days; echo's still waits.
    let responses = &found.sums()[0].dispute_response;
    assert_eq!(responses.within(5), (2, 3));
    let table = found.table();
    assert_eq!(table.reals("within_share").unwrap(), [Some(1.0 / 4.0), Some(2.0 / 3.0)]);
    assert_eq!(
        table.reals("within_low").unwrap()[0],
        wilson_interval(1, 4, 0.95).map(|(low, _)| low)
    );
    assert_eq!(table.ints("median_days").unwrap(), [None, Some(3)]);
    assert!(
        table
            .notes
            .iter()
            .any(|(key, text)| key == "left_out" && text.starts_with("1 dispute"))
    );
}

#[test]
fn what_waits_inside_its_target_is_not_judged() {
    let mut times = ResponseTimes::default();
    times.add(6, Waiting::Waits);
    assert_eq!(
        (times.within(7), times.within(6), times.within(5)),
        ((0, 0), (0, 1), (0, 1))
    );
    times.add(7, Waiting::Settled);
    times.add(8, Waiting::Settled);
    assert_eq!(times.within(7), (0, 1));
    assert_eq!(times.percentile(0.5), None);
    assert_eq!(ResponseTimes::default().percentile(0.5), None);
}

#[test]
fn a_later_fact_changes_nothing() {
    let later = "
        payment 9 echo on 2024-02-16 100.00 -> 6
        contact k9 dorn contacted_on=2024-02-16 direction=out";
    let (before, after) = (ledger(LEDGER), ledger(&format!("{LEDGER}{later}")));
    assert_eq!(found(&before, "2024-02-15"), found(&after, "2024-02-15"));
    assert_ne!(found(&before, "2024-02-16"), found(&after, "2024-02-16"));
    // bolt's contact on the 20th and its dispute's closing on the 3rd are not known before.
    let early = found(&before, "2024-02-02");
    assert_eq!(early.sums()[0].first_contact.n(Waiting::Answered), 1);
    assert_eq!(early.sums()[0].dispute_response.n(Waiting::Answered), 1);
}

#[test]
fn a_missing_table_is_named_never_zero() {
    let invoice = "invoice 1 acme issued 2024-01-01 due 2024-01-31 100.00 EUR\n";
    let (from, to) = (month("2024-01"), month("2024-01"));
    let none = ledger(invoice);
    let error = sla(
        &none,
        as_of("2024-02-29"),
        from,
        to,
        &groups(&none, &[]),
        None,
        &SlaParams::default(),
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "not available: import contacts, disputes");
    let reversed = sla(
        &none,
        as_of("2024-02-29"),
        month("2024-02"),
        from,
        &groups(&none, &[]),
        None,
        &SlaParams::default(),
    );
    assert!(matches!(reversed, Err(SlaError::Months(_))));
    let services = |more: &str| {
        let table = found(&ledger(&format!("{invoice}{more}")), "2024-02-29").table();
        let services: Vec<String> = table.texts("service").unwrap().iter().flatten().cloned().collect();
        (services, table.notes)
    };
    let (with_contacts, notes) = services("contact k acme contacted_on=2024-02-02");
    assert_eq!(with_contacts, ["first_contact"]);
    assert!(notes.contains(&(
        "dispute_response".to_owned(),
        "not available: import disputes".to_owned()
    )));
    let (with_disputes, notes) = services("dispute d acme opened_on=2024-01-20 -> 1");
    assert_eq!(with_disputes, ["dispute_response"]);
    assert!(notes.contains(&("first_contact".to_owned(), "not available: import contacts".to_owned())));
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn parts_merge_into_the_whole(lines in ledger_lines(), split in 0..5_u32, until in any_day()) {
        let contacts = "contact k1 acme contacted_on=2024-04-01\ncontact k2 bolt contacted_on=2024-06-01\n";
        let ledger = ledger(&format!("{contacts}{}", lines.join("\n")));
        let groups = groups(&ledger, &["region"]);
        let days = (day("2024-01-01"), until);
        let empty = WaitingByGroup::new(&ledger, &groups, arrears::calendar::AsOf(until), None, days);
        super::merges(&ledger, split, empty, |part| part.sums().clone())?;
    }

    #[test]
    fn every_case_ends_once_and_judged_ones_are_among_them(days in prop::collection::vec((0..40_i32, 0..3_usize), 0..30), target in 0..40_i32) {
        let mut times = ResponseTimes::default();
        for (days, end) in &days {
            times.add(*days, [Waiting::Answered, Waiting::Settled, Waiting::Waits][*end]);
        }
        let (within, judged) = times.within(target);
        prop_assert!(within <= judged && judged <= times.n_all());
        prop_assert_eq!(times.n_all(), days.len() as u64);
        prop_assert!(times.within(target + 1).0 >= within);
    }
}
