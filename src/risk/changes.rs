//! The smallest changes that move a grade: what a customer could pay, or a collector could settle, today.
//!
//! # Definition
//! Each lever is a feature that a payment or a settled dispute moves at once, with the direction in which it may go. It is moved step by step
//! (whole percents, days or items, hundredths of money) with every other feature as it is, through the model itself; the first step with
//! a better grade is the smallest change. What lies in the past (late shares, delays, tenure) is no lever.
//! # Inputs
//! One row of features.
//! # Edge cases
//! A lever whose value is missing is none. Where no single one moves the grade, what all of them together come to says how far
//! away it is.
//! # Example
//! Grade D with 45% of the open money past due, grade C from 20% on: of 10,000.00 open, 4,500.00 past due, 3,125.00 paid
//! leaves 1,375.00 of 6,875.00, which is 20%.

use ndarray::{Array2, ArrayView1, ArrayView2};

use super::model::Model;
use super::probability;
use crate::features::Feature;
use crate::features::catalogue::Measure;
use crate::money::Total;
use crate::table::Table;

/// A change of one feature that gives a better grade.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What moves.
    pub feature: Feature,
    /// Its value now.
    pub from: f64,
    /// The nearest value with a better grade.
    pub to: f64,
    /// What is to be done, in words.
    pub words: String,
    /// What it costs the customer, in the currency of the open items; `None` where it depends on which items are paid.
    pub money: Option<Total>,
    /// Where it leads.
    pub outlook: Outlook,
}

/// Where a change leads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// Probability of the model's label.
    pub probability: f64,
    /// Points.
    pub points: f64,
    /// Grade.
    pub grade: char,
}

/// What can be changed about a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// As it is.
    pub now: Outlook,
    /// Single changes that give a better grade: those with a price first, the cheapest of them first, then by the points they move.
    pub single: Vec<Change>,
    /// All levers at their best together.
    pub together: Outlook,
}

/// The features that can be moved at once; all of them downward but the last.
const LEVERS: [Feature; 14] = [
    Feature::NumberOverdue,
    Feature::OverdueShare,
    Feature::Overdue30Share,
    Feature::WorstDaysPastDue,
    Feature::OpenAge,
    Feature::NumberOpen,
    Feature::OpenMoney,
    Feature::DaysOfSalesOpen,
    Feature::Utilisation,
    Feature::ExpectedLateMoney,
    Feature::ChanceWorstOpen,
    Feature::DisputedShare,
    Feature::InDispute,
    Feature::PaidShare,
];

/// Steps that a lever is moved in at most.
const MOST_STEPS: usize = 100;

impl Model {
    /// Returns what can be changed about a row of features, and where it leads.
    pub fn changes(&self, row: ArrayView1<'_, f64>) -> Changes {
        let column = |feature: Feature| {
            let name = feature.entry().name;
            self.catalogue.iter().position(|own| own == name)
        };
        let value = |feature: Feature| {
            column(feature)
                .map(|column| row[column])
                .filter(|value| !value.is_nan())
        };
        let now = self.outlooks(row.insert_axis(ndarray::Axis(0)))[0];
        let mut together = row.to_owned().insert_axis(ndarray::Axis(0));
        let mut single = Vec::new();
        for feature in LEVERS {
            let (Some(column), Some(from)) = (column(feature), value(feature)) else {
                continue;
            };
            let targets = targets(feature, from);
            let mut moved = Array2::from_shape_fn((targets.len(), row.len()), |(_, column)| row[column]);
            for (mut moved, target) in moved.outer_iter_mut().zip(&targets) {
                moved[column] = *target;
            }
            let outlooks = self.outlooks(moved.view());
            let best = outlooks
                .iter()
                .zip(&targets)
                .min_by(|a, b| a.0.probability.total_cmp(&b.0.probability));
            if let Some((_, target)) = best.filter(|(best, _)| best.probability < now.probability) {
                together[[0, column]] = *target;
            }
            let first = outlooks
                .iter()
                .zip(&targets)
                .find(|(outlook, _)| outlook.grade < now.grade);
            if let Some((outlook, &to)) = first {
                single.push(Change {
                    feature,
                    from,
                    to,
                    words: words(feature, from, to),
                    money: money(feature, (from, to), value),
                    outlook: *outlook,
                });
            }
        }
        let moved = |change: &Change| change.outlook.points - now.points;
        single.sort_by(|a, b| {
            let key = |change: &Change| (change.money.is_none(), change.money);
            key(a).cmp(&key(b)).then(moved(a).total_cmp(&moved(b)))
        });
        Changes {
            now,
            single,
            together: self.outlooks(together.view())[0],
        }
    }

    /// Returns what the model says of each row of `x`, `(n_rows, n_features)`.
    pub fn outlooks(&self, x: ArrayView2<'_, f64>) -> Vec<Outlook> {
        let log_odds = self.log_odds(x);
        let rows = x.outer_iter().zip(log_odds);
        rows.map(|(row, log_odds)| Outlook {
            probability: probability(log_odds),
            points: self.points(row, log_odds),
            grade: self.grades.of(probability(log_odds)),
        })
        .collect()
    }
}

/// Returns the values a lever is moved to, nearest first, each as it can be printed without rounding.
fn targets(feature: Feature, from: f64) -> Vec<f64> {
    let down = |unit: f64, lowest: i64| -> Vec<f64> {
        let first = (from / unit).ceil() as i64 - 1;
        let step = ((first - lowest).max(0) as usize / MOST_STEPS + 1) as i64;
        let mut values: Vec<i64> = (lowest..=first).rev().step_by(step as usize).collect();
        if first >= lowest && values.last() != Some(&lowest) {
            values.push(lowest);
        }
        let per_unit = (1.0 / unit).round();
        values.into_iter().map(|value| value as f64 / per_unit).collect()
    };
    match (feature, feature.entry().measure) {
        (Feature::PaidShare, _) => {
            let first = (from * 100.0).floor() as i64 + 1;
            (first..100).map(|percent| percent as f64 / 100.0).collect()
        }
        (Feature::NumberOpen, _) => down(1.0, 1),
        (Feature::OpenAge, _) => down(1.0, -60),
        (_, Measure::Share) => down(0.01, 0),
        (_, Measure::Multiple) => down(0.1, 0),
        _ => down(1.0, 0),
    }
}

/// Says what a change asks for.
fn words(feature: Feature, from: f64, to: f64) -> String {
    let show = |value: f64| feature.entry().measure.show(value);
    let (shown_from, shown_to) = (show(from), show(to));
    match feature {
        Feature::NumberOverdue => format!("pay {:.0} of the {from:.0} items past due", from - to),
        Feature::NumberOpen => format!("pay {:.0} of the {from:.0} open items", from - to),
        Feature::OverdueShare => format!("bring what is past due from {shown_from} of the open money to {shown_to}"),
        Feature::Overdue30Share => {
            format!("bring what is more than 30 days past due from {shown_from} of the open money to {shown_to}")
        }
        Feature::WorstDaysPastDue if to == 0.0 => "pay everything past due".to_owned(),
        Feature::WorstDaysPastDue => format!("pay what is more than {shown_to} past due"),
        Feature::OpenAge => format!("pay the oldest items, until the open money is {shown_to} on average"),
        Feature::OpenMoney => format!("bring the open money from {shown_from} to {shown_to}"),
        Feature::DaysOfSalesOpen => format!("bring the open money from {shown_from} of sales to {shown_to}"),
        Feature::Utilisation => format!("bring the open money from {shown_from} the credit limit to {shown_to}"),
        Feature::ExpectedLateMoney => {
            format!(
                "pay the riskiest items, until {shown_to} of the open money is expected to go late, not {shown_from}"
            )
        }
        Feature::ChanceWorstOpen => {
            format!("pay the riskiest items, until none has more than a {shown_to} chance of going late")
        }
        Feature::DisputedShare => {
            format!("settle disputes, until {shown_to} of the open items are in dispute, not {shown_from}")
        }
        Feature::InDispute => "settle the dispute".to_owned(),
        Feature::PaidShare => format!("pay part of the invoice: {shown_to} of it, not {shown_from}"),
        other => format!("bring `{}` from {shown_from} to {shown_to}", other.entry().name),
    }
}

/// Returns what a change costs, rounded up to cents; what is past due is paid before the rest.
fn money(feature: Feature, (from, to): (f64, f64), value: impl Fn(Feature) -> Option<f64>) -> Option<Total> {
    let open = value(Feature::OpenMoney);
    let price = match feature {
        // Of what is paid, the open money gets less as well.
        Feature::OverdueShare | Feature::Overdue30Share => open? * (from - to) / (1.0 - to),
        Feature::NumberOverdue | Feature::WorstDaysPastDue if to == 0.0 => open? * value(Feature::OverdueShare)?,
        Feature::OpenMoney => from - to,
        Feature::DaysOfSalesOpen | Feature::Utilisation => open? * (1.0 - to / from),
        Feature::PaidShare => value(Feature::Amount)? * (to - from),
        _ => return None,
    };
    // A hair less than a cent is the rounding of the product.
    Total::from_estimate((price * 100.0 - 1e-6).ceil() / 100.0)
}

impl Changes {
    /// Returns one row per single change, the smallest first: `change`, `money`, `feature`, `from`, `to`, `grade`, `score`, `probability`.
    pub fn table(&self) -> Table {
        let rows = self.single.iter();
        Table::new("changes")
            .note("grade", self.now.grade)
            .note("each", "by itself, everything else as it is")
            .text("change", rows.clone().map(|row| row.words.clone()))
            .money("money", rows.clone().map(|row| row.money))
            .text("grade", rows.clone().map(|row| row.outlook.grade.to_string()))
            .real("probability", rows.clone().map(|row| row.outlook.probability))
            .real("score", rows.clone().map(|row| row.outlook.points))
            .text("feature", rows.clone().map(|row| row.feature.entry().name.to_owned()))
            .real("from", rows.clone().map(|row| row.from))
            .real("to", rows.map(|row| row.to))
    }

    /// Says that no single change moves the grade, and how far everything together would; `None` where one does.
    pub fn verdict(&self) -> Option<String> {
        if !self.single.is_empty() {
            return None;
        }
        let Outlook { grade, probability, .. } = self.together;
        let percent = probability * 100.0;
        Some(match (self.now.grade, grade < self.now.grade) {
            ('A', _) => "the grade is the best there is".to_owned(),
            (_, true) => format!(
                "no single change of what can be paid or settled today moves the grade; all of them together give {grade} ({percent:.1}%)"
            ),
            (now, false) => format!(
                "no change of what can be paid or settled today moves the grade, nor do all of them together ({percent:.1}%, still {now}): it rests \
                 on how the customer paid so far"
            ),
        })
    }
}
