//! Claims whose way is told by two months: that of their issue, and that of the postings that close them.
//!
//! Nine claims in ten are invoices that are open by their whole amount until they are paid at once. Their months need no balance
//! followed: only the state at each month end, which follows from the due day. What a month issued, and what took it off, is what their
//! moves say; so the flow is told by them at last. In the sums stands what [`super::TimelineByGroup`] adds step by step for any claim.

use crate::history::DocumentHistory;
use crate::ledger::{DocumentKind, Nature, Posting};
use crate::metrics::Months;
use crate::money::{Amount, Total};

/// An invoice with a due day that is open by its whole amount at every month end from its issue until the postings of one month close
/// it, each of them money that came in, a credit, a discount or a write-off of its own.
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
        if document.kind != DocumentKind::Invoice || document.due_on.is_none() || document.amount <= Amount::ZERO {
            return None;
        }
        let issued = months.position(document.issued_on)?;
        let mut closing = history.postings().take_while(|posting| posting.on <= months.last_day());
        let closed = match closing.next() {
            None => months.n(),
            Some(first) => {
                let closed = months.position(first.on)?;
                let mut open = Total::from(document.amount) + first.delta.into();
                let mut is_plain = relieves(first);
                for posting in closing {
                    open += posting.delta;
                    is_plain &= relieves(posting) && posting.on <= months.end(closed);
                }
                if !is_plain || !open.is_zero() {
                    return None;
                }
                closed
            }
        };
        (closed >= issued).then_some(PlainClaim {
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

/// Tells whether a posting is what its money is: nothing applied later, paid back or taken back.
#[inline]
fn relieves(posting: &Posting) -> bool {
    let kinds = [Nature::Cash, Nature::Credit, Nature::Discount, Nature::WriteOff];
    posting.nature == posting.money && kinds.contains(&posting.nature)
}
