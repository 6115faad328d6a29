//! How much credit, on which terms, and what counts as deterioration, as declared; money in the currency of the result.

use crate::decide::LateShareParams;
use crate::forecast::Problems;
use crate::metrics::promises::DEFAULT_TOLERANCE_DAYS;
use crate::money::{Amount, SCALE, Total};

/// How much of its need a customer of some risk may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RiskBand {
    /// Highest probability of delinquency of the band; `None`: no end.
    pub up_to: Option<f64>,
    /// Limit over need.
    pub multiple: f64,
}

/// The most a young customer may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenureCap {
    /// Months since the relation began below which it holds.
    pub below_months: i32,
    /// Largest limit.
    pub most: Total,
}

/// What forbids a higher limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncreaseBlocks {
    /// Days past due beyond which overdue money forbids it.
    pub overdue_days: i32,
    /// Overdue money that is too little to forbid anything.
    pub min_overdue: Total,
    /// Broken promises from which it is forbidden.
    pub broken_promises: usize,
    /// Returned payments from which it is forbidden.
    pub returned_payments: usize,
    /// Days in which promises and returned payments count, back from the as-of day.
    pub window_days: i32,
}

/// When terms change.
#[derive(Clone, Debug, PartialEq)]
pub struct TermsPolicy {
    /// Terms that may be proposed, in days, increasing; 0 is prepayment.
    pub allowed: Vec<i32>,
    /// Probability of delinquency from which only prepayment is left.
    pub prepay_from: f64,
    /// Probability from which terms are shortened, where the customer pays late by `shorten_days_late`.
    pub shorten_from: f64,
    /// Weighted days late from which terms are shortened.
    pub shorten_days_late: f64,
    /// Probability up to which terms may be lengthened, where the customer pays on time.
    pub lengthen_up_to: f64,
    /// Months of relation from which terms may be lengthened.
    pub lengthen_months: i32,
}

/// What counts as deterioration.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchPolicy {
    /// Days that are recent, back from the as-of day.
    pub recent_days: i32,
    /// Days before those they are compared with.
    pub before_days: i32,
    /// Least items, and least payments, on either side.
    pub min_items: u64,
    /// Coverage of the interval of the rise of the late share; the whole interval must lie above 0.
    pub confidence: f64,
    /// Rise of the weighted days late that counts.
    pub days_late_rise: f64,
    /// Balance over its mean at past month ends that counts where payments slow down.
    pub exposure_rise: f64,
    /// Used share of the limit from which its rise counts.
    pub utilisation_from: f64,
    /// Rise of the used share of the limit over its mean at past month ends that counts.
    pub utilisation_rise: f64,
}

/// How limits and terms are proposed.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitsPolicy {
    /// Complete months that are looked at, back from the as-of day.
    pub window_months: i32,
    /// Complete months of history from which there is a proposal.
    pub min_months: i32,
    /// Items that fell due in the window from which there is a proposal.
    pub min_items: usize,
    /// Least and most growth of sales that need is carried forward by.
    pub growth: (f64, f64),
    /// Limit over need by probability of delinquency; the last without an end.
    pub bands: Vec<RiskBand>,
    /// Limits are rounded down to a multiple of this.
    pub step: Total,
    /// Largest limit of all; `None`: no cap.
    pub most: Option<Total>,
    /// Caps by tenure, youngest first.
    pub tenure_caps: Vec<TenureCap>,
    /// Largest increase at one review, as a share of the present limit.
    pub max_increase: f64,
    /// Difference below which the present limit is kept, as a share of it.
    pub keep_within: f64,
    /// Probability up to which an unlimited customer stays so.
    pub unlimited_up_to: f64,
    /// Days past due beyond which overdue money suspends the limit.
    pub suspend_overdue_days: i32,
    /// Share of the open claims that must be so old.
    pub suspend_overdue_share: f64,
    /// What forbids a higher limit.
    pub no_increase: IncreaseBlocks,
    /// When terms change.
    pub terms: TermsPolicy,
    /// What counts as deterioration.
    pub watch: WatchPolicy,
    /// Days after a promised day on which money still keeps the promise.
    pub promise_tolerance_days: i32,
    /// The late share that stands in where no scores are given; its days late are those of the watch.
    pub late_share: LateShareParams,
}

impl Default for LimitsPolicy {
    fn default() -> LimitsPolicy {
        let whole = |units: i64| -> Total { Amount::from_units(units * SCALE).into() };
        let band = |up_to, multiple| RiskBand { up_to, multiple };
        let cap = |below_months, most| TenureCap {
            below_months,
            most: whole(most),
        };
        LimitsPolicy {
            window_months: 12,
            min_months: 6,
            min_items: 5,
            growth: (0.8, 1.5),
            bands: vec![
                band(Some(0.05), 1.5),
                band(Some(0.10), 1.25),
                band(Some(0.20), 1.0),
                band(Some(0.40), 0.75),
                band(None, 0.5),
            ],
            step: whole(500),
            most: Some(whole(1_000_000)),
            tenure_caps: vec![cap(12, 25_000), cap(24, 100_000)],
            max_increase: 0.5,
            keep_within: 0.10,
            unlimited_up_to: 0.10,
            suspend_overdue_days: 120,
            suspend_overdue_share: 0.10,
            no_increase: IncreaseBlocks {
                overdue_days: 30,
                min_overdue: whole(100),
                broken_promises: 2,
                returned_payments: 1,
                window_days: 180,
            },
            terms: TermsPolicy {
                allowed: vec![0, 14, 30, 45, 60],
                prepay_from: 0.8,
                shorten_from: 0.4,
                shorten_days_late: 15.0,
                lengthen_up_to: 0.05,
                lengthen_months: 24,
            },
            watch: WatchPolicy {
                recent_days: 91,
                before_days: 365,
                min_items: 5,
                confidence: 0.9,
                days_late_rise: 5.0,
                exposure_rise: 1.25,
                utilisation_from: 0.75,
                utilisation_rise: 0.2,
            },
            promise_tolerance_days: DEFAULT_TOLERANCE_DAYS,
            late_share: LateShareParams::default(),
        }
    }
}

impl LimitsPolicy {
    /// Returns the limit over need of a probability.
    pub fn multiple(&self, probability: f64) -> f64 {
        let band = self
            .bands
            .iter()
            .find(|band| band.up_to.is_none_or(|up_to| probability <= up_to));
        band.map_or(0.0, |band| band.multiple)
    }

    /// Checks all settings.
    ///
    /// # Errors
    /// Every problem, by key.
    pub fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::default();
        let months = self.window_months;
        problems.require((6..=60).contains(&months), "window_months", "6 to 60", months);
        let least = self.min_months;
        let expected = format!("1 to window_months {months}");
        problems.require((1..=months).contains(&least), "min_months", expected, least);
        let (low, high) = self.growth;
        problems.require(low > 0.0 && low <= 1.0, "growth.least", "above 0 and at most 1", low);
        problems.require((1.0..=10.0).contains(&high), "growth.most", "1 to 10", high);
        problems.require(self.step > Total::ZERO, "step", "above 0", self.step);
        if let Some(most) = self.most {
            problems.require(most >= self.step, "most", format!("at least step {}", self.step), most);
        }
        let shares = [
            ("max_increase", self.max_increase, 10.0),
            ("keep_within", self.keep_within, 1.0),
            ("unlimited_up_to", self.unlimited_up_to, 1.0),
            ("terms.prepay_from", self.terms.prepay_from, 1.0),
            ("terms.shorten_from", self.terms.shorten_from, 1.0),
            ("terms.lengthen_up_to", self.terms.lengthen_up_to, 1.0),
            ("suspend_overdue_share", self.suspend_overdue_share, 1.0),
            ("watch.utilisation_from", self.watch.utilisation_from, 10.0),
            ("watch.utilisation_rise", self.watch.utilisation_rise, 10.0),
        ];
        for (key, share, most) in shares {
            problems.require((0.0..=most).contains(&share), key, format!("0 to {most}"), share);
        }
        let days = [
            ("suspend_overdue_days", self.suspend_overdue_days, 0),
            ("no_increase.overdue_days", self.no_increase.overdue_days, 0),
            ("no_increase.window_days", self.no_increase.window_days, 1),
            ("terms.lengthen_months", self.terms.lengthen_months, 0),
            ("watch.recent_days", self.watch.recent_days, 7),
            ("watch.before_days", self.watch.before_days, 7),
        ];
        for (key, days, least) in days {
            problems.require((least..=3_650).contains(&days), key, format!("{least} to 3650"), days);
        }
        let min = self.no_increase.min_overdue;
        problems.require(min > Total::ZERO, "no_increase.min_overdue", "above 0", min);
        let confidence = self.watch.confidence;
        let is_coverage = confidence > 0.0 && confidence < 1.0;
        problems.require(is_coverage, "watch.confidence", "between 0 and 1", confidence);
        let numbers = [
            ("watch.days_late_rise", self.watch.days_late_rise),
            ("watch.exposure_rise", self.watch.exposure_rise),
            ("terms.shorten_days_late", self.terms.shorten_days_late),
        ];
        for (key, number) in numbers {
            problems.require(number.is_finite() && number >= 0.0, key, "at least 0", number);
        }
        self.check_bands(&mut problems);
        self.late_share.check(&mut problems);
        problems.into_result()
    }

    fn check_bands(&self, problems: &mut Problems) {
        let ends = self.bands.last().is_some_and(|band| band.up_to.is_none());
        problems.require(ends, "bands", "closed by a band without an end", self.bands.len());
        for (at, band) in self.bands.iter().enumerate() {
            let key = format!("bands[{at}].multiple");
            problems.require((0.0..=10.0).contains(&band.multiple), &key, "0 to 10", band.multiple);
        }
        for (at, pair) in self.bands.windows(2).enumerate() {
            let rises = match (pair[0].up_to, pair[1].up_to) {
                (Some(before), Some(after)) => before < after,
                (Some(_), None) => true,
                (None, _) => false,
            };
            let key = format!("bands[{}].up_to", at + 1);
            let found = pair[1]
                .up_to
                .map_or("without an end".to_owned(), |up_to| up_to.to_string());
            problems.require(rises, &key, "above the band before it", found);
            let key = format!("bands[{}].multiple", at + 1);
            let (before, after) = (pair[0].multiple, pair[1].multiple);
            problems.require(
                after <= before,
                &key,
                format!("at most {before}, that of less risk"),
                after,
            );
        }
        for (at, pair) in self.tenure_caps.windows(2).enumerate() {
            let key = format!("tenure_caps[{}].below_months", at + 1);
            let (before, after) = (pair[0].below_months, pair[1].below_months);
            problems.require(after > before, &key, format!("above {before}, that before it"), after);
        }
        let allowed = &self.terms.allowed;
        let rise = allowed.windows(2).all(|pair| pair[0] < pair[1]);
        let fit = allowed.iter().all(|days| (0..=365).contains(days));
        let found = format!("{allowed:?}");
        problems.require(
            rise && fit && !allowed.is_empty(),
            "terms.allowed",
            "days from 0 to 365, each above the one before it",
            found,
        );
    }
}
