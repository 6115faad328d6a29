//! Where a customer stands on the worklist, and how the value of a contact is made up.

use super::{named_values, row_of};
use crate::decide::worklist::{Worklist, WorklistLine, WorklistPolicy};
use crate::ids::CustomerIx;
use crate::money::Total;
use crate::table::Table;

/// A customer's place on a worklist.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// To be contacted, today or next.
    Listed {
        /// 1 comes first.
        rank: usize,
        /// Contacts of the day and those after it.
        n_lines: usize,
        /// The line as the worklist prints it, with how its value is made up.
        line: Table,
    },
    /// Left alone.
    LeftAlone {
        /// Why.
        reason: String,
        /// Claims left alone.
        money: Total,
        /// The worklist's notes.
        notes: Vec<(String, String)>,
    },
    /// Nothing is open.
    NothingOpen,
}

impl Place {
    pub(super) fn of(customer_id: &str, customer: CustomerIx, worklist: &Worklist, policy: &WorklistPolicy) -> Place {
        let (today, next) = (worklist.table(), worklist.next_table());
        let lines = worklist.lines.iter().chain(&worklist.next);
        if let Some(own) = lines.clone().find(|line| line.customer == customer) {
            let row = |table: &Table| row_of(table, customer_id, "worklist_place", &[]);
            let line = row(&today).or_else(|| row(&next));
            return Place::Listed {
                rank: own.rank,
                n_lines: lines.count(),
                line: made_up(
                    line.unwrap_or_else(|| Table::new("worklist_place")),
                    own,
                    worklist,
                    policy,
                ),
            };
        }
        let mut left_alone = worklist.exclusions.iter();
        match left_alone.find(|exclusion| exclusion.customer == customer) {
            Some(exclusion) => Place::LeftAlone {
                reason: exclusion.reason.clone(),
                money: exclusion.money,
                notes: today.notes,
            },
            None => Place::NothingOpen,
        }
    }

    /// Returns the place line by line.
    pub(super) fn table(&self) -> Table {
        let lines = |pairs: &[(&str, String)]| {
            let pairs = pairs.iter();
            named_values(
                "worklist_place",
                pairs.map(|(what, value)| ((*what).to_owned(), Some(value.clone()))),
            )
        };
        match self {
            Place::Listed { line, .. } => line.clone(),
            Place::LeftAlone { reason, money, notes } => {
                let mut table = lines(&[
                    ("rank", "none: left alone".to_owned()),
                    ("reason", reason.clone()),
                    ("money", money.to_string()),
                ]);
                table.notes.clone_from(notes);
                table
            }
            Place::NothingOpen => lines(&[("rank", "none: nothing is open".to_owned())]),
        }
    }
}

/// Puts the rank among all and the arithmetic of the value at the top of a line of the worklist.
fn made_up(line: Table, own: &WorklistLine, worklist: &Worklist, policy: &WorklistPolicy) -> Table {
    let cost = policy.cost_of(own.action);
    let time = policy.cost_of_capital * policy.days_gained / 365.0;
    let probability = own.probability.unwrap_or(0.0);
    let worth = time + probability * policy.loss_given_delinquency;
    let spent = cost.minutes * policy.cost_per_minute;
    let moved = own.collectable.to_feature() * cost.effect * worth;
    // Items have each the uplift of their age; the line has the money and the value, which give their mean.
    let uplift = (moved > 0.0).then(|| (own.value.to_feature() + spent) / moved);
    let uplift = uplift.map_or("no uplift".to_owned(), |uplift| format!("{uplift:.4}"));
    let arithmetic = format!(
        "{} collectable x {uplift} uplift (mean of its ages) x {:.2} effect of `{}` x {worth:.4} worth of money ({} x {} / 365 + {probability:.4} x {}) - {spent:.2} cost ({} minutes x {}) = {}",
        own.collectable,
        cost.effect,
        own.action.as_str(),
        policy.cost_of_capital,
        policy.days_gained,
        policy.loss_given_delinquency,
        cost.minutes,
        policy.cost_per_minute,
        own.value,
    );
    let n_today = worklist.lines.len();
    let beyond = match own.rank > n_today {
        true => format!(", beyond the {n_today} of the day"),
        false => String::new(),
    };
    let rank = format!("{} of {}{beyond}", own.rank, n_today + worklist.next.len());
    let first = [("rank", rank), ("value_made_up", arithmetic)];
    let first = first.into_iter().map(|(what, value)| (what.to_owned(), Some(value)));
    let (names, values) = (line.texts("what"), line.texts("value"));
    let rest = names.unwrap_or_default().iter().zip(values.unwrap_or_default());
    let rest = rest.filter_map(|(what, value)| Some((what.clone().filter(|what| what != "rank")?, value.clone())));
    let mut table = named_values("worklist_place", first.chain(rest));
    table.notes = line.notes;
    table
}
