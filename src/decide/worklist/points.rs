//! Points for what a lead finds urgent, out of a declared maximum, and the priority they give.
//!
//! Each step gives points to accounts whose number lies above its edge; of several steps about the same number the best one that is
//! reached counts. Points / maximum is the valuation; the first class whose share it reaches is the priority.

use super::WorklistLine;
use crate::decide::fraction::Fraction;
use crate::forecast::Problems;
use crate::money::{SCALE, Total};

/// What a step of the points looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum PointsFor {
    #[default]
    /// Money past its due day, in currency units.
    Overdue,
    /// What the contact can move, in currency units.
    Collectable,
    /// Open receivables net of unapplied cash and credits, in currency units.
    Balance,
    /// Days past due of the oldest overdue claim.
    OldestDays,
    /// Probability of delinquency.
    Probability,
    /// Promises that brought nothing or not all.
    BrokenPromises,
}

/// Points for accounts above an edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PointsStep {
    /// What is looked at.
    pub of: PointsFor,
    /// Above this the step is reached.
    pub above: f64,
    /// What it gives.
    pub points: u32,
}

/// A priority and the share of the maximum from which it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct PriorityClass {
    /// Share of the maximum, 0 to 1.
    pub from: f64,
    /// Its name.
    pub name: String,
}

/// Which accounts get how many points.
#[derive(Clone, Debug, PartialEq)]
pub struct PointsPolicy {
    /// The points of an account that is urgent in every way.
    pub maximum: u32,
    /// What gives points.
    pub steps: Vec<PointsStep>,
    /// Priorities, the highest first; the last from 0.
    pub classes: Vec<PriorityClass>,
}

impl PointsFor {
    /// Everything a step can look at.
    pub const ALL: [PointsFor; 6] = [
        PointsFor::Overdue,
        PointsFor::Collectable,
        PointsFor::Balance,
        PointsFor::OldestDays,
        PointsFor::Probability,
        PointsFor::BrokenPromises,
    ];

    /// Returns the word of settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            PointsFor::Overdue => "overdue",
            PointsFor::Collectable => "collectable",
            PointsFor::Balance => "balance",
            PointsFor::OldestDays => "oldest_days",
            PointsFor::Probability => "probability",
            PointsFor::BrokenPromises => "broken_promises",
        }
    }

    fn of(self, line: &WorklistLine) -> Fraction {
        let money = |total: Total| Fraction::of(total.units(), i128::from(SCALE));
        match self {
            PointsFor::Overdue => money(line.overdue),
            PointsFor::Collectable => money(line.collectable),
            PointsFor::Balance => money(line.balance),
            PointsFor::OldestDays => Fraction::whole(line.oldest_days.unwrap_or(0)),
            PointsFor::Probability => Fraction::of_estimate(line.probability.unwrap_or(0.0)),
            PointsFor::BrokenPromises => Fraction::whole(line.n_broken_promises as i64),
        }
    }
}

impl Default for PointsPolicy {
    fn default() -> PointsPolicy {
        let steps = |of, steps: [(f64, u32); 3]| steps.map(|(above, points)| PointsStep { of, above, points });
        let class = |from, name: &str| PriorityClass {
            from,
            name: name.to_owned(),
        };
        PointsPolicy {
            maximum: 100,
            steps: [
                steps(PointsFor::Overdue, [(0.0, 10), (5_000.0, 25), (25_000.0, 40)]),
                steps(PointsFor::OldestDays, [(0.0, 5), (30.0, 15), (60.0, 25)]),
                steps(PointsFor::Probability, [(0.1, 5), (0.25, 12), (0.5, 20)]),
                steps(PointsFor::BrokenPromises, [(0.0, 5), (1.0, 10), (2.0, 15)]),
            ]
            .concat(),
            classes: vec![
                class(0.6, "very high"),
                class(0.4, "high"),
                class(0.2, "medium"),
                class(0.0, "low"),
            ],
        }
    }
}

impl PointsPolicy {
    /// Returns the points of an account.
    pub(super) fn points(&self, line: &WorklistLine) -> u32 {
        let best = |of: PointsFor| {
            let own = self.steps.iter().filter(|step| step.of == of);
            let reached = own.filter(|step| of.of(line).is_above(step.above));
            reached.map(|step| step.points).max().unwrap_or(0)
        };
        PointsFor::ALL.into_iter().map(best).sum()
    }

    /// Returns the priority that points give.
    pub(super) fn priority(&self, points: u32) -> &str {
        let share = Fraction::of(points.into(), self.maximum.into());
        let below = |class: &&PriorityClass| share.is_above(class.from) || share.to_f64() == class.from;
        self.classes.iter().find(below).map_or("", |class| &class.name)
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        problems.require(self.maximum > 0, "points.maximum", "above 0", self.maximum);
        let best = |of: PointsFor| {
            let own = self.steps.iter().filter(|step| step.of == of);
            own.map(|step| u64::from(step.points)).max().unwrap_or(0)
        };
        let most: u64 = PointsFor::ALL.into_iter().map(best).sum();
        let fits = most <= u64::from(self.maximum);
        problems.require(
            fits,
            "points.maximum",
            format!("at least the {most} that the steps can give"),
            self.maximum,
        );
        for (at, step) in self.steps.iter().enumerate() {
            let key = format!("points.steps[{at}].above");
            problems.require(step.above.is_finite(), &key, "a number", step.above);
        }
        let ends = self.classes.last().is_some_and(|class| class.from == 0.0);
        problems.require(ends, "points.classes", "ended by a class from 0", self.classes.len());
        for (at, pair) in self.classes.windows(2).enumerate() {
            let key = format!("points.classes[{}].from", at + 1);
            problems.require(
                pair[1].from < pair[0].from,
                &key,
                "below the class before it",
                pair[1].from,
            );
        }
    }
}
