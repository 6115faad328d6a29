//! Who takes which contact: territories, skills, value spread, strategic accounts, channels, points.

use arrears::decide::{
    BaseRates, PointsFor, PointsPolicy, PointsStep, PriorityClass, Whose, Worklist, WorklistPolicy, worklist,
};

use super::as_of;
use crate::support::{day, ledger};

const DAY: &str = "2024-03-12";

fn made(text: &str, policy: &WorklistPolicy) -> Worklist {
    let ledger = ledger(text);
    worklist(&ledger, as_of(DAY), None, &BaseRates::none(), policy)
        .unwrap()
        .value
}

fn column(worklist: &Worklist, name: &str) -> Vec<String> {
    let table = worklist.table();
    table
        .texts(name)
        .unwrap()
        .iter()
        .map(|cell| cell.clone().unwrap_or_default())
        .collect()
}

/// Invoices forty days late, one for each customer and amount.
fn invoices(amounts: &[(&str, i64)]) -> String {
    let line = |(customer, amount): &(&str, i64)| {
        format!("invoice {customer} {customer} issued 2024-01-02 due 2024-02-01 {amount}.00 EUR\n")
    };
    amounts.iter().map(line).collect()
}

#[test]
fn who_has_taken_least_value_takes_the_next_contact() {
    let text =
        invoices(&[("a", 90_000), ("b", 50_000), ("c", 30_000), ("d", 10_000)]) + "collector ann\ncollector bob\n";
    let worklist = made(&text, &WorklistPolicy::default());
    assert_eq!(column(&worklist, "customer_id"), ["a", "b", "c", "d"]);
    // ann 90,000; bob 50,000, then 30,000, then (80,000 below 90,000) 10,000.
    assert_eq!(column(&worklist, "collector"), ["ann", "bob", "bob", "bob"]);
}

#[test]
fn territories_and_skills_must_match_and_what_nobody_covers_is_said() {
    let text = invoices(&[("a", 90_000), ("b", 50_000), ("c", 30_000), ("d", 20_000)])
        + "customer a valid_from=2024-01-01 region=north segment=key
           customer b valid_from=2024-01-01 region=north segment=small
           customer c valid_from=2024-01-01 region=west segment=small
           customer d valid_from=2024-01-01
           collector ann territories=north;south skills=key
           collector bob territories=south;north";
    let worklist = made(&text, &WorklistPolicy::default());
    assert_eq!(column(&worklist, "customer_id"), ["a", "b", "d"]);
    // Both cover a, and the first by name takes it; b asks for a skill ann has not; d asks for nothing.
    assert_eq!(column(&worklist, "collector"), ["ann", "bob", "bob"]);
    let reasons: Vec<&str> = worklist
        .exclusions
        .iter()
        .map(|exclusion| exclusion.reason.as_str())
        .collect();
    assert_eq!(reasons, ["no collector covers region west and segment small"]);
}

#[test]
fn a_strategic_account_that_nobody_called_comes_before_more_valuable_ones() {
    let text = invoices(&[("a", 90_000), ("b", 50_000), ("s", 3_000)])
        + "customer s valid_from=2024-01-01 segment=strategic collector=ann
           customer a valid_from=2024-01-01 collector=ann
           customer b valid_from=2024-01-01 collector=ann
           contact c s contacted_on=2024-02-11 direction=out channel=call reached=true";
    let policy = WorklistPolicy {
        minutes_per_day: 24.0, // two calls of 12 minutes
        strategic: vec![Whose::With {
            attribute: "segment".to_owned(),
            value: "strategic".to_owned(),
        }],
        ..WorklistPolicy::default()
    };
    let covered = made(&text, &policy);
    assert_eq!(column(&covered, "customer_id"), ["a", "s"]);
    assert!(column(&covered, "reasons")[1].ends_with("strategic account, last contacted 30 days ago"));
    assert_eq!(covered.next.len(), 1);
    // A day later would have been soon enough.
    let patient = WorklistPolicy {
        strategic_every_days: 31,
        ..policy
    };
    assert_eq!(column(&made(&text, &patient), "customer_id"), ["a", "b"]);
}

#[test]
fn a_customer_that_never_answers_a_call_is_reached_otherwise() {
    let contact = |id: &str, on: &str, channel: &str, reached: bool| {
        format!("contact {id} a contacted_on={on} direction=out channel={channel} reached={reached}\n")
    };
    let vain: String = ["2024-02-05", "2024-02-12", "2024-02-19"]
        .iter()
        .map(|on| contact(on, on, "call", false))
        .collect();
    let text = invoices(&[("a", 90_000)]) + &vain + &contact("e", "2024-02-26", "e-mail", true);
    let worklist = made(&text, &WorklistPolicy::default());
    assert_eq!(column(&worklist, "channel"), ["e-mail"]);
    assert!(column(&worklist, "reasons")[0].ends_with("not reached by call in 3 attempts, by e-mail in 1 of 1"));
    let answered = text + &contact("f", "2024-02-27", "call", true);
    assert_eq!(
        column(&made(&answered, &WorklistPolicy::default()), "channel"),
        ["call"]
    );
}

#[test]
fn points_are_the_best_step_about_each_number_out_of_the_maximum() {
    let step = |of, above, points| PointsStep { of, above, points };
    let class = |from, name: &str| PriorityClass {
        from,
        name: name.to_owned(),
    };
    let policy = WorklistPolicy {
        points: PointsPolicy {
            maximum: 80,
            steps: vec![
                step(PointsFor::Overdue, 1_000.0, 20),
                step(PointsFor::Overdue, 9_999.99, 40),
                step(PointsFor::OldestDays, 39.0, 20),
                step(PointsFor::OldestDays, 40.0, 30),
            ],
            classes: vec![class(0.75, "high"), class(0.0, "low")],
        },
        ..WorklistPolicy::default()
    };
    let worklist = made(&invoices(&[("a", 10_000), ("b", 9_000)]), &policy);
    let points: Vec<u32> = worklist.lines.iter().map(|line| line.points).collect();
    // Forty days are above 39 and not above 40: 40 + 20 = 60 of 80, exactly three quarters; 20 + 20.
    assert_eq!(points, [60, 40]);
    assert_eq!(column(&worklist, "priority"), ["high", "low"]);
    let mut short = policy;
    short.points.maximum = 60;
    let problems = short.check().unwrap_err();
    assert_eq!(
        problems.lines(),
        ["points.maximum: must be at least the 70 that the steps can give, is 60"]
    );
}

#[test]
fn a_list_says_until_when_it_is_good() {
    let worklist = made(&invoices(&[("a", 10_000)]), &WorklistPolicy::default());
    assert_eq!(worklist.valid_until, day("2024-03-13"));
}
