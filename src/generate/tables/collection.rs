//! What the seller does about late payment and what customers object: disputes, promises, plans, contacts, reminders,
//! placements and holds.

use super::{History, cents, collector_name, customer_id, customer_ids, item_id, numbered, rows};
use crate::calendar::Day;
use crate::generate::actions::Plan;
use crate::generate::books::document_id;
use crate::generate::life::Outcome;
use crate::generate::world::{AGENCIES, World};
use crate::table::Table;

pub(super) fn disputes(world: &World, histories: &[History]) -> Table {
    let mut rows = rows(histories, |history| &history.life.items);
    rows.retain(|(_, item)| item.dispute.is_some_and(|dispute| dispute.opened_on <= world.last_day));
    let row = || rows.iter().filter_map(|(_, item)| item.dispute);
    let closed = |day: Day| day <= world.last_day;
    Table::new("disputes")
        .text("dispute_id", numbered("D", &rows))
        .text(
            "invoice_id",
            rows.iter()
                .map(|(history, item)| document_id(world, history.life.customer.number, item).to_string()),
        )
        .text("customer_id", customer_ids(&rows))
        .day("opened_on", row().map(|row| row.opened_on))
        .day(
            "closed_on",
            row().map(|row| Some(row.closed_on).filter(|day| closed(*day))),
        )
        .money("amount", row().map(|row| cents(row.cents)))
        .text("reason", row().map(|row| row.reason.to_owned()))
        .text(
            "outcome",
            row().map(|row| {
                let outcome = match row.outcome {
                    Outcome::Credited => "credited",
                    Outcome::PartlyCredited => "partly credited",
                    Outcome::Rejected => "rejected",
                };
                closed(row.closed_on).then(|| outcome.to_owned())
            }),
        )
}

pub(super) fn promises(world: &World, histories: &[History]) -> Table {
    let rows = rows(histories, |history| &history.life.collection.promises);
    Table::new("promises")
        .text("promise_id", numbered("P", &rows))
        .text("customer_id", customer_ids(&rows))
        .text(
            "invoice_id",
            rows.iter()
                .map(|(history, row)| row.item.map(|at| item_id(world, history, at).to_string())),
        )
        .day("made_on", rows.iter().map(|(_, row)| row.made_on))
        .day("promised_on", rows.iter().map(|(_, row)| row.promised_on))
        .money("amount", rows.iter().map(|(_, row)| cents(row.cents)))
}

pub(super) fn plans(_: &World, histories: &[History]) -> Table {
    let plans = rows(histories, |history| &history.life.collection.plans);
    let ids = numbered("L", &plans);
    let rows: Vec<_> = plans
        .iter()
        .zip(&ids)
        .flat_map(|((history, plan), id)| (0..plan.n_instalments).map(move |at| (*history, *plan, id, at)))
        .collect();
    // Equal instalments; the last one takes the cents that do not divide.
    let amount = |plan: &Plan, at: i32| {
        let (n, equal) = (
            i64::from(plan.n_instalments),
            plan.cents / i64::from(plan.n_instalments),
        );
        if at + 1 == plan.n_instalments {
            plan.cents - equal * (n - 1)
        } else {
            equal
        }
    };
    Table::new("plans")
        .text("plan_id", rows.iter().map(|(_, _, id, _)| (*id).clone()))
        .text(
            "customer_id",
            rows.iter()
                .map(|(history, ..)| customer_id(history.life.customer.number)),
        )
        .day("agreed_on", rows.iter().map(|(_, plan, ..)| plan.agreed_on))
        .int("instalment", rows.iter().map(|(_, _, _, at)| i64::from(*at) + 1))
        .day("due_on", rows.iter().map(|(_, plan, _, at)| plan.due_on(*at)))
        .money("amount", rows.iter().map(|(_, plan, _, at)| cents(amount(plan, *at))))
        .flag("autopay", rows.iter().map(|(_, plan, ..)| plan.autopay))
        .flag("settlement", rows.iter().map(|_| false))
}

pub(super) fn contacts(world: &World, histories: &[History]) -> Table {
    let mut rows = rows(histories, |history| &history.life.collection.contacts);
    rows.retain(|(_, contact)| contact.made);
    let row = || rows.iter().map(|(_, row)| row);
    Table::new("contacts")
        .text("contact_id", numbered("K", &rows))
        .text("customer_id", customer_ids(&rows))
        .text(
            "invoice_id",
            rows.iter()
                .map(|(history, row)| item_id(world, history, row.item).to_string()),
        )
        .day("contacted_on", row().map(|row| row.on))
        .text("direction", row().map(|_| "out".to_owned()))
        .text("channel", row().map(|row| row.channel.to_owned()))
        .text(
            "collector",
            rows.iter()
                .map(|(history, _)| collector_name(history.life.customer.collector)),
        )
        .flag("reached", row().map(|row| row.reached))
        .text("outcome", row().map(|row| row.outcome.to_owned()))
        .real("minutes", row().map(|row| row.minutes))
}

pub(super) fn steps(world: &World, histories: &[History]) -> Table {
    let rows = rows(histories, |history| &history.life.collection.steps);
    Table::new("steps")
        .text("customer_id", customer_ids(&rows))
        .text(
            "invoice_id",
            rows.iter()
                .map(|(history, row)| item_id(world, history, row.item).to_string()),
        )
        .int("level", rows.iter().map(|(_, row)| row.level))
        .day("done_on", rows.iter().map(|(_, row)| row.on))
}

pub(super) fn placements(world: &World, histories: &[History]) -> Table {
    let rows = rows(histories, |history| &history.life.collection.placements);
    let row = || rows.iter().map(|(_, row)| row);
    Table::new("placements")
        .text("placement_id", numbered("A", &rows))
        .text("customer_id", customer_ids(&rows))
        .text(
            "invoice_id",
            rows.iter()
                .map(|(history, row)| item_id(world, history, row.item).to_string()),
        )
        .text("agency", row().map(|row| AGENCIES[row.agency].0.to_owned()))
        .day("placed_on", row().map(|row| row.placed_on))
        .day(
            "recalled_on",
            row().map(|row| Some(row.recalled_on).filter(|day| *day <= world.last_day)),
        )
        .money(
            "amount",
            rows.iter()
                .map(|(history, row)| cents(history.life.items[row.item].cents)),
        )
        .real("fee_rate", row().map(|row| AGENCIES[row.agency].2))
}

pub(super) fn holds(_: &World, histories: &[History]) -> Table {
    let rows = rows(histories, |history| &history.life.collection.holds);
    let row = || rows.iter().map(|(_, row)| row);
    Table::new("holds")
        .text("customer_id", customer_ids(&rows))
        .day("placed_on", row().map(|row| row.placed_on))
        .day("released_on", row().map(|row| row.released_on))
        .text(
            "kind",
            row().map(|row| if row.by_rule { "rule" } else { "manual" }.to_owned()),
        )
        .text(
            "owner",
            rows.iter()
                .map(|(history, _)| collector_name(history.life.customer.collector)),
        )
        .day("review_on", row().map(|row| (!row.by_rule).then(|| row.placed_on + 30)))
        .text("reason", row().map(|row| row.reason.to_owned()))
}
