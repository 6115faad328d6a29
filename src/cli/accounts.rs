//! A table of accounts from elsewhere, in place of a ledger.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::input_file::InputFile;
use crate::risk::Rows;
use crate::risk::accounts::{self, AccountColumns};

/// Which table, and what its columns mean.
#[derive(Clone, Debug, Args)]
pub(super) struct AccountsArgs {
    /// A CSV table of accounts instead of a ledger, gzipped or not.
    #[arg(long, value_name = "FILE", conflicts_with = "ledger", requires = "target")]
    table: Option<PathBuf>,
    /// Column of the table that says how the account ended: 1 or 0, bad or good.
    #[arg(long, value_name = "COL", requires = "table")]
    target: Option<String>,
    /// Column of the table with the day of the row.
    #[arg(long, value_name = "COL", requires = "table")]
    time: Option<String>,
    /// Column of the table whose equal values belong together.
    #[arg(long, value_name = "COL", requires = "table")]
    group: Option<String>,
    /// Columns of the table that are no features, such as an id.
    #[arg(long, value_name = "COL,…", value_delimiter = ',', requires = "table")]
    ignore: Vec<String>,
}

/// A table of accounts as it was read.
pub(super) struct Accounts {
    pub file: InputFile,
    pub columns: AccountColumns,
    pub rows: Rows,
}

impl AccountsArgs {
    /// Reads the table, where one is named.
    pub(super) fn read(&self) -> anyhow::Result<Option<Accounts>> {
        let (Some(path), Some(target)) = (&self.table, &self.target) else {
            return Ok(None);
        };
        let columns = AccountColumns {
            target: target.clone(),
            time: self.time.clone(),
            group: self.group.clone(),
            ignore: self.ignore.clone(),
        };
        let file = InputFile::read(path)?;
        let rows = accounts::read(file.content(), &columns);
        let rows = rows.with_context(|| format!("cannot use {}", path.display()))?;
        Ok(Some(Accounts { file, columns, rows }))
    }
}
