//! Claims whose way is told by two months: that of their issue, and that of the postings that close them.
//!
//! Nine claims in ten are open by their whole amount until they are paid at once. Their months need no balance followed: only the state
//! at each month end, which follows from the due day. What is added to the sums is what [`super::TimelineByGroup`] adds step by
//! step for any claim.

use crate::history::DocumentHistory;
use crate::ledger::Posting;
use crate::metrics::Months;
use crate::money::{Amount, Total};

/// A claim that is open by its whole amount at every month end from its issue until the postings of one month close it.
pub(super) struct PlainClaim<'a> {
    pub history: DocumentHistory<'a>,
    /// The month of its issue.
    pub issued: usize,
    /// The month in which it is closed; the one after the last where it is not.
    pub closed: usize,
}

impl<'a> PlainClaim<'a> {
    /// Returns the claim, where it is such a one.
    #[inline]
    pub fn of(history: &DocumentHistory<'a>, months: &Months) -> Option<PlainClaim<'a>> {
        let document = history.document;
        let issued = months.position(document.issued_on)?;
        let mut closing = history.postings().take_while(|posting| posting.on <= months.last_day());
        let closed = match closing.next() {
            None => months.n(),
            Some(first) => {
                let closed = months.position(first.on)?;
                let mut open = Total::from(document.amount);
                open += first.delta;
                for posting in closing {
                    if posting.on > months.end(closed) {
                        return None;
                    }
                    open += posting.delta;
                }
                if !open.is_zero() {
                    return None;
                }
                closed
            }
        };
        (document.amount > Amount::ZERO && closed >= issued).then_some(PlainClaim {
            history: *history,
            issued,
            closed,
        })
    }

    /// Returns the postings that close it, by day; none where it is not closed in the months.
    #[inline]
    pub fn closing(&self, months: &Months) -> impl Iterator<Item = &'a Posting> + use<'a> {
        let last_day = months.last_day();
        self.history
            .postings()
            .take_while(move |posting| posting.on <= last_day)
    }
}
