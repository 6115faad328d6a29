use arrears::ledger::Ledger;
use arrears::metrics::aging::AgingScheme;
use arrears::metrics::collectors::{
    Books, BooksByCustomer, CollectorRow, Collectors, CollectorsError, CollectorsParams, WorkByCollector, collectors,
};
use arrears::metrics::promises::KeptCounts;
use arrears::metrics::{BootstrapParams, ClusterSums, Months, NullReason, wilson_interval};
use arrears::money::Total;
use proptest::prelude::*;

use super::{groups, month};
use crate::support::random::{cases, ledger_lines};
use crate::support::{day, ledger, total};

/// ann holds acme, bob holds bolt and cato; dorn moves from bob to ann in March.
const LEDGER: &str = "
    customer acme valid_from=2023-01-01 collector=ann
    customer bolt valid_from=2023-01-01 collector=bob
    customer cato valid_from=2023-01-01 collector=bob
    customer dorn valid_from=2023-01-01 collector=bob
    customer dorn valid_from=2024-03-01 collector=ann
    invoice 1 acme issued 2024-01-10 due 2024-02-20 100.00 EUR
    invoice 2 bolt issued 2024-01-10 due 2024-02-20 150.00 EUR
    invoice 3 cato issued 2024-01-10 due 2024-02-20 50.00 EUR
    invoice 4 acme issued 2023-10-10 due 2023-11-10 40.00 EUR
    invoice 5 acme issued 2024-02-03 due 2024-03-20 70.00 EUR
    payment 11 acme on 2024-02-25 80.00 -> 1
    payment 12 bolt on 2024-02-10 150.00 -> 2
    payment 13 acme on 2024-02-10 40.00 -> 4
    payment 14 acme on 2024-02-28 70.00 -> 5
    contact k1 acme contacted_on=2024-02-05 collector=ann reached=true minutes=10
    contact k2 acme contacted_on=2024-02-06 collector=ann reached=false minutes=2
    contact k3 acme contacted_on=2024-02-07 collector=ann direction=in reached=true minutes=99
    contact k4 bolt contacted_on=2024-02-07 collector=zoe reached=true
    contact k5 acme contacted_on=2024-03-07 collector=ann reached=true minutes=10
";

/// Of ann's customer one kept and one broken; bolt's is open at the end of February; dorn is bob's until March.
const PROMISES: &str = "
    promise p1 acme made_on=2024-02-03 promised_on=2024-02-10 40.00 -> 4
    promise p2 acme made_on=2024-02-05 promised_on=2024-02-12 100.00 -> 1
    promise p3 bolt made_on=2024-02-27 promised_on=2024-03-05 10.00 -> 2
    promise p4 dorn made_on=2024-02-10 promised_on=2024-02-14 5.00
    promise p5 dorn made_on=2024-03-10 promised_on=2024-03-12 5.00
";

fn found(ledger: &Ledger, from: &str, to: &str) -> Result<Collectors, CollectorsError> {
    let params = CollectorsParams::default();
    Ok(collectors(ledger, month(from), month(to), &groups(ledger, &[]), None, &params)?.value)
}

fn row<'a>(found: &'a Collectors, name: &str) -> &'a CollectorRow {
    found
        .rows()
        .iter()
        .find(|row| row.collector.as_deref() == Some(name))
        .unwrap()
}

#[test]
fn collected_against_everybody_else_by_hand() {
    let found = found(&ledger(LEDGER), "2024-02", "2024-02").unwrap();
    let ann = row(&found, "ann");
    // Invoice 5 was issued inside the month; invoice 4 stood 61 to 90 days past due, where nobody else held a claim.
    assert_eq!(
        (ann.n_customers, ann.opening, ann.collected),
        (1, total("140"), total("120"))
    );
    assert_eq!(
        (ann.opening_compared, ann.collected_compared),
        (total("100"), total("80"))
    );
    assert_eq!(ann.expected, Ok(100.0 * 150.0 / 200.0));
    assert_eq!(ann.difference(), Ok(80.0 - 75.0));
    let bob = row(&found, "bob");
    assert_eq!(
        (bob.n_customers, bob.opening, bob.collected),
        (2, total("200"), total("150"))
    );
    assert_eq!(bob.expected, Ok(200.0 * 80.0 / 100.0));
    let (low, high) = bob.interval.unwrap();
    assert!(low <= 150.0 - 160.0 && 150.0 - 160.0 <= high);
}

#[test]
fn a_book_is_whose_the_customer_was_on_the_first_day_of_the_month() {
    let ledger = ledger(&format!(
        "{LEDGER} invoice 6 dorn issued 2024-01-10 due 2024-02-20 30.00 EUR"
    ));
    let february = found(&ledger, "2024-02", "2024-02").unwrap();
    let march = found(&ledger, "2024-03", "2024-03").unwrap();
    assert_eq!(row(&february, "bob").n_customers, 3);
    // acme still owes 20 of invoice 1.
    assert_eq!(
        (row(&march, "bob").opening, row(&march, "ann").opening),
        (total("50"), total("20") + total("30"))
    );
}

#[test]
fn cash_is_net_of_what_was_taken_back() {
    let back = "reversal 21 bolt on 2024-02-20 150.00 reverses=12/1
                reversal 22 acme on 2024-03-02 80.00 reverses=11/1";
    let found = found(&ledger(&format!("{LEDGER}{back}")), "2024-02", "2024-02").unwrap();
    assert_eq!(
        (row(&found, "bob").collected, row(&found, "ann").collected),
        (Total::ZERO, total("120"))
    );
}

#[test]
fn nobody_to_compare_with_is_null() {
    let alone = "customer acme valid_from=2023-01-01 collector=ann
                 invoice 1 acme issued 2024-01-10 due 2024-02-20 100.00 EUR";
    let found = found(&ledger(alone), "2024-02", "2024-02").unwrap();
    assert_eq!(found.rows()[0].expected, Err(NullReason::NoLikeAccounts));
    let table = found.table();
    assert_eq!(table.moneys("expected").unwrap(), [None]);
    assert_eq!(table.texts("reason").unwrap(), [Some("no_like_accounts".to_owned())]);
    // Without contacts their columns are null, and the header says why.
    assert_eq!(table.ints("n_contacts").unwrap(), [None]);
    assert!(
        table
            .notes
            .contains(&("contacts".to_owned(), "not available: import contacts".to_owned()))
    );
}

#[test]
fn promises_by_hand() {
    let ledger_of = |more: &str| ledger(&format!("{LEDGER}{PROMISES}{more}"));
    let february = found(&ledger_of(""), "2024-02", "2024-02").unwrap();
    let table = february.table();
    assert_eq!(table.ints("n_promises_judged").unwrap(), [Some(2), Some(1)]);
    assert_eq!(table.ints("n_promises_kept").unwrap(), [Some(1), Some(0)]);
    assert_eq!(table.reals("kept_rate").unwrap(), [Some(1.0 / 2.0), Some(0.0)]);
    assert_eq!(
        table.reals("kept_rate_low").unwrap()[0],
        wilson_interval(1, 2, 0.95).map(|(low, _)| low)
    );
    assert_eq!(table.texts("kept_rate_reason").unwrap(), [None, None]);
    // Whose the customer was on the day of the promise: cato is zoe's from the 15th, and dorn is ann's in March.
    let moved = "customer cato valid_from=2024-02-15 collector=zoe
                 promise p6 cato made_on=2024-02-16 promised_on=2024-02-20 50.00 -> 3";
    let kept = |from: &str, name: &str| {
        let found = found(&ledger_of(moved), from, from).unwrap();
        found.promises().unwrap().get(&Some(name.to_owned())).copied()
    };
    let broken = KeptCounts { n_judged: 1, n_kept: 0 };
    assert_eq!([kept("2024-02", "bob"), kept("2024-02", "zoe")], [Some(broken); 2]);
    assert_eq!([kept("2024-03", "ann"), kept("2024-03", "bob")], [Some(broken), None]);
    let table = found(&ledger_of(moved), "2024-02", "2024-02").unwrap().table();
    let is_said = |(key, text): &(String, String)| key == "promises_without_book" && text.starts_with("1 judged");
    assert!(table.notes.iter().any(is_said), "{:?}", table.notes);
}

#[test]
fn a_book_without_judged_promises_has_no_kept_rate() {
    let open = "promise p3 bolt made_on=2024-02-27 promised_on=2024-03-05 10.00 -> 2";
    let table = found(&ledger(&format!("{LEDGER}{open}")), "2024-02", "2024-02")
        .unwrap()
        .table();
    assert_eq!(table.ints("n_promises_judged").unwrap(), [Some(0), Some(0)]);
    assert_eq!(table.reals("kept_rate").unwrap(), [None, None]);
    let reason = Some("no_denominator".to_owned());
    assert_eq!(table.texts("kept_rate_reason").unwrap(), [reason.clone(), reason]);
    let none = found(&ledger(LEDGER), "2024-02", "2024-02").unwrap().table();
    assert_eq!(none.ints("n_promises_judged").unwrap(), [None, None]);
    let reason = Some("not_imported".to_owned());
    assert_eq!(none.texts("kept_rate_reason").unwrap(), [reason.clone(), reason]);
    let note = ("promises".to_owned(), "not available: import promises".to_owned());
    assert!(none.notes.contains(&note), "{:?}", none.notes);
}

#[test]
fn contacts_by_hand() {
    let found = found(&ledger(LEDGER), "2024-02", "2024-02").unwrap();
    let ann = found.work().unwrap()[&Some("ann".to_owned())];
    // Two attempts in the month, her customer's own call left out: one reached, 12 minutes in all.
    assert_eq!((ann.n_attempts, ann.n_reached), (2, 1));
    assert_eq!(ann.reached_rate(), Some(1.0 / 2.0));
    assert_eq!(ann.an_hour(), Some(2.0 / (12.0 / 60.0)));
    let table = found.table();
    assert_eq!(
        table.texts("collector").unwrap(),
        [Some("ann".to_owned()), Some("bob".to_owned())]
    );
    assert_eq!(table.ints("n_contacts").unwrap(), [Some(2), Some(0)]);
    assert_eq!(table.reals("contacts_an_hour").unwrap(), [Some(10.0), None]);
    assert!(
        table
            .notes
            .iter()
            .any(|(key, text)| key == "contacts_without_book" && text.starts_with("1 contact"))
    );
}

#[test]
fn a_later_fact_changes_nothing() {
    let later = "payment 21 cato on 2024-03-01 50.00 -> 3
                 customer cato valid_from=2024-02-02 collector=ann";
    let (before, after) = (ledger(LEDGER), ledger(&format!("{LEDGER}{later}")));
    assert_eq!(
        found(&before, "2024-02", "2024-02").unwrap(),
        found(&after, "2024-02", "2024-02").unwrap()
    );
    assert_ne!(
        found(&before, "2024-03", "2024-03").unwrap(),
        found(&after, "2024-03", "2024-03").unwrap()
    );
    let later = "payment 22 bolt on 2024-03-01 10.00 EUR
                 promise p9 acme made_on=2024-03-01 promised_on=2024-03-02 20.00 -> 1";
    let [before, after] = ["", later].map(|more| ledger(&format!("{LEDGER}{PROMISES}{more}")));
    assert_eq!(
        found(&before, "2024-02", "2024-02").unwrap().table(),
        found(&after, "2024-02", "2024-02").unwrap().table()
    );
}

#[test]
fn collectors_that_are_not_known_are_refused() {
    let invoice = "invoice 1 acme issued 2024-01-10 due 2024-02-20 100.00 EUR";
    let message = |text: &str| found(&ledger(text), "2024-02", "2024-02").unwrap_err().to_string();
    assert_eq!(message(invoice), "not available: import customers");
    let nobody = format!("{invoice}\ncustomer acme valid_from=2023-01-01");
    assert_eq!(message(&nobody), "not available: import customers with a collector");
    let later = format!("{invoice}\ncustomer acme valid_from=2024-02-02 collector=ann");
    assert!(message(&later).contains("holds from 2024-02-02"), "{}", message(&later));
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn books_merge_and_hold_every_claim_once(lines in ledger_lines(), split in 0..5_u32) {
        let who = "customer acme valid_from=2022-01-01 collector=ann
                   customer bolt valid_from=2022-01-01 collector=bob
                   contact k1 acme contacted_on=2024-04-01 collector=ann minutes=3
                   contact k2 dorn contacted_on=2024-05-01 collector=ann minutes=4\n";
        let mut lines = lines;
        lines.retain(|line| !line.starts_with("customer acme") && !line.starts_with("customer bolt"));
        let ledger = ledger(&format!("{who}{}", lines.join("\n")));
        let groups = groups(&ledger, &["salesperson"]);
        let months = Months::new(month("2024-03"), month("2024-12")).unwrap();
        let scheme = AgingScheme::from_upper_edges(&[30, 60]).unwrap();
        let books = Books::of(&ledger, &months, None).unwrap();
        let empty = BooksByCustomer::new(&groups, &months, &scheme, &books);
        super::merges(&ledger, split, empty, |part| part.cells().clone())?;
        let work = WorkByCollector::new(&ledger, (day("2024-01-01"), day("2024-12-31")), None);
        super::merges(&ledger, split, work, |part| part.work().clone())?;
        // The books of a month together are what is open on claims at its opening.
        let found = collectors(&ledger, month("2024-06"), month("2024-06"), &groups, None, &CollectorsParams::default()).unwrap().value;
        let held: Total = found.rows().iter().map(|row| row.opening).sum();
        let histories = ledger.customers().map(|customer| arrears::history::CustomerHistory::of(&ledger, customer, None));
        let open: Total = histories
            .flat_map(|customer| customer.documents().filter(|claim| claim.document.is_claim()).map(|claim| claim.open_on(day("2024-05-31"))).collect::<Vec<_>>())
            .filter(|open| *open > Total::ZERO)
            .sum();
        prop_assert_eq!(held, open);
    }
}

#[test]
fn intervals_of_many_statistics_are_those_of_the_draws() {
    let mut sums = ClusterSums::new(2);
    for (collected, opening) in [(60.0, 100.0), (40.0, 100.0), (50.0, 80.0), (0.0, 10.0)] {
        sums.push([(0, collected), (1, opening)]);
    }
    let params = BootstrapParams::default();
    let share = |sums: &[f64]| (sums[1] > 0.0).then(|| sums[0] / sums[1]);
    let draws = sums.draws(&params);
    let together = sums.intervals(&params, |sums| vec![share(sums), None, Some(sums[0])]);
    assert_eq!(
        together,
        [draws.interval(share), None, draws.interval(|sums| Some(sums[0]))]
    );
    let mut one = ClusterSums::new(1);
    one.push([(0, 1.0)]);
    assert_eq!(one.intervals(&params, |sums| vec![Some(sums[0])]), [None]);
}
