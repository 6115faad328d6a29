use arrears::calendar::AsOf;
use arrears::ledger::Ledger;
use arrears::metrics::aging::{AgingParams, aging};
use arrears::metrics::cohorts::{CohortOrigin, CohortParams, CohortSums, cohorts};
use arrears::money::Total;
use arrears::outcome::Checked;
use proptest::prelude::*;

use super::{as_of, groups, month};
use crate::support::random::{cases, ledger_lines};
use crate::support::{ledger, total};

fn entering(days_past_due: i32) -> CohortParams {
    CohortParams {
        origin: CohortOrigin::Entering(days_past_due),
        ..CohortParams::default()
    }
}

fn sums(ledger: &Ledger, day: &str) -> Checked<CohortSums> {
    let groups = groups(ledger, &[]);
    let (from, to) = (month("2024-01"), month("2024-04"));
    cohorts(ledger, as_of(day), from, to, &groups, None, &entering(31))
        .unwrap()
        .map(|cohorts| cohorts.sums()[0].clone())
}

/// Due January 10: 31 days past due on February 10.
const LATE: &str = "
    invoice 1 acme issued 2023-12-11 due 2024-01-10 100.00 EUR
    payment 11 acme on 2024-02-10 30.00 -> 1
    payment 12 acme on 2024-02-11 20.00 -> 1
    credit 13 acme on 2024-03-05 10.00 -> 1
    write_off 14 acme on 2024-04-05 40.00 -> 1";

#[test]
fn what_is_open_on_the_first_day_of_the_bucket_enters_and_later_money_counts() {
    let found = sums(&ledger(LATE), "2024-04-30").value;
    // 100 less the 30 of the day itself; a claim that entered in February is no one of January's or March's.
    assert_eq!(found.entered, [Total::ZERO, total("70"), Total::ZERO, Total::ZERO]);
    assert_eq!(found.n_documents, [0, 1, 0, 0]);
    let [february, march, april] = found.ages(1) else {
        panic!("three ages")
    };
    assert_eq!(
        (february.cash, march.credits, april.write_offs),
        (total("20"), total("10"), total("40"))
    );
    assert_eq!(
        (february.write_offs, march.cash, april.cash),
        (Total::ZERO, Total::ZERO, Total::ZERO)
    );
}

#[test]
fn what_is_settled_by_then_does_not_enter_and_what_has_no_due_date_is_counted() {
    let ledger = ledger(
        "invoice 1 acme issued 2023-12-11 due 2024-01-10 100.00 EUR
         payment 11 acme on 2024-02-10 100.00 -> 1
         reversal 12 acme on 2024-02-20 100.00 reverses=11/1
         invoice 2 acme issued 2024-01-05 50.00 EUR
         invoice 3 acme issued 2024-03-31 due 2024-01-10 25.00 EUR",
    );
    let Checked { value, caveats, .. } = sums(&ledger, "2024-04-30");
    // A claim issued later than 31 days after its due date enters on its day of issue.
    assert_eq!(value.entered, [Total::ZERO, Total::ZERO, total("25"), Total::ZERO]);
    assert_eq!(
        caveats[0].to_string(),
        "caveat: 1 claims have no due date; they enter no bucket and are left out"
    );
}

#[test]
fn a_bucket_stands_for_its_first_day() {
    let parsed = |text| CohortOrigin::parse(text);
    for text in ["entering:31", "entering:31-60", "entering:31+"] {
        assert_eq!(parsed(text), Ok(CohortOrigin::Entering(31)), "{text}");
    }
    assert_eq!(
        (parsed("issue"), parsed("due")),
        (Ok(CohortOrigin::Issue), Ok(CohortOrigin::Due))
    );
    for text in [
        "entering:0",
        "entering:60-31",
        "entering:",
        "entering:1-",
        "entered:31",
        "entering:-5",
    ] {
        let expected = format!(
            "found `{text}`, expected `issue`, `due` or the first day of a bucket such as `entering:31` or `entering:31-60`"
        );
        assert_eq!(parsed(text), Err(expected));
    }
}

#[test]
fn a_later_payment_leaves_what_entered_unchanged() {
    let later = format!("{LATE}\n payment 15 acme on 2024-04-30 1.00 -> 1");
    let (earlier, later) = (sums(&ledger(LATE), "2024-04-15"), sums(&ledger(&later), "2024-04-15"));
    assert_eq!(earlier.value, later.value);
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn what_enters_in_a_month_is_what_the_ageing_of_its_days_shows_at_just_that_age(lines in ledger_lines()) {
        // Claims due before their issue could already be older on the first day they are there; they are tried above.
        let is_dated_well = |line: &&String| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let after = |name| words.iter().position(|word| *word == name).map(|at| words[at + 1]);
            after("issued").zip(after("due")).is_none_or(|(issued, due)| issued <= due)
        };
        let lines: Vec<String> = lines.iter().filter(is_dated_well).cloned().collect();
        prop_assume!(lines.iter().any(|line| line.starts_with("invoice")));
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &["region"]);
        let june = month("2024-06");
        let found = cohorts(&ledger, AsOf(june.last()), june, june, &groups, None, &entering(31)).unwrap().value;
        // One bucket of a single day: 31.
        let params = AgingParams { upper_edges: vec![30, 31], ..AgingParams::default() };
        let mut entered = vec![Total::ZERO; groups.len()];
        let mut day = june.first();
        while day <= june.last() {
            let aging = aging(&ledger, AsOf(day), &groups, None, &params).unwrap().value;
            for (sum, aged) in entered.iter_mut().zip(aging.sums()) {
                *sum += aged.past_due[1];
            }
            day = day + 1;
        }
        let found: Vec<Total> = found.sums().iter().map(|sums| sums.entered[0]).collect();
        prop_assert_eq!(found, entered);
    }

    #[test]
    fn what_entered_is_relieved_or_still_open(lines in ledger_lines()) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &[]);
        let (from, to) = (month("2024-01"), month("2025-02"));
        let found = cohorts(&ledger, AsOf(to.last()), from, to, &groups, None, &entering(10)).unwrap().value;
        for (group, sums) in found.sums().iter().enumerate() {
            let currency = groups.all()[group].currency;
            let entered: Total = sums.entered.iter().copied().sum();
            let relieved: Total = (0..sums.entered.len())
                .filter_map(|origin| sums.cumulative(origin).last())
                .map(|cell| cell.cash + cell.credits + cell.discounts + cell.write_offs)
                .sum();
            let mut still_open = Total::ZERO;
            for customer in ledger.customers() {
                let customer = arrears::history::CustomerHistory::of(&ledger, customer, None);
                for claim in customer.documents().filter(|claim| claim.document.is_claim() && claim.document.currency == currency) {
                    let Some(due_on) = claim.document.due_on else { continue };
                    let day = (due_on + 10).max(claim.document.issued_on);
                    if claim.open_on(day) > Total::ZERO && day <= to.last() {
                        still_open += claim.open_on(to.last());
                    }
                }
            }
            prop_assert_eq!(entered - relieved, still_open);
        }
    }
}
