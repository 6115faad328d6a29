//! What follows after the last step: writing off, going to court, or to an agency.

use std::collections::BTreeMap;

use super::ladder::{ItemState, Ladder, LadderItem, Pause};
use super::placed::PlacedClaims;
use super::policy::EscalationPolicy;
use crate::calendar::AsOf;
use crate::decide::authority::Authority;
use crate::forecast::{Attributes, Hazards, Timing};
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::money::{Currency, Total};

/// Where a claim goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CandidateKind {
    /// It is given up.
    WriteOff,
    /// It goes to court.
    Legal,
    /// It goes to an agency.
    Agency,
}

impl CandidateKind {
    /// Every kind, in the order of the lists.
    pub const ALL: [CandidateKind; 3] = [CandidateKind::WriteOff, CandidateKind::Legal, CandidateKind::Agency];

    /// Returns the word in the column `candidate` and the name of the hand-off file.
    pub fn as_str(self) -> &'static str {
        match self {
            CandidateKind::WriteOff => "write_off",
            CandidateKind::Legal => "legal",
            CandidateKind::Agency => "agency",
        }
    }
}

/// A claim that is to go elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Where it goes.
    pub kind: CandidateKind,
    /// The claim as it stands on the ladder.
    pub item: LadderItem,
    /// Days past due.
    pub days_past_due: i32,
    /// Cash expected of the free money within the policy's days, an estimate rounded to cents; `None` where no payment was ever seen.
    pub expected_recovery: Option<Total>,
    /// Why, in plain words.
    pub reasons: Vec<String>,
    /// Who may approve it: of all claims of the customer that go the same way together.
    pub approval: String,
}

/// A claim of which the ladder is done, before it is known where it goes.
struct Through<'l> {
    item: &'l LadderItem,
    days_past_due: i32,
    expected_recovery: Option<Total>,
    was_placed_with: Option<String>,
    is_bankrupt: bool,
}

/// Lists the claims that are through the ladder, or whose customer is bankrupt, and old enough to go elsewhere; by kind, customer and due day.
pub fn candidates(ledger: &Ledger, ladder: &Ladder, policy: &EscalationPolicy) -> Vec<Candidate> {
    let ready: Vec<&LadderItem> = ladder
        .items
        .iter()
        .filter(|item| is_ready(item, ladder.as_of, policy))
        .collect();
    if ready.is_empty() {
        return Vec::new();
    }
    let as_of = ladder.as_of;
    let timing = Timing::learn(ledger, as_of, &policy.timing);
    let placed = PlacedClaims::on(ledger, as_of);
    let mut sums: BTreeMap<(CustomerIx, Currency), Total> = BTreeMap::new();
    for item in &ready {
        *sums.entry((item.customer, item.currency)).or_default() += item.free;
    }
    let mut hazards: Option<(CustomerIx, Hazards)> = None;
    let mut found = Vec::new();
    for item in ready {
        if hazards.as_ref().is_none_or(|(customer, _)| *customer != item.customer) {
            hazards = Some((item.customer, timing.of_customer(ledger, item.customer)));
        }
        let paid: Option<f64> = hazards.as_ref().map(|(_, hazards)| {
            let document = ledger.document(item.document);
            timing.cash_by_day(hazards, document, policy.recovery_days).iter().sum()
        });
        let expected = paid
            .filter(|_| timing.n_exits() > 0.0)
            .map(|share| item.free.to_feature() * share);
        let mut before = placed.of_invoice(item.customer, ledger.invoice_id(item.document));
        let through = Through {
            item,
            days_past_due: item.days_past_due(as_of).unwrap_or(0),
            expected_recovery: expected.and_then(Total::from_estimate),
            was_placed_with: before.next().map(|placed| placed.agency.clone()),
            is_bankrupt: is_bankrupt(item),
        };
        let sum = sums[&(item.customer, item.currency)];
        if let Some((kind, reasons)) = through.way(sum, policy) {
            found.push(Candidate {
                kind,
                item: item.clone(),
                days_past_due: through.days_past_due,
                expected_recovery: through.expected_recovery,
                reasons,
                approval: String::new(),
            });
        }
    }
    found.sort_by_key(|candidate| (candidate.kind, candidate.item.customer));
    approve(ledger, as_of, &mut found);
    found
}

/// Tells whether the ladder is done with a claim for long enough, or pointless because the customer is bankrupt.
fn is_ready(item: &LadderItem, as_of: AsOf, policy: &EscalationPolicy) -> bool {
    let is_rested = item
        .last_done_on
        .is_some_and(|day| as_of.0 - day >= policy.days_after_last_step);
    let is_free = item.free > Total::ZERO;
    is_free && (item.state == ItemState::Through && is_rested || is_bankrupt(item) && item.due_on.is_some())
}

fn is_bankrupt(item: &LadderItem) -> bool {
    let is_placed = item.pauses.iter().any(|pause| matches!(pause, Pause::Placed(_)));
    item.pauses.contains(&Pause::Standing("bankrupt".to_owned())) && !is_placed
}

impl Through<'_> {
    /// Returns where the claim goes and why; `None` where it stays for now. `sum` is all that would go with it.
    fn way(&self, sum: Total, policy: &EscalationPolicy) -> Option<(CandidateKind, Vec<String>)> {
        let days = self.days_past_due;
        let currency = self.item.currency;
        let age = format!("{days} days past due");
        let write_off = |why: String| Some((CandidateKind::WriteOff, vec![age.clone(), why]));
        if days > policy.limitation_days {
            return write_off(format!("time-barred after {} days", policy.limitation_days));
        }
        let is_old = days >= policy.write_off.days_past_due;
        if self.is_bankrupt {
            return is_old.then(|| write_off("customer bankrupt: file the claim first".to_owned()))?;
        }
        if is_old && self.item.free <= policy.write_off.small_amount {
            let small = policy.write_off.small_amount;
            return write_off(format!("small: at most {small} {currency}"));
        }
        if let (true, Some(expected)) = (is_old, self.expected_recovery)
            && expected <= policy.cost_per_claim
        {
            let cost = policy.cost_per_claim;
            return write_off(format!("not worth its cost: {expected} expected, {cost} to pursue it"));
        }
        let reaches = |min: Total| format!("{sum} {currency} together, from {min}");
        if days >= policy.legal.days_past_due && sum >= policy.legal.min_amount {
            let mut reasons = vec![age, reaches(policy.legal.min_amount)];
            let left = policy.limitation_days - days;
            if left <= policy.limitation_warning_days {
                reasons.push(format!("time-barred in {left} days"));
            }
            return Some((CandidateKind::Legal, reasons));
        }
        let can_be_placed = self.was_placed_with.is_none() && sum >= policy.agency.min_amount;
        if days >= policy.agency.days_past_due && can_be_placed {
            return Some((CandidateKind::Agency, vec![age, reaches(policy.agency.min_amount)]));
        }
        if days >= policy.write_off.any_days_past_due {
            return match &self.was_placed_with {
                Some(agency) => write_off(format!("came back from {agency}")),
                None => write_off("too little for an agency".to_owned()),
            };
        }
        None
    }
}

/// Names who may approve what of a customer goes the same way: a sum is not split to stay under a limit.
fn approve(ledger: &Ledger, as_of: AsOf, found: &mut [Candidate]) {
    let authority = Authority::on(ledger, as_of);
    let attributes = Attributes::on(ledger, as_of);
    let key = |candidate: &Candidate| (candidate.kind, candidate.item.customer, candidate.item.currency);
    let mut sums: BTreeMap<_, Total> = BTreeMap::new();
    for candidate in found.iter() {
        *sums.entry(key(candidate)).or_default() += candidate.item.free;
    }
    for candidate in found {
        let sum = sums[&key(candidate)];
        candidate.approval = authority.approval(&attributes, candidate.item.customer, sum);
    }
}
