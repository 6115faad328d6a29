//! What is said of one open invoice, and of all open and coming items of a customer together.

use super::behaviour::Behaviour;
use super::builder::{Builder, Moment, Values};
use super::judged::{band, third_of_month};
use crate::features::catalogue::Feature;
use crate::features::timeline::Claim;
use crate::features::view::Delays;
use crate::money::Total;

impl Builder<'_> {
    pub(super) fn of_invoice(&self, values: &mut Values, moment: &Moment<'_>, behaviour: &Behaviour, claim: &Claim) {
        let (view, d, age) = (moment.view, self.params.days_late, moment.day.0 - claim.due);
        let (shrunk, peers) = (moment.shrinkage, moment.peers.at(age));
        let all = shrunk.chance(&view.delays, age, d, peers);
        values.set(Feature::ChanceGivenAge, all);
        values.set(
            Feature::ChanceGivenAgeRecent,
            shrunk.chance(&self.recent_delays, age, d, all),
        );
        values.set(Feature::ChanceGivenAgePeers, peers);
        values.set(Feature::DaysPastDue, f64::from(age));
        values.set_known(
            Feature::AgeAgainstHabit,
            behaviour.days_late.map(|usual| f64::from(age) - usual),
        );
        let (n_siblings_settled, n_past) = view.settled_around(claim.due);
        let n_siblings = n_siblings_settled + view.n_open_due_on(claim.due) - 1;
        values.set(Feature::PaidPastIt, n_past as f64);
        values.set_known(
            Feature::SiblingsPaid,
            super::shares::share(n_siblings_settled, n_siblings),
        );
        let still_open = claim.open.ratio(Total::from(claim.amount));
        values.set_known(Feature::PaidShare, still_open.map(|open| 1.0 - open));
        let terms = f64::from(claim.due - claim.issued);
        values.set(Feature::TermsDays, terms);
        let usual_terms = values.get(Feature::TermsMean);
        values.set_known(Feature::TermsAgainstHabit, usual_terms.map(|usual| terms - usual));
        values.set(Feature::Amount, claim.amount.to_feature());
        let judged = &behaviour.judged;
        if let Some(usual) = view.usual_amount(claim.currency) {
            values.set(
                Feature::AmountAgainstHabit,
                claim.amount.to_feature() / usual.to_feature(),
            );
            let like = judged.by_band[band(claim.amount, usual)];
            values.set(Feature::LateShareAmount, shrunk.late_share(like, behaviour.late_share));
        }
        values.set(Feature::DueDayOfMonth, f64::from(claim.due.day_of_month()));
        values.set(Feature::DueWeekday, f64::from(claim.due.weekday()));
        let in_third = judged.by_third[third_of_month(claim.due)];
        values.set(
            Feature::LateShareDueThird,
            shrunk.late_share(in_third, behaviour.late_share),
        );
        let on_weekday = judged.by_weekday[claim.due.weekday() as usize];
        values.set(
            Feature::LateShareDueWeekday,
            shrunk.late_share(on_weekday, behaviour.late_share),
        );
        let to_run = behaviour.rhythm.and_then(|rhythm| rhythm.days_from(claim.due));
        values.set_known(Feature::DaysDueToRun, to_run.map(f64::from));
    }

    pub(super) fn of_customer(&self, values: &mut Values, moment: &Moment<'_>, behaviour: &Behaviour) {
        let d = self.params.days_late;
        let (view, shrunk) = (moment.view, moment.shrinkage);
        let (mut none_late, mut none_late_recent) = (1.0, 1.0);
        let mut worst: Option<f64> = None;
        let (mut n, mut expected, mut money, mut expected_money) = (0.0, 0.0, Total::ZERO, 0.0);
        let mut currency = None;
        let mut is_mixed = false;
        for claim in view.open() {
            let age = moment.day.0 - claim.due;
            if claim.due + d > moment.day.0 + self.params.horizon || age >= d {
                continue;
            }
            let chance_among = |delays: &Delays, wider: f64| shrunk.chance(delays, age, d, wider);
            let chance = chance_among(&view.delays, moment.peers.at(age));
            let recent = chance_among(&self.recent_delays, chance);
            none_late *= 1.0 - chance;
            none_late_recent *= 1.0 - recent;
            worst = Some(worst.map_or(chance, |worst| worst.max(chance)));
            n += 1.0;
            expected += chance;
            money += claim.open;
            expected_money += chance * claim.open.to_feature();
            is_mixed |= *currency.get_or_insert(claim.currency) != claim.currency;
        }
        values.set_known(Feature::ChanceWorstOpen, worst);
        values.set(Feature::ExpectedLateItems, expected);
        if n > 0.0 {
            let share = if is_mixed {
                expected / n
            } else {
                expected_money / money.to_feature()
            };
            values.set(Feature::ExpectedLateMoney, share);
        }
        // New documents count while they can still pass the days late inside the horizon.
        let usual_terms = values.get(Feature::TermsMean).unwrap_or(30.0);
        let room = f64::from(self.params.horizon - d) - usual_terms;
        let entering_days = room.clamp(0.0, f64::from(self.params.entering));
        let n_entering = view.issued_within(91).count() as f64 * entering_days / 91.0;
        none_late *= (1.0 - behaviour.late_share).powf(n_entering);
        none_late_recent *= (1.0 - behaviour.recent_late_share).powf(n_entering);
        values.set(Feature::ChanceAnyLate, 1.0 - none_late);
        values.set(Feature::ChanceAnyLateRecent, 1.0 - none_late_recent);
    }
}
