//! `arrears sla`: how soon customers are contacted and disputes answered.

use clap::Args;

use super::answer::answer;
use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Ui};
use crate::config::Config;
use crate::metrics::segments;
use crate::metrics::sla::sla;

/// Arguments of `arrears sla`.
#[derive(Debug, Args)]
pub(super) struct SlaArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    /// Days from the due day inside which a customer is to be contacted.
    #[arg(long, value_name = "DAYS")]
    first_contact: Option<i32>,
    /// Days from the opening inside which a dispute is to be answered.
    #[arg(long, value_name = "DAYS")]
    dispute_response: Option<i32>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &SlaArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let mut params = config.sla.clone();
    params.first_contact_days = args.first_contact.unwrap_or(params.first_contact_days);
    params.dispute_response_days = args.dispute_response.unwrap_or(params.dispute_response_days);
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let found = ui.unpack(sla(&ledger, as_of, from, to, &groups, args.ledger.known_on, &params)?);
    let question = format!("sla {from} {to} {:?} {params:?}", args.by.by);
    answer(&question, found.table(), (&ledger, as_of), output, config, ui)
}
