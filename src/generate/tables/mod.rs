//! From the lives and books of customers to the canonical tables.

use super::books::{Books, document_id};
use super::collect::Plan;
use super::customer::{Customer, Limit};
use super::dice::{Dice, Purpose};
use super::life::{Life, Outcome};
use super::rows::DocumentId;
use super::world::{AGENCIES, BUSINESS_UNITS, CURRENCIES, ENTITIES, INDUSTRIES, World};
use crate::calendar::Day;
use crate::money::Total;
use crate::table::Table;

/// One customer, lived and written down.
pub(super) struct History {
    pub life: Life,
    pub books: Books,
}

/// Control balances while customers are added: cents by entity, currency and month.
pub(super) type Control = Vec<[[i128; CURRENCIES.len()]; ENTITIES.len()]>;

pub(super) fn cents(cents: i64) -> Total {
    Total::from_units(i128::from(cents) * 100)
}

pub(super) fn customer_id(number: u64) -> String {
    format!("C{:05}", number + 1)
}

fn collector_name(number: u64) -> String {
    format!("collector {number:02}")
}

/// Pairs every row of every customer with its history.
fn rows<'a, T>(histories: &'a [History], of: impl Fn(&'a History) -> &'a [T]) -> Vec<(&'a History, &'a T)> {
    histories
        .iter()
        .flat_map(|history| of(history).iter().map(move |row| (history, row)))
        .collect()
}

/// Builds the tables that hold rows of customers, in the order of the contract.
pub(super) fn of_customers(world: &World, histories: &[History]) -> Vec<Table> {
    let builders: [fn(&World, &[History]) -> Table; 12] = [
        customers, invoices, receipts, disputes, promises, plans, contacts, steps, placements, orders, holds, external,
    ];
    use rayon::prelude::*;
    builders.par_iter().map(|build| build(world, histories)).collect()
}

/// One version of a customer's row.
struct Version<'a> {
    customer: &'a Customer,
    valid_from: Day,
    limit: Limit,
    limit_until: Option<Day>,
    bankrupt_on: Option<Day>,
}

fn customers(world: &World, histories: &[History]) -> Table {
    let versions: Vec<Version<'_>> = histories
        .iter()
        .flat_map(|history| versions(world, &history.life.customer))
        .collect();
    let customer = || versions.iter().map(|version| version.customer);
    let currency = |customer: &Customer| CURRENCIES[customer.country.currency].to_owned();
    Table::new("customers")
        .text("customer_id", customer().map(|customer| customer_id(customer.number)))
        .day("valid_from", versions.iter().map(|version| version.valid_from))
        .text("name", customer().map(name))
        .text("parent_id", customer().map(|customer| customer.parent.map(customer_id)))
        .text("country", customer().map(|customer| customer.country.code.to_owned()))
        .text("region", customer().map(|customer| customer.country.region.to_owned()))
        .text(
            "industry",
            customer().map(|customer| INDUSTRIES[customer.industry].name.to_owned()),
        )
        .text("segment", customer().map(|customer| customer.segment.to_owned()))
        .text("currency", customer().map(currency))
        .money(
            "credit_limit",
            versions.iter().map(|version| match version.limit {
                Limit::Cents(limit) => Some(cents(limit)),
                Limit::None | Limit::Unlimited => None,
            }),
        )
        .text(
            "limit_kind",
            versions.iter().map(|version| {
                match version.limit {
                    Limit::None => "none",
                    Limit::Unlimited => "unlimited",
                    Limit::Cents(_) => "amount",
                }
                .to_owned()
            }),
        )
        .day("limit_until", versions.iter().map(|version| version.limit_until))
        .int(
            "payment_terms_days",
            customer().map(|customer| i64::from(customer.terms)),
        )
        .day("customer_since", customer().map(|customer| customer.since))
        .text(
            "collector",
            customer().map(|customer| collector_name(customer.collector)),
        )
        .text(
            "timezone",
            customer().map(|customer| customer.country.timezone.to_owned()),
        )
        .flag("consumer", customer().map(|customer| customer.consumer))
        .text(
            "status",
            versions.iter().map(|version| {
                if version.bankrupt_on.is_some() {
                    "bankrupt"
                } else {
                    "active"
                }
                .to_owned()
            }),
        )
        .day("status_on", versions.iter().map(|version| version.bankrupt_on))
        .real("insured_share", customer().map(|customer| customer.insured_share))
        .text(
            "contact_group",
            customer().map(|customer| if customer.held_out { "held_out" } else { "worked" }.to_owned()),
        )
}

/// A customer's row from its first day on, and a new one where its limit changed or it went bankrupt.
fn versions<'a>(world: &World, customer: &'a Customer) -> Vec<Version<'a>> {
    let mut limit = customer.limit;
    let mut dice = Dice::new(world.seed, Purpose::Books, u64::MAX - customer.number);
    // Some limits run out around the end of the history.
    let limit_until = (matches!(limit, Limit::Cents(_)) && dice.chance(0.15))
        .then(|| dice.day(world.last_day - 60, world.last_day + 300));
    let mut versions = vec![Version {
        customer,
        valid_from: customer.since,
        limit,
        limit_until,
        bankrupt_on: None,
    }];
    let from = customer.since.max(world.first_day) + 60;
    if let Limit::Cents(before) = limit
        && from < world.last_day
        && dice.chance(0.2)
    {
        let valid_from = dice.day(from, world.last_day);
        if customer
            .insolvent_on
            .is_none_or(|insolvent_on| insolvent_on > valid_from)
        {
            limit = Limit::Cents(if dice.chance(0.6) { before / 2 * 3 } else { before / 2 });
            versions.push(Version {
                customer,
                valid_from,
                limit,
                limit_until,
                bankrupt_on: None,
            });
        }
    }
    if let Some(insolvent_on) = customer.insolvent_on {
        let known_on = world.posted(insolvent_on, dice.between(0, 20));
        if known_on <= world.last_day {
            versions.push(Version {
                customer,
                valid_from: known_on,
                limit,
                limit_until,
                bankrupt_on: Some(insolvent_on),
            });
        }
    }
    versions
}

fn name(customer: &Customer) -> String {
    const FIRST: [&str; 24] = [
        "Amber", "Baker", "Cobalt", "Delta", "Elm", "Falcon", "Garnet", "Harbour", "Iris", "Juniper", "Kestrel",
        "Linden", "Meadow", "Northern", "Orchard", "Pioneer", "Quartz", "River", "Summit", "Thistle", "Upland",
        "Valley", "Willow", "Zenith",
    ];
    const LAST: [&str; 7] = ["Building", "Stores", "Works", "Care", "Freight", "Systems", "Hotels"];
    let first = FIRST[(customer.number % 24) as usize];
    format!("{first} {} {}", LAST[customer.industry], customer.number + 1)
}

fn invoices(_: &World, histories: &[History]) -> Table {
    let rows = rows(histories, |history| &history.books.invoices);
    let row = || rows.iter().map(|(_, row)| row);
    Table::new("invoices")
        .text("invoice_id", row().map(|row| row.id.to_string()))
        .text(
            "customer_id",
            rows.iter()
                .map(|(history, _)| customer_id(history.life.customer.number)),
        )
        .text("kind", row().map(|row| row.kind.to_owned()))
        .day("issued_on", row().map(|row| row.issued_on))
        .day("due_on", row().map(|row| row.due_on))
        .money("amount", row().map(|row| cents(row.cents)))
        .text("currency", row().map(|row| CURRENCIES[row.currency].to_owned()))
        .day("posted_on", row().map(|row| row.posted_on))
        .text(
            "business_unit",
            row().map(|row| BUSINESS_UNITS[row.business_unit].to_owned()),
        )
        .text(
            "entity",
            rows.iter()
                .map(|(history, _)| ENTITIES[history.life.customer.country.entity].to_owned()),
        )
        .text("salesperson", row().map(|row| format!("sales {:02}", row.salesperson)))
}

fn receipts(_: &World, histories: &[History]) -> Table {
    let rows = rows(histories, |history| &history.books.receipts);
    let row = || rows.iter().map(|(_, row)| row);
    let id = |history: &History, number: u64| format!("R{:05}-{number}", history.life.customer.number + 1);
    let word = |word: Option<&'static str>| word.map(str::to_owned);
    Table::new("receipts")
        .text("receipt_id", rows.iter().map(|(history, row)| id(history, row.number)))
        .int("application", row().map(|row| row.application))
        .text(
            "customer_id",
            rows.iter()
                .map(|(history, _)| customer_id(history.life.customer.number)),
        )
        .text("invoice_id", row().map(|row| row.invoice.map(|id| id.to_string())))
        .day("paid_on", row().map(|row| row.paid_on))
        .day("applied_on", row().map(|row| row.applied_on))
        .money("amount", row().map(|row| cents(row.cents)))
        .text("currency", row().map(|row| CURRENCIES[row.currency].to_owned()))
        .money(
            "received_amount",
            row().map(|row| row.received.map(|(received, _)| cents(received))),
        )
        .text(
            "received_currency",
            row().map(|row| row.received.map(|(_, currency)| CURRENCIES[currency].to_owned())),
        )
        .day("posted_on", row().map(|row| row.posted_on))
        .text(
            "entity",
            rows.iter()
                .map(|(history, _)| ENTITIES[history.life.customer.country.entity].to_owned()),
        )
        .text("kind", row().map(|row| row.kind.to_owned()))
        .text(
            "reverses",
            rows.iter()
                .map(|(history, row)| row.reverses.map(|number| format!("{}/1", id(history, number)))),
        )
        .text("document_id", row().map(|row| row.document.map(|id| id.to_string())))
        .text("reason", row().map(|row| word(row.reason)))
        .text("channel", row().map(|row| word(row.channel)))
}

/// Returns the id of a customer's item by position.
fn item_id(world: &World, history: &History, position: usize) -> DocumentId {
    document_id(world, history.life.customer.number, &history.life.items[position])
}

/// Builds ids of rows that are numbered within their customer.
fn numbered<T>(prefix: &str, rows: &[(&History, &T)]) -> Vec<String> {
    let mut ids = Vec::with_capacity(rows.len());
    let (mut customer, mut number) = (u64::MAX, 0);
    for (history, _) in rows {
        if history.life.customer.number != customer {
            (customer, number) = (history.life.customer.number, 0);
        }
        number += 1;
        ids.push(format!("{prefix}{:05}-{number}", customer + 1));
    }
    ids
}

fn customer_ids<'a, T>(rows: &'a [(&History, &T)]) -> impl Iterator<Item = String> + 'a {
    rows.iter()
        .map(|(history, _)| customer_id(history.life.customer.number))
}

fn disputes(world: &World, histories: &[History]) -> Table {
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

fn promises(world: &World, histories: &[History]) -> Table {
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

fn plans(_: &World, histories: &[History]) -> Table {
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

fn contacts(world: &World, histories: &[History]) -> Table {
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

fn steps(world: &World, histories: &[History]) -> Table {
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

fn placements(world: &World, histories: &[History]) -> Table {
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

fn orders(_: &World, histories: &[History]) -> Table {
    let rows = rows(histories, |history| &history.life.orders);
    let row = || rows.iter().map(|(_, row)| row);
    Table::new("orders")
        .text("order_id", numbered("O", &rows))
        .text("customer_id", customer_ids(&rows))
        .day("ordered_on", row().map(|row| row.ordered_on))
        .day("billed_on", row().map(|row| row.billed_on))
        .day("cancelled_on", row().map(|row| row.cancelled_on))
        .money("amount", row().map(|row| cents(row.cents)))
        .text("currency", row().map(|row| CURRENCIES[row.currency].to_owned()))
        .money("margin", row().map(|row| cents(row.margin)))
}

fn holds(_: &World, histories: &[History]) -> Table {
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

/// A bureau's score each quarter: it sees the hidden state three months late and through noise.
fn external(world: &World, histories: &[History]) -> Table {
    let mut rows: Vec<(u64, i64, Day)> = Vec::new();
    for history in histories {
        let customer = &history.life.customer;
        let mut dice = Dice::new(world.seed, Purpose::World, customer.number + 1);
        if !dice.chance(0.7) {
            continue;
        }
        let middle = 620.0 - 60.0 * INDUSTRIES[customer.industry].risk + 25.0 * dice.normal();
        for month in (0..world.n_months).step_by(3) {
            let known_on = dice.day(world.calendar.first(month), world.calendar.last(month));
            let worse = 70.0 * f64::from(customer.states[month.saturating_sub(3)] as u8);
            let score = (middle - worse + 20.0 * dice.normal()).clamp(300.0, 850.0) as i64;
            if known_on >= customer.since {
                rows.push((customer.number, score, known_on));
            }
        }
    }
    Table::new("external")
        .text("customer_id", rows.iter().map(|(number, _, _)| customer_id(*number)))
        .text("source", rows.iter().map(|_| "bureau".to_owned()))
        .text("name", rows.iter().map(|_| "bureau_score".to_owned()))
        .text("value", rows.iter().map(|(_, score, _)| score.to_string()))
        .day("known_on", rows.iter().map(|(_, _, known_on)| *known_on))
}

/// Builds the table of collectors.
pub(super) fn collectors(world: &World) -> Table {
    let numbers = || 1..=world.n_collectors;
    Table::new("collectors")
        .text("collector", numbers().map(collector_name))
        .real(
            "minutes_per_day",
            numbers().map(|number| [240.0, 300.0, 360.0][number as usize % 3]),
        )
        .text(
            "territories",
            numbers().map(|number| ["EMEA", "AMER", "APAC;EMEA", "EMEA;AMER"][number as usize % 4].to_owned()),
        )
        .text(
            "skills",
            numbers().map(|number| ["key_account", "small_business", "disputes"][number as usize % 3].to_owned()),
        )
        .money(
            "authority_limit",
            numbers().map(|number| cents([500_000, 2_500_000, 10_000_000][number as usize % 3])),
        )
}

/// Builds the rates of month ends; the base currency's own rate is 1.
pub(super) fn fx_rates(world: &World) -> Table {
    let pairs = || (0..world.n_months).flat_map(|month| (0..CURRENCIES.len()).map(move |currency| (month, currency)));
    Table::new("fx_rates")
        .day("date", pairs().map(|(month, _)| world.calendar.last(month)))
        .text("currency", pairs().map(|(_, currency)| CURRENCIES[currency].to_owned()))
        .real(
            "to_base",
            pairs().map(|(month, currency)| world.rates[month][currency] as f64 / 10_000.0),
        )
}

/// Adds the customers' changes to the control balances.
pub(super) fn add_control(control: &mut Control, histories: &[History]) {
    for history in histories {
        let entity = history.life.customer.country.entity;
        for (month, changes) in history.books.control.iter().enumerate() {
            for (currency, change) in changes.iter().enumerate() {
                control[month][entity][currency] += i128::from(*change);
            }
        }
    }
}

/// Builds the control balances of every month end, for each entity and currency that is ever used.
pub(super) fn gl_balances(world: &World, control: &Control) -> Table {
    let mut rows = Vec::new();
    for entity in 0..ENTITIES.len() {
        for currency in 0..CURRENCIES.len() {
            if control.iter().all(|changes| changes[entity][currency] == 0) {
                continue;
            }
            let mut balance = 0;
            for (month, changes) in control.iter().enumerate() {
                balance += changes[entity][currency];
                rows.push((entity, currency, month, balance));
            }
        }
    }
    Table::new("gl_balances")
        .text("entity", rows.iter().map(|row| ENTITIES[row.0].to_owned()))
        .text("currency", rows.iter().map(|row| CURRENCIES[row.1].to_owned()))
        .day("date", rows.iter().map(|row| world.calendar.last(row.2)))
        .money("control_balance", rows.iter().map(|row| Total::from_units(row.3 * 100)))
}
