//! A limit to what a run may hold in memory.

use std::fmt;
use std::str::FromStr;

use anyhow::bail;

/// A number of bytes, said as `500MB` or `4GB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bytes(u64);

/// Memory that the program takes before it reads anything, with its libraries and what it writes.
const BASE: u64 = 100_000_000;

/// Memory that an import takes besides its rows: pieces of files, stretches of customers in the making, parts of Parquet files.
const FIXED_OF_IMPORT: u64 = 280_000_000;
/// Memory for rows below which an import would be taken up with its runs.
const LEAST_ROWS: u64 = 50_000_000;

const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000)];

impl Bytes {
    /// Returns on how many threads a run keeps within the limit, given what it holds once and what it holds on each.
    ///
    /// # Errors
    /// Not even one thread fits.
    pub(super) fn threads(self, once: usize, each: usize, most: usize) -> anyhow::Result<usize> {
        let once = BASE + once as u64;
        let each = (each as u64).max(1);
        let n = self.0.saturating_sub(once) / each;
        if n == 0 {
            bail!(
                "this needs about {} of memory, --memory allows {self}; allow more, or ask for fewer months or larger groups",
                Bytes(once + each)
            );
        }
        Ok(usize::try_from(n).unwrap_or(most).min(most))
    }
}

impl Bytes {
    /// Returns how many bytes the rows of an import may take so that the whole of it keeps within the limit.
    ///
    /// # Errors
    /// The limit is below what an import takes whatever its rows.
    pub(super) fn for_rows(self) -> anyhow::Result<usize> {
        let rows = self.0.saturating_sub(FIXED_OF_IMPORT);
        if rows < LEAST_ROWS {
            bail!(
                "an import needs at least {} of memory, --memory allows {self}",
                Bytes(FIXED_OF_IMPORT + LEAST_ROWS)
            );
        }
        // Sorting and writing take as much again: positions, hashes of keys, columns as they grow, copies of what is written.
        Ok(usize::try_from(rows / 2).unwrap_or(usize::MAX))
    }
}

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Bytes, String> {
        let upper = text.trim().to_uppercase();
        let unit = UNITS.iter().find(|(unit, _)| upper.ends_with(unit));
        let (number, factor) = unit.map_or((upper.as_str(), 1), |(unit, factor)| {
            (upper.trim_end_matches(unit).trim_end(), *factor)
        });
        let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
        bytes
            .map(Bytes)
            .ok_or_else(|| format!("found `{text}`, expected a size such as `500MB` or `4GB`"))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, factor) = UNITS
            .into_iter()
            .find(|(_, factor)| self.0 >= 10 * factor)
            .unwrap_or(UNITS[2]);
        write!(formatter, "{} {unit}", self.0.div_ceil(factor))
    }
}
