//! Who makes the contacts of a day, as far as everybody's minutes go.

use std::collections::BTreeMap;

use super::{Desk, Exclusion, WorklistLine};

/// Whose accounts are nobody's, where there is no collector to give them to.
const UNASSIGNED: &str = "unassigned";

impl Desk<'_> {
    /// Gives each line a collector, as far as the collectors' minutes go; the rest becomes exclusions.
    pub(super) fn assign(&self, lines: Vec<WorklistLine>) -> (Vec<WorklistLine>, Vec<Exclusion>) {
        let mut minutes_left = self.minutes_by_collector();
        let (mut kept, mut over) = (Vec::new(), Vec::new());
        for mut line in lines {
            let own = self.attributes.text(line.customer, "collector");
            let collector = match own {
                Some(own) => own.to_owned(),
                // Accounts of nobody go to whoever has most time left; on a tie, to the first by name.
                None => {
                    let most = minutes_left.iter().rev().max_by(|a, b| a.1.total_cmp(b.1));
                    most.map_or_else(|| UNASSIGNED.to_owned(), |(name, _)| name.clone())
                }
            };
            let left = minutes_left
                .entry(collector.clone())
                .or_insert(self.policy.minutes_per_day);
            if *left < line.minutes {
                over.push(Exclusion {
                    customer: line.customer,
                    reason: format!("beyond the day of {collector}: value {}", line.value),
                    money: line.collectable,
                });
                continue;
            }
            *left -= line.minutes;
            line.collector = collector;
            line.rank = kept.len() + 1;
            kept.push(line);
        }
        (kept, over)
    }

    fn minutes_by_collector(&self) -> BTreeMap<String, f64> {
        let mut minutes = BTreeMap::new();
        if let Some(table) = self.ledger.table("collectors") {
            let names = table.texts("collector").unwrap_or_default();
            let given = table.reals("minutes_per_day").unwrap_or_default();
            let posted = table.days("posted_on").unwrap_or_default();
            for (row, name) in names.iter().enumerate() {
                let is_known = posted.get(row).copied().flatten().is_none_or(|day| day <= self.as_of.0);
                if let (Some(name), true) = (name, is_known) {
                    let per_day = given.get(row).copied().flatten();
                    minutes.insert(name.clone(), per_day.unwrap_or(self.policy.minutes_per_day));
                }
            }
        }
        minutes
    }
}
