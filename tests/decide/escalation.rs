//! Which step is due, on which day, for which items, and what pauses it.

use arrears::calendar::AsOf;
use arrears::decide::{EscalationPolicy, ItemState, Ladder, LadderItem, LadderStep, StepLog, escalation, ladder};
use arrears::ledger::Ledger;
use arrears::money::Total;

use super::as_of;
use crate::support::{day, ledger, total};

/// Levels 1 to 3 after 5, 20 and 45 days, at least 10 and 14 days apart; level 0 five days before.
pub fn policy() -> EscalationPolicy {
    let step = |name: &str, days, gap_days, min_amount: &str| LadderStep {
        name: name.to_owned(),
        days,
        gap_days,
        channel: if days < 45 { "email" } else { "call" }.to_owned(),
        letter: name.to_owned(),
        min_amount: total(min_amount),
    };
    EscalationPolicy {
        steps: vec![
            step("announcement", -5, 1, "5000.00"),
            step("reminder", 5, 1, "10.00"),
            step("second", 20, 10, "10.00"),
            step("call", 45, 14, "100.00"),
        ],
        ..EscalationPolicy::default()
    }
}

fn on(text: &str, day: &str) -> (Ledger, Ladder) {
    let ledger = ledger(text);
    let log = StepLog::of(&ledger);
    let made = ladder(&ledger, as_of(day), &log, &policy()).unwrap();
    (ledger, made)
}

fn state(text: &str, day: &str) -> ItemState {
    on(text, day).1.items[0].state.clone()
}

fn reason(text: &str, day: &str) -> String {
    let made = on(text, day).1;
    let item = &made.items[0];
    assert!(matches!(item.state, ItemState::Paused(_)), "{:?}", item.state);
    item.pauses
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

const ONE: &str = "invoice 1 acme issued 2024-02-01 due 2024-03-01 500.00 EUR";

#[test]
fn a_step_is_due_from_its_own_day_on() {
    // Five days after 1 March.
    assert_eq!(state(ONE, "2024-03-05"), ItemState::NotYet(1, day("2024-03-06")));
    assert_eq!(state(ONE, "2024-03-06"), ItemState::Due(1));
    assert_eq!(state(ONE, "2024-03-11"), ItemState::Due(1));
}

#[test]
fn no_step_is_skipped_however_old_the_item_is() {
    assert_eq!(state(ONE, "2024-12-01"), ItemState::Due(1));
    let done = |level: u32| format!("{ONE}\nstep acme level={level} done_on=2024-07-01 -> 1");
    assert_eq!(state(&done(1), "2024-12-01"), ItemState::Due(2));
    assert_eq!(state(&done(2), "2024-12-01"), ItemState::Due(3));
    assert_eq!(state(&done(3), "2024-12-01"), ItemState::Through);
    // What was recorded beyond the ladder is its last step.
    assert_eq!(state(&done(7), "2024-12-01"), ItemState::Through);
}

#[test]
fn the_least_days_after_the_step_before_are_kept() {
    // The second step: 20 days after 1 March is 21 March; 10 days after 18 March is 28 March.
    let reminded = |on: &str| format!("{ONE}\nstep acme level=1 done_on={on} -> 1");
    assert_eq!(
        state(&reminded("2024-03-06"), "2024-03-07"),
        ItemState::NotYet(2, day("2024-03-21"))
    );
    assert_eq!(
        state(&reminded("2024-03-18"), "2024-03-27"),
        ItemState::NotYet(2, day("2024-03-28"))
    );
    assert_eq!(state(&reminded("2024-03-18"), "2024-03-28"), ItemState::Due(2));
}

#[test]
fn the_announcement_is_for_large_items_and_lapses_on_the_due_day() {
    let large = "invoice 1 acme issued 2024-02-01 due 2024-03-01 5000.00 EUR";
    assert_eq!(state(large, "2024-02-24"), ItemState::NotYet(0, day("2024-02-25")));
    assert_eq!(state(large, "2024-02-25"), ItemState::Due(0));
    assert_eq!(state(large, "2024-02-29"), ItemState::Due(0));
    assert_eq!(state(large, "2024-03-01"), ItemState::NotYet(1, day("2024-03-06")));
    assert_eq!(state(ONE, "2024-02-25"), ItemState::NotYet(1, day("2024-03-06")));
    let announced = format!("{large}\nstep acme level=0 done_on=2024-02-25 -> 1");
    assert_eq!(state(&announced, "2024-02-28"), ItemState::NotYet(1, day("2024-03-06")));
}

#[test]
fn one_contact_at_the_highest_level_is_the_own_next_step_of_each_item() {
    let text = "invoice 1 acme issued 2024-01-01 due 2024-02-01 500.00 EUR
                invoice 2 acme issued 2024-02-01 due 2024-03-01 300.00 EUR
                invoice 3 acme issued 2024-02-20 due 2024-03-20 70.00 USD
                invoice 4 bolt issued 2024-02-01 due 2024-03-01 20.00 EUR
                step acme level=1 done_on=2024-02-06 -> 1";
    let (ledger, made) = on(text, "2024-03-25");
    let states: Vec<_> = made.items.iter().map(|item| item.state.clone()).collect();
    // Of invoice 2 the first step, though it is old enough for the second.
    assert_eq!(
        states,
        [
            ItemState::Due(2),
            ItemState::Due(1),
            ItemState::Due(1),
            ItemState::Due(1)
        ]
    );
    let contacts: Vec<_> = made
        .contacts
        .iter()
        .map(|contact| (ledger.customer_id(contact.customer), contact.level, contact.oldest_days))
        .collect();
    // 2024-03-25 is 53 days after 2024-02-01 and 24 after 2024-03-01.
    assert_eq!(contacts, [("acme", 2, 53), ("bolt", 1, 24)]);
    let money: Vec<_> = made.contacts[0].money.values().copied().collect();
    assert_eq!(money, [(total("800.00"), 2), (total("70.00"), 1)]);
}

#[test]
fn what_the_ladder_asks_for_is_done_once() {
    let ledger = ledger(ONE);
    let mut log = StepLog::of(&ledger);
    let first = ladder(&ledger, as_of("2024-03-06"), &log, &policy()).unwrap();
    assert_eq!(first.contacts.len(), 1);
    log.add_contacts(&ledger, &first);
    let again = ladder(&ledger, as_of("2024-03-06"), &log, &policy()).unwrap();
    assert_eq!(again.contacts, []);
    assert_eq!(again.items[0].level_done, Some(1));
}

#[test]
fn a_customer_who_was_just_contacted_is_left_alone_for_some_days() {
    // Three days between contacts.
    let text = "invoice 1 acme issued 2024-01-01 due 2024-02-01 500.00 EUR
                invoice 2 acme issued 2024-02-01 due 2024-03-02 300.00 EUR
                step acme level=1 done_on=2024-03-05 -> 1";
    let state = |day: &str| on(text, day).1.items[1].state.clone();
    assert_eq!(state("2024-03-07"), ItemState::Waits(1, day("2024-03-08")));
    assert_eq!(state("2024-03-08"), ItemState::Due(1));
}

#[test]
fn what_covers_an_item_pauses_it_with_its_reason() {
    let with = |more: &str| format!("{ONE}\n{more}");
    let day = "2024-03-10";
    assert_eq!(
        reason(&with("dispute d acme opened_on=2024-03-02 -> 1"), day),
        "500.00 disputed"
    );
    let promise = with("promise p acme made_on=2024-03-02 promised_on=2024-03-07 amount=500.00 -> 1");
    assert_eq!(reason(&promise, day), "500.00 promised for 2024-03-07");
    // Three days of tolerance end on 10 March.
    assert_eq!(state(&promise, "2024-03-11"), ItemState::Due(1));
    assert_eq!(
        reason(&with("payment u acme on 2024-03-02 600.00 EUR"), day),
        "500.00 covered by unapplied cash or credits"
    );
    assert_eq!(
        reason(&with("customer acme valid_from=2024-01-01 status=do_not_contact"), day),
        "customer: do not contact"
    );
    assert_eq!(
        reason(&with("placement k acme agency=north placed_on=2024-03-02 -> 1"), day),
        "placed with north"
    );
    let recalled = with("placement k acme agency=north placed_on=2024-03-02 recalled_on=2024-03-05 -> 1");
    assert_eq!(state(&recalled, day), ItemState::Due(1));
    assert_eq!(reason("invoice 1 acme issued 2024-02-01 500.00 EUR", day), "no due day");
}

#[test]
fn what_is_free_of_a_disputed_item_goes_on() {
    let text = format!("{ONE}\ndispute d acme opened_on=2024-03-02 amount=450.00 -> 1");
    let made = on(&text, "2024-03-10").1;
    assert_eq!(
        (made.items[0].free, made.items[0].due_level()),
        (total("50.00"), Some(1))
    );
    assert_eq!(made.contacts[0].money.values().next(), Some(&(total("50.00"), 1)));
}

#[test]
fn a_plan_that_is_kept_pauses_what_it_covers_and_a_broken_one_does_not() {
    let plan = |more: &str| {
        format!(
            "{ONE}
             invoice 2 acme issued 2024-02-02 due 2024-03-02 100.00 EUR
             plan k acme agreed_on=2024-03-03 instalment=1 due_on=2024-03-10 amount=300.00
             plan k acme agreed_on=2024-03-03 instalment=2 due_on=2024-04-10 amount=200.00
             {more}"
        )
    };
    let open = on(&plan(""), "2024-03-09").1;
    assert_eq!(open.items[0].pauses[0].to_string(), "500.00 in plan k, which is kept");
    // The plan is 500.00 and leaves nothing for the second invoice.
    assert_eq!(open.items[1].state, ItemState::Due(1));
    // With three days of tolerance the first instalment is unpaid on 14 March.
    assert_eq!(state(&plan(""), "2024-03-14"), ItemState::Due(1));
    let paid = plan("payment 7 acme on 2024-03-12 300.00 -> 1");
    assert_eq!(reason(&paid, "2024-03-14"), "200.00 in plan k, which is kept");
}

#[test]
fn a_reopened_item_goes_on_unless_it_was_settled_for_long() {
    let reopened = |reversed: &str| {
        format!(
            "{ONE}
             step acme level=1 done_on=2024-03-06 -> 1
             step acme level=2 done_on=2024-03-21 -> 1
             payment 7 acme on 2024-03-25 500.00 -> 1
             reversal 8 acme on {reversed} 500.00 reverses=7/1"
        )
    };
    // 25 March to 24 April are 30 days: not more than 30.
    assert_eq!(state(&reopened("2024-04-24"), "2024-04-25"), ItemState::Due(3));
    // After 31 days it starts again, five days after the day it reopened.
    let long = reopened("2024-04-25");
    assert_eq!(state(&long, "2024-04-29"), ItemState::NotYet(1, day("2024-04-30")));
    assert_eq!(state(&long, "2024-04-30"), ItemState::Due(1));
    assert_eq!(on(&long, "2024-04-30").1.items[0].level_done, None);
}

#[test]
fn a_step_counts_from_the_day_it_was_known() {
    let late = format!("{ONE}\nstep acme level=1 done_on=2024-03-06 posted_on=2024-03-12 -> 1");
    assert_eq!(state(&late, "2024-03-11"), ItemState::Due(1));
    assert_eq!(state(&late, "2024-03-12"), ItemState::NotYet(2, day("2024-03-21")));
}

#[test]
fn a_step_of_the_account_is_the_own_next_step_of_what_was_due() {
    let text = "invoice 1 acme issued 2024-01-01 due 2024-02-01 500.00 EUR
                invoice 2 acme issued 2024-02-01 due 2024-03-01 300.00 EUR
                step acme level=1 done_on=2024-02-06 -> 1
                step acme level=2 done_on=2024-03-04";
    let made = on(text, "2024-03-10").1;
    // On 4 March nothing was due of invoice 2, due on 1 March: its first step is due on 6 March.
    let done: Vec<_> = made.items.iter().map(|item| item.level_done).collect();
    assert_eq!(done, [Some(2), None]);
    let later = text.replace("2024-03-04", "2024-03-06");
    let done: Vec<_> = on(&later, "2024-03-10")
        .1
        .items
        .iter()
        .map(|item| item.level_done)
        .collect();
    assert_eq!(done, [Some(2), Some(1)]);
}

#[test]
fn instalments_climb_each_by_its_own_due_day() {
    let text = "invoice 1 acme instalment=1 issued 2024-01-01 due 2024-02-01 500.00 EUR
                invoice 1 acme instalment=2 issued 2024-01-01 due 2024-03-01 500.00 EUR
                step acme level=1 done_on=2024-02-06 -> 1
                step acme level=1 done_on=2024-03-06 -> 1
                step acme level=2 done_on=2024-03-06 -> 1";
    let made = on(text, "2024-03-10").1;
    let done: Vec<_> = made
        .items
        .iter()
        .map(|item| (item.level_done, item.last_done_on))
        .collect();
    let on = Some(day("2024-03-06"));
    assert_eq!(done, [(Some(2), on), (Some(1), on)]);
}

#[test]
fn small_items_of_a_customer_reach_the_minimum_together() {
    let two = "invoice 1 acme issued 2024-02-01 due 2024-03-01 6.00 EUR
               invoice 2 acme issued 2024-02-01 due 2024-03-01 4.00 EUR";
    assert_eq!(state(two, "2024-03-06"), ItemState::Due(1));
    let less = two.replace("4.00", "3.99");
    assert_eq!(reason(&less, "2024-03-06"), "9.99 to collect, below the step's 10.00");
}

#[test]
fn the_steps_of_a_day_are_rows_of_the_steps_table() {
    let ledger = ledger(ONE);
    let policy = policy();
    let made = escalation(&ledger, as_of("2024-03-06"), &policy).unwrap();
    let steps = made.value.steps_table();
    let row = steps
        .columns()
        .iter()
        .map(|column| column.data.text(0))
        .collect::<Vec<_>>();
    assert_eq!(row, ["acme", "1", "1", "2024-03-06"]);
    let said: Vec<String> = made.caveats.iter().map(|caveat| caveat.0.clone()).collect();
    assert!(said.contains(&"no `steps` table was imported; every item starts at its first step".to_owned()));
}

#[test]
fn every_open_claim_stands_on_the_ladder_once() {
    let (ledger, made) = on(
        "invoice 1 acme issued 2024-02-01 due 2024-03-01 500.00 EUR
         invoice 2 acme issued 2024-02-01 40.00 EUR
         credit_note 3 acme issued 2024-02-01 30.00 EUR
         payment 7 acme on 2024-03-02 100.00 -> 1",
        "2024-03-10",
    );
    let open: Total = made.items.iter().map(|item: &LadderItem| item.open).sum();
    assert_eq!((open, made.items.len()), (total("440.00"), 2));
    // The open credit note covers the item that was due first.
    let free: Vec<_> = made.items.iter().map(|item| item.free).collect();
    assert_eq!(free, [total("370.00"), total("40.00")]);
    assert_eq!(made.as_of, AsOf(day("2024-03-10")));
    assert_eq!(ledger.n_customers(), 1);
}
