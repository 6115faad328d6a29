//! The whole arithmetic of one score: what the average training row starts from, what each feature adds, and what comes of it.
//!
//! # Definition
//! log-odds = reference + sum of parts + calibration + rounding, and the same in points. Parts are those of [`Fitted::explain`]: a card's
//! weights of evidence, coefficients, heights of curves, Shapley values of trees. A card's points are whole numbers that add up to the
//! score; each stands beside its mean over the training rows, and the part is their difference.
//! # Inputs
//! One row of features, and what stands behind them.
//! # Edge cases
//! Trees add up in single precision, points are rounded and end at a probability of 99.99%: what that leaves is the rounding, never hidden in
//! another part.
//! # Source
//! Siddiqi, Credit Risk Scorecards, 2006, chapter 6; Lundberg, Erion and Lee, 2018, for trees.
//! # Example
//! A card with mean points 590: 31 points for the late share, 17.2 below their mean, 45 for the tenure, 6.1 above: 590 - 17.2 + 6.1 and so on
//! come to the score.

use ndarray::ArrayView1;

use super::Fitted;
use super::binning::Binning;
use super::model::Model;
use super::trees::Curve;
use crate::features::Feature;
use crate::table::Table;

/// What a step adds to a score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Adds {
    /// To the log-odds bad : good; positive is riskier.
    pub log_odds: f64,
    /// To the points; positive is safer.
    pub points: f64,
}

/// What one feature adds.
#[derive(Clone, Debug, PartialEq)]
pub struct PartOfScore {
    /// Name in the model's catalogue.
    pub feature: String,
    /// Its value; NaN where missing.
    pub value: f64,
    /// The bin, step or distance from the mean it falls into, in words; `None` for trees, which have many.
    pub place: Option<String>,
    /// What it adds against the average training row.
    pub adds: Adds,
    /// Points of the bin on the card, and their mean over the training rows; of a scorecard.
    pub on_card: Option<(f64, f64)>,
}

/// The arithmetic of one score.
#[derive(Clone, Debug, PartialEq)]
pub struct Arithmetic {
    /// The average training row.
    pub reference: Adds,
    /// The features that add something, weightiest first.
    pub parts: Vec<PartOfScore>,
    /// What calibration moves.
    pub calibration: Adds,
    /// What rounding leaves.
    pub rounding: Adds,
    /// What it all comes to: calibrated log-odds and the score.
    pub total: Adds,
}

impl Model {
    /// Returns the arithmetic of a row of features.
    pub fn arithmetic(&self, row: ArrayView1<'_, f64>) -> Arithmetic {
        let x = row.insert_axis(ndarray::Axis(0));
        let (own, parts) = (self.champion.log_odds(x)[0], self.champion.explain(x));
        let calibrated = self.calibration.apply(own);
        let factor = self.scale.factor();
        let mut parts: Vec<PartOfScore> = (0..row.len())
            .map(|column| {
                let log_odds = parts[[0, column]];
                let on_card = self.on_card(column, row[column]);
                PartOfScore {
                    feature: self.catalogue[column].clone(),
                    value: row[column],
                    place: self.place(column, row[column]),
                    adds: Adds {
                        log_odds,
                        points: on_card.map_or(-factor * log_odds, |(own, mean)| own - mean),
                    },
                    on_card,
                }
            })
            .filter(|part| part.on_card.is_some() || part.adds.log_odds != 0.0)
            .collect();
        parts.sort_by(|a, b| b.adds.log_odds.abs().total_cmp(&a.adds.log_odds.abs()));
        let reference = Adds {
            log_odds: self.champion.expected_log_odds(),
            points: match &self.champion {
                Fitted::Scorecard(_) => parts.iter().filter_map(|part| Some(part.on_card?.1)).sum(),
                fitted => self.scale.at_log_odds(fitted.expected_log_odds()),
            },
        };
        // A card's points took its calibration in when it was learnt.
        let is_card = matches!(self.champion, Fitted::Scorecard(_));
        let calibration = Adds {
            log_odds: calibrated - own,
            points: if is_card { 0.0 } else { -factor * (calibrated - own) },
        };
        let total = Adds {
            log_odds: calibrated,
            points: self.points(row, calibrated),
        };
        let sum = |of: fn(&Adds) -> f64| {
            of(&reference) + parts.iter().map(|part| of(&part.adds)).sum::<f64>() + of(&calibration)
        };
        Arithmetic {
            rounding: Adds {
                log_odds: total.log_odds - sum(|adds| adds.log_odds),
                points: total.points - sum(|adds| adds.points),
            },
            reference,
            parts,
            calibration,
            total,
        }
    }

    /// Returns the points of a value on the card, and their mean over the training rows.
    fn on_card(&self, column: usize, value: f64) -> Option<(f64, f64)> {
        let Fitted::Scorecard(card) = &self.champion else {
            return None;
        };
        let characteristic = card.characteristics.iter().find(|own| own.column == column)?;
        let own = card.points_of(characteristic, characteristic.binning.bin(value));
        Some((own, card.mean_points(characteristic)))
    }

    fn place(&self, column: usize, value: f64) -> Option<String> {
        match &self.champion {
            Fitted::Scorecard(card) => {
                let characteristic = card.characteristics.iter().find(|own| own.column == column)?;
                Some(bin_of(&characteristic.binning, value))
            }
            Fitted::Ebm(curves) => {
                let curve = curves.curves.iter().find(|own| own.column == column)?;
                Some(step_of(curve, value))
            }
            Fitted::Logistic(model) => {
                let term = model.terms.iter().find(|own| own.column == column)?;
                Some(match value.is_nan() {
                    true => "missing".to_owned(),
                    false => format!("{:+.2} spreads from the mean", term.standard(value)),
                })
            }
            _ => None,
        }
    }
}

fn bin_of(binning: &Binning, value: f64) -> String {
    let captions = binning.captions();
    let position = binning.position(value).unwrap_or(captions.len() - 1);
    captions[position].0.clone()
}

fn step_of(curve: &Curve, value: f64) -> String {
    if value.is_nan() {
        return "missing".to_owned();
    }
    let step = curve.step_of(value);
    match (
        step.checked_sub(1).map(|before| curve.from[before]),
        curve.from.get(step),
    ) {
        (None, None) => "any".to_owned(),
        (None, Some(to)) => format!("below {to}"),
        (Some(from), None) => format!("from {from}"),
        (Some(from), Some(to)) => format!("from {from} to below {to}"),
    }
}

impl Arithmetic {
    /// Returns one row per step, `reference` first and `score` last: `step`, `value` in its unit, `bin`, `log_odds`, `points`, for a card
    /// `card_points` and `mean_points`, and `number`, the bare value. The steps above `score` add up to it.
    pub fn table(&self) -> Table {
        let bare = |step: &str, adds: Adds| Line {
            step: step.to_owned(),
            adds,
            part: None,
        };
        let mut lines = vec![bare("reference", self.reference)];
        lines.extend(self.parts.iter().map(|part| Line {
            step: part.feature.clone(),
            adds: part.adds,
            part: Some(part),
        }));
        lines.push(bare("calibration", self.calibration));
        lines.push(bare("rounding", self.rounding));
        lines.push(bare("score", self.total));
        let parts = || lines.iter().map(|line| line.part);
        let table = Table::new("arithmetic")
            .note(
                "reference",
                "the average training row; log-odds: riskier is more, points: safer is more",
            )
            .text("step", lines.iter().map(|line| line.step.clone()))
            .text("value", parts().map(|part| part.map(PartOfScore::shown)))
            .text("bin", parts().map(|part| part?.place.clone()))
            .real("log_odds", lines.iter().map(|line| line.adds.log_odds))
            .real("points", lines.iter().map(|line| line.adds.points));
        let is_card = self.parts.iter().any(|part| part.on_card.is_some());
        let table = match is_card {
            true => table
                .real("card_points", parts().map(|part| Some(part?.on_card?.0)))
                .real("mean_points", parts().map(|part| Some(part?.on_card?.1))),
            false => table,
        };
        table.real(
            "number",
            parts().map(|part| part.map(|part| part.value).filter(|value| !value.is_nan())),
        )
    }
}

/// One line of the table.
struct Line<'a> {
    step: String,
    adds: Adds,
    part: Option<&'a PartOfScore>,
}

impl PartOfScore {
    /// Returns the value in its unit.
    fn shown(&self) -> String {
        match (self.value.is_nan(), Feature::by_name(&self.feature)) {
            (true, _) => "missing".to_owned(),
            (false, Some(feature)) => feature.entry().measure.show(self.value),
            (false, None) => self.value.to_string(),
        }
    }
}
