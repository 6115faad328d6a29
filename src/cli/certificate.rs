//! The tie-out beside every balance: said, noted in the result, and reason enough to exit 1.

use super::args::Prepared;
use super::{Exit, Stamp, Ui};
use crate::calendar::AsOf;
use crate::ledger::Ledger;
use crate::metrics::certificate::{Certificate, suspects};
use crate::metrics::flow::Flow;
use crate::money::{Currency, Total};
use crate::table::Table;

/// A certificate with what may explain its differences.
pub(super) struct Tied {
    certificate: Certificate,
    suspects: Option<Table>,
    flow: Vec<(Currency, Total)>,
}

impl Tied {
    /// Takes a certificate; items are looked for where it is broken.
    pub(super) fn new(certificate: Certificate, ledger: &Ledger, as_of: AsOf) -> Tied {
        let broken = certificate.broken();
        let suspects = (!broken.is_empty()).then(|| suspects(ledger, as_of, &broken));
        Tied {
            certificate,
            suspects,
            flow: Vec::new(),
        }
    }

    /// Adds the closing balances of a flow to what must agree.
    pub(super) fn with_flow(mut self, flow: &Flow) -> Tied {
        self.flow = self.certificate.flow_differences(flow);
        self
    }

    /// Notes the outcome in a result.
    pub(super) fn on(&self, table: Table) -> Table {
        table.note("tie_out", self.certificate.summary())
    }

    /// Says what does not tie out, with the items that may explain it, and tells how the run ends.
    pub(super) fn say(&self, ui: &mut Ui) -> Exit {
        for (currency, difference) in &self.flow {
            ui.say(&format!(
                "the flow closes {difference} {currency} away from the aged balance"
            ));
        }
        let Some(suspects) = &self.suspects else {
            return if self.flow.is_empty() {
                Exit::Fine
            } else {
                Exit::Findings
            };
        };
        for line in self.certificate.differences() {
            ui.say(&line);
        }
        for row in 0..suspects.n_rows() {
            let cells: Vec<String> = suspects.columns().iter().map(|column| column.data.text(row)).collect();
            ui.say(&format!("  {}", cells.join("  ")));
        }
        Exit::Findings
    }

    /// Writes the certificate as a table of its own, and the items that may explain its differences.
    pub(super) fn write(&self, output: Prepared, stamp: &Stamp, ui: &mut Ui) -> anyhow::Result<Exit> {
        let table = stamp.on(self.certificate.table());
        let tables: Vec<&Table> = std::iter::once(&table).chain(&self.suspects).collect();
        output.write_all(&tables)?;
        for (currency, difference) in &self.flow {
            ui.say(&format!(
                "the flow closes {difference} {currency} away from the aged balance"
            ));
        }
        let is_fine = self.suspects.is_none() && self.flow.is_empty();
        Ok(if is_fine { Exit::Fine } else { Exit::Findings })
    }
}
