//! The formulas behind the catalogue: what each feature says about a customer or an invoice on a day.

use super::builder::{Builder, Limits, Values};
use super::promises::Promises;
use super::shares::{Moments, chance, share, shrunk};
use crate::calendar::AsOf;
use crate::features::catalogue::Feature;
use crate::features::portfolio::Chances;
use crate::features::timeline::Claim;
use crate::features::view::View;
use crate::history::CustomerHistory;
use crate::ids::DocumentIx;
use crate::money::{Currency, Total};

impl Builder<'_> {
    /// How the customer paid so far; returns its shrunken late share of the last 12 months.
    pub(super) fn behaviour(&self, values: &mut Values, view: &View<'_>, day: AsOf, chances: &Chances) -> f64 {
        let d = self.params.days_late;
        let all = shrunk(view.delays.after(d), view.delays.len(), chances.late_share);
        let late_within = |days: i32, wider: f64| {
            let window = view.matured().take_while(|claim| claim.due + d > day.0 - days);
            let (n_late, n) = window.fold((0, 0), |(n_late, n), claim| {
                (n_late + usize::from(claim.delay > d), n + 1)
            });
            shrunk(n_late, n, wider)
        };
        let year = late_within(365, chances.late_share);
        values.set(Feature::LateShareAll, all);
        values.set(Feature::LateShare12m, year);
        values.set(Feature::LateShare3m, late_within(91, all));
        let last = view.matured().take(5);
        let (n_late, n) = last.fold((0, 0), |(n_late, n), claim| {
            (n_late + usize::from(claim.delay > d), n + 1)
        });
        values.set_known(Feature::LateShareLast5, share(n_late, n));

        let [mut quarter, mut second_quarter, mut second_half] = [Moments::default(); 3];
        for (settled, days_late) in view.settled().take_while(|(settled, _)| *settled > day.0 - 365) {
            let window = match day.0 - settled {
                ..91 => &mut quarter,
                91..182 => &mut second_quarter,
                _ => &mut second_half,
            };
            window.add(f64::from(days_late));
        }
        let year_settled = quarter + second_quarter + second_half;
        let before = second_quarter + second_half;
        let n_settled = view.settled().len();
        let mean_of_all = (n_settled > 0).then(|| view.days_late as f64 / n_settled as f64);
        values.set_known(Feature::DaysLateMean6m, (quarter + second_quarter).mean());
        values.set_known(Feature::DaysLateMeanAll, mean_of_all);
        values.set_known(Feature::DaysLateSpread12m, year_settled.standard_deviation());
        values.set_known(
            Feature::DaysLateTrend,
            quarter
                .mean()
                .zip(before.mean())
                .map(|(recent, before)| recent - before),
        );
        year
    }

    /// What is open and how old it is.
    pub(super) fn exposure(&self, values: &mut Values, history: &CustomerHistory<'_>, view: &View<'_>, day: AsOf) {
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
        let n_issued = view.issued_within(91).count();
        values.set(Feature::InvoicesPerMonth, n_issued as f64 * 30.0 / 91.0);
        let since = |issued| f64::from(day.0 - issued);
        values.set_known(Feature::TenureDays, view.sights.issued.map(|(first, _)| since(first)));
        values.set_known(
            Feature::DaysSinceInvoice,
            view.sights.issued.map(|(_, last)| since(last)),
        );
        let Some(currency) = currency.filter(|_| is_one_currency) else {
            return;
        };
        let covered = view.unapplied(currency).max(Total::ZERO).min(open);
        values.set_known(Feature::UnappliedShare, covered.ratio(open));
        values.set_known(Feature::Utilisation, self.utilisation(history, open, currency, day));
    }

    fn utilisation(&self, history: &CustomerHistory<'_>, open: Total, currency: Currency, day: AsOf) -> Option<f64> {
        let Limits {
            limits,
            kinds,
            currencies,
        } = self.sources.limits.as_ref()?;
        let mut versions = history.versions.iter();
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
    pub(super) fn relations(&self, values: &mut Values, history: &CustomerHistory<'_>, view: &View<'_>, day: AsOf) {
        let n_gaps = view.sights.n_payment_days - 1;
        if let (Some((first, last)), true) = (view.sights.paid, n_gaps > 0) {
            let usual = f64::from(last - first) / f64::from(n_gaps);
            values.set(Feature::DaysSincePayment, f64::from(day.0 - last) / usual.max(1.0));
        }
        if self.sources.has_promises {
            let Promises { n_judged, n_broken, .. } = self.promises;
            values.set_known(Feature::BrokenPromises, share(n_broken, n_judged));
        }
        if self.sources.has_contacts {
            let contacts = history.contacts;
            let from = contacts.partition_point(|contact| contact.contacted_on <= day.0 - 90);
            let to = contacts.partition_point(|contact| contact.contacted_on <= day.0);
            let known = contacts[from..to].iter().filter(|contact| contact.known_on <= day.0);
            values.set(Feature::Contacts90d, known.count() as f64);
        }
        if self.sources.has_disputes {
            let disputes = history.disputes.iter();
            let opened = disputes.filter(|dispute| dispute.known_on <= day.0 && dispute.opened_on <= day.0);
            let mut invoices: Vec<DocumentIx> = opened.filter_map(|dispute| dispute.document).collect();
            invoices.sort_unstable();
            invoices.dedup();
            let n_documents = view.sights.n_documents;
            values.set_known(
                Feature::DisputedShareAll,
                share(invoices.len().min(n_documents), n_documents),
            );
        }
    }

    pub(super) fn of_invoice(&self, values: &mut Values, view: &View<'_>, claim: &Claim, day: AsOf, chances: &Chances) {
        let (d, age) = (self.params.days_late, day.0 - claim.due);
        let all = chance(&view.delays, age, d, chances.at(age));
        values.set(Feature::ChanceGivenAge, all);
        values.set(Feature::ChanceGivenAgeRecent, chance(&self.recent_delays, age, d, all));
        values.set(Feature::DaysPastDue, f64::from(age));
        values.set(Feature::TermsDays, f64::from(claim.due - claim.issued));
        values.set(Feature::Amount, claim.amount.to_feature());
        values.set(Feature::DueDayOfMonth, f64::from(claim.due.day_of_month()));
        values.set(Feature::DueWeekday, f64::from(claim.due.weekday()));
        let amounts = view.amounts.values();
        let from = amounts.partition_point(|(currency, _)| *currency < claim.currency);
        let to = amounts.partition_point(|(currency, _)| *currency <= claim.currency);
        let same = &amounts[from..to];
        let usual = same[same.len() / 2].1.to_feature();
        if same.len() > 1 && usual > 0.0 {
            values.set(Feature::AmountAgainstHabit, claim.amount.to_feature() / usual);
        }
    }

    pub(super) fn of_customer(
        &self,
        values: &mut Values,
        view: &View<'_>,
        day: AsOf,
        chances: &Chances,
        late_share: f64,
    ) {
        let d = self.params.days_late;
        let mut none_late = 1.0;
        let mut worst: Option<f64> = None;
        let mut terms = Moments::default();
        for claim in view.open() {
            let age = day.0 - claim.due;
            if claim.due + d > day.0 + self.params.horizon || age >= d {
                continue;
            }
            let chance = chance(&view.delays, age, d, chances.at(age));
            none_late *= 1.0 - chance;
            worst = Some(worst.map_or(chance, |worst| worst.max(chance)));
        }
        for (_, days) in view.issued_within(91) {
            terms.add(f64::from(days));
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
