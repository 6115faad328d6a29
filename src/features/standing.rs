//! How a claim stands: what is unsettled, what is open, and since when it is settled.

use super::days::Days;
use crate::calendar::Day;
use crate::history::DocumentHistory;
use crate::ledger::{Document, Nature, Posting};
use crate::money::{Amount, Total};

/// How a claim stands at the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// What is neither paid nor credited; a write-off gives the claim up but settles nothing.
    pub unsettled: Total,
    /// What is open; less than what is unsettled where a part was written off.
    pub open: Total,
    /// First day from which no more than the materiality stayed unsettled.
    pub settled_on: Option<Day>,
}

/// A claim on its way from posting to posting.
///
/// A write-off does not settle: the money did not come. Only a small difference, at most 1 % of the claim, settles when it
/// is written off: that is how a few cents too few are booked. A reversal first brings back what was written off.
struct Follower {
    issued_on: Day,
    materiality: Total,
    small_difference: Total,
    unsettled: Total,
    written_off: Total,
    open: Total,
    settled_on: Option<Day>,
}

impl Follower {
    fn new(claim: &Document, materiality: Amount) -> Follower {
        let (amount, materiality) = (Total::from(claim.amount), Total::from(materiality));
        Follower {
            issued_on: claim.issued_on,
            materiality,
            small_difference: Total::from_units((claim.amount.units().unsigned_abs() / 100).into()),
            unsettled: amount,
            written_off: Total::ZERO,
            open: amount,
            settled_on: (amount <= materiality).then_some(claim.issued_on),
        }
    }

    fn post(&mut self, posting: &Posting) {
        self.open += posting.delta;
        match posting.nature {
            Nature::WriteOff => self.written_off -= posting.delta,
            Nature::Reversal => {
                let brought_back = self.written_off.min(posting.delta.into()).max(Total::ZERO);
                self.written_off -= brought_back;
                self.unsettled += Total::from(posting.delta) - brought_back;
            }
            _ => self.unsettled += posting.delta,
        }
        let forgiven = if self.written_off <= self.small_difference {
            self.written_off
        } else {
            Total::ZERO
        };
        self.settled_on = match (self.unsettled - forgiven > self.materiality, self.settled_on) {
            (true, _) => None,
            (false, None) => Some(posting.on.max(self.issued_on)),
            (false, settled) => settled,
        };
    }

    fn standing(&self) -> Standing {
        Standing {
            unsettled: match self.settled_on {
                Some(_) => self.unsettled.min(self.materiality),
                None => self.unsettled,
            },
            open: self.open,
            settled_on: self.settled_on,
        }
    }
}

/// Follows a claim to the end of a day.
pub(super) fn standing(claim: &DocumentHistory<'_>, until: Day, materiality: Amount) -> Standing {
    let mut follower = Follower::new(claim.document, materiality);
    for posting in claim.postings().take_while(|posting| posting.on <= until) {
        follower.post(posting);
    }
    follower.standing()
}

/// Follows a claim through the days of a panel: hands on how it stands at the end of the first day that sees it, and at the
/// end of every day that sees more of it than the day before.
///
/// `first` is the position of the first day that sees the claim, `seen` that of the first day that sees a posting.
pub(super) fn follow(
    claim: &DocumentHistory<'_>,
    materiality: Amount,
    days: &Days,
    first: usize,
    seen: impl Fn(&Posting) -> usize,
    mut hand_on: impl FnMut(usize, Standing),
) {
    if first >= days.len() {
        return;
    }
    let start = || Follower::new(claim.document, materiality);
    let position_of = |posting: &Posting| seen(posting).max(first);
    if claim.postings().is_sorted_by_key(position_of) {
        let (mut follower, mut position) = (start(), first);
        for posting in claim.postings() {
            let next = position_of(posting);
            if next >= days.len() {
                break;
            }
            if next > position {
                hand_on(position, follower.standing());
                position = next;
            }
            follower.post(posting);
        }
        hand_on(position, follower.standing());
        return;
    }
    // A posting became known after one that counts from a later day: each day puts what it sees in order for itself.
    let mut positions: Vec<usize> = claim.postings().map(position_of).chain([first]).collect();
    positions.sort_unstable();
    positions.dedup();
    for position in positions.into_iter().filter(|&position| position < days.len()) {
        let mut follower = start();
        for posting in claim.postings().filter(|posting| position_of(posting) <= position) {
            follower.post(posting);
        }
        hand_on(position, follower.standing());
    }
}
