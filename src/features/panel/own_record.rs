//! The customer's own numbers behind features that are shrunk or look at one window alone: what reasons name.

use crate::features::portfolio::Tally;

/// What a customer's own invoices came to, without anybody else's share mixed in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OwnRecord {
    /// Invoices that passed due + d in the 91 days before the row's day.
    pub quarter: Judged,
    /// Those of the 182 days before it.
    pub half: Judged,
    /// Those of the 365 days before it.
    pub year: Judged,
    /// All of them.
    pub all: Judged,
    /// Mean days late over invoices settled in the 274 days before the last 91; `None` where there are none.
    pub days_late_before_quarter: Option<f32>,
    /// Mean days late over invoices settled in the 183 days before the last 182; `None` where there are none.
    pub days_late_before_half: Option<f32>,
}

/// Invoices whose fate is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// How many.
    pub n: u32,
    /// How many of them were late.
    pub n_late: u32,
}

impl Judged {
    /// Returns those of a longer window that lie before this one.
    pub fn before_in(self, longer: Judged) -> Judged {
        Judged {
            n: longer.n - self.n,
            n_late: longer.n_late - self.n_late,
        }
    }
}

impl From<Tally> for Judged {
    fn from(tally: Tally) -> Judged {
        Judged {
            n: tally.n as u32,
            n_late: tally.n_late as u32,
        }
    }
}
