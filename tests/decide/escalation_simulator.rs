//! Walks random histories day by day, doing what the ladder asks for, and holds each step against the rules.
//!
//! The histories have payments in part and in full, some known late, payments that are returned, promises kept and broken, disputes, cash
//! that is not applied, dates in the past and several invoices of a customer.

use std::collections::{BTreeMap, BTreeSet};

use arrears::calendar::{AsOf, Day};
use arrears::decide::{
    CandidateKind, EscalationPolicy, ExitRule, ItemState, Ladder, LadderStep, Pause, StepLog, WriteOffRule, candidates,
    ladder,
};
use arrears::forecast::Account;
use arrears::history::CustomerHistory;
use arrears::ids::{CustomerIx, DocumentIx};
use arrears::ledger::Ledger;
use arrears::money::Total;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::random::cases;
use crate::support::{day, ledger};

/// Days on which something may happen, and days walked in all: long enough after the last event for every ladder to end.
const EVENT_DAYS: i32 = 60;
const WALKED_DAYS: i32 = 140;
const CUSTOMERS: [&str; 2] = ["acme", "bolt"];

fn policy(has_announcement: bool) -> EscalationPolicy {
    let step = |name: &str, days, gap_days| LadderStep {
        name: name.to_owned(),
        days,
        gap_days,
        channel: "email".to_owned(),
        letter: name.to_owned(),
        min_amount: Total::ZERO,
    };
    let mut steps = vec![
        step("zero", -3, 1),
        step("one", 1, 1),
        step("two", 6, 3),
        step("three", 9, 5),
    ];
    if !has_announcement {
        steps.remove(0);
    }
    EscalationPolicy {
        steps,
        new_cycle_after_days: 6,
        days_between_contacts: 2,
        promise_tolerance_days: 2,
        days_after_last_step: 4,
        write_off: WriteOffRule {
            days_past_due: 20,
            small_amount: Total::ZERO,
            any_days_past_due: 20,
        },
        legal: ExitRule {
            days_past_due: 3_000,
            min_amount: Total::ZERO,
        },
        agency: ExitRule {
            days_past_due: 3_000,
            min_amount: Total::ZERO,
        },
        limitation_days: 5_000,
        ..EscalationPolicy::default()
    }
}

#[derive(Clone, Debug)]
struct RandomInvoice {
    customer: usize,
    issued: i32,
    /// Days from the issue to the due day, which may lie before it.
    terms: i32,
    euros: i64,
}

#[derive(Clone, Debug)]
struct RandomEvent {
    invoice: usize,
    day: i32,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    /// Percent of the invoice, days until it is known, and after how many days it is returned.
    Paid(i64, i32, Option<i32>),
    Promised(i32),
    Disputed(i32),
    Unapplied(i64),
}

fn event() -> impl Strategy<Value = RandomEvent> {
    let percent = prop_oneof![Just(100_i64), 10..100_i64];
    let late = prop_oneof![2 => Just(0), 1 => 0..10_i32];
    let returned = proptest::option::weighted(0.5, 1..15_i32);
    let what = prop_oneof![
        3 => (percent, late, returned).prop_map(|(percent, late, returned)| What::Paid(percent, late, returned)),
        2 => (0..12_i32).prop_map(What::Promised),
        2 => (0..15_i32).prop_map(What::Disputed),
        1 => (10..200_i64).prop_map(What::Unapplied),
    ];
    (0..8_usize, 0..EVENT_DAYS, what).prop_map(|(invoice, day, what)| RandomEvent { invoice, day, what })
}

fn histories() -> impl Strategy<Value = (Vec<RandomInvoice>, Vec<RandomEvent>)> {
    let invoice = (0..CUSTOMERS.len(), 0..40_i32, -5..15_i32, 10..500_i64);
    let invoice = invoice.prop_map(|(customer, issued, terms, euros)| RandomInvoice {
        customer,
        issued,
        terms,
        euros,
    });
    (vec(invoice, 1..6), vec(event(), 0..9))
}

fn first() -> Day {
    day("2024-01-01")
}

fn lines(invoices: &[RandomInvoice], events: &[RandomEvent]) -> String {
    let on = |days: i32| first() + days;
    let mut text = String::new();
    for (at, invoice) in invoices.iter().enumerate() {
        let customer = CUSTOMERS[invoice.customer];
        let (issued, due) = (on(invoice.issued), on(invoice.issued + invoice.terms));
        let euros = invoice.euros;
        text.push_str(&format!(
            "invoice i{at} {customer} issued {issued} due {due} {euros}.00 EUR\n"
        ));
    }
    for (at, event) in events.iter().enumerate() {
        let about = event.invoice % invoices.len();
        let invoice = &invoices[about];
        let (customer, euros) = (CUSTOMERS[invoice.customer], invoice.euros);
        let day = event.day.max(invoice.issued);
        let when = on(day);
        let line = match event.what {
            What::Paid(percent, late, returned) => {
                let cents = euros * percent;
                let money = format!("{}.{:02}", cents / 100, cents % 100);
                let known = on(day + late);
                let returned = returned.map(|after| {
                    let back = on(day + late + after);
                    format!("reversal v{at} {customer} on {back} {money} EUR reverses=r{at}/1\n")
                });
                let returned = returned.unwrap_or_default();
                format!("payment r{at} {customer} on {when} posted {known} {money} EUR -> i{about}\n{returned}")
            }
            What::Promised(ahead) => {
                let until = on(day + ahead);
                format!("promise p{at} {customer} made_on={when} promised_on={until} amount={euros}.00 -> i{about}\n")
            }
            What::Disputed(long) => {
                let until = on(day + long);
                format!("dispute d{at} {customer} opened_on={when} closed_on={until} -> i{about}\n")
            }
            What::Unapplied(euros) => format!("payment u{at} {customer} on {when} {euros}.00 EUR\n"),
        };
        text.push_str(&line);
    }
    text
}

/// A walk and what was done on it.
struct Walk<'a> {
    ledger: &'a Ledger,
    policy: &'a EscalationPolicy,
    log: StepLog,
    done: BTreeMap<DocumentIx, Vec<(Day, u32)>>,
    contacted: BTreeMap<CustomerIx, Day>,
    /// What the walk came past.
    seen: BTreeSet<&'static str>,
}

impl<'a> Walk<'a> {
    fn new(ledger: &'a Ledger, policy: &'a EscalationPolicy) -> Walk<'a> {
        Walk {
            ledger,
            policy,
            log: StepLog::default(),
            done: BTreeMap::new(),
            contacted: BTreeMap::new(),
            seen: BTreeSet::new(),
        }
    }

    fn look(&mut self, made: &Ladder) {
        for item in &made.items {
            self.seen.extend(item.pauses.iter().map(|pause| match pause {
                Pause::Disputed(_) => "disputed",
                Pause::Promised { .. } => "promised",
                Pause::Unapplied(_) => "unapplied",
                _ => "other pause",
            }));
            self.seen
                .extend(matches!(item.state, ItemState::Waits(..)).then_some("waits"));
            self.seen.extend((item.due_level() == Some(0)).then_some("announced"));
            self.seen
                .extend((item.anchor != item.due_on).then_some("started again"));
            let next_to_other = made.contacts.iter().any(|contact| {
                contact.customer == item.customer && item.due_level().is_some_and(|level| level < contact.level)
            });
            self.seen
                .extend(next_to_other.then_some("own step in a higher contact"));
        }
    }

    fn day(&mut self, day: Day) -> Ladder {
        let made = ladder(self.ledger, AsOf(day), &self.log, self.policy).unwrap();
        self.look(&made);
        let mut contacted: Vec<CustomerIx> = made.contacts.iter().map(|contact| contact.customer).collect();
        for contact in &made.contacts {
            let own = made.items.iter().filter(|item| item.customer == contact.customer);
            assert_eq!(own.filter_map(|item| item.due_level()).max(), Some(contact.level));
            if let Some(last) = self.contacted.insert(contact.customer, day) {
                assert!(
                    day - last >= self.policy.days_between_contacts,
                    "contacted on {last} and {day}"
                );
            }
        }
        contacted.sort_unstable();
        contacted.dedup();
        assert_eq!(contacted.len(), made.contacts.len(), "one contact a customer on {day}");
        for item in &made.items {
            let Some(level) = item.due_level() else { continue };
            assert!(contacted.contains(&item.customer));
            self.check(item.document, item.customer, level, day);
            self.done.entry(item.document).or_default().push((day, level));
        }
        self.log.add_contacts(self.ledger, &made);
        made
    }

    /// Holds a step against the rules, from the facts and the steps before it alone.
    fn check(&self, document: DocumentIx, customer: CustomerIx, level: u32, day: Day) {
        let account = Account::on(self.ledger, customer, AsOf(day), self.policy.promise_tolerance_days);
        let item = account.items.iter().find(|item| item.document == document);
        let item = item.expect("only what is open is escalated");
        assert!(
            item.free() > Total::ZERO,
            "disputed or promised, yet level {level} on {day}"
        );
        let owed: Total = account.items.iter().map(|item| item.free()).sum();
        let covered: Total = account.unapplied.values().map(|money| -*money).sum();
        assert!(owed > covered, "covered by unapplied cash, yet level {level} on {day}");

        let step = self.policy.step(level).expect("a level of the ladder");
        let due_on = item.due_on.expect("only what has a due day is escalated");
        let before = self.done.get(&document).and_then(|done| done.last());
        let restarted = self.settled_for_long(customer, document, before.map(|(on, _)| *on), day);
        match (before, restarted) {
            (Some((on, last)), false) => {
                let follows = level == last + 1;
                assert!(follows, "level {level} on {day} after {last} on {on}");
                assert!(day - *on >= step.gap_days, "level {level} on {day} too soon after {on}");
            }
            (_, _) => {
                let is_first = level == 1 || level == 0 && self.policy.has_announcement();
                assert!(is_first, "level {level} on {day} is the first");
            }
        }
        assert!(day >= due_on + step.days, "level {level} on {day}, due {due_on}");
        assert!(level > 0 || day < due_on, "announced on {day}, due {due_on}");
    }

    /// Tells whether the item, by what is known on `day`, reopened after more days than the policy says, since the step before.
    fn settled_for_long(&self, customer: CustomerIx, document: DocumentIx, since: Option<Day>, day: Day) -> bool {
        let Some(since) = since else { return false };
        let history = CustomerHistory::of(self.ledger, customer, Some(day));
        let item = history.document(document);
        let is_open = |on: Day| item.open_on(on) > Total::ZERO;
        let reopened = (since.epoch() + 1..=day.epoch()).map(Day::from_epoch);
        let long = self.policy.new_cycle_after_days;
        reopened
            .filter(|on| is_open(*on) && !is_open(*on - 1))
            .any(|on| (1..=long + 1).all(|ago| !is_open(on - ago) && on - ago >= item.document.issued_on))
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn no_path_of_the_ladder_skips_or_repeats_a_step((invoices, events) in histories(), has_announcement in any::<bool>()) {
        let ledger = ledger(&lines(&invoices, &events));
        let policy = policy(has_announcement);
        let mut walk = Walk::new(&ledger, &policy);
        let mut last = None;
        for days in 0..WALKED_DAYS {
            last = Some(walk.day(first() + days));
        }
        let last = last.unwrap();
        // What stayed open and free is through the ladder, and goes elsewhere.
        let leaving = candidates(&ledger, &last, &policy);
        for item in &last.items {
            if item.free > Total::ZERO {
                prop_assert_eq!(&item.state, &ItemState::Through);
                prop_assert_eq!(walk.done[&item.document].last().map(|(_, level)| *level), Some(3));
                let goes = leaving.iter().filter(|candidate| candidate.item.document == item.document);
                prop_assert_eq!(goes.map(|candidate| candidate.kind).collect::<Vec<_>>(), [CandidateKind::WriteOff]);
            } else {
                prop_assert_eq!(&item.state, &ItemState::Paused(item.next_level()));
            }
        }
    }

    #[test]
    fn the_ladder_of_a_day_knows_nothing_of_later_days((invoices, events) in histories(), days in 0..EVENT_DAYS) {
        let whole = ledger(&lines(&invoices, &events));
        let day = first() + days;
        let known = whole.as_known_on(day);
        let seen = |ledger: &Ledger| {
            let made = ladder(ledger, AsOf(day), &StepLog::default(), &policy(true)).unwrap();
            let items = made.items.iter().map(|item| (ledger.invoice_id(item.document).to_owned(), item.open, item.free, item.state.clone()));
            items.collect::<Vec<_>>()
        };
        prop_assert_eq!(seen(&whole), seen(&known));
    }
}

#[test]
fn the_random_histories_come_past_everything_that_can_happen() {
    let mut runner = TestRunner::deterministic();
    let policy = policy(true);
    let mut seen = BTreeSet::new();
    for _ in 0..60 {
        let (invoices, events) = histories().new_tree(&mut runner).unwrap().current();
        let ledger = ledger(&lines(&invoices, &events));
        let mut walk = Walk::new(&ledger, &policy);
        (0..WALKED_DAYS).for_each(|days| {
            walk.day(first() + days);
        });
        seen.extend(walk.seen);
    }
    let expected = [
        "announced",
        "disputed",
        "own step in a higher contact",
        "promised",
        "started again",
        "unapplied",
        "waits",
    ];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), expected);
}
