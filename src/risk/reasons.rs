//! Reasons in plain words, with the customer's own numbers.
//!
//! A share that was shrunk is not the customer's own: the reason counts its invoices instead. What looks at a few months alone is held against
//! the months before.

use crate::features::catalogue::Measure;
use crate::features::{Feature, Judged, OwnRecord};

/// Returns why a value of a feature costs points; for a column from elsewhere, its name and value.
pub(super) fn reason(name: &str, value: f64, own: Option<&OwnRecord>) -> String {
    let Some(feature) = Feature::by_name(name) else {
        return match value.is_nan() {
            true => format!("`{name}` is missing"),
            false => format!("`{name}` is {value}"),
        };
    };
    let in_general = feature.reason(value);
    let Some(own) = own.filter(|_| !value.is_nan()) else {
        return in_general;
    };
    let late_of = |judged: Judged, window: &str| late(judged).map(|late| format!("{late} {window} were paid late"));
    let before = |days_late: Option<f32>, window: &str| match days_late {
        Some(days_late) => format!("{in_general}, {} {window}", short(f64::from(days_late), value)),
        None => in_general.clone(),
    };
    let own_words = match feature {
        Feature::DaysLateMean3m => Some(before(own.days_late_before_quarter, "in the 9 before")),
        Feature::DaysLateMean6m => Some(before(own.days_late_before_half, "in the 6 before")),
        Feature::LateShare3m => late_of(own.quarter, "of the last 3 months")
            .map(|now| now + &against(own.quarter.before_in(own.year), "in the 9 months before")),
        Feature::LateShare6m => late_of(own.half, "of the last 6 months")
            .map(|now| now + &against(own.half.before_in(own.year), "in the 6 months before")),
        Feature::LateShare12m => late_of(own.year, "of the last 12 months")
            .map(|now| now + &against(own.year.before_in(own.all), "before that")),
        Feature::LateShareAll => late(own.all).map(|late| format!("{late} so far were paid late")),
        _ => return in_general,
    };
    own_words.unwrap_or_else(|| format!("no own invoice tells yet; going by wider shares, {in_general}"))
}

/// Counts late invoices; `None` of none.
fn late(judged: Judged) -> Option<String> {
    match (judged.n, judged.n_late) {
        (0, _) => None,
        (n, n_late) => Some(format!("{n_late} of {n} invoices")),
    }
}

fn against(before: Judged, window: &str) -> String {
    match before.n {
        0 => String::new(),
        n => format!(", {} of {n} {window}", before.n_late),
    }
}

/// Prints days late beside others: the number alone where both are late.
fn short(days_late: f64, beside: f64) -> String {
    match days_late.round() >= 1.0 && beside.round() >= 1.0 {
        true => format!("{days_late:.0}"),
        false => Measure::DaysLate.show(days_late),
    }
}
