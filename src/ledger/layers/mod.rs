//! Facts in layers: the ledger as it was first written, and over it the customers that later imports changed.
//!
//! A layer has everything of the customers it names, and a customer is whatever the last layer that names them says.
//! So an import writes the customers it touches and nothing else. All layers are cut into stretches at the same
//! customers, and a stretch of the ledger is that stretch of every layer, each customer taken from the last.
//!
//! What facts name by position (documents, rows of tables, legal entities) is counted within a layer; here it becomes
//! the position in the whole ledger, as if that had been written at once.

mod moved;
mod overlay;
mod rows;

use std::ops::Range;

use rayon::prelude::*;

pub(super) use self::moved::{Moved, Shift};
pub(super) use self::overlay::Overlay;
pub(super) use self::rows::laid_over;
use super::customer_rows::RowsHash;
use super::stored_facts::StoredFacts;
use super::stored_facts::columns::{
    Contacts, Disputes, Documents, DueDays, Holds, Orders, Promises, Recoveries, Unapplied, Versions,
};
use super::stored_facts::kinds::OfCustomers;
use super::{ByCustomer, Document, Posting, Reads, Stretch};
use crate::calendar::Day;
use crate::ids::CustomerIx;
use crate::table::TableError;

/// The facts of a ledger in files: one layer as it stands, or several laid over each other.
#[derive(Debug)]
pub(super) struct Layers {
    layers: Vec<StoredFacts>,
    // Only where there are several layers.
    overlay: Option<Overlay>,
}

impl Layers {
    /// Takes the open layers, the oldest first; at least one.
    pub fn open(layers: Vec<StoredFacts>) -> Result<Layers, TableError> {
        let n_stretches = layers[0].n_stretches();
        if layers.iter().any(|layer| layer.n_stretches() != n_stretches) {
            return Err(TableError::Parquet {
                message: "the layers of facts are not cut alike".to_owned(),
            });
        }
        let overlay = match layers.len() {
            1 => None,
            _ => Some(Overlay::of(&layers)?),
        };
        Ok(Layers { layers, overlay })
    }

    /// Returns how many stretches there are.
    pub fn n_stretches(&self) -> usize {
        self.layers[0].n_stretches()
    }

    /// Returns the customers of a stretch.
    pub fn customers_of_stretch(&self, stretch: usize) -> Range<u32> {
        match &self.overlay {
            None => self.layers[0].customers_of_stretch(stretch),
            Some(overlay) => overlay.stretch(stretch),
        }
    }

    /// Returns how many rows there are of a table of customers.
    pub fn n_rows(&self, table: &str) -> Option<u64> {
        let overlay = self.overlay.as_ref()?;
        Some(overlay.n_rows(table))
    }

    /// Returns about how many bytes the largest stretch takes while it is decoded.
    pub fn bytes_of_a_stretch(&self) -> usize {
        let bytes = self.layers.iter().map(StoredFacts::bytes_of_a_stretch);
        // Laid over each other they stand in memory twice.
        self.copies() * bytes.sum::<usize>()
    }

    fn copies(&self) -> usize {
        1 + usize::from(self.overlay.is_some())
    }

    /// Returns how many customers there are.
    pub fn n_customers(&self) -> usize {
        match &self.overlay {
            None => self.layers[0].n_customers(),
            Some(overlay) => overlay.customer_ids().len(),
        }
    }

    /// Returns how many documents there are.
    pub fn n_documents(&self) -> usize {
        match &self.overlay {
            None => self.layers[0].n_documents(),
            Some(overlay) => overlay.n_documents(),
        }
    }

    /// Returns the first and last day of any document or posting.
    pub fn span(&self) -> Option<(Day, Day)> {
        match &self.overlay {
            None => self.layers[0].span(),
            Some(overlay) => overlay.span(),
        }
    }

    /// Reads the customers' ids.
    pub fn customer_ids(&self) -> Result<Vec<String>, TableError> {
        match &self.overlay {
            None => self.layers[0].customer_ids(),
            Some(overlay) => Ok(overlay.customer_ids().to_vec()),
        }
    }

    /// Reads the names of the legal entities.
    pub fn entities(&self) -> Result<Vec<String>, TableError> {
        match &self.overlay {
            None => self.layers[0].entities(),
            Some(overlay) => Ok(overlay.entities().to_vec()),
        }
    }

    /// Reads the hash over each customer's rows, in the order of customers.
    pub fn rows_hashes(&self) -> Result<Vec<RowsHash>, TableError> {
        match &self.overlay {
            None => Ok(self.layers[0].about_customers()?.0.hashes),
            Some(overlay) => Ok(overlay.rows_hashes().to_vec()),
        }
    }

    /// Reads the facts of one stretch of customers that a pass asks for.
    pub fn stretch(&self, stretch: usize, reads: Reads) -> Result<Stretch, TableError> {
        let layers = self.layers.iter().map(|layer| layer.stretch(stretch, reads));
        let mut parts = layers.collect::<Result<Vec<Stretch>, TableError>>()?;
        let Some(overlay) = &self.overlay else {
            return Ok(parts.swap_remove(0));
        };
        let customers = overlay.stretch(stretch);
        let (documents, postings) = overlay.laid_documents(&customers, |layer| {
            let part = &parts[layer];
            (&part.documents, &part.postings)
        });
        macro_rules! laid {
            ($layout:ident $kind:ident) => {
                overlay.laid_where_read::<$layout>(&customers, |layer| parts[layer].$kind.as_ref())
            };
        }
        Ok(Stretch {
            first_document: overlay.first_document(customers.start),
            unapplied: laid!(Unapplied unapplied),
            recoveries: laid!(Recoveries recoveries),
            versions: laid!(Versions versions),
            due_days: laid!(DueDays due_days),
            disputes: laid!(Disputes disputes),
            promises: laid!(Promises promises),
            contacts: laid!(Contacts contacts),
            orders: laid!(Orders orders),
            holds: laid!(Holds holds),
            documents,
            postings,
        })
    }

    /// Tells whether any layer has a fact of a kind.
    pub fn has<L: OfCustomers>(&self) -> bool {
        self.layers.iter().any(StoredFacts::has::<L>)
    }

    /// Reads the facts of a kind of one stretch of customers.
    pub fn stretch_of<L: OfCustomers>(&self, stretch: usize) -> Result<ByCustomer<L::Fact>, TableError> {
        let layers = self.layers.iter().map(|layer| layer.stretch_of::<L>(stretch));
        let mut parts = layers.collect::<Result<Vec<_>, TableError>>()?;
        Ok(match &self.overlay {
            None => parts.swap_remove(0),
            Some(overlay) => overlay.laid::<L>(&overlay.stretch(stretch), |layer| &parts[layer]),
        })
    }

    /// Reads all facts of a kind.
    pub fn all<L: OfCustomers>(&self) -> Result<ByCustomer<L::Fact>, TableError> {
        let stretches = (0..self.n_stretches()).into_par_iter();
        let parts = stretches.map(|stretch| self.stretch_of::<L>(stretch));
        Ok(ByCustomer::joined(parts.collect::<Result<Vec<_>, TableError>>()?))
    }

    /// Reads all documents and their postings.
    pub fn documents(&self) -> Result<(ByCustomer<Document>, Vec<Posting>), TableError> {
        let Some(overlay) = &self.overlay else {
            return self.layers[0].documents();
        };
        let parts = (0..self.n_stretches()).into_par_iter().map(|stretch| {
            let layers = self.layers.iter().map(|layer| layer.stretch_of_documents(stretch));
            let parts = layers.collect::<Result<Vec<_>, TableError>>()?;
            Ok(overlay.laid_documents(&overlay.stretch(stretch), |layer| (&parts[layer].0, &parts[layer].1)))
        });
        let parts = parts.collect::<Result<Vec<_>, TableError>>()?;
        let (mut documents, postings): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let mut n_before = 0;
        for (part, postings) in documents.iter_mut().zip(&postings) {
            for document in &mut part.items {
                let (start, end) = document.postings;
                document.postings = (start + n_before, end + n_before);
            }
            n_before += postings.len() as u32;
        }
        Ok((ByCustomer::joined(documents), postings.concat()))
    }
}

impl Overlay {
    /// Takes each customer's facts of one kind from the last layer that has them.
    fn laid<'p, L: OfCustomers>(
        &self,
        customers: &Range<u32>,
        part: impl Fn(usize) -> &'p ByCustomer<L::Fact>,
    ) -> ByCustomer<L::Fact>
    where
        L::Fact: 'p,
    {
        let mut counts = Vec::with_capacity(customers.len());
        let mut facts = Vec::new();
        for customer in customers.clone() {
            let place = self.place(customer);
            let own = part(place.layer).of(place.customer);
            let shift = self.shift(customer, L::TABLE);
            counts.push(own.len() as u32);
            facts.extend(own.iter().map(|fact| fact.moved(&shift)));
        }
        ByCustomer::counted(customers.start, &counts, facts)
    }

    /// As [`Overlay::laid`], of a kind that the layers may not have read.
    fn laid_where_read<'p, L: OfCustomers>(
        &self,
        customers: &Range<u32>,
        part: impl Fn(usize) -> Option<&'p ByCustomer<L::Fact>>,
    ) -> Option<ByCustomer<L::Fact>>
    where
        L::Fact: 'p,
    {
        part(0)?;
        Some(self.laid::<L>(customers, |layer| {
            part(layer).expect("every layer reads the kinds that the first one reads")
        }))
    }

    /// Takes each customer's documents and their postings from the last layer that has them; a document names the places of
    /// its postings among those returned.
    fn laid_documents<'p>(
        &self,
        customers: &Range<u32>,
        part: impl Fn(usize) -> (&'p ByCustomer<Document>, &'p Vec<Posting>),
    ) -> (ByCustomer<Document>, Vec<Posting>) {
        let mut counts = Vec::with_capacity(customers.len());
        let (mut documents, mut postings) = (Vec::new(), Vec::new());
        for customer in customers.clone() {
            let place = self.place(customer);
            let (of_layer, postings_of_layer) = part(place.layer);
            let own = of_layer.of(place.customer);
            let shift = self.shift(customer, Documents::TABLE);
            let shift_of_postings = self.shift(customer, Unapplied::TABLE);
            counts.push(own.len() as u32);
            for document in own {
                let start = postings.len() as u32;
                let own_postings = postings_of_layer[document.postings()].iter();
                postings.extend(own_postings.map(|posting| posting.moved(&shift_of_postings)));
                documents.push(Document {
                    customer: CustomerIx(customer),
                    postings: (start, postings.len() as u32),
                    ..document.moved(&shift)
                });
            }
        }
        (ByCustomer::counted(customers.start, &counts, documents), postings)
    }
}
