//! The scores behind a decision: which model, and its scores on the day.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::Ui;
use crate::calendar::AsOf;
use crate::features::Unit;
use crate::ledger::Ledger;
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

/// What is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EstimatorArg {
    Scorecard,
    Logistic,
    Ebm,
    Boosting,
    Forest,
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
            EstimatorArg::Champion => Choice::Champion,
        }
    }
}

/// Which model ranks the customers of a decision.
#[derive(Debug, Args)]
pub(super) struct ModelArgs {
    /// Model of customers, as `models/NAME` or `models/NAME/VERSION`; without one the customer's own shrunken late share stands in.
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
                "{} scores invoices, and this verb ranks customers; train one with `arrears train --unit customer`",
                model.id()
            );
        }
        let scores = ui.unpack(score(ledger, as_of, &model)?);
        Ok(Some((model, scores)))
    }
}
