//! The search for segments that hold most overdue money: it finds what is there, and by chance no more than it says.

use arrears::ledger::Ledger;
use arrears::metrics::BootstrapParams;
use arrears::metrics::segments::explain::{ExplainParams, Explanation, Verdict, explain_overdue};

use super::as_of;
use crate::support::{ledger, total};

const REGIONS: [&str; 3] = ["north", "south", "west"];
const INDUSTRIES: [&str; 3] = ["food", "retail", "steel"];

/// A small generator of even numbers below `n`; the same seed gives the same ledger.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Customers with two invoices each, attributes by lot; `late` gives the percentage that is past due.
fn book(seed: u64, n_customers: u64, late: impl Fn(&str, &str) -> u64) -> Ledger {
    let mut dice = Dice(seed);
    let mut lines = String::new();
    for customer in 0..n_customers {
        let region = REGIONS[dice.below(3) as usize];
        let industry = INDUSTRIES[dice.below(3) as usize];
        lines.push_str(&format!(
            "customer c{customer} valid_from=2023-01-01 region={region} industry={industry}\n"
        ));
        let size = 1 + dice.below(9);
        for invoice in 0..2 {
            let is_late = dice.below(100) < late(region, industry);
            let due = if is_late { "2024-01-31" } else { "2024-03-31" };
            let amount = size * (10 + dice.below(90));
            lines.push_str(&format!(
                "invoice {customer}-{invoice} c{customer} issued 2024-01-02 due {due} {amount}.00 EUR\n"
            ));
        }
    }
    ledger(&lines)
}

fn explained(ledger: &Ledger) -> Explanation {
    let params = ExplainParams {
        bootstrap: BootstrapParams {
            n_draws: 300,
            ..BootstrapParams::default()
        },
        ..ExplainParams::default()
    };
    let by = ["region".to_owned(), "industry".to_owned()];
    explain_overdue(ledger, as_of("2024-02-29"), &by, None, &params)
        .unwrap()
        .value
}

fn found(explanation: &Explanation) -> Vec<&str> {
    let found = explanation.rows().iter().filter(|row| row.verdict == Verdict::Found);
    found.map(|row| row.segment.as_str()).collect()
}

#[test]
fn attributes_by_lot_are_found_no_more_often_than_the_level_says() {
    let n_with_findings = (0..100)
        .filter(|&seed| !found(&explained(&book(seed, 90, |_, _| 30))).is_empty())
        .count();
    // Of 100 books at a level of 0.05, more than 10 have a chance of 1.1 %.
    assert!(n_with_findings <= 10, "{n_with_findings}");
}

#[test]
fn the_segment_that_pays_late_comes_first_and_its_parts_say_no_more() {
    for seed in 0..5 {
        let explanation = explained(&book(seed, 300, |region, _| if region == "north" { 70 } else { 15 }));
        assert_eq!(found(&explanation)[0], "region = north");
        let pruned: Vec<_> = explanation
            .rows()
            .iter()
            .filter_map(|row| row.verdict.reason())
            .collect();
        assert!(
            pruned.contains(&"says no more than region = north".to_owned()),
            "{pruned:?}"
        );
    }
}

#[test]
fn a_pair_that_alone_pays_late_comes_first_and_what_lies_around_it_is_pruned() {
    let is_late = |region: &str, industry: &str| {
        if (region, industry) == ("west", "steel") {
            90
        } else {
            10
        }
    };
    let explanation = explained(&book(1, 400, is_late));
    assert_eq!(found(&explanation), ["region = west & industry = steel"]);
    let around = |name: &str| {
        explanation
            .rows()
            .iter()
            .find(|row| row.segment == name)
            .unwrap()
            .verdict
            .reason()
    };
    let reason = "nothing is left without region = west & industry = steel";
    assert_eq!(around("region = west").as_deref(), Some(reason));
    assert_eq!(around("industry = steel").as_deref(), Some(reason));
}

#[test]
fn the_excess_is_overdue_money_beyond_the_share_of_all() {
    // Ten customers a region, 100 open each: all of north past due, nothing of south.
    let lines: String = (0..20)
        .map(|customer| {
            let (region, due) = if customer < 10 {
                ("north", "2024-01-31")
            } else {
                ("south", "2024-03-31")
            };
            format!(
                "customer c{customer} valid_from=2023-01-01 region={region}
                 invoice {customer} c{customer} issued 2024-01-02 due {due} 100.00 EUR\n"
            )
        })
        .collect();
    let explanation = explained_all(&ledger(&lines));
    let north = &explanation.rows()[0];
    assert_eq!(
        (north.segment.as_str(), &north.verdict),
        ("region = north", &Verdict::Found)
    );
    assert_eq!((north.open, north.overdue), (total("1000"), total("1000")));
    // 1,000 - 1,000 x 1,000 / 2,000.
    assert_eq!(north.excess, 1_000.0 - 1_000.0 * 0.5);
    // Two regions; the currency has one value of everything else.
    assert_eq!(explanation.n_looked_at(), 2);
}

fn explained_all(ledger: &Ledger) -> Explanation {
    explain_overdue(ledger, as_of("2024-02-29"), &[], None, &ExplainParams::default())
        .unwrap()
        .value
}

#[test]
fn one_large_customer_is_no_segment() {
    let mut lines: String = (0..40)
        .map(|customer| {
            let region = REGIONS[customer % 2];
            format!(
                "customer c{customer} valid_from=2023-01-01 region={region}
                 invoice {customer} c{customer} issued 2024-01-02 due 2024-03-31 100.00 EUR\n"
            )
        })
        .collect();
    lines.push_str("invoice whale c0 issued 2024-01-02 due 2024-01-31 100000.00 EUR");
    assert!(found(&explained_all(&ledger(&lines))).is_empty());
}

#[test]
fn settings_out_of_range_are_refused() {
    let ledger = book(1, 30, |_, _| 30);
    let refused = |params: ExplainParams| {
        let refused = explain_overdue(&ledger, as_of("2024-02-29"), &[], None, &params);
        refused.unwrap_err().to_string()
    };
    let depth = ExplainParams {
        max_depth: 3,
        ..ExplainParams::default()
    };
    assert_eq!(
        refused(depth),
        "found a depth of 3, expected 1 or 2 attributes in a segment"
    );
    let alpha = ExplainParams {
        alpha: f64::NAN,
        ..ExplainParams::default()
    };
    assert_eq!(
        refused(alpha),
        "found a level of NaN, expected a number between 0 and 1, such as 0.05"
    );
}
