//! Why a ledger cannot be opened or written.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;

use thiserror::Error;

use super::folder::TABLES;
use super::manifest::{MANIFEST, SCHEMA_VERSION};
use crate::table::TableError;

/// Why a ledger cannot be opened or written.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// No ledger there.
    #[error(
        "found no ledger in {dir}, expected a folder with `{MANIFEST}`; import into it first: arrears import --ledger {dir} FILES"
    )]
    NotALedger {
        /// The folder.
        dir: PathBuf,
    },
    /// Reading or writing failed.
    #[error("cannot {doing} {path}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// The manifest is damaged.
    #[error("the manifest {path} cannot be read; restore it from a copy, or import again into a new folder")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// Tables without a manifest: a ledger that lost it, or somebody else's folder.
    #[error(
        "{dir} has a folder `{TABLES}` with files but no `{MANIFEST}`; restore the manifest from a copy, or import into a new folder"
    )]
    ManifestMissing {
        /// The folder.
        dir: PathBuf,
    },
    /// Written by another version.
    #[error("{dir} has ledger schema {found}, this program reads {SCHEMA_VERSION}; import again into a new folder")]
    SchemaVersion {
        /// The folder.
        dir: PathBuf,
        /// Its version.
        found: u32,
    },
    /// A table file is not what the manifest says.
    #[error(
        "{path} is not the file that was written: its hash is {found}, the manifest says {expected}; restore it from a copy"
    )]
    HashDiffers {
        /// The file.
        path: PathBuf,
        /// Hash found.
        found: String,
        /// Hash in the manifest.
        expected: String,
    },
    /// The manifest names no such file of facts.
    #[error("the manifest in {dir} names no facts `{name}`; restore it from a copy, or import again into a new folder")]
    FactsMissing {
        /// The folder.
        dir: PathBuf,
        /// The file it should name.
        name: &'static str,
    },
    /// A table file cannot be decoded.
    #[error("table {path} cannot be read")]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: TableError,
    },
    /// A file of facts cannot be decoded.
    #[error("the facts of the ledger cannot be read; import again into a new folder")]
    Facts(#[from] TableError),
}

/// Does some work on a ledger; a file of the ledger that cannot be read any more ends it.
///
/// Facts and tables are read when they are first asked for, by passes that cannot fail otherwise. Where that fails, because a disk
/// went away or a file was cut short after it was opened, the work is left by unwinding to here, from any thread; outside of
/// `interruptible` it is a panic.
///
/// # Errors
/// Why a file of the ledger could not be read.
pub fn interruptible<T>(work: impl FnOnce() -> T) -> Result<T, LedgerError> {
    // Nothing of what the work left half done is seen again but the ledger itself, which keeps what it has read whole or not at all.
    catch_unwind(AssertUnwindSafe(work)).map_err(|cause| match cause.downcast::<LedgerError>() {
        Ok(error) => *error,
        Err(panic) => resume_unwind(panic),
    })
}

impl LedgerError {
    /// Leaves the work that needs what could not be read, for [`interruptible`].
    pub(super) fn interrupt(self) -> ! {
        resume_unwind(Box::new(self))
    }
}
