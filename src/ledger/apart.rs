//! A ledger in a folder taken apart: its first layer, and the customers that later imports laid over it.
//!
//! A customer is what the last layer says, so that whatever is added up over customers is
//! `all = first layer - its customers that were laid over + the layers over it`, and costs the customers that changed.

use std::ops::Range;
use std::path::Path;

use super::folder::open_written;
use super::kept_sums::KeptSums;
use super::manifest::{LayerEntry, Manifest};
use super::{Ledger, LedgerError};
use crate::ids::CustomerIx;

/// The two parts of a ledger, each a ledger of its own customers.
#[derive(Debug)]
pub struct LedgerParts {
    /// The first layer, as it was before anything was laid over it.
    pub base: Ledger,
    /// What lies over it: some customers, each with all that is theirs; `None` where nothing does.
    pub over: Option<Ledger>,
    dir: std::path::PathBuf,
    layer: LayerEntry,
}

impl LedgerParts {
    /// Takes the ledger in a folder apart, which was opened from there before; `None` where it has no facts of this program, or was
    /// changed meanwhile.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn open(dir: &Path, opened: &Ledger) -> Result<Option<LedgerParts>, LedgerError> {
        let manifest = Manifest::read(dir)?;
        let is_same = manifest.ledger_hash == opened.hash() && opened.n_stretches().is_some();
        let Some(layer) = manifest.layers.first().filter(|_| is_same).cloned() else {
            return Ok(None);
        };
        let n_layers = manifest.layers.len();
        let part = |layers: Range<usize>| Ledger::of_manifest(dir, &manifest.of_layers(dir, layers)?, open_written);
        Ok(Some(LedgerParts {
            base: part(0..1)?,
            over: (n_layers > 1).then(|| part(1..n_layers)).transpose()?,
            dir: dir.to_owned(),
            layer,
        }))
    }

    /// Returns the customers of the first layer that were laid over, by their position in it.
    pub fn laid_over(&self) -> Vec<CustomerIx> {
        let over = self.over.iter();
        let found = over.flat_map(|over| over.customers().map(|customer| over.customer_id(customer)));
        found.filter_map(|id| self.base.find_customer(id)).collect()
    }

    /// Returns where sums over the first layer are kept that mean this.
    pub fn kept_sums(&self, meaning: String) -> KeptSums {
        KeptSums::new(&self.dir, &self.layer, meaning)
    }
}
