//! What a change of a balance was about, where the change itself only moves money that was already there.

use crate::ledger::{Ledger, Nature, Posting};
use crate::money::Total;

/// Tells what kind of money stands behind an application or a reversal.
#[derive(Clone, Debug)]
pub struct LineNatures<'a>(std::marker::PhantomData<&'a ()>);

impl<'a> LineNatures<'a> {
    /// Reads the kinds of a ledger's receipt lines.
    pub fn of(_: &'a Ledger) -> LineNatures<'a> {
        LineNatures(std::marker::PhantomData)
    }

    /// Returns the kind of money a change of a balance moved: never an application and never a reversal.
    pub fn money(&self, posting: &Posting) -> Nature {
        posting.money
    }

    /// Returns the cash that a change of a claim brought; negative where a reversal or a refund took cash back.
    pub fn cash(&self, posting: &Posting) -> Total {
        match self.money(posting) {
            Nature::Cash | Nature::Refund => Total::ZERO - posting.delta.into(),
            _ => Total::ZERO,
        }
    }

    /// Tells whether a change of the customer's unapplied items belongs to credits rather than to cash.
    pub fn is_credit(&self, posting: &Posting) -> bool {
        matches!(posting.money, Nature::Credit | Nature::Discount | Nature::WriteOff)
    }
}
