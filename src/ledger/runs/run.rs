//! A run: the rows of a table in the order in which they are stored, in a file that is read soon and removed.

use std::fs::File;
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::contract::TableSpec;
use crate::ledger::judge::columns;
use crate::ledger::{LedgerError, order};
use crate::table::parquet::{self, DOCUMENT_PRECISION, PackedWriter};
use crate::table::{Packed, PackedTable, TableError, Values};

/// Rows that are had from a run at least.
pub(super) const ROWS_PER_GROUP: usize = 1 << 15;
/// Shares of all hashes that are looked at one after the other; a power of two.
pub(super) const N_SHARES: usize = 64;
/// The column of a run that says which of the rows read a row was; no attribute has such a name.
pub(super) const ROW: &str = "ROW";
/// What the name of a run's file of keys ends in.
pub(super) const KEYS: &str = "keys";

/// Rows in the order in which they are stored.
#[derive(Debug)]
pub(super) struct Run {
    /// The file of the rows; that of the keys stands beside it.
    path: PathBuf,
    /// The first customer of each group of rows.
    first_customers: Vec<String>,
    /// Where each share of the hashes starts, one entry more than shares.
    key_starts: Vec<usize>,
}

/// Returns the share of all hashes to which one belongs.
pub(super) fn share_of(hash: u64) -> usize {
    (hash >> (u64::BITS - N_SHARES.trailing_zeros())) as usize
}

/// Bytes of a hash and the row it is of.
const KEY_BYTES: usize = 12;

impl Run {
    /// Writes a table in the given order; `n_before` rows were read before its first.
    pub fn write(
        path: PathBuf,
        spec: &TableSpec,
        table: &PackedTable,
        order: &[u32],
        n_before: usize,
    ) -> Result<Run, LedgerError> {
        let hashes = order::hashes(&columns(table, spec.key), table.n_rows());
        let mut keys: Vec<(u64, u32)> = (0..).zip(order).map(|(at, row)| (hashes[*row as usize], at)).collect();
        drop(hashes);
        keys.par_sort_unstable();
        let shares = 0..=N_SHARES;
        let key_starts = shares.map(|share| keys.partition_point(|(hash, _)| share_of(*hash) < share));
        let key_starts = key_starts.collect();
        let mut to = BufWriter::with_capacity(1 << 20, create(&path.with_extension(KEYS))?);
        let mut write_keys = || {
            for (hash, row) in &keys {
                to.write_all(&hash.to_le_bytes())?;
                to.write_all(&row.to_le_bytes())?;
            }
            to.flush()
        };
        write_keys().map_err(|source| failed("write", &path, source))?;
        drop(keys);

        let file = create(&path)?;
        let with_row = |table: PackedTable, rows: &[u32]| {
            let numbers: Values<i64> = rows.iter().map(|row| Some((n_before + *row as usize) as i64)).collect();
            table.with(ROW, Packed::Int(numbers))
        };
        let like = with_row(table.without_rows(), &[]);
        let write = || -> Result<(), TableError> {
            let to = BufWriter::with_capacity(1 << 20, file);
            let mut writer = PackedWriter::passing(&like, DOCUMENT_PRECISION, ROWS_PER_GROUP, to)?;
            for rows in order.chunks(ROWS_PER_GROUP) {
                let group = with_row(table.gathered(rows), rows);
                writer.write(&group, 0..group.n_rows(), &|_| {})?;
            }
            writer.close()?;
            Ok(())
        };
        write().map_err(|source| LedgerError::Table {
            path: path.clone(),
            source,
        })?;
        let ids = table.texts("customer_id");
        let first_customers = order
            .iter()
            .step_by(ROWS_PER_GROUP)
            .map(|row| ids.and_then(|ids| ids.at(*row as usize)).unwrap_or_default().to_owned());
        Ok(Run {
            first_customers: first_customers.collect(),
            path,
            key_starts,
        })
    }

    /// Returns the groups of rows among which those of some customers stand.
    pub fn groups_of(&self, first: &str, end: Option<&str>) -> Range<usize> {
        let firsts = &self.first_customers;
        // The rows of a customer can begin in the group before the first one that begins with them.
        let start = firsts.partition_point(|id| id.as_str() < first).saturating_sub(1);
        let end = end.map_or(firsts.len(), |end| firsts.partition_point(|id| id.as_str() < end));
        start..end
    }

    pub fn read(&self, spec: &TableSpec, groups: Range<usize>) -> Result<PackedTable, LedgerError> {
        let file = File::open(&self.path).map_err(|source| failed("read", &self.path, source))?;
        parquet::read_packed_groups(spec.name, groups, file).map_err(|source| LedgerError::Table {
            path: self.path.clone(),
            source,
        })
    }

    /// Reads a share of the hashes of keys, each with its row.
    pub fn keys_of(&self, share: usize) -> Result<Vec<(u64, u32)>, LedgerError> {
        let (start, end) = (self.key_starts[share], self.key_starts[share + 1]);
        let mut bytes = vec![0; (end - start) * KEY_BYTES];
        let mut read = || {
            let mut file = File::open(self.path.with_extension(KEYS))?;
            file.seek(SeekFrom::Start((start * KEY_BYTES) as u64))?;
            file.read_exact(&mut bytes)
        };
        read().map_err(|source| failed("read", &self.path, source))?;
        let key = |bytes: &[u8]| {
            let (hash, row) = bytes.split_at(8);
            let hash = u64::from_le_bytes(hash.try_into().expect("eight bytes make a hash"));
            let row = u32::from_le_bytes(row.try_into().expect("four bytes are left"));
            (hash, row)
        };
        Ok(bytes.chunks_exact(KEY_BYTES).map(key).collect())
    }
}

fn create(path: &Path) -> Result<File, LedgerError> {
    File::create(path).map_err(|source| failed("write", path, source))
}

fn failed(doing: &'static str, path: &Path, source: std::io::Error) -> LedgerError {
    LedgerError::Io {
        doing,
        path: path.to_owned(),
        source,
    }
}
