//! Each rule firing and just not firing, what silences it, and what lifts a hold.

use arrears::decide::{
    BaseRates, HoldExclusion, HoldLine, HoldPolicy, Level, Recommendation, RuleStatus, Threshold, Whose, holds,
};

use super::{as_of, scores};
use crate::support::{ledger, total};

const DAY: &str = "2024-04-01";

fn line_with(text: &str, probability: f64, policy: &HoldPolicy) -> HoldLine {
    let ledger = ledger(text);
    let scores = scores(&ledger, DAY, probability);
    let rates = BaseRates::of(&ledger, None).unwrap();
    let made = holds(&ledger, as_of(DAY), Some(&scores), &rates, policy).unwrap().value;
    made.lines[0].clone()
}

fn line(text: &str) -> HoldLine {
    line_with(text, 0.1, &HoldPolicy::default())
}

fn status(line: &HoldLine, rule: &str) -> RuleStatus {
    line.rules
        .iter()
        .find(|result| result.rule == rule)
        .unwrap()
        .status
        .clone()
}

const FIRED_HOLD: RuleStatus = RuleStatus::Fired(Level::Hold);
const FIRED_WATCH: RuleStatus = RuleStatus::Fired(Level::Watch);

#[test]
fn days_overdue_fire_above_the_threshold_and_from_the_minimum() {
    // 2024-04-01 is 61 days after 2024-01-31 and 60 after 2024-02-01.
    let invoice = |due: &str, amount: &str| format!("invoice 1 acme issued 2024-01-01 due {due} {amount} EUR");
    assert_eq!(
        status(&line(&invoice("2024-01-31", "100.00")), "days_overdue"),
        FIRED_HOLD
    );
    assert_eq!(
        status(&line(&invoice("2024-02-01", "100.00")), "days_overdue"),
        FIRED_WATCH
    );
    assert_eq!(
        status(&line(&invoice("2024-01-31", "99.99")), "days_overdue"),
        RuleStatus::Clear
    );
    assert_eq!(
        status(&line(&invoice("2024-03-02", "100.00")), "days_overdue"),
        RuleStatus::Clear
    );
}

#[test]
fn the_share_of_overdue_money_asks_for_a_watch_above_a_half() {
    let text = |overdue: &str| {
        format!(
            "invoice 1 acme issued 2024-03-01 due 2024-03-30 {overdue} EUR
             invoice 2 acme issued 2024-03-01 due 2024-04-30 500.00 EUR"
        )
    };
    assert_eq!(status(&line(&text("500.01")), "overdue_share"), FIRED_WATCH);
    let even = line(&text("500.00"));
    assert_eq!(status(&even, "overdue_share"), RuleStatus::Clear);
    assert_eq!(even.recommendation, Recommendation::None);
}

#[test]
fn the_limit_is_used_by_receivables_and_orders_less_unapplied_and_insured() {
    let text = |order: &str| {
        format!(
            "invoice 1 acme issued 2024-03-01 due 2024-04-30 1000.00 EUR
             payment u acme on 2024-03-05 200.00 EUR
             order o acme ordered_on=2024-03-20 amount={order} currency=EUR
             order b acme ordered_on=2024-03-01 billed_on=2024-03-01 amount=900.00 currency=EUR
             customer acme valid_from=2024-01-01 limit_kind=amount credit_limit=1000.00 currency=EUR insured_share=0.25"
        )
    };
    // 1000 - 200 + 400 - 0.25 x 800 = 1000: all of the limit, not above it.
    let full = line(&text("400.00"));
    assert_eq!(full.exposure, total("1000.00"));
    assert_eq!(status(&full, "limit_used"), FIRED_WATCH);
    let over = line(&text("400.01"));
    assert_eq!(
        (over.recommendation, status(&over, "limit_used")),
        (Recommendation::Hold, FIRED_HOLD)
    );
    // Above a released hold is 0.9 x 1000: 100.01 less exposure; each euro paid lifts 0.25 of its insurance: 100.01 / 0.75.
    assert_eq!(over.release_payment, Some(total("133.35")));
}

#[test]
fn limits_are_never_guessed() {
    let with = |customer: &str| {
        line(&format!(
            "invoice 1 acme issued 2024-03-01 due 2024-04-30 10.00 EUR\n{customer}"
        ))
    };
    let none = with("customer acme valid_from=2024-01-01 limit_kind=none credit_limit=0.00");
    assert_eq!(status(&none, "limit_used"), FIRED_HOLD);
    let unlimited = with("customer acme valid_from=2024-01-01 limit_kind=unlimited credit_limit=0.00");
    assert_eq!(status(&unlimited, "limit_used"), RuleStatus::Clear);
    for unknown in [
        "customer acme valid_from=2024-01-01 credit_limit=0.00",
        "customer acme limit_kind=none",
        "customer acme valid_from=2024-04-02 limit_kind=none",
    ] {
        let line = with(unknown);
        assert!(
            matches!(status(&line, "limit_used"), RuleStatus::NotAvailable(_)),
            "{unknown}"
        );
        assert_eq!(line.recommendation, Recommendation::None);
    }
    let until = |day: &str| {
        with(&format!(
            "customer acme valid_from=2024-01-01 limit_kind=unlimited limit_until={day}"
        ))
    };
    assert_eq!(status(&until("2024-03-31"), "limit_expired_days"), FIRED_WATCH);
    assert_eq!(status(&until("2024-04-01"), "limit_expired_days"), RuleStatus::Clear);
}

/// A policy under which a score alone can hold.
fn scores_hold() -> HoldPolicy {
    HoldPolicy {
        probability: Threshold {
            watch: Some(0.35),
            hold: Some(0.6),
            release: 0.35,
        },
        ..HoldPolicy::default()
    }
}

#[test]
fn a_score_asks_for_a_watch_unless_the_policy_lets_it_hold() {
    let text = "invoice 1 acme issued 2024-03-01 due 2024-04-30 10.00 EUR";
    let of = |policy: &HoldPolicy| status(&line_with(text, 0.99, policy), "probability");
    assert_eq!(
        (of(&HoldPolicy::default()), of(&scores_hold())),
        (FIRED_WATCH, FIRED_HOLD)
    );
    // What the model says of the customer stands with the number.
    let line = line_with(text, 0.99, &HoldPolicy::default());
    let rule = line.rules.iter().find(|result| result.rule == "probability").unwrap();
    assert_eq!(rule.inputs, "score 99.0 % (pays later than it used to)");
}

#[test]
fn scores_hold_and_late_shares_only_watch() {
    let text = "invoice 1 acme issued 2024-03-01 due 2024-04-30 10.00 EUR
        invoice 0 acme issued 2023-10-01 due 2023-11-01 10.00 EUR
        payment p acme on 2024-01-01 10.00 -> 0";
    let of = |probability| status(&line_with(text, probability, &scores_hold()), "probability");
    assert_eq!(
        (of(0.61), of(0.6), of(0.35)),
        (FIRED_HOLD, FIRED_WATCH, RuleStatus::Clear)
    );
    let ledger = ledger(text);
    let made = holds(&ledger, as_of(DAY), None, &BaseRates::none(), &scores_hold()).unwrap();
    assert_eq!(made.value.lines[0].recommendation, Recommendation::Watch); // one of one late
    assert!(
        made.caveats
            .iter()
            .any(|caveat| caveat.0.starts_with("no scores were given"))
    );
}

#[test]
fn broken_promises_count_and_without_their_table_nothing_is_said() {
    let invoice = "invoice 1 acme issued 2024-03-01 due 2024-04-30 10.00 EUR\n";
    let promises = |n: i32| {
        let promise =
            |at: i32| format!("promise p{at} acme made_on=2024-03-0{at} promised_on=2024-03-1{at} amount=10.00\n");
        format!("{invoice}{}", (1..=n).map(promise).collect::<String>())
    };
    let of = |text: &str| status(&line(text), "broken_promises");
    assert_eq!(
        (of(&promises(1)), of(&promises(2)), of(&promises(3))),
        (RuleStatus::Clear, FIRED_WATCH, FIRED_HOLD)
    );
    assert!(matches!(of(invoice), RuleStatus::NotAvailable(_)));
}

const OLD: &str = "invoice 1 acme issued 2024-01-01 due 2024-01-31 1000.00 EUR\n";

#[test]
fn what_silences_a_rule_is_named() {
    let with = |extra: &str| line(&format!("{OLD}{extra}"));
    let silenced = |by: &str| RuleStatus::Silenced(by.to_owned());
    let disputed = with("dispute d acme opened_on=2024-02-01 amount=900.01 -> 1");
    assert_eq!(status(&disputed, "days_overdue"), silenced("dispute")); // 99.99 left, below the minimum
    let in_part = with("dispute d acme opened_on=2024-02-01 amount=900.00 -> 1");
    assert_eq!(status(&in_part, "days_overdue"), FIRED_HOLD);
    assert_eq!(
        status(&with("payment u acme on 2024-03-01 950.00 EUR"), "days_overdue"),
        silenced("unapplied cash")
    );
    let insured = with("customer acme valid_from=2024-01-01 insured_amount=1000.00 currency=EUR");
    assert_eq!(status(&insured, "days_overdue"), silenced("insurance"));
    let lapsed = with("customer acme valid_from=2024-01-01 insured_amount=1000.00 insured_until=2024-03-31");
    assert_eq!(status(&lapsed, "days_overdue"), FIRED_HOLD);
    let policy = HoldPolicy {
        exclusions: vec![HoldExclusion {
            whose: Whose::Customer("acme".to_owned()),
            rules: Default::default(),
            reason: "own company".to_owned(),
        }],
        ..HoldPolicy::default()
    };
    let protected = line_with(OLD, 0.9, &policy);
    assert_eq!(
        status(&protected, "probability"),
        silenced("exclusion of customer acme: own company")
    );
    assert_eq!(protected.recommendation, Recommendation::None);
}

#[test]
fn a_hold_lifts_only_below_the_lower_threshold() {
    let due = |day: &str| format!("invoice 1 acme issued 2024-01-01 due {day} 1000.00 EUR\n");
    let held = "hold acme placed_on=2024-03-01 kind=rule\n";
    let of = |text: String| line(&text).recommendation;
    // 20 days late: no hold for the free, no release for the held; 15 days late: release.
    assert_eq!(of(due("2024-03-12")), Recommendation::Watch); // all of it overdue
    assert_eq!(of(due("2024-03-12") + held), Recommendation::Hold);
    assert_eq!(of(due("2024-03-17") + held), Recommendation::Release);
    let lifted = "hold acme placed_on=2024-03-01 released_on=2024-03-31 kind=rule\n";
    assert_eq!(of(due("2024-03-12") + lifted), Recommendation::Watch);
}

#[test]
fn a_manual_hold_stays_and_asks_for_its_review() {
    let text = |review: &str| {
        format!(
            "invoice 1 acme issued 2024-03-01 due 2024-04-30 10.00 EUR
             hold acme placed_on=2024-03-01 kind=manual review_on={review}"
        )
    };
    let due = line(&text("2024-04-01"));
    assert_eq!((due.recommendation, due.review), (Recommendation::Hold, true));
    assert_eq!(due.release_payment, None);
    assert!(!line(&text("2024-04-02")).review);
}

#[test]
fn paying_the_release_payment_releases_and_a_cent_less_does_not() {
    let text = format!(
        "{OLD}invoice 2 acme issued 2024-01-01 due 2024-02-10 400.00 EUR
         invoice 3 acme issued 2024-03-01 due 2024-03-28 300.00 EUR
         hold acme placed_on=2024-03-01 kind=rule\n"
    );
    // Days: less than the minimum of 100.00 may stay older than 15 days: 1400.00 - 99.99 must be paid.
    let payment = line(&text).release_payment.unwrap();
    assert_eq!(payment, total("1300.01"));
    let paid = |second: &str| {
        let paid = format!("payment r acme on 2024-04-01 1000.00 -> 1\npayment s acme on 2024-04-01 {second} -> 2\n");
        line(&format!("{text}{paid}")).recommendation
    };
    assert_eq!(paid("300.01"), Recommendation::Release);
    assert_eq!(paid("300.00"), Recommendation::Hold);
}

#[test]
fn a_cause_that_no_payment_cures_has_no_release_payment() {
    let text = format!("{OLD}hold acme placed_on=2024-03-01 kind=rule\n");
    assert_eq!(line_with(&text, 0.9, &scores_hold()).release_payment, None);
}

#[test]
fn the_columns_stand_in_the_order_others_script_against_and_settings_are_checked() {
    let ledger = ledger(OLD);
    let policy = HoldPolicy::default();
    let table = holds(&ledger, as_of(DAY), None, &BaseRates::none(), &policy)
        .unwrap()
        .value
        .table();
    let names: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
    let fixed = "customer_id,recommendation,currency,exposure,credit_limit,overdue,oldest_days,probability,rules,release_payment";
    assert_eq!(names[..10].join(","), fixed);
    let mut policy = policy;
    policy.limit_used.release = 1.5;
    assert_eq!(
        policy.check().unwrap_err().lines(),
        [
            "limit_used.watch: must be at least release 1.5, is 0.9",
            "limit_used.hold: must be at least release 1.5, is 1"
        ]
    );
}
