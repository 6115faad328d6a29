//! Histories from sums that an earlier run kept: only customers that later imports changed are walked.

use super::tied::{TiedPlan, TiedTimeline};
use crate::calendar::{AsOf, Day};
use crate::history::{self, Accumulator, Groups};
use crate::ledger::{Ledger, LedgerError, LedgerParts};
use crate::metrics::segments;

/// What was added up, and what became of the sums that are kept.
#[derive(Debug)]
pub struct KeptRun<'a> {
    /// The sums, the same as those of [`history::run`] over the whole ledger.
    pub sums: TiedTimeline<'a>,
    /// Where they come from.
    pub source: SumsSource,
}

/// Where sums come from.
#[derive(Debug)]
pub enum SumsSource {
    /// Every customer was walked: groups hang on the day or on other customers, or the ledger is not in layers of this program.
    Everyone,
    /// The first layer was walked, and its sums were kept, where they could be.
    Added(Result<(), LedgerError>),
    /// The sums over the first layer had been kept; so many customers were walked that lie over it.
    Kept {
        /// Customers of the layers over the first.
        n_over: usize,
    },
}

impl TiedPlan {
    /// Adds everything up as [`history::run`] does, from sums over the first layer that are kept beside it, or will be.
    ///
    /// `all = first layer - its customers that were laid over + the layers over it`, each with its own positions of documents; sums
    /// are brought together by the names of their groups. `by` is what the groups were made by.
    pub fn run_kept<'a>(
        &'a self,
        ledger: &Ledger,
        parts: Option<&LedgerParts>,
        groups: &'a Groups,
        as_of: AsOf,
        by: &[String],
    ) -> KeptRun<'a> {
        let found = parts
            .filter(|_| segments::stay(ledger, by))
            .and_then(|parts| self.go_on_from(parts, groups, as_of, by));
        found.unwrap_or_else(|| KeptRun {
            sums: history::run(ledger, self.timeline.known_on, self.empty(groups)),
            source: SumsSource::Everyone,
        })
    }

    /// Returns `None` where the parts cannot be grouped as the whole is.
    fn go_on_from<'a>(
        &'a self,
        parts: &LedgerParts,
        groups: &'a Groups,
        as_of: AsOf,
        by: &[String],
    ) -> Option<KeptRun<'a>> {
        let known_on = self.timeline.known_on;
        let base = Part::of(self, &parts.base, as_of, by)?;
        let last = parts.base.span().map_or(Day::EARLIEST, |(_, last)| last);
        let kept = parts.kept_sums(format!("{} by {:?}", self.meaning(last), groups.by()));
        let (state, mut source) = match kept.read() {
            Some(state) => (state, SumsSource::Kept { n_over: 0 }),
            None => {
                let state = history::run(&parts.base, known_on, base.empty()).state();
                let written = kept.write(&state);
                (state, SumsSource::Added(written))
            }
        };
        let mut sums = self.restored(groups, &state)?;
        if let Some(over) = &parts.over {
            let before = history::run_over(&parts.base, known_on, &parts.laid_over(), base.empty());
            let part = Part::of(self, over, as_of, by)?;
            let after = history::run(over, known_on, part.empty());
            sums.subtract(&self.restored(groups, &before.state())?);
            sums.merge(self.restored(groups, &after.state())?);
            if let SumsSource::Kept { n_over } = &mut source {
                *n_over = over.n_customers();
            }
        }
        Some(KeptRun { sums, source })
    }
}

/// The plan for some of the customers, and their groups.
struct Part {
    plan: TiedPlan,
    groups: Groups,
}

impl Part {
    fn of(whole: &TiedPlan, ledger: &Ledger, as_of: AsOf, by: &[String]) -> Option<Part> {
        Some(Part {
            plan: whole.over(ledger),
            groups: segments::groups(ledger, as_of, by).ok()?.value,
        })
    }

    fn empty(&self) -> TiedTimeline<'_> {
        self.plan.empty(&self.groups)
    }
}
