//! The scores behind a decision: which model, and its scores on the day.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::Ui;
use crate::calendar::AsOf;
use crate::config::Config;
use crate::features::{LabelParams, Unit};
use crate::ledger::Ledger;
use crate::money::Amount;
use crate::risk::{Choice, Model, registry};
use crate::scoring::{Scores, score};

/// What is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum UnitArg {
    Invoice,
    Customer,
}

impl UnitArg {
    /// Returns the library's word.
    pub(super) fn unit(self) -> Unit {
        match self {
            UnitArg::Invoice => Unit::Invoice,
            UnitArg::Customer => Unit::Customer,
        }
    }
}

/// What a bad outcome is, of the rows of a ledger.
#[derive(Clone, Debug, Args)]
pub(super) struct LabelArgs {
    /// What is scored.
    #[arg(long, value_enum, requires = "ledger")]
    unit: Option<UnitArg>,
    /// Bad means unsettled this many days after the due day.
    #[arg(long, value_name = "D", requires = "ledger")]
    days_late: Option<i32>,
    /// For customers, and for cures: days after the day in which going late, or being settled, counts.
    #[arg(long, value_name = "H", requires = "ledger")]
    horizon: Option<i32>,
    /// For customers: days after the day in which new invoices count.
    #[arg(long, value_name = "E", requires = "ledger")]
    entering: Option<i32>,
    /// What may stay unsettled without being late, in the currency of the document.
    #[arg(long, value_name = "MONEY", requires = "ledger", value_parser = Amount::parse)]
    materiality: Option<Amount>,
}

impl LabelArgs {
    /// Settles the label: what the arguments leave open, the settings say.
    pub(super) fn settle(&self, config: &Config) -> anyhow::Result<LabelParams> {
        let label = self.with_settings(config)?;
        if label.unit == Unit::Invoice && (self.horizon.is_some() || self.entering.is_some()) {
            bail!(
                "--horizon and --entering are for customers; an invoice is judged on the day --days-late after its due day"
            );
        }
        Ok(label)
    }

    /// Settles the label of a cure: of what is delinquent already, nothing more enters.
    pub(super) fn settle_cure(&self, config: &Config) -> anyhow::Result<LabelParams> {
        if self.entering.is_some() {
            bail!("--entering has no part in the cure view; what was delinquent already entered before");
        }
        Ok(LabelParams {
            entering: 0,
            ..self.with_settings(config)?
        })
    }

    fn with_settings(&self, config: &Config) -> anyhow::Result<LabelParams> {
        let (Some(unit), Some(days_late)) = (self.unit.map(UnitArg::unit), self.days_late) else {
            bail!("say what is scored and what late means: --unit invoice|customer --days-late D");
        };
        let label = config.train.label(unit, days_late);
        Ok(LabelParams {
            horizon: self.horizon.unwrap_or(label.horizon),
            entering: self.entering.unwrap_or(label.entering),
            materiality: self.materiality.unwrap_or(label.materiality),
            ..label
        })
    }
}

/// What is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EstimatorArg {
    Scorecard,
    Logistic,
    Ebm,
    Boosting,
    Forest,
    Blend,
    Champion,
}

impl EstimatorArg {
    /// Returns the library's choice.
    pub(super) fn choice(self) -> Choice {
        match self {
            EstimatorArg::Scorecard => Choice::Scorecard,
            EstimatorArg::Logistic => Choice::Logistic,
            EstimatorArg::Ebm => Choice::Ebm,
            EstimatorArg::Boosting => Choice::Boosting,
            EstimatorArg::Forest => Choice::Forest,
            EstimatorArg::Blend => Choice::Blend,
            EstimatorArg::Champion => Choice::Champion,
        }
    }
}

/// Which model ranks the customers of a decision.
#[derive(Debug, Args)]
pub(super) struct ModelArgs {
    /// Model of customers, as `models/NAME` or `models/NAME/VERSION`, or `default-customers`, the illustrative one that comes with the program;
    /// without one the customer's own shrunken late share stands in.
    #[arg(long, value_name = "DIR/N[/VERSION]")]
    model: Option<PathBuf>,
}

impl ModelArgs {
    /// Scores the customers of a day, where a model is named.
    pub(super) fn scores(&self, ledger: &Ledger, as_of: AsOf, ui: &mut Ui) -> anyhow::Result<Option<(Model, Scores)>> {
        let Some(path) = &self.model else { return Ok(None) };
        let model = registry::load(path)?;
        if model.label.unit != Unit::Customer.as_str() {
            bail!(
                "{} scores {}s, and this verb ranks customers; train one with `arrears train --unit customer`",
                model.id(),
                model.label.unit
            );
        }
        let scores = ui.unpack(score(ledger, as_of, &model)?);
        Ok(Some((model, scores)))
    }
}
