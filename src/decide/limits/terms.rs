//! Which payment terms fit a customer.

use super::behaviour::Behaviour;
use super::policy::TermsPolicy;
use crate::calendar::AsOf;

/// What to do about the terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermsAction {
    /// Leave them.
    Keep,
    /// Give less time.
    Shorten,
    /// Ship against payment only.
    Prepayment,
    /// Give more time.
    Lengthen,
    /// Nothing can be said.
    NotAvailable,
}

impl TermsAction {
    /// Returns the word in the column `terms_action`.
    pub fn as_str(self) -> &'static str {
        match self {
            TermsAction::Keep => "keep",
            TermsAction::Shorten => "shorten",
            TermsAction::Prepayment => "prepayment",
            TermsAction::Lengthen => "lengthen",
            TermsAction::NotAvailable => "not available",
        }
    }
}

/// The terms of a customer and what is proposed.
#[derive(Clone, Debug, PartialEq)]
pub struct TermsProposal {
    /// What to do.
    pub action: TermsAction,
    /// Present days from issue to due.
    pub present_days: Option<i32>,
    /// Proposed days; 0 is prepayment.
    pub proposed_days: Option<i32>,
    /// Why, in plain words.
    pub reason: String,
}

/// Everything the terms depend on.
pub(super) struct TermsCase<'a> {
    pub as_of: AsOf,
    pub behaviour: &'a Behaviour,
    /// Agreed days, where the customers table says them.
    pub agreed_days: Option<i32>,
    pub probability: Option<f64>,
    pub is_suspended: bool,
    pub is_watched: bool,
}

impl TermsCase<'_> {
    /// Proposes terms out of those the policy allows: one step at a time, but prepayment at once.
    pub(super) fn proposal(&self, policy: &TermsPolicy) -> TermsProposal {
        let observed = self.behaviour.terms_days.map(|days| days.round() as i32);
        let present_days = self.agreed_days.or(observed);
        let proposal = |action, proposed_days, reason: String| TermsProposal {
            action,
            present_days,
            proposed_days,
            reason,
        };
        if self.is_suspended {
            return proposal(TermsAction::Prepayment, Some(0), "the limit is suspended".to_owned());
        }
        let (Some(present), Some(probability)) = (present_days, self.probability) else {
            let what = if present_days.is_none() { "terms" } else { "probability" };
            return proposal(TermsAction::NotAvailable, None, format!("no {what} known on the day"));
        };
        let risk = format!("{:.1} % likely to pay late", probability * 100.0);
        if probability >= policy.prepay_from {
            return proposal(TermsAction::Prepayment, Some(0), risk);
        }
        let keep = |reason: String| proposal(TermsAction::Keep, Some(present), reason);
        let Some(late) = self.behaviour.days_late.mean() else {
            return keep("no payment in the window".to_owned());
        };
        let why = format!("{risk}, pays {late:.1} days after the due day");
        if probability >= policy.shorten_from && late >= policy.shorten_days_late {
            let shorter = policy.allowed.iter().rev().find(|days| (1..present).contains(*days));
            return match shorter {
                Some(days) => proposal(TermsAction::Shorten, Some(*days), why),
                None => keep(format!("{why}; no shorter terms are allowed")),
            };
        }
        let tenure = self.behaviour.tenure_months(self.as_of);
        let is_good = probability <= policy.lengthen_up_to && late <= 0.0 && !self.is_watched;
        if is_good && tenure >= policy.lengthen_months {
            return match policy.allowed.iter().find(|days| **days > present) {
                Some(days) => proposal(
                    TermsAction::Lengthen,
                    Some(*days),
                    format!("{why}, customer for {tenure} months"),
                ),
                None => keep(format!("{why}; no longer terms are allowed")),
            };
        }
        keep(why)
    }
}
