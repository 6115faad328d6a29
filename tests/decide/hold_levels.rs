//! Rules of groups and single customers, groups of companies, grace, exclusions, and numbers that lie exactly on a threshold.

use arrears::decide::{
    BaseRates, HoldExclusion, HoldPolicy, HoldRule, Holds, Level, OwnThresholds, Recommendation, RuleResult,
    RuleStatus, Threshold, Whose, holds,
};
use proptest::prelude::*;

use super::as_of;
use crate::support::ledger;

const DAY: &str = "2024-04-01";
const WATCH: RuleStatus = RuleStatus::Fired(Level::Watch);
const HOLD: RuleStatus = RuleStatus::Fired(Level::Hold);

fn holds_of(text: &str, policy: &HoldPolicy) -> Holds {
    let ledger = ledger(text);
    let rates = BaseRates::of(&ledger, None).unwrap();
    holds(&ledger, as_of(DAY), None, &rates, policy).unwrap().value
}

fn result(holds: &Holds, customer: &str, rule: HoldRule) -> RuleResult {
    let ids = holds.table();
    let at = ids
        .texts("customer_id")
        .unwrap()
        .iter()
        .position(|id| id.as_deref() == Some(customer));
    let rules = &holds.lines[at.unwrap()].rules;
    rules
        .iter()
        .find(|result| result.rule == rule.as_str())
        .unwrap()
        .clone()
}

fn threshold(watch: f64, hold: f64, release: f64) -> Threshold {
    Threshold {
        watch: Some(watch),
        hold: Some(hold),
        release,
    }
}

#[test]
fn a_share_of_four_in_a_thousand_is_above_none() {
    let text = "invoice 1 acme issued 2024-01-01 due 2024-03-01 100.00 EUR
                invoice 2 acme issued 2024-03-01 due 2024-05-01 24900.00 EUR";
    let policy = HoldPolicy {
        overdue_share: threshold(0.0, 0.004, 0.0),
        ..HoldPolicy::default()
    };
    // 100 of 25,000 is 0.4 %: above none, and not above 0.4 %.
    let share = result(&holds_of(text, &policy), "acme", HoldRule::OverdueShare);
    assert_eq!((share.value, share.status), (Some(0.004), WATCH));
    let a_cent_more = text.replace("100.00 EUR", "100.01 EUR");
    assert_eq!(
        result(&holds_of(&a_cent_more, &policy), "acme", HoldRule::OverdueShare).status,
        HOLD
    );
}

#[test]
fn overdue_money_is_compared_to_the_cent() {
    let text = |amount: &str| format!("invoice 1 acme issued 2024-01-01 due 2024-03-01 {amount} EUR");
    let policy = HoldPolicy {
        overdue_amount: threshold(1_000.0, 9_007_199_254.74, 500.0),
        ..HoldPolicy::default()
    };
    let status = |amount: &str| result(&holds_of(&text(amount), &policy), "acme", HoldRule::OverdueAmount).status;
    assert_eq!(status("1000.00"), RuleStatus::Clear);
    assert_eq!(status("1000.01"), WATCH);
    assert_eq!(status("9007199254.74"), WATCH);
    assert_eq!(status("9007199254.75"), HOLD);
}

#[test]
fn a_threshold_beyond_all_money_is_never_reached() {
    // Ten times the whole of an i64 of ten-thousandths, against a threshold of a million billions.
    let invoice = |id: u32| format!("invoice {id} acme issued 2024-01-01 due 2024-03-01 900000000000000.00 EUR\n");
    let text: String = (0..10).map(invoice).collect();
    let policy = HoldPolicy {
        overdue_share: threshold(1e15, 1e15, 0.0),
        ..HoldPolicy::default()
    };
    assert_eq!(
        result(&holds_of(&text, &policy), "acme", HoldRule::OverdueShare).status,
        RuleStatus::Clear
    );
}

#[test]
fn a_customers_own_thresholds_stand_before_its_groups_and_these_before_the_defaults() {
    let text = "customer acme valid_from=2024-01-01 segment=public
                customer bolt valid_from=2024-01-01 segment=public
                customer cork valid_from=2024-01-01 segment=private
                invoice 1 acme issued 2024-01-01 due 2024-02-20 500.00 EUR
                invoice 2 bolt issued 2024-01-01 due 2024-02-20 500.00 EUR
                invoice 3 cork issued 2024-01-01 due 2024-02-20 500.00 EUR";
    let own = |whose, threshold| OwnThresholds {
        whose,
        thresholds: [(HoldRule::DaysOverdue, threshold)].into(),
    };
    let public = Whose::With {
        attribute: "segment".to_owned(),
        value: "public".to_owned(),
    };
    let policy = HoldPolicy {
        levels: vec![
            own(public, threshold(90.0, 120.0, 30.0)),
            own(Whose::Customer("acme".to_owned()), threshold(10.0, 20.0, 5.0)),
        ],
        ..HoldPolicy::default()
    };
    let holds = holds_of(text, &policy);
    // All are 41 days late.
    let judged = ["acme", "bolt", "cork"].map(|customer| {
        let result = result(&holds, customer, HoldRule::DaysOverdue);
        (result.level, result.status)
    });
    let expected = [
        ("customer acme", HOLD),
        ("segment public", RuleStatus::Clear),
        ("default", WATCH),
    ];
    assert_eq!(judged, expected.map(|(level, status)| (level.to_owned(), status)));
}

#[test]
fn an_exclusion_silences_the_rules_it_names_and_no_other() {
    let text = "customer acme valid_from=2024-01-01 segment=public
                invoice 1 acme issued 2024-01-01 due 2024-01-20 500.00 EUR";
    let policy = HoldPolicy {
        exclusions: vec![HoldExclusion {
            whose: Whose::With {
                attribute: "segment".to_owned(),
                value: "public".to_owned(),
            },
            rules: [HoldRule::OverdueShare].into(),
            reason: "pays by budget year".to_owned(),
        }],
        ..HoldPolicy::default()
    };
    let holds = holds_of(text, &policy);
    let silenced = RuleStatus::Silenced("exclusion of segment public: pays by budget year".to_owned());
    assert_eq!(result(&holds, "acme", HoldRule::OverdueShare).status, silenced);
    assert_eq!(result(&holds, "acme", HoldRule::DaysOverdue).status, HOLD);
}

#[test]
fn days_of_grace_are_not_overdue() {
    let text = "invoice 1 acme issued 2024-01-01 due 2024-03-22 500.00 EUR";
    let of = |grace_days| {
        let policy = HoldPolicy {
            grace_days,
            ..HoldPolicy::default()
        };
        result(&holds_of(text, &policy), "acme", HoldRule::OverdueShare).value
    };
    // Ten days late: all of it overdue with nine days of grace, none with ten.
    assert_eq!((of(9), of(10)), (Some(1.0), Some(0.0)));
}

#[test]
fn a_group_of_companies_uses_the_limit_of_its_head_together() {
    let text = "customer mother valid_from=2024-01-01 limit_kind=amount credit_limit=1000.00 currency=EUR
                customer north valid_from=2024-01-01 parent_id=mother
                customer south valid_from=2024-01-01 parent_id=north
                customer alone valid_from=2024-01-01
                invoice 1 mother issued 2024-03-01 due 2024-04-30 400.00 EUR
                invoice 2 north issued 2024-03-01 due 2024-04-30 400.00 EUR
                invoice 3 south issued 2024-03-01 due 2024-03-02 200.00 EUR
                invoice 4 alone issued 2024-03-01 due 2024-03-02 200.00 EUR";
    let exact = holds_of(text, &HoldPolicy::default());
    for company in ["mother", "north", "south"] {
        let used = result(&exact, company, HoldRule::GroupLimitUsed);
        // 400 + 400 + 200 of 1000: all of it, not more.
        assert_eq!((used.value, used.status), (Some(1.0), RuleStatus::Clear), "{company}");
        assert_eq!(
            used.inputs,
            "exposure 1000.00 of 3 companies under mother, limit 1000.00"
        );
        assert_eq!(result(&exact, company, HoldRule::GroupDaysOverdue).value, Some(30.0));
    }
    let alone = result(&exact, "alone", HoldRule::GroupLimitUsed);
    assert!(matches!(alone.status, RuleStatus::NotAvailable(_)));
    let more = holds_of(
        &text.replace(
            "2024-03-02 200.00 EUR\n                invoice 4",
            "2024-03-02 200.01 EUR\n                invoice 4",
        ),
        &HoldPolicy::default(),
    );
    assert_eq!(result(&more, "mother", HoldRule::GroupLimitUsed).status, WATCH);
}

#[test]
fn returned_payments_and_longer_terms_are_counted_in_the_window() {
    let text = "customer acme valid_from=2023-01-01 payment_terms_days=30
                invoice 1 acme issued 2024-01-01 due 2024-01-31 500.00 EUR
                invoice 2 acme issued 2024-02-01 due 2024-04-01 500.00 EUR
                payment a acme on 2024-02-01 500.00 -> 1
                reversal b acme on 2024-02-05 500.00 -> 1 reverses=a:1
                payment c acme on 2024-02-10 500.00 -> 1
                reversal d acme on 2024-02-15 500.00 -> 1 reverses=c:1";
    let holds = holds_of(text, &HoldPolicy::default());
    let returned = result(&holds, "acme", HoldRule::ReturnedPayments);
    assert_eq!((returned.value, returned.status), (Some(2.0), WATCH));
    // Sixty days given, thirty agreed.
    let terms = result(&holds, "acme", HoldRule::LongerTerms);
    assert_eq!((terms.value, terms.status), (Some(30.0), WATCH));
    let unknown = holds_of(&text.replace(" payment_terms_days=30", ""), &HoldPolicy::default());
    let terms = result(&unknown, "acme", HoldRule::LongerTerms);
    assert_eq!(
        terms.status,
        RuleStatus::NotAvailable("no terms known on the day".to_owned())
    );
}

#[test]
fn the_trace_has_every_rule_of_every_customer() {
    let text = "invoice 1 acme issued 2024-01-01 due 2024-01-20 500.00 EUR
                invoice 2 bolt issued 2024-03-01 due 2024-04-20 500.00 EUR";
    let trace = holds_of(text, &HoldPolicy::default()).trace_table();
    assert_eq!(trace.n_rows(), 2 * HoldRule::ALL.len());
    let rules: Vec<_> = trace.texts("rule").unwrap()[..HoldRule::ALL.len()]
        .iter()
        .flatten()
        .collect();
    assert_eq!(rules, HoldRule::ALL.map(HoldRule::as_str).iter().collect::<Vec<_>>());
}

proptest! {
    /// Between the release and the hold threshold nobody is newly held and nobody let go, so that following the list never flaps.
    #[test]
    fn inside_the_band_a_recommendation_follows_the_state_it_finds(
        cents in prop::collection::vec(90_001_i64..=100_000, 1..12),
        starts_held in any::<bool>(),
    ) {
        let customer = "customer acme valid_from=2024-01-01 limit_kind=amount credit_limit=1000.00 currency=EUR\n";
        let mut is_held = starts_held;
        for cents in cents {
            let amount = format!("{}.{:02}", cents / 100, cents % 100);
            let invoice = format!("invoice 1 acme issued 2024-03-01 due 2024-04-30 {amount} EUR\n");
            let hold = if is_held { "hold acme placed_on=2024-03-02 kind=rule\n" } else { "" };
            let recommended = holds_of(&format!("{customer}{invoice}{hold}"), &HoldPolicy::default()).lines[0].recommendation;
            let stays = if is_held { Recommendation::Hold } else { Recommendation::Watch };
            prop_assert_eq!(recommended, stays);
            is_held = recommended == Recommendation::Hold;
        }
        prop_assert_eq!(is_held, starts_held);
    }
}
