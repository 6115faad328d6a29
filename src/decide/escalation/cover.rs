//! What of each open item is free to be collected, and what covers the rest.

use std::collections::BTreeMap;

use super::ladder::Pause;
use crate::calendar::{AsOf, Day};
use crate::forecast::{Account, OpenItem};
use crate::ledger::Ledger;
use crate::metrics::plans::{InstalmentState, Plan};
use crate::money::{Currency, Total};

/// A plan that is kept, with the money that is still to come under it.
struct KeptPlan<'p> {
    plan: &'p Plan,
    /// `None` for a settlement, which covers whatever was open when it was agreed.
    left: Option<Total>,
}

/// What covers the items of an account, given out oldest due day first.
pub(super) struct Cover<'p> {
    unapplied: BTreeMap<Currency, Total>,
    plans: Vec<KeptPlan<'p>>,
}

impl<'p> Cover<'p> {
    /// Takes what is unapplied, and the plans that are kept: no instalment unpaid after its day and the tolerance, and something still to come.
    pub(super) fn of(account: &Account, plans: &'p [Plan], as_of: AsOf, tolerance_days: i32) -> Cover<'p> {
        let is_broken = |plan: &Plan| {
            let mut states = plan
                .instalments
                .iter()
                .map(|instalment| instalment.state(as_of.0, tolerance_days));
            states.any(|state| state == InstalmentState::Unpaid)
        };
        let kept = plans.iter().filter(|plan| !is_broken(plan));
        let kept = kept.map(|plan| (plan, plan.agreed() - plan.collected()));
        Cover {
            unapplied: account
                .unapplied
                .iter()
                .map(|(currency, total)| (*currency, -*total))
                .collect(),
            plans: kept
                .filter(|(_, left)| *left > Total::ZERO)
                .map(|(plan, left)| KeptPlan {
                    plan,
                    left: (!plan.settlement).then_some(left),
                })
                .collect(),
        }
    }

    /// Returns what of an item is free, and what holds back the rest, in the order in which it is taken off: disputed, promised, unapplied, planned.
    pub(super) fn take(&mut self, ledger: &Ledger, item: &OpenItem) -> (Total, Vec<Pause>) {
        let mut free = item.open;
        let mut pauses = Vec::new();
        let mut take = |money: Total, pause: &dyn Fn(Total) -> Pause| {
            let taken = money.min(free);
            if taken > Total::ZERO {
                free -= taken;
                pauses.push(pause(taken));
            }
            taken.max(Total::ZERO)
        };
        take(item.disputed, &Pause::Disputed);
        let until = item.promised_on.unwrap_or(Day::LATEST);
        take(item.promised, &|money| Pause::Promised { money, until });
        if let Some(unapplied) = self.unapplied.get_mut(&item.currency) {
            *unapplied -= take(*unapplied, &Pause::Unapplied);
        }
        let issued_on = ledger.document(item.document).issued_on;
        for kept in &mut self.plans {
            let plan = kept.plan;
            if plan.currency != item.currency || issued_on > plan.agreed_on {
                continue;
            }
            let pause = |money| Pause::OnPlan {
                money,
                plan: plan.id.clone(),
            };
            let taken = take(kept.left.unwrap_or(item.open), &pause);
            kept.left = kept.left.map(|left| left - taken);
        }
        (free, pauses)
    }
}
