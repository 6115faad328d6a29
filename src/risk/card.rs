//! The model card: what a reviewer reads before signing.

use std::fmt::Write;

use super::Fitted;
use super::model::Model;
use super::recalibrate::Recalibration;
use crate::features::Feature;
use crate::table::Table;

impl Model {
    /// Returns the model card in Markdown.
    pub fn card(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write_card(&mut text);
        text
    }

    fn write_card(&self, text: &mut String) -> std::fmt::Result {
        let validation = &self.validation;
        writeln!(text, "# Model {}\n", self.id())?;
        if let Some(mark) = &self.mark {
            writeln!(text, "**{mark}**\n")?;
        }
        writeln!(text, "- unit: {}", self.label.unit)?;
        writeln!(text, "- label: {}", self.label.sentence())?;
        if self.trained_as_of.is_empty() {
            writeln!(text, "- a table of accounts without a time: not time-validated")?;
        } else {
            writeln!(
                text,
                "- trained as of {}, days {} to {}",
                self.trained_as_of, self.panel.0, self.panel.1
            )?;
        }
        writeln!(
            text,
            "- training rows: {}, {} bad ({:.1}%)",
            self.fit.n_rows,
            self.fit.n_bad,
            100.0 * self.bad_rate
        )?;
        let ledger = if self.ledger_hash.is_empty() {
            "in memory"
        } else {
            &self.ledger_hash
        };
        let source = if self.label.target.is_some() { "table" } else { "ledger" };
        writeln!(text, "- {source}: {ledger}; seed: {}", self.seed)?;
        writeln!(text, "- estimator: {}", self.champion.name())?;
        for (name, value) in &self.fit.facts {
            writeln!(text, "- {name}: {value}")?;
        }
        writeln!(
            text,
            "- validated {}: {}, {} rows, {} bad\n",
            validation.held_out.as_str(),
            validation.days_in_words(),
            validation.n,
            validation.n_bad
        )?;
        if let Some(recalibration) = &self.recalibrated {
            write_recalibration(recalibration, text)?;
        }
        if !validation.refusals.is_empty() {
            writeln!(text, "## Refused by the quality gate, kept on request\n")?;
            for refusal in &validation.refusals {
                writeln!(text, "- {refusal}")?;
            }
            writeln!(text)?;
        }
        writeln!(text, "## Validation\n\n{}", markdown(&validation.summary()))?;
        writeln!(
            text,
            "Intervals (95%, {} draws of customers with all their rows):\n\n{}",
            validation.n_draws,
            markdown(&validation.table())
        )?;
        writeln!(text, "## Reliability\n\n{}", markdown(&validation.reliability_table()))?;
        writeln!(text, "## Rows\n\n{}", markdown(&self.counts.table()))?;
        if !self.candidates.is_empty() {
            writeln!(text, "## Candidates\n\n{}", markdown(&self.candidate_table()))?;
        }
        if !matches!(
            self.champion,
            Fitted::Boosting(_) | Fitted::Forest(_) | Fitted::Blend(_)
        ) {
            writeln!(
                text,
                "## {}\n\n{}",
                capitalised(self.champion.name()),
                markdown(&self.page())
            )?;
        }
        writeln!(text, "## Features\n")?;
        let left_out = |name: &String| self.fit.left_out.iter().any(|(other, _)| other == name);
        for name in self.catalogue.iter().filter(|name| !left_out(name)) {
            match Feature::by_name(name).map(Feature::entry) {
                Some(entry) => writeln!(
                    text,
                    "- `{name}` ({}): {} Missing: {}.",
                    entry.source, entry.definition, entry.missing
                )?,
                None => writeln!(text, "- `{name}`")?,
            }
        }
        writeln!(text, "\n## Features left out\n")?;
        for (name, reason) in &self.fit.left_out {
            let known = Feature::by_name(name).map_or("", |feature| feature.entry().source);
            writeln!(text, "- `{name}` ({known}): {reason}")?;
        }
        if self.label.target.is_some() {
            return Ok(());
        }
        writeln!(text, "\n## Limits\n")?;
        writeln!(
            text,
            "- Delinquent items and customers are not predicted: they are scored as certain and marked."
        )?;
        writeln!(
            text,
            "- Without an invoice whose end is known the late share of customers like it speaks, and the score is marked."
        )?;
        match &self.mark {
            Some(mark) => writeln!(
                text,
                "- It is {mark}: every score carries these words, and no customer is put on hold for it unless told to."
            ),
            None => Ok(()),
        }
    }
}

fn write_recalibration(recalibration: &Recalibration, text: &mut String) -> std::fmt::Result {
    writeln!(
        text,
        "## Calibrated anew from {}\n\nAs of {}, month ends {} to {}, {} rows whose outcome was not known at training, {} bad; ledger: {}. The \
         new log-odds are {:+.4} {:+.4} x the old ones. The validation below is that of the version before.\n",
        recalibration.of,
        recalibration.as_of,
        recalibration.months.0,
        recalibration.months.1,
        recalibration.n,
        recalibration.n_bad,
        match recalibration.ledger_hash.as_str() {
            "" => "in memory",
            hash => hash,
        },
        recalibration.line.intercept,
        recalibration.line.slope
    )?;
    writeln!(text, "{}", markdown(&recalibration.trial.table()))
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

fn markdown(table: &Table) -> String {
    let names: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
    let mut text = format!("| {} |\n|{}\n", names.join(" | "), " --- |".repeat(names.len()));
    for row in 0..table.n_rows() {
        let cells: Vec<String> = table
            .columns()
            .iter()
            .map(|column| match &column.data {
                crate::table::Data::Real(values) => values[row].map(|value| format!("{value:.4}")).unwrap_or_default(),
                data => data.text(row),
            })
            .collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}
