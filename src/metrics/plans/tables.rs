//! Plans as a table.

use super::{METRIC_ID, PlanResults, PlanSums};
use crate::metrics::view_note;
use crate::money::Total;
use crate::table::Table;

impl PlanResults {
    /// Returns one row per group.
    pub fn table(&self) -> Table {
        let rows = || self.rows.iter().map(|(_, row)| row);
        let count = |of: fn(&PlanSums) -> u64| rows().map(move |row| of(&row.sums) as i64);
        let money = |of: fn(&PlanSums) -> Total| rows().map(move |row| of(&row.sums));
        let (first, last) = (self.months.month(0), self.months.month(self.months.n() - 1));
        self.labels
            .start("plans", METRIC_ID, self.rows.iter().map(|(place, _)| place))
            .int("n_plans", count(|sums| sums.n_plans))
            .int("n_completed", count(|sums| sums.n_completed))
            .int("n_broken", count(|sums| sums.n_broken))
            .int("n_up_to_date", count(|sums| sums.n_up_to_date))
            .int("n_re_defaulted", count(|sums| sums.n_re_defaulted))
            .real("re_default_rate", rows().map(|row| row.re_default_rate.ok()))
            .real("re_default_low", rows().map(|row| Some(row.re_default_interval?.0)))
            .real("re_default_high", rows().map(|row| Some(row.re_default_interval?.1)))
            .int("n_due", count(PlanSums::n_due))
            .int("n_on_time", count(|sums| sums.n_on_time))
            .int("n_late", count(|sums| sums.n_late))
            .int("n_unpaid", count(|sums| sums.n_unpaid))
            .int("n_not_due", count(|sums| sums.n_not_due))
            .real("adherence", rows().map(|row| row.adherence.ok()))
            .real("adherence_low", rows().map(|row| Some(row.adherence_interval?.0)))
            .real("adherence_high", rows().map(|row| Some(row.adherence_interval?.1)))
            .money("due", money(|sums| sums.due))
            .money("paid_on_time", money(|sums| sums.paid_on_time))
            .real("paid_share", rows().map(|row| row.paid_share.ok()))
            .real("paid_share_low", rows().map(|row| Some(row.paid_share_interval?.0)))
            .real("paid_share_high", rows().map(|row| Some(row.paid_share_interval?.1)))
            .money("agreed", money(|sums| sums.agreed))
            .money("collected", money(|sums| sums.collected))
            .money("settlements_agreed", money(|sums| sums.settlements_agreed))
            .money("settlements_collected", money(|sums| sums.settlements_collected))
            .text("reason", rows().map(|row| row.adherence.err().map(|reason| reason.to_string())))
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("agreed", format!("{first} to {last}"))
            .note("tolerance", format!("{} days after the due day", self.params.tolerance_days))
            .note("matching", "cash from the day of agreement on fills instalments by due day; cash on documents issued later does not")
    }
}
