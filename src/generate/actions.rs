//! What the seller did and agreed with a customer, as it is written down.

use crate::calendar::Day;

/// A contact, or the one a held-out customer would have had.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contact {
    pub on: Day,
    /// Position of the oldest overdue item.
    pub item: usize,
    pub made: bool,
    pub reached: bool,
    /// Whether the contact moves (or would have moved) payments.
    pub persuaded: bool,
    pub channel: &'static str,
    pub outcome: &'static str,
    pub minutes: f64,
    /// Cents overdue on the day, and cents of them settled within 30 days with and without the contact.
    pub overdue: i64,
    pub settled_with: i64,
    pub settled_without: i64,
}

/// A promise to pay what is overdue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Promise {
    pub made_on: Day,
    pub promised_on: Day,
    pub item: Option<usize>,
    pub cents: i64,
}

/// A plan to pay what is overdue in monthly instalments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub agreed_on: Day,
    pub n_instalments: i32,
    pub cents: i64,
    pub autopay: bool,
}

impl Plan {
    /// Returns the day an instalment is due, counted from 0.
    pub(super) fn due_on(&self, instalment: i32) -> Day {
        self.agreed_on + 14 + 30 * instalment
    }
}

/// A reminder that went out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub item: usize,
    pub level: i64,
    pub on: Day,
}

/// A claim with an agency.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placement {
    pub item: usize,
    pub agency: usize,
    pub placed_on: Day,
    pub recalled_on: Day,
}

/// A credit hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    pub placed_on: Day,
    pub released_on: Option<Day>,
    pub by_rule: bool,
    pub reason: &'static str,
}

/// A credit note on its own account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rebate {
    pub number: u64,
    pub issued_on: Day,
    pub cents: i64,
}
