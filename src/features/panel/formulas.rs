//! The formulas behind the catalogue: what each feature says about a customer or an invoice on a day.

use std::collections::HashSet;

use super::shares::{Moments, chance, share, shrunk};
use super::{Builder, Limits, Values};
use crate::calendar::{AsOf, Day};
use crate::features::catalogue::Feature;
use crate::features::portfolio::Chances;
use crate::features::view::{Claim, NEVER, View};
use crate::history::CustomerHistory;
use crate::metrics::promises::{PromiseOutcome, promise_outcomes};
use crate::money::{Currency, Total};

/// Days late beyond these bounds say no more about habits.
const DAYS_LATE_BOUNDS: (i32, i32) = (-60, 120);

impl<'a> Builder<'a> {
    /// How the customer paid so far; returns its shrunken late share of the last 12 months.
    pub(super) fn behaviour(
        &self,
        values: &mut Values,
        view: &View,
        matured: &[Claim],
        day: AsOf,
        chances: &Chances,
    ) -> f64 {
        let d = self.params.days_late;
        let late_since = |from: Day| {
            let start = matured.partition_point(|claim| claim.due + d <= from);
            let window = &matured[start..];
            (window.iter().filter(|claim| claim.delay > d).count(), window.len())
        };
        let (n_late, n) = late_since(Day::EARLIEST - 1_000);
        let all = shrunk(n_late, n, chances.late_share);
        let (n_late, n) = late_since(day.0 - 365);
        let year = shrunk(n_late, n, chances.late_share);
        let (n_late, n) = late_since(day.0 - 91);
        values.set(Feature::LateShareAll, all);
        values.set(Feature::LateShare12m, year);
        values.set(Feature::LateShare3m, shrunk(n_late, n, all));
        let last = &matured[matured.len().saturating_sub(5)..];
        let n_late = last.iter().filter(|claim| claim.delay > d).count();
        values.set_known(Feature::LateShareLast5, share(n_late, last.len()));

        let window = |from: i32, to: i32| {
            let mut moments = Moments::default();
            for claim in view.claims.iter().filter(|claim| claim.delay != NEVER) {
                let settled = claim.due + claim.delay;
                if settled > day.0 - from && settled <= day.0 - to {
                    moments.add(f64::from(claim.delay.clamp(DAYS_LATE_BOUNDS.0, DAYS_LATE_BOUNDS.1)));
                }
            }
            moments
        };
        let (recent, before) = (window(91, 0), window(365, 91));
        values.set_known(Feature::DaysLateMean6m, window(182, 0).mean());
        values.set_known(Feature::DaysLateMeanAll, window(100_000, 0).mean());
        values.set_known(Feature::DaysLateSpread12m, window(365, 0).standard_deviation());
        values.set_known(
            Feature::DaysLateTrend,
            recent.mean().zip(before.mean()).map(|(recent, before)| recent - before),
        );
        year
    }

    /// What is open and how old it is.
    pub(super) fn exposure(&self, values: &mut Values, history: &CustomerHistory<'_>, view: &View, day: AsOf) {
        let (mut n_open, mut n_overdue, mut worst) = (0_usize, 0_usize, 0);
        let (mut open, mut overdue) = (Total::ZERO, Total::ZERO);
        let mut currency = None;
        let mut is_one_currency = true;
        for claim in view.open() {
            n_open += 1;
            open += claim.open;
            is_one_currency &= *currency.get_or_insert(claim.currency) == claim.currency;
            if claim.due < day.0 {
                n_overdue += 1;
                overdue += claim.open;
                worst = worst.max(day.0 - claim.due);
            }
        }
        values.set(Feature::NumberOpen, n_open as f64);
        values.set(Feature::NumberOverdue, n_overdue as f64);
        values.set(Feature::WorstDaysPastDue, f64::from(worst));
        let overdue_share = if is_one_currency {
            overdue.ratio(open)
        } else {
            share(n_overdue, n_open)
        };
        values.set_known(Feature::OverdueShare, overdue_share);
        let issued = view.claims.iter().filter(|claim| claim.issued > day.0 - 91).count();
        values.set(Feature::InvoicesPerMonth, issued as f64 * 30.0 / 91.0);
        values.set_known(
            Feature::TenureDays,
            view.first_issued.map(|first| f64::from(day.0 - first)),
        );
        values.set_known(
            Feature::DaysSinceInvoice,
            view.last_issued.map(|last| f64::from(day.0 - last)),
        );
        let Some(currency) = currency.filter(|_| is_one_currency) else {
            return;
        };
        let unapplied = history
            .unapplied()
            .filter(|posting| posting.on <= day.0 && posting.currency == currency);
        let unapplied: Total = unapplied.map(|posting| -posting.delta).sum();
        let covered = unapplied.max(Total::ZERO).min(open);
        values.set_known(Feature::UnappliedShare, covered.ratio(open));
        values.set_known(Feature::Utilisation, self.utilisation(history, open, currency, day));
    }

    fn utilisation(&self, history: &CustomerHistory<'_>, open: Total, currency: Currency, day: AsOf) -> Option<f64> {
        let Limits {
            limits,
            kinds,
            currencies,
        } = self.sources.limits.as_ref()?;
        let mut versions = self.ledger.versions().of(history.customer).iter();
        let row = versions
            .rfind(|version| version.valid_from <= day.0 && version.known_on <= day.0)?
            .row as usize;
        let limit = limits[row]?;
        let in_currency = currencies
            .and_then(|currencies| currencies[row].as_deref())
            .is_none_or(|word| word == currency.as_str());
        let is_amount = kinds[row].as_deref() == Some("amount");
        (is_amount && in_currency && limit > Total::ZERO)
            .then(|| open.ratio(limit))
            .flatten()
    }

    /// Payments, promises, contacts and disputes.
    pub(super) fn relations(&self, values: &mut Values, history: &CustomerHistory<'_>, view: &View, day: AsOf) {
        let mut n_days = 0;
        let (mut first, mut last) = (None, None);
        for &(on, _) in &view.cash {
            if last != Some(on) {
                n_days += 1;
            }
            first = first.or(Some(on));
            last = Some(on);
        }
        if let (Some(first), Some(last), true) = (first, last, n_days > 1) {
            let usual = f64::from(last - first) / f64::from(n_days - 1);
            values.set(Feature::DaysSincePayment, f64::from(day.0 - last) / usual.max(1.0));
        }
        if self.sources.has_promises {
            let promises = promise_outcomes(self.ledger, history, day, self.params.promise_tolerance_days);
            let judged = promises.iter().filter(|judged| judged.outcome != PromiseOutcome::Open);
            let n_broken = promises.iter().filter(|judged| judged.outcome.fell_short()).count();
            values.set_known(Feature::BrokenPromises, share(n_broken, judged.count()));
        }
        if self.sources.has_contacts {
            let contacts = self.ledger.contacts().of(history.customer).iter();
            let n = contacts
                .filter(|contact| contact.known_on <= day.0)
                .filter(|contact| contact.contacted_on <= day.0 && contact.contacted_on > day.0 - 90)
                .count();
            values.set(Feature::Contacts90d, n as f64);
        }
        if self.sources.has_disputes {
            let disputes = history
                .disputes
                .iter()
                .filter(|dispute| dispute.known_on <= day.0 && dispute.opened_on <= day.0);
            let ids: HashSet<&str> = disputes
                .filter_map(|dispute| dispute.document)
                .map(|ix| self.ledger.invoice_id(ix))
                .collect();
            values.set_known(
                Feature::DisputedShareAll,
                share(ids.len().min(view.n_documents), view.n_documents),
            );
        }
    }

    /// Returns the invoice ids in dispute at the end of a day.
    pub(super) fn disputed(&self, history: &CustomerHistory<'a>, day: AsOf) -> HashSet<&'a str> {
        let open = history
            .disputes
            .iter()
            .filter(|dispute| dispute.is_open_on(day.0, day.0));
        open.filter_map(|dispute| dispute.document)
            .map(|ix| self.ledger.invoice_id(ix))
            .collect()
    }

    /// Returns the chance that a claim of this customer passes the days late, given the age it has reached.
    fn chance_at(&self, age: i32, chances: &Chances) -> f64 {
        chance(&self.delays, age, self.params.days_late, chances.at(age))
    }

    pub(super) fn of_invoice(&self, values: &mut Values, claim: &Claim, day: AsOf, chances: &Chances) {
        let age = day.0 - claim.due;
        let all = self.chance_at(age, chances);
        values.set(Feature::ChanceGivenAge, all);
        values.set(
            Feature::ChanceGivenAgeRecent,
            chance(&self.recent_delays, age, self.params.days_late, all),
        );
        values.set(Feature::DaysPastDue, f64::from(age));
        values.set(Feature::TermsDays, f64::from(claim.due - claim.issued));
        values.set(Feature::Amount, claim.amount.to_feature());
        values.set(Feature::DueDayOfMonth, f64::from(claim.due.day_of_month()));
        values.set(Feature::DueWeekday, f64::from(claim.due.weekday()));
        let from = self.amounts.partition_point(|(currency, _)| *currency < claim.currency);
        let to = self
            .amounts
            .partition_point(|(currency, _)| *currency <= claim.currency);
        let same = &self.amounts[from..to];
        let usual = same[same.len() / 2].1.to_feature();
        if same.len() > 1 && usual > 0.0 {
            values.set(Feature::AmountAgainstHabit, claim.amount.to_feature() / usual);
        }
    }

    pub(super) fn of_customer(&self, values: &mut Values, view: &View, day: AsOf, chances: &Chances, late_share: f64) {
        let d = self.params.days_late;
        let mut none_late = 1.0;
        let mut worst: Option<f64> = None;
        let mut terms = Moments::default();
        for claim in view.open() {
            if claim.due + d > day.0 + self.params.horizon || day.0 - claim.due >= d {
                continue;
            }
            let chance = self.chance_at(day.0 - claim.due, chances);
            none_late *= 1.0 - chance;
            worst = Some(worst.map_or(chance, |worst| worst.max(chance)));
        }
        let recent = view.claims.iter().filter(|claim| claim.issued > day.0 - 91);
        for claim in recent {
            terms.add(f64::from(claim.due - claim.issued));
        }
        // New documents count while they can still pass the days late inside the horizon.
        let room = f64::from(self.params.horizon - d) - terms.mean().unwrap_or(30.0);
        let entering_days = room.clamp(0.0, f64::from(self.params.entering));
        let n_entering = terms.n * entering_days / 91.0;
        none_late *= (1.0 - late_share).powf(n_entering);
        values.set(Feature::ChanceAnyLate, 1.0 - none_late);
        values.set_known(Feature::ChanceWorstOpen, worst);
    }
}
