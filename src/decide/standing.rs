//! The standing of a customer on a day.

use crate::calendar::AsOf;
use crate::forecast::Attributes;
use crate::ids::CustomerIx;

/// Returns the status of a customer that is not active: `bankrupt`, `litigation` or `do_not_contact`.
///
/// A status with a later first day does not hold yet.
pub(super) fn standing<'a>(attributes: &Attributes<'a>, customer: CustomerIx, as_of: AsOf) -> Option<&'a str> {
    let status = attributes.text(customer, "status")?;
    let since = attributes.day(customer, "status_on");
    let holds = status != "active" && since.is_none_or(|since| since <= as_of.0);
    holds.then_some(status)
}
