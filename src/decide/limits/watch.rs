//! Whether a customer gets worse: the recent months against those before.

use super::behaviour::{Behaviour, LateItems};
use super::policy::WatchPolicy;
use crate::metrics::newcombe_interval;
use crate::money::Total;

/// Days by which payments must come later to make a growing exposure a sign.
const A_DAY: f64 = 1.0;

/// Lists the signs of deterioration, in plain words with their numbers; `limit` is the present one where it is an amount.
pub(super) fn signs(behaviour: &Behaviour, exposure: Total, limit: Option<Total>, policy: &WatchPolicy) -> Vec<String> {
    let mut signs = Vec::new();
    let (recent, before) = (behaviour.late_recent, behaviour.late_before);
    if rises(recent, before, policy) {
        signs.push(format!("late share {} against {}", share(recent), share(before)));
    }
    let slower = slows_by(behaviour, policy);
    if let Some((rise, words)) = &slower
        && *rise >= policy.days_late_rise
    {
        signs.push(format!("paid {words}"));
    }
    let mean = behaviour.mean_exposure().filter(|mean| *mean > 0.0);
    if let (Some(mean), Some((rise, words))) = (mean, &slower)
        && *rise >= A_DAY
        && exposure.to_feature() > mean * policy.exposure_rise
    {
        let mean = Total::from_estimate(mean).unwrap_or_default();
        signs.push(format!(
            "exposure {exposure} against {mean} on average while payments slow: {words}"
        ));
    }
    if let (Some(limit), Some(mean)) = (limit.filter(|limit| *limit > Total::ZERO), mean)
        && let (used, used_before) = (exposure.to_feature() / limit.to_feature(), mean / limit.to_feature())
        && used >= policy.utilisation_from
        && used - used_before >= policy.utilisation_rise
    {
        signs.push(format!(
            "{:.0} % of the limit used against {:.0} % on average of {} month ends",
            used * 100.0,
            used_before * 100.0,
            behaviour.months.len()
        ));
    }
    signs
}

/// Tells whether the late share rose beyond chance.
fn rises(recent: LateItems, before: LateItems, policy: &WatchPolicy) -> bool {
    let enough = recent.n >= policy.min_items && before.n >= policy.min_items;
    let interval = newcombe_interval((recent.n_late, recent.n), (before.n_late, before.n), policy.confidence);
    enough && interval.is_some_and(|(low, _)| low > 0.0)
}

fn share(items: LateItems) -> String {
    let share = items.n_late as f64 / items.n as f64;
    format!("{:.0} % of {} items", share * 100.0, items.n)
}

/// Returns by how many days payments came later than before, with the numbers; `None` where either side is too small.
fn slows_by(behaviour: &Behaviour, policy: &WatchPolicy) -> Option<(f64, String)> {
    let (recent, before) = (behaviour.days_late_recent, behaviour.days_late_before);
    let is_enough = recent.n_payments >= policy.min_items && before.n_payments >= policy.min_items;
    let (now, then) = (recent.mean()?, before.mean()?);
    is_enough.then(|| {
        let words = format!(
            "{now:.1} days after the due day in {} payments against {then:.1} in {}",
            recent.n_payments, before.n_payments
        );
        (now - then, words)
    })
}
