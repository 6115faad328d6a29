use arrears::ledger::Ledger;
use arrears::metrics::root_causes::{
    CauseRow, CauseValues, OverdueByCause, RootCauseError, RootCauseParams, RootCauses, root_causes,
};
use arrears::money::Total;
use proptest::prelude::*;

use super::{as_of, groups};
use crate::support::random::{any_day, cases, ledger_lines};
use crate::support::{ledger, total};

const LEDGER: &str = "
    invoice 1 acme issued 2024-01-01 due 2024-01-31 100.00 EUR business_unit=parts
    invoice 2 acme issued 2024-01-01 due 2024-01-31 60.00 EUR business_unit=parts
    invoice 3 bolt issued 2024-01-17 due 2024-01-31 40.00 EUR business_unit=service
    invoice 4 bolt issued 2024-02-01 due 2024-02-29 500.00 EUR business_unit=service
    invoice 5 cato issued 2024-01-01 due 2024-01-31 70.00 USD business_unit=parts
    payment 6 acme on 2024-02-05 10.00 -> 1
    dispute d1 acme opened_on=2024-02-01 30.00 reason=price -> 1
    dispute d2 bolt opened_on=2024-02-01 closed_on=2024-02-20 reason=quality -> 3
    dispute d3 bolt opened_on=2024-02-01 -> 4
    dispute d4 cato opened_on=2024-02-10 -> 5
";

fn causes(ledger: &Ledger, day: &str, names: &[&str]) -> Result<RootCauses, RootCauseError> {
    let params = RootCauseParams {
        causes: names.iter().map(|name| (*name).to_owned()).collect(),
        ..RootCauseParams::default()
    };
    Ok(root_causes(ledger, as_of(day), &groups(ledger, &[]), None, &params)?.value)
}

fn euros(found: &RootCauses) -> Vec<(Option<&str>, Total, u64, u64)> {
    let own = found.rows().iter().filter(|row| row.group == 0);
    own.map(|row| {
        let sums = row.sums;
        (row.value.as_deref(), sums.overdue, sums.n_documents, sums.n_customers)
    })
    .collect()
}

#[test]
fn a_pareto_by_hand() {
    let found = causes(&ledger(LEDGER), "2024-02-15", &["business_unit"]).unwrap();
    // acme: 100 - 10 paid + 60; bolt: 40. What is due on the 29th is not overdue yet.
    assert_eq!(
        euros(&found),
        [
            (Some("parts"), total("150"), 2, 1),
            (Some("service"), total("40"), 1, 1)
        ]
    );
    let shares: Vec<_> = found
        .rows()
        .iter()
        .map(|row| (row.share, row.cumulative_share))
        .collect();
    let (all, parts) = (190.0, 150.0);
    assert_eq!(
        shares,
        [
            (Some(parts / all), Some(parts / all)),
            (Some(40.0 / all), Some(1.0)),
            (Some(1.0), Some(1.0))
        ]
    );
}

#[test]
fn the_disputed_part_stands_under_its_reason_and_the_rest_under_none() {
    let found = causes(&ledger(LEDGER), "2024-02-15", &["dispute_reason"]).unwrap();
    // 90 open of invoice 1: 30 disputed, 60 not; 60 of invoice 2; all 40 of invoice 3.
    assert_eq!(
        euros(&found),
        [
            (Some("not disputed"), total("120"), 2, 1),
            (Some("quality"), total("40"), 1, 1),
            (Some("price"), total("30"), 1, 1)
        ]
    );
    // A dispute that names no reason is a value of its own, empty.
    assert_eq!(found.rows().last().unwrap().value, None);
    assert_eq!(found.rows().last().unwrap().sums.overdue, total("70"));
}

#[test]
fn terms_are_days_from_issue_to_due_in_bands() {
    let found = causes(&ledger(LEDGER), "2024-02-15", &["terms"]).unwrap();
    // January 1 to 31 are 30 days, January 17 to 31 are 14.
    assert_eq!(
        euros(&found),
        [
            (Some("16-30 days"), total("150"), 2, 1),
            (Some("1-15 days"), total("40"), 1, 1)
        ]
    );
    let all = "invoice 1 a issued 2024-01-05 due 2024-01-01 1.00 EUR
               invoice 2 a issued 2024-01-05 due 2024-01-05 2.00 EUR
               invoice 3 a issued 2024-01-05 due 2024-05-05 3.00 EUR";
    let values: Vec<_> = causes(&ledger(all), "2024-06-30", &["terms"])
        .unwrap()
        .rows()
        .iter()
        .map(|row| row.value.clone().unwrap())
        .collect();
    assert_eq!(values, ["91+ days", "0 days", "due before issue"]);
}

#[test]
fn a_later_fact_changes_nothing() {
    let later = "payment 9 acme on 2024-02-16 50.00 -> 2
                 dispute d9 acme opened_on=2024-02-16 reason=price -> 2";
    let (before, after) = (ledger(LEDGER), ledger(&format!("{LEDGER}{later}")));
    let names = ["dispute_reason", "business_unit", "terms"];
    let rows = |ledger: &Ledger, day: &str| causes(ledger, day, &names).unwrap().rows().to_vec();
    assert_eq!(rows(&before, "2024-02-15"), rows(&after, "2024-02-15"));
    assert_ne!(rows(&before, "2024-02-16"), rows(&after, "2024-02-16"));
}

#[test]
fn what_was_not_imported_is_named_and_the_others_still_stand() {
    let ledger = ledger("invoice 1 acme issued 2024-01-01 due 2024-01-31 100.00 EUR");
    let found = causes(&ledger, "2024-03-31", &["dispute_reason", "salesperson", "terms"]).unwrap();
    assert_eq!(
        found.not_available(),
        [
            "dispute_reason: import disputes",
            "salesperson: import a column `salesperson`"
        ]
    );
    let names: Vec<&CauseRow> = found.rows().iter().collect();
    assert_eq!((names.len(), names[0].cause.as_str()), (1, "terms"));
    let none = causes(&ledger, "2024-03-31", &["dispute_reason"]).unwrap_err();
    assert_eq!(none.to_string(), "not available: import disputes");
    let unknown = causes(&ledger, "2024-03-31", &["salespersom"]).unwrap_err();
    assert!(unknown.to_string().contains("salespersom"), "{unknown}");
}

#[test]
fn bands_of_terms_must_increase() {
    let ledger = ledger(LEDGER);
    for bands in [vec![], vec![-1, 30], vec![30, 30]] {
        let params = RootCauseParams {
            terms_upper_edges: bands,
            ..RootCauseParams::default()
        };
        let found = root_causes(&ledger, as_of("2024-02-15"), &groups(&ledger, &[]), None, &params);
        assert!(matches!(found, Err(RootCauseError::Bands { .. })));
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn every_cause_adds_up_to_the_overdue_money_of_the_ageing(lines in ledger_lines(), day in any_day()) {
        use arrears::calendar::AsOf;
        use arrears::metrics::aging::{AgingParams, aging};
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &["region"]);
        let aged = aging(&ledger, AsOf(day), &groups, None, &AgingParams::default()).unwrap().value;
        for cause in ["dispute_reason", "terms", "salesperson"] {
            let params = RootCauseParams { causes: vec![cause.to_owned()], ..RootCauseParams::default() };
            let Ok(found) = root_causes(&ledger, AsOf(day), &groups, None, &params) else { continue };
            for (group, aged) in aged.sums().iter().enumerate() {
                let own = || found.value.rows().iter().filter(|row| row.group == group);
                prop_assert_eq!(own().map(|row| row.sums.overdue).sum::<Total>(), aged.overdue());
                prop_assert!(own().map(|row| row.sums.overdue).is_sorted_by(|a, b| a >= b));
            }
        }
    }

    #[test]
    fn parts_merge_into_the_whole(lines in ledger_lines(), split in 0..5_u32, day in any_day()) {
        use arrears::calendar::AsOf;
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &["region"]);
        let values = CauseValues::reasons(&ledger);
        let empty = OverdueByCause::new(&ledger, &groups, AsOf(day), None, &values);
        super::merges(&ledger, split, empty, |part| part.sums().clone())?;
    }
}
