//! Two views of a day: as it was known then, and as corrected since.

use std::collections::BTreeMap;

use arrears::calendar::{AsOf, Day};
use arrears::ledger::{Change, Ledger, facts_difference, reconcile};
use arrears::metrics::aging::{AgingParams, AgingSums, aging};
use arrears::metrics::segments;
use arrears::money::{Currency, Total};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

use crate::support::random::{any_day, cases, ledger_lines};
use crate::support::{day, ledger, total};

fn aged(ledger: &Ledger, on: Day, known_on: Option<Day>) -> BTreeMap<Currency, AgingSums> {
    let groups = segments::groups(ledger, AsOf(on), &[]).unwrap().value;
    let aging = aging(ledger, AsOf(on), &groups, known_on, &AgingParams::default())
        .unwrap()
        .value;
    let sums = groups
        .all()
        .iter()
        .map(|group| group.currency)
        .zip(aging.sums().iter().cloned());
    sums.filter(|(_, sums)| *sums != AgingSums::empty(5)).collect()
}

fn euro(ledger: &Ledger, on: &str, known_on: &str) -> AgingSums {
    let known = ledger.as_known_on(day(known_on));
    aged(&known, day(on), Some(day(known_on)))
        .remove(&Currency::parse("EUR").unwrap())
        .unwrap_or_else(|| AgingSums::empty(5))
}

const CORRECTED: &str = "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
    invoice 1 acme issued 2024-01-10 due 2024-03-31 90.00 EUR posted 2024-04-01";

#[test]
fn the_view_of_a_day_shows_the_amount_and_due_day_known_then() {
    let ledger = ledger(CORRECTED);
    // Due February 9: March 5 is 20 + 5 = 25 days later.
    assert_eq!(euro(&ledger, "2024-03-05", "2024-03-05").past_due[0], total("100"));
    assert_eq!(euro(&ledger, "2024-03-05", "2024-04-01").not_due, total("90"));
    assert_eq!(euro(&ledger, "2024-03-05", "2024-01-09"), AgingSums::empty(5));
    let corrected = aged(&ledger, day("2024-03-05"), None);
    assert_eq!(corrected.values().next().unwrap().not_due, total("90"));
}

#[test]
fn cash_known_before_its_invoice_is_unapplied_cash() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR posted 2024-03-01
         payment 7 acme on 2024-02-05 60.00 EUR -> 1",
    );
    let known = euro(&ledger, "2024-02-29", "2024-02-29");
    assert_eq!((known.unapplied_cash, known.control()), (total("60"), total("-60")));
    let later = euro(&ledger, "2024-02-29", "2024-03-01");
    assert_eq!((later.unapplied_cash, later.past_due[0]), (Total::ZERO, total("40")));
}

#[test]
fn a_credit_note_is_no_second_credit_where_its_invoice_is_not_known() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR posted 2024-03-01
         credit_note 2 acme issued 2024-01-20 30.00 EUR
         apply 8 acme on 2024-02-03 20.00 EUR note 2 -> 1",
    );
    assert_eq!(euro(&ledger, "2024-02-10", "2024-02-10").control(), total("-30"));
    assert_eq!(euro(&ledger, "2024-02-10", "2024-03-01").control(), total("70"));
}

#[test]
fn the_difference_lists_every_fact_with_its_effect() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         invoice 1 acme issued 2024-01-10 due 2024-02-09 90.00 EUR posted 2024-04-01
         invoice 2 acme issued 2024-01-10 due 2024-02-09 50.00 EUR posted 2024-03-10
         payment 7 acme on 2024-02-05 50.00 EUR -> 2
         invoice 3 bolt issued 2024-01-10 due 2024-02-09 20.00 EUR
         invoice 3 bolt issued 2024-01-10 due 2024-05-09 20.00 EUR posted 2024-03-11
         payment 8 bolt on 2024-02-06 5.00 EUR posted 2024-03-05 -> 3",
    );
    let (before, after) = (
        ledger.as_known_on(day("2024-02-29")),
        ledger.as_known_on(day("2024-04-30")),
    );
    let difference = facts_difference(AsOf(day("2024-02-29")), &before, &after);
    let listed: Vec<_> = difference
        .facts()
        .iter()
        .map(|fact| (fact.id.as_str(), fact.change, fact.effect()))
        .collect();
    assert_eq!(
        listed,
        [
            ("1", Change::AmountChanged, total("-10")),
            ("2", Change::Appeared, total("50")),
            ("7", Change::AppliedElsewhere, Total::ZERO),
            ("3", Change::DueDateChanged, Total::ZERO),
            ("8", Change::Appeared, total("-5")),
        ]
    );
    let balance = difference.balances()[&Currency::parse("EUR").unwrap()];
    // 100 - 50 + 20, then 90 + 50 - 50 + 20 - 5.
    assert_eq!(
        (balance.before, balance.after, balance.effects),
        (total("70"), total("105"), total("35"))
    );
}

/// The first word after a word of a line.
fn after<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.split_whitespace().skip_while(|found| *found != word).nth(1)
}

/// The day on which a line was known: the one it was posted, or its own.
fn known_on(line: &str) -> Option<Day> {
    let own = line.split_whitespace().find_map(|word| word.strip_prefix("opened_on="));
    let found = after(line, "posted")
        .or(after(line, "issued"))
        .or(after(line, "on"))
        .or(own);
    found.map(day)
}

/// Random ledgers whose facts were posted early, late or never corrected, with some invoices in several versions.
fn late_ledger_lines() -> impl Strategy<Value = Vec<String>> {
    let posting = (
        weighted(0.5, -5..80_i32),
        weighted(0.3, (1..90_i32, 0..20_000_i64, -10..40_i32)),
    );
    (ledger_lines(), vec(posting, 40)).prop_map(|(lines, postings)| {
        let mut late = Vec::new();
        for (line, (lag, version)) in lines.into_iter().zip(postings) {
            let Some(own) = known_on(&line).filter(|_| !line.starts_with("dispute")) else {
                late.push(line);
                continue;
            };
            let posted = own + lag.unwrap_or(0);
            late.push(lag.map_or(line.clone(), |_| format!("{line} posted {posted}")));
            if let (true, Some((later, cents, due))) = (line.contains(" issued "), version) {
                let words: Vec<&str> = line.split_whitespace().collect();
                let currency = words.iter().find(|word| ["EUR", "USD"].contains(word)).unwrap();
                let (issued, due) = (words[4], day(words[4]) + due);
                // A version is later than what it replaces, also where that was posted before its own day.
                let posted = posted.max(own) + later;
                late.push(format!(
                    "{} {} {} issued {issued} due {due} {}.{:02} {currency} posted {posted}",
                    words[0],
                    words[1],
                    words[2],
                    cents / 100,
                    cents % 100
                ));
            }
        }
        late
    })
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn the_as_known_view_is_the_ledger_of_the_rows_posted_by_then(lines in late_ledger_lines(), known in any_day(), on in any_day()) {
        let all = ledger(&lines.join("\n"));
        let kept: Vec<String> = lines.iter().filter(|line| known_on(line).is_none_or(|day| day <= known)).cloned().collect();
        let (known_ledger, rebuilt) = (all.as_known_on(known), ledger(&kept.join("\n")));
        prop_assert_eq!(aged(&known_ledger, on, Some(known)), aged(&rebuilt, on, None));
        prop_assert_eq!(known_ledger.balances_on(AsOf(on)), rebuilt.balances_on(AsOf(on)));
    }

    #[test]
    fn the_aged_control_of_the_as_known_view_is_the_sum_of_everything_known(lines in late_ledger_lines(), known in any_day(), on in any_day()) {
        let view = ledger(&lines.join("\n")).as_known_on(known);
        // The imported rows are summed by their kinds alone, without looking at what was applied to what.
        for tie_out in reconcile(&view).tie_outs {
            prop_assert_eq!(tie_out.difference(), Total::ZERO, "{:?}", tie_out);
            let at_the_end = aged(&view, day("2027-01-01"), Some(known));
            let control = at_the_end.get(&tie_out.currency).map_or(Total::ZERO, AgingSums::control);
            prop_assert_eq!(control, tie_out.expected);
        }
        let aged = aged(&view, on, Some(known));
        for (currency, balance) in view.balances_on(AsOf(on)) {
            prop_assert_eq!(aged.get(&currency).map_or(Total::ZERO, AgingSums::control), balance);
        }
    }

    #[test]
    fn the_effects_of_changed_facts_sum_to_the_difference_of_the_balances(
        lines in late_ledger_lines(), (one, other) in (any_day(), any_day()), on in any_day(),
    ) {
        let all = ledger(&lines.join("\n"));
        let (before, after) = (all.as_known_on(one.min(other)), all.as_known_on(one.max(other)));
        for after in [&after, &all] {
            let difference = facts_difference(AsOf(on), &before, after);
            for balance in difference.balances().values() {
                prop_assert_eq!(balance.after - balance.before, balance.effects);
            }
        }
        prop_assert!(facts_difference(AsOf(on), &before, &before).facts().is_empty());
    }

    #[test]
    fn both_views_agree_where_everything_was_posted_on_its_day(lines in ledger_lines(), on in any_day()) {
        let all = ledger(&lines.join("\n"));
        prop_assert_eq!(aged(&all.as_known_on(on), on, Some(on)), aged(&all, on, None));
    }
}
