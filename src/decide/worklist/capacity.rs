//! Who makes the contacts of a day, as far as everybody's minutes go.
//!
//! An account with a collector of its own goes there. The others go to a collector who covers their territory and has the skill they ask for; among
//! those with time left, to the one whose contacts so far are worth least, so that the value of the day is spread. Strategic accounts whose
//! contact is due take their time first. What does not fit is next.

use std::collections::BTreeMap;

use super::{Desk, Exclusion, WorklistLine};
use crate::money::Total;

/// Whose accounts are nobody's, where there is no collector to give them to.
const UNASSIGNED: &str = "unassigned";

/// Contacts of the day, those next in line, and accounts that nobody covers.
#[derive(Default)]
pub(super) struct Assigned {
    pub today: Vec<WorklistLine>,
    pub next: Vec<WorklistLine>,
    pub uncovered: Vec<Exclusion>,
}

/// A collector's day.
#[derive(Clone, Debug)]
struct Collector {
    minutes_left: f64,
    value: Total,
    /// What he or she covers; empty: everything.
    territories: Vec<String>,
    skills: Vec<String>,
}

impl Desk<'_> {
    /// Gives each line a collector, as far as the collectors' minutes go; lines keep their order.
    pub(super) fn assign(&self, lines: Vec<WorklistLine>) -> Assigned {
        let mut collectors = self.collectors();
        let has_collectors = !collectors.is_empty();
        let mut assigned = Assigned::default();
        let mut places: Vec<usize> = (0..lines.len()).collect();
        places.sort_by_key(|&place| !lines[place].is_coverage);
        let mut given: Vec<Option<Given>> = vec![None; lines.len()];
        for place in places {
            let line = &lines[place];
            let own = self.attributes.text(line.customer, "collector").map(str::to_owned);
            let candidates: Vec<String> = match own {
                Some(own) => vec![own],
                None if !has_collectors => vec![UNASSIGNED.to_owned()],
                None => self.covering(line, &collectors),
            };
            for name in &candidates {
                collectors
                    .entry(name.clone())
                    .or_insert_with(|| Collector::with(self.policy.minutes_per_day));
            }
            let has_time = |name: &&String| collectors[*name].minutes_left >= line.minutes;
            let least = |names: &mut dyn Iterator<Item = &String>| {
                names.min_by_key(|name| (collectors[*name].value, *name)).cloned()
            };
            given[place] = match least(&mut candidates.iter().filter(has_time)) {
                Some(name) => {
                    let collector = collectors.entry(name.clone()).or_insert_with(|| Collector::with(0.0));
                    collector.minutes_left -= line.minutes;
                    collector.value += line.value;
                    Some(Given::Today(name))
                }
                None => least(&mut candidates.iter()).map(Given::Next),
            };
        }
        for (mut line, given) in lines.into_iter().zip(given) {
            match given {
                Some(Given::Today(name)) => {
                    line.collector = name;
                    assigned.today.push(line);
                }
                Some(Given::Next(name)) => {
                    line.collector = name;
                    assigned.next.push(line);
                }
                None => assigned.uncovered.push(Exclusion {
                    customer: line.customer,
                    reason: self.uncovered(&line),
                    money: line.collectable,
                }),
            }
        }
        let ranked = assigned.today.iter_mut().chain(&mut assigned.next);
        ranked.zip(1..).for_each(|(line, rank)| line.rank = rank);
        assigned
    }

    fn covering(&self, line: &WorklistLine, collectors: &BTreeMap<String, Collector>) -> Vec<String> {
        let value = |attribute: &str| self.attributes.written(line.customer, attribute);
        let (territory, skill) = (value(&self.policy.territory_by), value(&self.policy.skill_by));
        let covers = |covered: &[String], asked: &Option<String>| {
            covered.is_empty() || asked.as_ref().is_none_or(|asked| covered.contains(asked))
        };
        let covering = collectors
            .iter()
            .filter(|(_, collector)| covers(&collector.territories, &territory) && covers(&collector.skills, &skill));
        covering.map(|(name, _)| name.clone()).collect()
    }

    fn uncovered(&self, line: &WorklistLine) -> String {
        let asked = [&self.policy.territory_by, &self.policy.skill_by]
            .into_iter()
            .filter_map(|attribute| {
                let value = self.attributes.written(line.customer, attribute)?;
                Some(format!("{attribute} {value}"))
            });
        let asked: Vec<String> = asked.collect();
        format!("no collector covers {}", asked.join(" and "))
    }

    fn collectors(&self) -> BTreeMap<String, Collector> {
        let mut collectors = BTreeMap::new();
        let Some(table) = self.ledger.table("collectors") else {
            return collectors;
        };
        let names = table.texts("collector").unwrap_or_default();
        let given = table.reals("minutes_per_day").unwrap_or_default();
        let posted = table.days("posted_on").unwrap_or_default();
        let list = |column: &str, row: usize| -> Vec<String> {
            let cell = table.texts(column).ok().and_then(|cells| cells.get(row)?.as_deref());
            let parts = cell.unwrap_or_default().split(';').map(str::trim);
            parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        for (row, name) in names.iter().enumerate() {
            let is_known = posted.get(row).copied().flatten().is_none_or(|day| day <= self.as_of.0);
            if let (Some(name), true) = (name, is_known) {
                let per_day = given.get(row).copied().flatten();
                let collector = Collector {
                    territories: list("territories", row),
                    skills: list("skills", row),
                    ..Collector::with(per_day.unwrap_or(self.policy.minutes_per_day))
                };
                collectors.insert(name.clone(), collector);
            }
        }
        collectors
    }
}

/// Where a line went, and to whom.
#[derive(Clone, Debug)]
enum Given {
    Today(String),
    Next(String),
}

impl Collector {
    fn with(minutes: f64) -> Collector {
        Collector {
            minutes_left: minutes,
            value: Total::ZERO,
            territories: Vec::new(),
            skills: Vec::new(),
        }
    }
}
