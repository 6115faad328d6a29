//! How the customer paid so far.

use super::builder::{Builder, Moment, Values};
use super::judged::JudgedYear;
use super::own_record::OwnRecord;
use super::rhythm::Rhythm;
use super::shares::{Moments, share};
use crate::features::Unit;
use crate::features::catalogue::Feature;
use crate::features::portfolio::Tally;

/// Settled claims of the year before a day that the features of one invoice look at again.
#[derive(Debug)]
pub(super) struct Behaviour {
    pub judged: JudgedYear,
    /// Shrunken late share of the last 12 months.
    pub late_share: f64,
    /// Shrunken late share of the last 3 months.
    pub recent_late_share: f64,
    /// Mean days late of the last 12 months.
    pub days_late: Option<f64>,
    pub rhythm: Option<Rhythm>,
    /// What reasons name.
    pub own: OwnRecord,
}

impl Builder<'_> {
    pub(super) fn behaviour(&mut self, values: &mut Values, moment: &Moment<'_>) -> Behaviour {
        let mut own = OwnRecord::default();
        let (judged, late_share, recent_late_share) = self.late_shares(values, moment, &mut own);
        let days_late = self.days_late(values, moment, &mut own);
        let view = moment.view;
        values.set_known(Feature::WrittenOffShare, share(view.n_given_up, view.n_claims()));
        Behaviour {
            judged,
            late_share,
            recent_late_share,
            days_late,
            rhythm: self.rhythm(values, moment),
            own,
        }
    }

    fn late_shares(&self, values: &mut Values, moment: &Moment<'_>, own: &mut OwnRecord) -> (JudgedYear, f64, f64) {
        let (view, day, d) = (moment.view, moment.day, self.params.days_late);
        let (shrunk, peers) = (moment.shrinkage, moment.peers.late_share);
        let judged = self.judge.year(view, day, self.params.unit == Unit::Invoice);
        let all = Tally {
            n: view.delays.len() as i64,
            n_late: view.delays.after(d) as i64,
        };
        (own.quarter, own.half) = (judged.quarter.into(), judged.half.into());
        (own.year, own.all) = (judged.year.into(), all.into());
        let (all_time, year) = (shrunk.late_share(all, peers), shrunk.late_share(judged.year, peers));
        let quarter = shrunk.late_share(judged.quarter, all_time);
        values.set(Feature::LateShareAll, all_time);
        values.set(Feature::LateShare12m, year);
        values.set(Feature::LateShare6m, shrunk.late_share(judged.half, all_time));
        values.set(Feature::LateShare3m, quarter);
        values.set(
            Feature::LateShareFaded,
            shrunk.share(judged.faded.1, judged.faded.0, all_time),
        );
        let last_five = view.matured().take(5);
        let (n_late, n) = last_five.fold((0, 0), |(n_late, n), claim| {
            (n_late + usize::from(self.judge.is_late(claim)), n + 1)
        });
        values.set_known(Feature::LateShareLast5, share(n_late, n));
        let (level, streak) = self.judge.level(view);
        values.set(Feature::LateShareLevel, shrunk.late_share(level, peers));
        values.set(Feature::LateStreak, streak as f64);
        values.set_known(Feature::LateMoneyShare12m, judged.late_money_share());
        let since = |passed_on| f64::from(day.0 - passed_on);
        values.set_known(Feature::DaysSinceLate, judged.last_late_on.map(since));
        values.set(Feature::HistoryWeight, shrunk.own_weight(all.n));
        (judged, year, quarter)
    }

    /// Returns the mean days late of the year.
    fn days_late(&mut self, values: &mut Values, moment: &Moment<'_>, own: &mut OwnRecord) -> Option<f64> {
        let (view, day) = (moment.view, moment.day);
        let [mut quarter, mut second_quarter, mut second_half] = [Moments::default(); 3];
        self.of_year.clear();
        for (settled, days_late) in view.settled().take_while(|(settled, _)| *settled > day.0 - 365) {
            let window = match day.0 - settled {
                ..91 => &mut quarter,
                91..182 => &mut second_quarter,
                _ => &mut second_half,
            };
            window.add(f64::from(days_late));
            self.of_year.push(days_late);
        }
        let before = second_quarter + second_half;
        let year = quarter + before;
        own.days_late_before_quarter = before.mean().map(|days| days as f32);
        own.days_late_before_half = second_half.mean().map(|days| days as f32);
        let n_settled = view.settled().len();
        let mean_of_all = (n_settled > 0).then(|| view.days_late as f64 / n_settled as f64);
        values.set_known(Feature::DaysLateMean3m, quarter.mean());
        values.set_known(Feature::DaysLateMean6m, (quarter + second_quarter).mean());
        values.set_known(Feature::DaysLateMean12m, year.mean());
        values.set_known(Feature::DaysLateMeanAll, mean_of_all);
        values.set_known(Feature::DaysLateSpread12m, year.standard_deviation());
        let trend = quarter.mean().zip(before.mean());
        values.set_known(Feature::DaysLateTrend, trend.map(|(recent, before)| recent - before));
        let mut last_five = Moments::default();
        for (_, days_late) in view.settled().take(5) {
            last_five.add(f64::from(days_late));
        }
        values.set_known(Feature::DaysLateLast5, last_five.mean());
        let n = self.of_year.len();
        let n_on_time = self.of_year.iter().filter(|days_late| **days_late <= 0).count();
        values.set_known(Feature::OnTimeShare12m, share(n_on_time, n));
        if n > 0 {
            let (_, high, _) = self.of_year.select_nth_unstable(n * 9 / 10);
            values.set(Feature::DaysLateHigh12m, f64::from(*high));
            let (_, middle, _) = self.of_year.select_nth_unstable(n / 2);
            values.set(Feature::DaysLateMedian12m, f64::from(*middle));
        }
        year.mean()
    }

    fn rhythm(&self, values: &mut Values, moment: &Moment<'_>) -> Option<Rhythm> {
        let (paid, day) = (moment.view.paid(), moment.day);
        if let [first, .., last] = *paid {
            let usual = f64::from(last - first) / (paid.len() - 1) as f64;
            values.set(Feature::PaymentGap, usual);
            values.set(Feature::DaysSincePayment, f64::from(day.0 - last) / usual.max(1.0));
        }
        let rhythm = Rhythm::of(paid, day, &self.circle)?;
        values.set(Feature::PaymentWeekdayShare, rhythm.weekday_share);
        values.set(Feature::PaymentDayOfMonthFit, rhythm.day_of_month_fit);
        values.set_known(
            Feature::DaysToNextRun,
            rhythm.days_from(day.0 + 1).map(|days| f64::from(days + 1)),
        );
        Some(rhythm)
    }
}
