//! The customers table, a row per version, and what a bureau says about customers.

use super::{History, cents, collector_name, customer_id};
use crate::calendar::Day;
use crate::generate::customer::{Customer, Limit};
use crate::generate::dice::{Dice, Purpose};
use crate::generate::world::{CURRENCIES, INDUSTRIES, World};
use crate::table::Table;

/// One version of a customer's row.
struct Version<'a> {
    customer: &'a Customer,
    valid_from: Day,
    limit: Limit,
    limit_until: Option<Day>,
    bankrupt_on: Option<Day>,
}

pub(super) fn customers(world: &World, histories: &[History]) -> Table {
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

/// A bureau's score each quarter: it sees the hidden state three months late and through noise.
pub(super) fn external(world: &World, histories: &[History]) -> Table {
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
