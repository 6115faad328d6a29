//! Claims whose way is told by two months: that of their issue, and that of the one posting that closes them.
//!
//! Nine claims in ten are open by their whole amount until they are paid at once. Their months need no postings added up and no
//! balance followed: only the state at each month end, which follows from the due day. What is added to the sums is what
//! [`super::TimelineByGroup`] adds step by step for any claim.

use crate::history::DocumentHistory;
use crate::ledger::{Document, Posting};
use crate::metrics::Months;
use crate::money::Amount;

/// A claim that is open by its whole amount at every month end from its issue until one posting closes it.
pub(super) struct PlainClaim<'a> {
    pub document: &'a Document,
    /// The month of its issue.
    pub issued: usize,
    /// The month in which it is closed; the one after the last where it is not.
    pub closed: usize,
    /// What closes it, where anything does in the months.
    pub by: Option<&'a Posting>,
}

impl<'a> PlainClaim<'a> {
    /// Returns the claim, where it is such a one.
    #[inline]
    pub fn of(history: &DocumentHistory<'a>, months: &Months) -> Option<PlainClaim<'a>> {
        let document = history.document;
        let issued = months.position(document.issued_on)?;
        let mut postings = history.postings();
        let (first, second) = (postings.next(), postings.next());
        let (closed, by) = match first {
            None => (months.n(), None),
            Some(first) if first.on > months.last_day() => (months.n(), None),
            Some(first) if second.is_none() && first.delta.units().checked_neg() == Some(document.amount.units()) => {
                (months.position(first.on)?, Some(first))
            }
            Some(_) => return None,
        };
        (document.amount > Amount::ZERO && closed >= issued).then_some(PlainClaim {
            document,
            issued,
            closed,
            by,
        })
    }
}
