//! What is open, how old it is, and how it compares with what is billed.

use super::builder::{Builder, Moment, Values};
use super::shares::{Moments, share};
use crate::calendar::AsOf;
use crate::features::catalogue::Feature;
use crate::features::circles::row_on;
use crate::features::view::View;
use crate::history::CustomerHistory;
use crate::money::{Currency, Total};

/// Days past due beyond these bounds say no more about the age of open money.
const AGE_BOUNDS: (i32, i32) = (-60, 120);

/// Open items and money by age.
#[derive(Default)]
struct Open {
    n: usize,
    n_overdue: usize,
    n_overdue_30: usize,
    // Sum of days past due, of items and weighted with their money.
    age: i64,
    money_age: f64,
    worst: i32,
    money: Total,
    overdue: Total,
    overdue_30: Total,
    currency: Option<Currency>,
    is_mixed: bool,
}

impl Open {
    fn of(view: &View<'_>, day: AsOf) -> Open {
        let mut open = Open::default();
        for claim in view.open() {
            let age = day.0 - claim.due;
            let bounded = age.clamp(AGE_BOUNDS.0, AGE_BOUNDS.1);
            open.n += 1;
            open.money += claim.open;
            open.age += i64::from(bounded);
            open.money_age += f64::from(bounded) * claim.open.to_feature();
            open.is_mixed |= *open.currency.get_or_insert(claim.currency) != claim.currency;
            if age > 0 {
                open.n_overdue += 1;
                open.overdue += claim.open;
                open.worst = open.worst.max(age);
            }
            if age > 30 {
                open.n_overdue_30 += 1;
                open.overdue_30 += claim.open;
            }
        }
        open
    }

    /// Returns the one currency of all open items.
    fn currency(&self) -> Option<Currency> {
        self.currency.filter(|_| !self.is_mixed)
    }

    /// Returns the share of open money, of open items where there are several currencies.
    fn share(&self, money: Total, n: usize) -> Option<f64> {
        match self.is_mixed {
            true => share(n, self.n),
            false => money.ratio(self.money),
        }
    }

    fn mean_age(&self) -> Option<f64> {
        let money = self.money.to_feature();
        match self.is_mixed {
            true => Some(self.age as f64 / self.n as f64),
            false => (money > 0.0).then(|| self.money_age / money),
        }
    }
}

impl Builder<'_> {
    pub(super) fn exposure(&self, values: &mut Values, moment: &Moment<'_>) {
        let (view, day) = (moment.view, moment.day);
        let open = Open::of(view, day);
        values.set(Feature::NumberOpen, open.n as f64);
        values.set(Feature::NumberOverdue, open.n_overdue as f64);
        values.set(Feature::WorstDaysPastDue, f64::from(open.worst));
        values.set_known(Feature::OverdueShare, open.share(open.overdue, open.n_overdue));
        values.set_known(Feature::Overdue30Share, open.share(open.overdue_30, open.n_overdue_30));
        values.set_known(Feature::OpenAge, open.mean_age());
        self.billing(values, moment, &open);
        let since = |issued| f64::from(day.0 - issued);
        values.set_known(Feature::TenureDays, view.sights.issued.map(|(first, _)| since(first)));
        values.set_known(
            Feature::DaysSinceInvoice,
            view.sights.issued.map(|(_, last)| since(last)),
        );
        let Some(currency) = open.currency() else { return };
        values.set(Feature::OpenMoney, open.money.to_feature());
        let covered = view.unapplied(currency).max(Total::ZERO).min(open.money);
        values.set_known(Feature::UnappliedShare, covered.ratio(open.money));
        let utilisation = moment
            .history
            .and_then(|history| self.utilisation(history, open.money, currency, day));
        values.set_known(Feature::Utilisation, utilisation);
    }

    fn billing(&self, values: &mut Values, moment: &Moment<'_>, open: &Open) {
        let (mut n_recent, mut n_before) = (0, 0);
        let mut terms = Moments::default();
        let mut billed = Some(Total::ZERO);
        for claim in moment.view.issued_within(365) {
            if claim.issued > moment.day.0 - 91 {
                n_recent += 1;
                terms.add(f64::from(claim.due - claim.issued));
                billed = billed.filter(|_| Some(claim.currency) == open.currency());
                billed = billed.map(|sum| sum + Total::from(claim.amount));
            } else {
                n_before += 1;
            }
        }
        values.set(Feature::InvoicesPerMonth, f64::from(n_recent) * 30.0 / 91.0);
        if n_before > 0 {
            let per_day = |n: i32, days: f64| f64::from(n) / days;
            values.set(
                Feature::BillingTrend,
                per_day(n_recent, 91.0) / per_day(n_before, 274.0),
            );
        }
        values.set_known(Feature::TermsMean, terms.mean());
        let sales_open = billed.and_then(|billed| open.money.ratio(billed));
        values.set_known(Feature::DaysOfSalesOpen, sales_open.map(|share| share * 91.0));
    }

    fn utilisation(&self, history: &CustomerHistory<'_>, open: Total, currency: Currency, day: AsOf) -> Option<f64> {
        let limits = self.sources.limits.as_ref()?;
        let row = row_on(history.versions, day.0, false)?;
        open.ratio(limits.of_row(row, currency)?)
    }
}
