//! Limits and terms by hand: each line of the calculation, each cap, and what is not available.

use arrears::decide::{BaseRates, LimitAction, LimitLine, LimitsPolicy, TermsAction, limits};
use arrears::money::Total;

use super::{as_of, scores};
use crate::support::{ledger, total};

const DAY: &str = "2024-12-31";

/// Twelve invoices of 3,000.00, issued on the first of each month of 2024, due after 30 days and paid `late` days after that.
fn book(late: i32, more: &str) -> String {
    let mut text = String::from(more);
    text.push('\n');
    for month in 1..=12 {
        let issued = crate::support::day(&format!("2024-{month:02}-01"));
        let due = issued + 30;
        text.push_str(&format!(
            "invoice i{month} acme issued {issued} due {due} 3000.00 EUR\n"
        ));
        let paid = due + late;
        if paid <= crate::support::day(DAY) {
            text.push_str(&format!("payment r{month} acme on {paid} 3000.00 -> i{month}\n"));
        }
    }
    text
}

const GRANTED: &str = "customer acme valid_from=2020-01-01 customer_since=2020-01-01 payment_terms_days=30 limit_kind=amount currency=EUR";

fn granted(limit: &str) -> String {
    format!("{GRANTED} credit_limit={limit}")
}

fn line_with(text: &str, probability: f64, policy: &LimitsPolicy) -> LimitLine {
    let ledger = ledger(text);
    let scores = scores(&ledger, DAY, probability);
    let rates = BaseRates::of(&ledger, None).unwrap();
    let made = limits(&ledger, as_of(DAY), Some(&scores), &rates, policy)
        .unwrap()
        .value;
    let acme = ledger.find_customer("acme").unwrap();
    made.lines.into_iter().find(|line| line.customer == acme).unwrap()
}

fn line(text: &str, probability: f64) -> LimitLine {
    line_with(text, probability, &LimitsPolicy::default())
}

fn proposed(text: &str, probability: f64) -> (LimitAction, Option<Total>) {
    let line = line(text, probability);
    (line.proposal.action, line.proposal.proposed)
}

#[test]
fn the_calculation_stands_line_by_line() {
    let line = line(&book(10, &granted("4000.00")), 0.07);
    let lines: Vec<_> = line
        .proposal
        .calculation
        .iter()
        .map(|line| (line.line, line.money))
        .collect();
    // At each month end one invoice is open: 3,000. Sales 3,000 x (30 + 10) / 30 x 1 = 4,000; x 1.25 at 7 %.
    assert_eq!(
        lines,
        [
            ("peak", total("3000.00")),
            ("need by sales", total("4000.00")),
            ("need", total("4000.00")),
            ("capacity", total("5000.00")),
            ("limit", total("5000.00")),
        ]
    );
    assert_eq!(
        line.proposal.calculation[1].how,
        "3000.00 a month x (30 days of terms + 10.0 late) / 30 x 1.00 growth"
    );
    assert_eq!(
        (line.proposal.action, line.proposal.proposed),
        (LimitAction::Raise, Some(total("5000.00")))
    );
}

#[test]
fn capacity_falls_with_the_probability() {
    let text = book(10, &granted("4000.00"));
    // 4,000 x 1.5, 1.25, 1, 0.75, 0.5; edges belong to the band of less risk.
    assert_eq!(proposed(&text, 0.05), (LimitAction::Raise, Some(total("6000.00"))));
    assert_eq!(proposed(&text, 0.0501), (LimitAction::Raise, Some(total("5000.00"))));
    assert_eq!(proposed(&text, 0.15), (LimitAction::Keep, Some(total("4000.00"))));
    assert_eq!(proposed(&text, 0.3), (LimitAction::Lower, Some(total("3000.00"))));
    assert_eq!(proposed(&text, 0.9), (LimitAction::Lower, Some(total("2000.00"))));
}

#[test]
fn limits_are_whole_steps_never_above_what_was_calculated() {
    // 3,000 x 37 / 30 = 3,700, x 1 = 3,700: 3,500.
    assert_eq!(proposed(&book(7, &granted("1000.00")), 0.15).1, Some(total("1500.00")));
    assert_eq!(
        proposed(&book(7, &granted("9000.00")), 0.15),
        (LimitAction::Lower, Some(total("3500.00")))
    );
}

#[test]
fn an_increase_is_capped_at_one_review_and_small_changes_are_left() {
    // 3,000 and half more is 4,500; 5,000 would be due.
    assert_eq!(
        proposed(&book(10, &granted("3000.00")), 0.07),
        (LimitAction::Raise, Some(total("4500.00")))
    );
    // 5,000 is within 10 % of 5,400 and not of 5,600.
    assert_eq!(
        proposed(&book(10, &granted("5400.00")), 0.07),
        (LimitAction::Keep, Some(total("5400.00")))
    );
    assert_eq!(
        proposed(&book(10, &granted("5600.00")), 0.07),
        (LimitAction::Lower, Some(total("5000.00")))
    );
}

#[test]
fn limits_of_every_kind_are_told_apart() {
    let of_kind = |kind: &str| book(10, &GRANTED.replace("limit_kind=amount", kind));
    assert_eq!(
        proposed(&of_kind("limit_kind=none"), 0.07),
        (LimitAction::Set, Some(total("5000.00")))
    );
    assert_eq!(
        proposed(&of_kind("limit_kind=unlimited"), 0.07),
        (LimitAction::Keep, None)
    );
    assert_eq!(
        proposed(&of_kind("limit_kind=unlimited"), 0.15),
        (LimitAction::Lower, Some(total("4000.00")))
    );
    let unknown = line(&of_kind("region=north"), 0.07);
    assert_eq!(unknown.proposal.action, LimitAction::Set);
    assert!(
        unknown
            .proposal
            .reasons
            .contains(&"no limit kind known on the day".to_owned())
    );
}

#[test]
fn something_wrong_forbids_an_increase_and_worse_suspends() {
    let blocked = |more: &str| {
        let line = line(&(book(10, &granted("4000.00")) + more), 0.07);
        assert_eq!(line.proposal.action, LimitAction::Keep, "{more}");
        line.proposal.reasons[1].clone()
    };
    assert_eq!(
        blocked("invoice x acme issued 2024-10-01 due 2024-11-29 100.00 EUR"),
        "no increase: 100.00 more than 30 days past due"
    );
    assert_eq!(
        blocked(
            "promise p acme made_on=2024-11-01 promised_on=2024-11-05 amount=9.00 -> i12
             promise q acme made_on=2024-11-20 promised_on=2024-11-25 amount=9.00 -> i12"
        ),
        "no increase: 2 promises not kept in 180 days"
    );
    assert_eq!(
        blocked("payment s acme on 2024-12-01 50.00 EUR\nreversal t acme on 2024-12-05 50.00 EUR reverses=s/1"),
        "no increase: 1 payments returned in 180 days"
    );
    let old = |due: &str, amount: &str| {
        let invoice = format!("invoice x acme issued 2024-08-01 due {due} {amount} EUR");
        proposed(&(book(10, &granted("4000.00")) + &invoice), 0.07)
    };
    // 120 and 121 days; 400 of 3,400 open are more than a tenth, 300 of 3,300 less.
    assert_eq!(old("2024-09-02", "400.00").0, LimitAction::Keep);
    assert_eq!(old("2024-09-01", "400.00"), (LimitAction::Suspend, Some(Total::ZERO)));
    assert_eq!(old("2024-09-01", "300.00").0, LimitAction::Keep);
    let bankrupt = book(10, &format!("{} status=bankrupt", granted("4000.00")));
    assert_eq!(proposed(&bankrupt, 0.01), (LimitAction::Suspend, Some(Total::ZERO)));
}

#[test]
fn caps_of_policy_and_tenure_and_insurance_stand_in_the_calculation() {
    let young = GRANTED.replace("customer_since=2020-01-01", "customer_since=2023-12-31");
    let policy = LimitsPolicy {
        tenure_caps: vec![arrears::decide::TenureCap {
            below_months: 13,
            most: total("2200.00"),
        }],
        ..LimitsPolicy::default()
    };
    let capped = line_with(&book(10, &format!("{young} credit_limit=9000.00")), 0.07, &policy);
    assert_eq!(capped.proposal.proposed, Some(total("2000.00")));
    let policy = LimitsPolicy {
        most: Some(total("2600.00")),
        ..LimitsPolicy::default()
    };
    let capped = line_with(&book(10, &granted("9000.00")), 0.07, &policy);
    assert_eq!(capped.proposal.proposed, Some(total("2500.00")));
    // At 90 % only half of the need of 4,000; what is insured may be granted up to the need.
    let insured = |amount: &str| book(10, &format!("{} insured_amount={amount}", granted("9000.00")));
    assert_eq!(proposed(&insured("3500.00"), 0.9).1, Some(total("3500.00")));
    assert_eq!(proposed(&insured("8000.00"), 0.9).1, Some(total("4000.00")));
    assert_eq!(proposed(&insured("1000.00"), 0.9).1, Some(total("2000.00")));
}

#[test]
fn too_little_history_is_not_available_and_never_zero() {
    let few = "invoice 1 acme issued 2024-11-01 due 2024-11-30 3000.00 EUR";
    let short = line(&format!("{}\n{few}", granted("4000.00")), 0.07);
    assert_eq!(
        (short.proposal.action, short.proposal.proposed),
        (LimitAction::NotAvailable, None)
    );
    assert_eq!(short.proposal.reasons, ["2 complete months of history, 6 are needed"]);
    let old = few.replace("2024-11-01 due 2024-11-30", "2024-01-01 due 2024-12-30");
    let thin = line(&format!("{}\n{old}", granted("4000.00")), 0.07);
    assert_eq!(thin.proposal.reasons, ["1 items fell due in 12 months, 5 are needed"]);
}

#[test]
fn growth_is_carried_forward_between_its_bounds() {
    // The invoices of the later half are six times as large: 1.5 at most.
    let mut text = book(10, &granted("99000.00"));
    for month in 7..=12 {
        let from = text.find(&format!("invoice i{month} ")).unwrap();
        let end = from + text[from..].find('\n').unwrap();
        let grown = text[from..end].replace("3000.00", "18000.00");
        text.replace_range(from..end, &grown);
        text = text.replace(&format!(" 3000.00 -> i{month}\n"), &format!(" 18000.00 -> i{month}\n"));
    }
    let line = line(&text, 0.15);
    // (6 x 3,000 + 6 x 18,000) / 12 = 10,500 a month; x 40 / 30 x 1.5 = 21,000.
    assert_eq!(line.proposal.calculation[1].money, total("21000.00"));
}

#[test]
fn terms_follow_risk_and_lateness_within_what_is_allowed() {
    let terms = |late: i32, probability: f64| {
        let terms = line(&book(late, &granted("4000.00")), probability).terms;
        (terms.action, terms.proposed_days)
    };
    assert_eq!(terms(20, 0.5), (TermsAction::Shorten, Some(14)));
    assert_eq!(terms(10, 0.5), (TermsAction::Keep, Some(30)));
    assert_eq!(terms(0, 0.04), (TermsAction::Lengthen, Some(45)));
    assert_eq!(terms(1, 0.04), (TermsAction::Keep, Some(30)));
    assert_eq!(terms(0, 0.8), (TermsAction::Prepayment, Some(0)));
    let bankrupt = line(&book(0, &format!("{} status=bankrupt", granted("4000.00"))), 0.01);
    assert_eq!(bankrupt.terms.action, TermsAction::Prepayment);
}

#[test]
fn payments_that_slow_down_are_watched_with_their_numbers() {
    // Weekly invoices due after 30 days: paid on time until summer, 20 days late afterwards.
    let mut text = granted("99000.00") + "\n";
    let first = crate::support::day("2023-11-01");
    for week in 0..56 {
        let issued = first + 7 * week;
        let due = issued + 30;
        let paid = due + if week < 40 { 0 } else { 20 };
        text.push_str(&format!("invoice w{week} acme issued {issued} due {due} 100.00 EUR\n"));
        if paid <= crate::support::day(DAY) {
            text.push_str(&format!("payment r{week} acme on {paid} 100.00 -> w{week}\n"));
        }
    }
    let watched = line(&text, 0.2).watch;
    assert!(watched.iter().any(|sign| sign.starts_with("paid ")), "{watched:?}");
    let steady = line(&book(10, &granted("4000.00")), 0.2).watch;
    assert_eq!(steady, Vec::<String>::new());
}

#[test]
fn a_limit_that_fills_up_is_watched() {
    // 3,000 on average of the month ends; 3,900 now of a limit of 4,000.
    let more = "invoice x acme issued 2024-12-31 due 2025-01-31 900.00 EUR";
    let watched = line(&(book(10, &granted("4000.00")) + more), 0.2).watch;
    // (11 x 3,000 + 3,900) / 12 = 3,075: 77 % of 4,000, from which 97.5 % is a rise of a fifth.
    assert_eq!(
        watched,
        ["98 % of the limit used against 77 % on average of 12 month ends"]
    );
    let less = more.replace("900.00", "800.00");
    assert_eq!(
        line(&(book(10, &granted("4000.00")) + &less), 0.2).watch,
        Vec::<String>::new()
    );
}

#[test]
fn without_rates_each_customer_is_judged_in_its_own_currency() {
    let text = book(10, &granted("4000.00")) + "invoice b bolt issued 2024-01-01 due 2024-02-01 10.00 USD";
    assert_eq!(line(&text, 0.07).currency.to_string(), "EUR");
    let mixed = text.replace("b bolt", "b acme");
    let ledger = ledger(&mixed);
    let rates = BaseRates::of(&ledger, None).unwrap();
    let made = limits(&ledger, as_of(DAY), None, &rates, &LimitsPolicy::default()).unwrap();
    assert!(made.value.lines.is_empty());
    let said = made
        .caveats
        .iter()
        .any(|caveat| caveat.0.starts_with("1 customers have items in several currencies"));
    assert!(said, "{:?}", made.caveats);
}
