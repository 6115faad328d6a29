//! Files become records: a profile says how, every row that does not fit is quarantined with its reason.
//!
//! Rows read = kept + quarantined (merging is the ledger's work), and so for the money on them. A row is kept or
//! quarantined as a whole: when one of its records cannot be read, none of them is kept.

mod builder;
mod captions;
mod columns;
mod dates;
mod error;
mod evaluate;
mod explain;
mod formula;
mod importer;
mod numbers;
mod plan;
mod profile;
mod quarantine;
mod source;
mod text;
mod value;

use std::fs;
use std::path::PathBuf;

use self::importer::Importer;
use self::source::BytesRead;
use crate::outcome::{Checked, Issue, IssueCode, Place};
use crate::records::{Fate, MoneyFate, Records, Rejected};
use crate::table::Table;

pub use self::error::ImportError;
pub use self::profile::{Profile, ProfileErrors};
pub use self::quarantine::quarantine_table;
pub use self::text::{TextError, from_text};

/// What the user says about an import besides the profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportParams {
    /// Columns of the canonical tables, attributes included, that hold for every day, past days included.
    pub timeless: Vec<String>,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Rows of the canonical tables, each with the file and line it came from.
    pub records: Records,
    /// Quarantined rows in the order of the files, all of them: memory grows with what is wrong, not with what is right.
    pub rejected: Vec<Rejected>,
    /// Source rows; rows that the profile skips (subtotals) are in none of the counts.
    pub rows: Fate<u64>,
    /// Source rows that the profile skips.
    pub n_skipped: u64,
    /// Money of the `invoices` records by currency, signed by its effect on the balance: credit notes are negative.
    pub money: MoneyFate,
    /// Money of the `receipts` records by currency: what was received or relieved is positive, refunds and reversals are negative.
    /// A receipt whose currency is left to its document counts under `XXX`.
    pub receipts_money: MoneyFate,
    /// Quarantined records of invoices and receipts whose amount could not be read, and so stands in neither money.
    pub n_unreadable_amounts: u64,
    /// How each field was read: one row a field, for `import --explain`.
    pub explanation: Table,
}

/// Reads files by a profile; `progress` is told the bytes done and the bytes in all.
///
/// # Errors
/// A file that cannot be read or lacks a required column. Findings about single rows are issues, and their rows are in
/// [`Imported::rejected`].
pub fn read(
    files: &[PathBuf],
    profile: &Profile,
    params: &ImportParams,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Checked<Imported>, ImportError> {
    let keep_all = usize::MAX;
    read_in_parts(files, profile, params, keep_all, &mut |_| Ok(()), progress)
}

/// As [`read`], but hands rows on each time they take more than `room` bytes; [`Imported::records`] has those read last.
///
/// Rows of a record that is written once a key stay until the end, because later rows are compared with them.
///
/// # Errors
/// As [`read`], and those of `hand_on`.
pub fn read_in_parts<E: From<ImportError>>(
    files: &[PathBuf],
    profile: &Profile,
    params: &ImportParams,
    room: usize,
    hand_on: &mut dyn FnMut(Records) -> Result<(), E>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Checked<Imported>, E> {
    if files.is_empty() {
        return Err(ImportError::NoFiles.into());
    }
    let mut n_bytes = 0;
    for path in files {
        let metadata = fs::metadata(path).map_err(|source| ImportError::Io {
            path: path.clone(),
            source,
        })?;
        n_bytes += metadata.len();
    }
    progress(0, n_bytes);
    let mut importer = Importer::new(profile);
    let bytes_read = BytesRead::default();
    for path in files {
        importer.file(path, bytes_read.clone(), &mut |rows| {
            progress(bytes_read.get().min(n_bytes), n_bytes);
            match rows.n_bytes() > room {
                true => hand_on(rows.hand_on()),
                false => Ok(()),
            }
        })?;
    }
    progress(n_bytes, n_bytes);
    Ok(importer.finish(params)?)
}

/// Codes an import can report, each with an example under `tests/issues/`.
pub const ISSUE_CODES: &[IssueCode] = &[
    IssueCode::ValueMissing,
    IssueCode::AmountUnreadable,
    IssueCode::AmountOutOfRange,
    IssueCode::AmountNegative,
    IssueCode::DateUnreadable,
    IssueCode::NumberUnreadable,
    IssueCode::CurrencyUnreadable,
    IssueCode::KindUnknown,
    IssueCode::RowShape,
    IssueCode::TextUndecodable,
    IssueCode::NegativeInvoice,
    IssueCode::IssuedOnAssumed,
    IssueCode::DueOnAssumed,
    IssueCode::ValueAssumed,
    IssueCode::CurrencyMissing,
];

/// Wraps an issue that a whole row gave rise to.
fn issue(code: IssueCode, place: Place, message: String, action: &str, hint: Option<String>) -> Issue {
    Issue {
        code,
        place,
        message,
        action: action.to_owned(),
        hint,
    }
}
