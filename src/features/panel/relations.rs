//! Promises, contacts, disputes, what others say of the customer, and how its like and its group of companies pay.

use super::builder::{Builder, Moment, Values};
use super::promises::Promises;
use super::shares::share;
use crate::features::catalogue::Feature;
use crate::ids::DocumentIx;

/// Days between the two outside scores that are compared.
const SCORE_CHANGE_DAYS: i32 = 182;
/// Claims of the portfolio without which a difference of its late shares says nothing.
const LEAST_CLAIMS: i64 = 30;

impl Builder<'_> {
    pub(super) fn relations(&self, values: &mut Values, moment: &Moment<'_>) {
        let day = moment.day;
        if self.sources.has_promises {
            let Promises {
                n_judged,
                n_broken,
                n_open,
                ..
            } = self.promises;
            values.set_known(Feature::BrokenPromises, share(n_broken, n_judged));
            values.set(Feature::OpenPromises, n_open as f64);
        }
        if self.sources.has_contacts {
            let contacts = moment.history.map_or(&[][..], |history| history.contacts);
            let known = contacts
                .iter()
                .rev()
                .filter(|contact| contact.contacted_on <= day.0 && contact.known_on <= day.0);
            let last = known
                .clone()
                .next()
                .map(|contact| f64::from(day.0 - contact.contacted_on));
            let recent = known.take_while(|contact| contact.contacted_on > day.0 - 90);
            values.set(Feature::Contacts90d, recent.count() as f64);
            values.set_known(Feature::DaysSinceContact, last);
        }
        if self.sources.has_disputes {
            self.disputes(values, moment);
        }
        if let (Some(score), Some(history)) = (&self.sources.outside_score, moment.history) {
            let newest = score.on(history.customer, day.0);
            let before = score.on(history.customer, day.0 - SCORE_CHANGE_DAYS);
            values.set_known(Feature::BureauScore, newest);
            values.set_known(
                Feature::BureauChange,
                newest.zip(before).map(|(newest, before)| newest - before),
            );
        }
    }

    fn disputes(&self, values: &mut Values, moment: &Moment<'_>) {
        let day = moment.day;
        let disputes = moment.history.map_or(&[][..], |history| history.disputes).iter();
        let opened = disputes.filter(|dispute| dispute.known_on <= day.0 && dispute.opened_on <= day.0);
        let recent = opened.clone().filter(|dispute| dispute.opened_on > day.0 - 90);
        values.set(Feature::Disputes90d, recent.count() as f64);
        let mut invoices: Vec<DocumentIx> = opened.filter_map(|dispute| dispute.document).collect();
        invoices.sort_unstable();
        invoices.dedup();
        let n_documents = moment.view.sights.n_documents;
        values.set_known(
            Feature::DisputedShareAll,
            share(invoices.len().min(n_documents), n_documents),
        );
        let n_disputed = moment.view.open().filter(|claim| self.is_disputed(claim)).count();
        values.set_known(Feature::DisputedShare, share(n_disputed, moment.view.open().count()));
    }

    /// How the customer's segment, its group of companies and the whole portfolio pay.
    pub(super) fn surroundings(&self, values: &mut Values, moment: &Moment<'_>) {
        let portfolio = moment.portfolio;
        values.set(Feature::LateSharePeers, moment.peers.late_share);
        values.set_known(Feature::PortfolioLateShare3m, portfolio.quarter.share(1));
        let change = |window: Option<f64>| window.zip(portfolio.year.share(1)).map(|(now, year)| now - year);
        values.set_known(
            Feature::PortfolioLateChange,
            change(portfolio.month.share(LEAST_CLAIMS)),
        );
        values.set_known(Feature::Season, change(portfolio.season.share(LEAST_CLAIMS)));
        let family = moment
            .history
            .and_then(|history| self.circles.family(history, moment.day.0));
        let group = family.map(|family| self.families.on(family, moment.at));
        // What its own claims add to is more than itself only where another company of the group has claims.
        if let Some(group) = group.filter(|group| group.n > moment.view.delays.len() as i64) {
            values.set(
                Feature::LateShareGroup,
                moment.shrinkage.late_share(group, moment.peers.late_share),
            );
        }
    }
}
