//! What a judge may know and a model must not: hidden states, true probabilities, and what would have happened.

use super::books::document_id;
use super::life::{Item, TRUTH_DAYS};
use super::tables::{History, cents, customer_id};
use super::world::{INDUSTRIES, World};
use crate::table::Table;

/// Sums of true probabilities by segment, in millionths so that the order of adding does not matter.
pub(super) type SegmentSums = std::collections::BTreeMap<(&'static str, &'static str, &'static str), SegmentSum>;

/// True lateness of a segment's invoices.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SegmentSum {
    n_invoices: u64,
    millionths: [u64; TRUTH_DAYS.len()],
    settled_late: [u64; TRUTH_DAYS.len()],
}

/// Where the rows of a truth come from, and so in which part of a ledger they stand.
pub(super) enum Builder {
    /// The customers of the part.
    Customers(fn(&World, &[History]) -> Table),
    /// The sums over all customers: in the last part.
    Segments(fn(&SegmentSums) -> Table),
}

/// The truths in the order in which they are handed out.
pub(super) const TRUTHS: [(&str, Builder); 5] = [
    ("truth_customers", Builder::Customers(customers)),
    ("truth_states", Builder::Customers(states)),
    ("truth_invoices", Builder::Customers(invoices)),
    ("truth_contacts", Builder::Customers(contacts)),
    ("truth_segments", Builder::Segments(segments)),
];

fn customers(_: &World, histories: &[History]) -> Table {
    let customer = || histories.iter().map(|history| &history.life.customer);
    Table::new("truth_customers")
        .text("customer_id", customer().map(|customer| customer_id(customer.number)))
        .text("habit", customer().map(|customer| customer.habit.name().to_owned()))
        .text("rhythm", customer().map(|customer| customer.rhythm.name().to_owned()))
        .real("usual_delay_days", customer().map(|customer| customer.usual_delay))
        .real("early_share", customer().map(|customer| customer.early_share))
        .real("dispute_share", customer().map(|customer| customer.dispute_share))
        .real("persuadable_share", customer().map(|customer| customer.persuadable))
        .flag("held_out", customer().map(|customer| customer.held_out))
        .day("insolvent_on", customer().map(|customer| customer.insolvent_on))
}

/// A row for each month in which the state or the shock differs from the month before; it holds until the next row.
fn states(world: &World, histories: &[History]) -> Table {
    let mut rows = Vec::new();
    for history in histories {
        let customer = &history.life.customer;
        let mut before = None;
        for month in world.calendar.month_of(customer.since)..world.n_months {
            let shock = world.shocks[month][customer.industry];
            let now = (customer.states[month], shock);
            if before != Some(now) {
                before = Some(now);
                rows.push((customer, month, now));
            }
        }
    }
    let late = |days: i32| {
        let rows = &rows;
        rows.iter().map(move |(customer, month, _)| {
            (1.0 - customer.early_share) * customer.delays(world, *month, 1.0).survival(f64::from(days))
        })
    };
    Table::new("truth_states")
        .text(
            "customer_id",
            rows.iter().map(|(customer, _, _)| customer_id(customer.number)),
        )
        .text(
            "from_month",
            rows.iter()
                .map(|(_, month, _)| world.calendar.month(*month).to_string()),
        )
        .text("state", rows.iter().map(|(_, _, (state, _))| state.name().to_owned()))
        .real("shock", rows.iter().map(|(_, _, (_, shock))| *shock))
        .real("late_0", late(0))
        .real("late_30", late(30))
        .real("late_60", late(60))
        .real("late_90", late(90))
}

fn invoices(world: &World, histories: &[History]) -> Table {
    let rows: Vec<(&History, &Item)> = histories
        .iter()
        .flat_map(|history| history.life.items.iter().map(move |item| (history, item)))
        .collect();
    let late = |at: usize| rows.iter().map(move |(_, item)| item.late[at]);
    Table::new("truth_invoices")
        .text(
            "invoice_id",
            rows.iter()
                .map(|(history, item)| document_id(world, history.life.customer.number, item).to_string()),
        )
        .text(
            "customer_id",
            rows.iter()
                .map(|(history, _)| customer_id(history.life.customer.number)),
        )
        .real("late_0", late(0))
        .real("late_30", late(1))
        .real("late_60", late(2))
        .real("late_90", late(3))
        .day("settles_alone_on", rows.iter().map(|(_, item)| item.natural))
        .day("settles_on", rows.iter().map(|(_, item)| item.settles))
        .day("written_off_on", rows.iter().map(|(_, item)| item.written_off))
        .flag("in_advance", rows.iter().map(|(_, item)| item.prepaid))
}

fn contacts(_: &World, histories: &[History]) -> Table {
    let rows: Vec<_> = histories
        .iter()
        .flat_map(|history| {
            let mut number = 0;
            history.life.collection.contacts.iter().map(move |contact| {
                number += u64::from(contact.made);
                (history.life.customer.number, contact, number)
            })
        })
        .collect();
    Table::new("truth_contacts")
        .text(
            "contact_id",
            rows.iter()
                .map(|(customer, contact, number)| contact.made.then(|| format!("K{:05}-{number}", customer + 1))),
        )
        .text(
            "customer_id",
            rows.iter().map(|(customer, _, _)| customer_id(*customer)),
        )
        .day("selected_on", rows.iter().map(|(_, contact, _)| contact.on))
        .flag("contacted", rows.iter().map(|(_, contact, _)| contact.made))
        .flag("moves_payment", rows.iter().map(|(_, contact, _)| contact.persuaded))
        .money("overdue", rows.iter().map(|(_, contact, _)| cents(contact.overdue)))
        .money(
            "settled_30_if_contacted",
            rows.iter().map(|(_, contact, _)| cents(contact.settled_with)),
        )
        .money(
            "settled_30_if_not",
            rows.iter().map(|(_, contact, _)| cents(contact.settled_without)),
        )
}

/// Adds the customers' invoices to the truths by segment.
pub(super) fn add_segments(sums: &mut SegmentSums, histories: &[History]) {
    for history in histories {
        let customer = &history.life.customer;
        let key = (
            customer.segment,
            customer.country.region,
            INDUSTRIES[customer.industry].name,
        );
        let sum = sums.entry(key).or_default();
        for item in history.life.items.iter().filter(|item| !item.prepaid) {
            sum.n_invoices += 1;
            for (at, days) in TRUTH_DAYS.into_iter().enumerate() {
                sum.millionths[at] += (item.late[at] * 1e6 + 0.5) as u64;
                sum.settled_late[at] += u64::from(item.natural.is_none_or(|settles| settles > item.due_on + days));
            }
        }
    }
}

/// Builds the truths by segment: mean true probability of being late, and the share that would have been late alone.
fn segments(sums: &SegmentSums) -> Table {
    let share = |count: u64, sum: &SegmentSum| (sum.n_invoices > 0).then(|| count as f64 / sum.n_invoices as f64);
    let mut table = Table::new("truth_segments")
        .text("segment", sums.keys().map(|key| key.0.to_owned()))
        .text("region", sums.keys().map(|key| key.1.to_owned()))
        .text("industry", sums.keys().map(|key| key.2.to_owned()))
        .int("n_invoices", sums.values().map(|sum| sum.n_invoices as i64));
    for (at, days) in TRUTH_DAYS.into_iter().enumerate() {
        let expected = sums
            .values()
            .map(|sum| share(sum.millionths[at], sum).map(|share| share / 1e6));
        table = table.real(&format!("late_{days}"), expected);
    }
    for (at, days) in TRUTH_DAYS.into_iter().enumerate() {
        let observed = sums.values().map(|sum| share(sum.settled_late[at], sum));
        table = table.real(&format!("late_{days}_alone"), observed);
    }
    table
}
