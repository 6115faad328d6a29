//! Which layer each customer is taken from, and where what is theirs stands in the whole ledger.

use std::collections::BTreeSet;
use std::ops::Range;

use super::moved::Shift;
use crate::calendar::Day;
use crate::ids::CustomerIx;
use crate::ledger::customer_rows::{RowsHash, tables_of_customers};
use crate::ledger::stored_facts::{DaysOf, StoredFacts};
use crate::table::TableError;

/// Layers laid over each other.
#[derive(Debug)]
pub(in crate::ledger) struct Overlay {
    customer_ids: Vec<String>,
    entities: Vec<String>,
    rows_hashes: Vec<RowsHash>,
    span: DaysOf,
    /// Where each customer is.
    places: Vec<Place>,
    /// The first customer of each stretch, one entry more than stretches.
    first_customers: Vec<u32>,
    starts: Starts,
    of_layers: Vec<OfLayer>,
}

/// A customer's layer, and their position in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ledger) struct Place {
    pub layer: usize,
    pub customer: CustomerIx,
}

/// Where each customer's documents and rows start, one entry more than customers; rows by table of customers.
#[derive(Debug)]
struct Starts {
    documents: Vec<u32>,
    rows: Vec<Vec<u32>>,
}

/// What is counted within a layer.
#[derive(Debug)]
struct OfLayer {
    starts: Starts,
    /// The number in the whole ledger of each of the layer's legal entities.
    entities: Vec<u16>,
}

impl Overlay {
    /// Lays layers over each other, the oldest first; all are cut as the first one is.
    pub fn of(layers: &[StoredFacts]) -> Result<Overlay, TableError> {
        let mut ids_of_layers = Vec::new();
        for layer in layers {
            ids_of_layers.push(layer.customer_ids()?);
        }
        let places = places(&ids_of_layers);
        let bounds = layers[0].first_customers().skip(1);
        let bounds = bounds.map(|first| &ids_of_layers[0][first as usize]);
        let id = |place: &Place| &ids_of_layers[place.layer][place.customer.at()];
        let first_customers = bounds.map(|bound| places.partition_point(|place| id(place) < bound) as u32);
        let first_customers = [0].into_iter().chain(first_customers).chain([places.len() as u32]);
        let first_customers: Vec<u32> = first_customers.collect();
        let customer_ids = places.iter().map(|place| id(place).clone()).collect();

        let (entities, numbers) = numbered_anew(layers)?;
        let mut documents = Vec::new();
        let mut about = Vec::new();
        for layer in layers {
            documents.push(layer.documents_of_customers()?);
            about.push(layer.about_customers()?);
        }
        let of_layers: Vec<OfLayer> = documents
            .iter()
            .zip(&about)
            .zip(numbers)
            .map(|((documents, (rows, _)), entities)| {
                let rows = rows.counts.iter().map(|counts| starts(counts.iter().copied()));
                OfLayer {
                    starts: Starts {
                        documents: starts(documents.iter().copied()),
                        rows: rows.collect(),
                    },
                    entities,
                }
            })
            .collect();
        let at = |place: &Place, starts: fn(&Starts, usize) -> &[u32], table: usize| {
            let customer = place.customer.at();
            let starts = starts(&of_layers[place.layer].starts, table);
            starts[customer + 1] - starts[customer]
        };
        let documents = places.iter().map(|place| at(place, |starts, _| &starts.documents, 0));
        let rows = (0..tables_of_customers().count()).map(|table| {
            starts(
                places
                    .iter()
                    .map(|place| at(place, |starts, table| &starts.rows[table], table)),
            )
        });
        let starts = Starts {
            documents: starts(documents),
            rows: rows.collect(),
        };
        let hashes = places
            .iter()
            .map(|place| about[place.layer].0.hashes[place.customer.at()]);
        let days = places
            .iter()
            .filter_map(|place| about[place.layer].1[place.customer.at()]);
        let span = days.reduce(|(first, last), (from, until)| (first.min(from), last.max(until)));
        let rows_hashes = hashes.collect();
        Ok(Overlay {
            customer_ids,
            entities,
            rows_hashes,
            span,
            places,
            first_customers,
            starts,
            of_layers,
        })
    }

    pub fn customer_ids(&self) -> &[String] {
        &self.customer_ids
    }

    pub fn entities(&self) -> &[String] {
        &self.entities
    }

    pub fn rows_hashes(&self) -> &[RowsHash] {
        &self.rows_hashes
    }

    pub fn n_documents(&self) -> usize {
        self.starts.documents.last().map_or(0, |end| *end as usize)
    }

    /// Returns the first and last day of any document or posting.
    pub fn span(&self) -> Option<(Day, Day)> {
        self.span
    }

    /// Returns the customers of a stretch.
    pub fn stretch(&self, stretch: usize) -> Range<u32> {
        self.first_customers[stretch]..self.first_customers[stretch + 1]
    }

    /// Returns the position of a customer's first document.
    pub fn first_document(&self, customer: u32) -> u32 {
        self.starts.documents[customer as usize]
    }

    /// Returns the id of the first customer of each stretch but the first.
    pub fn bounds(&self) -> impl Iterator<Item = &str> {
        let inner = &self.first_customers[1..self.first_customers.len() - 1];
        inner.iter().map(|first| self.customer_ids[*first as usize].as_str())
    }

    /// Finds a customer by id.
    pub fn find(&self, id: &str) -> Option<u32> {
        let found = self.customer_ids.binary_search_by(|listed| listed.as_str().cmp(id));
        found.ok().map(|position| position as u32)
    }

    /// Returns the customers that are taken from some of the layers.
    pub fn customers_in(&self, layers: Range<usize>) -> impl Iterator<Item = u32> {
        let places = (0..).zip(&self.places);
        places.filter_map(move |(customer, place)| layers.contains(&place.layer).then_some(customer))
    }

    /// Returns how many rows there are of a table of customers.
    pub fn n_rows(&self, table: &str) -> u64 {
        self.starts.rows[position(table)]
            .last()
            .map_or(0, |end| u64::from(*end))
    }

    /// Returns how many rows of all tables are a customer's.
    pub fn n_rows_of(&self, customer: u32) -> u64 {
        let at = customer as usize;
        let rows = self.starts.rows.iter();
        rows.map(|starts| u64::from(starts[at + 1] - starts[at])).sum()
    }

    /// Returns where a layer has the rows of some customers in one of its tables: of those that are taken from it.
    pub fn rows(&self, layer: usize, table: &str, customers: &[u32]) -> Vec<Range<usize>> {
        let starts = &self.of_layers[layer].starts.rows[position(table)];
        let places = customers.iter().map(|customer| self.place(*customer));
        let own = places
            .filter(|place| place.layer == layer)
            .map(|place| place.customer.at());
        own.map(|at| starts[at] as usize..starts[at + 1] as usize).collect()
    }

    /// Returns where a customer is.
    pub fn place(&self, customer: u32) -> Place {
        self.places[customer as usize]
    }

    /// Returns by how much the positions of a customer's facts move that name rows of a table.
    pub fn shift(&self, customer: u32, table: &str) -> Shift<'_> {
        let place = self.place(customer);
        let layer = &self.of_layers[place.layer];
        let table = position(table);
        let (here, there) = (customer as usize, place.customer.at());
        Shift {
            documents: self.starts.documents[here].wrapping_sub(layer.starts.documents[there]),
            rows: self.starts.rows[table][here].wrapping_sub(layer.starts.rows[table][there]),
            entities: &layer.entities,
        }
    }
}

/// Returns the place of a table among those of customers.
fn position(table: &str) -> usize {
    let found = tables_of_customers().position(|spec| spec.name == table);
    found.expect("rows of customers stand in tables of customers")
}

/// Returns each customer of any layer, in order of ids, at their place in the last layer that has them.
fn places(ids_of_layers: &[Vec<String>]) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for (layer, ids) in ids_of_layers.iter().enumerate() {
        let below = std::mem::take(&mut places);
        places.reserve(below.len() + ids.len());
        let id = |place: &Place| &ids_of_layers[place.layer][place.customer.at()];
        let mut below = below.into_iter().peekable();
        for (at, own) in ids.iter().enumerate() {
            while let Some(place) = below.next_if(|place| id(place) <= own) {
                if id(&place) < own {
                    places.push(place);
                }
            }
            places.push(Place {
                layer,
                customer: CustomerIx(at as u32),
            });
        }
        places.extend(below);
    }
    places
}

/// Returns the legal entities of all layers, in alphabetical order, and for each layer the new numbers of its own.
fn numbered_anew(layers: &[StoredFacts]) -> Result<(Vec<String>, Vec<Vec<u16>>), TableError> {
    let mut of_layers = Vec::new();
    for layer in layers {
        of_layers.push(layer.entities()?);
    }
    let all: BTreeSet<&String> = of_layers.iter().flatten().collect();
    let all: Vec<String> = all.into_iter().cloned().collect();
    let number = |name: &String| all.partition_point(|listed| listed < name) as u16;
    let numbers = of_layers.iter().map(|names| names.iter().map(number).collect());
    let numbers = numbers.collect();
    Ok((all, numbers))
}

fn starts(counts: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut end = 0;
    let mut starts = vec![0];
    starts.extend(counts.map(|count| {
        end += count;
        end
    }));
    starts
}
