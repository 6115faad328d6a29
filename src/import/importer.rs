//! An import under way: each row is kept with all its records or quarantined as a whole, and its money is counted with it.

use std::path::Path;

use rayon::prelude::*;

use super::builder::TableBuilder;
use super::evaluate::{self, Draft, RowContext};
use super::explain::{Counts, Explanation};
use super::plan::{Plan, RecordPlan};
use super::profile::Profile;
use super::source::{self, BytesRead, Defect, Piece, Reader, Row, RowEvent};
use super::value::Fault;
use super::{ImportError, ImportParams, Imported, captions, quarantine};
use crate::contract::TABLES;
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked, Issues, Place};
use crate::records::{Fate, MoneyFate, Records, Rejected, Source};

/// Pieces of a file that are read at a time, for each thread.
const PIECES_PER_THREAD: usize = 6;

/// An import under way.
pub(super) struct Importer<'p> {
    profile: &'p Profile,
    files: Vec<String>,
    caveats: Vec<Caveat>,
    explanation: Explanation,
    /// All rows read so far.
    rows: Part,
}

/// Rows that were read one after the other, and what became of them.
#[derive(Default)]
pub(super) struct Part {
    tables: Vec<TableBuilder>,
    issues: Issues,
    rejected: Vec<Rejected>,
    rows: Fate<u64>,
    n_skipped: u64,
    money: MoneyFate,
    receipts_money: MoneyFate,
    n_unreadable_amounts: u64,
    /// Rows per record of the profile that differ from the row kept for their key.
    n_differing: Vec<u64>,
    counts: Counts,
}

/// A file whose rows are read.
struct FileContext<'f> {
    name: &'f str,
    number: u32,
    header: &'f [String],
    plan: &'f Plan<'f>,
    /// Whether rows can be read column by column.
    is_by_column: bool,
    profile: &'f Profile,
}

/// Where the rows of one record go.
struct Target {
    table: usize,
    /// Column and place in the table of each attribute.
    attributes: Vec<(usize, usize)>,
}

impl<'p> Importer<'p> {
    pub(super) fn new(profile: &'p Profile) -> Importer<'p> {
        Importer {
            profile,
            files: Vec::new(),
            caveats: Vec::new(),
            explanation: Explanation::default(),
            rows: Part::default(),
        }
    }

    /// Reads a file on all threads: pieces of it at a time, each on its own, put together in the order of the file. Each
    /// time some are, `progress` is shown all rows so far and may take them.
    pub(super) fn file<E: From<ImportError>>(
        &mut self,
        path: &Path,
        bytes_read: BytesRead,
        progress: &mut dyn FnMut(&mut Part) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut reader = source::open(path, &self.profile.source, bytes_read)?;
        let header = reader.captions().to_vec();
        let plan = Plan::bind(self.profile, path, &header)?;
        let name = path.display().to_string();
        let number = u32::try_from(self.files.len()).expect("fewer than 2^32 files are named on a command line");
        self.files.push(name.clone());
        self.explanation.start(&plan, &header);
        let file = FileContext {
            name: &name,
            number,
            header: &header,
            plan: &plan,
            is_by_column: plan.is_by_column(),
            profile: self.profile,
        };
        let n_before = self.rows.n_seen();
        let targets = self.rows.targets(&file);
        if plan.needs_earlier_rows() {
            while let Some(piece) = reader.next_piece()? {
                self.rows.read(&file, &targets, piece.as_ref())?;
                progress(&mut self.rows)?;
            }
        } else {
            let mut pieces = next_pieces(reader.as_mut())?;
            let mut ready: Vec<Part> = Vec::new();
            while !pieces.is_empty() {
                let rows = &mut self.rows;
                let ((parts, ahead), ()) = rayon::join(
                    || rayon::join(|| read_each(&file, &pieces), || next_pieces(reader.as_mut())),
                    || ready.into_iter().for_each(|part| rows.absorb(part)),
                );
                (ready, pieces) = (parts?, ahead?);
                progress(&mut self.rows)?;
            }
            ready.into_iter().for_each(|part| self.rows.absorb(part));
        }
        if self.rows.n_seen() == n_before {
            self.caveats
                .push(Caveat(format!("`{name}` holds a header and no rows")));
        }
        Ok(())
    }

    pub(super) fn finish(mut self, params: &ImportParams) -> Result<Checked<Imported>, ImportError> {
        for column in &params.timeless {
            self.rows.declare_timeless(column)?;
        }
        for (record, &n_differing) in self.profile.records.iter().zip(&self.rows.n_differing) {
            if n_differing > 0 {
                self.caveats.push(Caveat(format!(
                    "{n_differing} rows say something else about their `{}` than the first row with the same key; the first row counts",
                    record.spec.name
                )));
            }
        }
        let in_contract_order = |table: &TableBuilder| TABLES.iter().position(|spec| spec == table.spec());
        let mut rows = self.rows;
        rows.tables.sort_by_key(in_contract_order);
        Ok(Checked {
            value: Imported {
                records: Records {
                    tables: rows.tables.into_iter().map(TableBuilder::finish).collect(),
                    files: self.files,
                },
                rejected: rows.rejected,
                rows: rows.rows,
                n_skipped: rows.n_skipped,
                money: rows.money,
                receipts_money: rows.receipts_money,
                n_unreadable_amounts: rows.n_unreadable_amounts,
                explanation: self.explanation.table(&rows.counts, &self.profile.name),
            },
            issues: rows.issues,
            caveats: self.caveats,
        })
    }
}

fn next_pieces(reader: &mut dyn Reader) -> Result<Vec<Box<dyn Piece>>, ImportError> {
    let mut pieces = Vec::new();
    while pieces.len() < PIECES_PER_THREAD * rayon::current_num_threads() {
        match reader.next_piece()? {
            Some(piece) => pieces.push(piece),
            None => break,
        }
    }
    Ok(pieces)
}

fn read_each(file: &FileContext<'_>, pieces: &[Box<dyn Piece>]) -> Result<Vec<Part>, ImportError> {
    let read = |piece: &dyn Piece| {
        let mut part = Part::default();
        let targets = part.targets(file);
        if !part.read_columns(file, &targets, piece) {
            part.read(file, &targets, piece)?;
        }
        Ok(part)
    };
    pieces.par_iter().map(|piece| read(piece.as_ref())).collect()
}

impl Part {
    /// Returns where the records of a file go, adding tables and attributes that are new.
    fn targets(&mut self, file: &FileContext<'_>) -> Vec<Target> {
        let records = file.plan.records.iter();
        records.map(|record| self.target(file.profile, record)).collect()
    }

    fn target(&mut self, profile: &Profile, record: &RecordPlan<'_>) -> Target {
        let found = self.tables.iter().position(|table| table.spec() == record.spec);
        let table = found.unwrap_or_else(|| {
            self.tables.push(TableBuilder::new(record.spec));
            self.tables.len() - 1
        });
        for column in &profile.records[record.position].timeless {
            self.tables[table].set_timeless(&captions::snake_case(column));
        }
        let attributes = record.attributes.iter();
        let attributes = attributes
            .map(|(column, name)| (*column, self.tables[table].attribute(name)))
            .collect();
        Target { table, attributes }
    }

    /// Returns about how many bytes the rows of the tables take.
    pub(super) fn n_bytes(&self) -> usize {
        self.tables.iter().map(TableBuilder::n_bytes).sum()
    }

    /// Returns the rows of the tables so far, which begin anew; those stay with which later ones are compared.
    pub(super) fn hand_on(&mut self) -> Records {
        let rows = self.tables.iter_mut().filter_map(TableBuilder::hand_on);
        Records {
            tables: rows.collect(),
            files: Vec::new(),
        }
    }

    /// Returns how many rows were seen, skipped ones included.
    fn n_seen(&self) -> u64 {
        self.rows.read + self.n_skipped
    }

    fn read(&mut self, file: &FileContext<'_>, targets: &[Target], piece: &dyn Piece) -> Result<(), ImportError> {
        piece.for_each(&mut |event| self.row(file, targets, event))
    }

    /// Reads rows column by column; tells whether it did: a piece with a row that has to be looked at by itself is left alone.
    fn read_columns(&mut self, file: &FileContext<'_>, targets: &[Target], piece: &dyn Piece) -> bool {
        let grid = if file.is_by_column { piece.grid() } else { None };
        let Some(grid) = grid else { return false };
        let Some(records) = file.plan.columns(grid.as_ref()) else {
            return false;
        };
        self.rows.read += grid.n_rows() as u64;
        self.rows.kept += grid.n_rows() as u64;
        let first = Source {
            file: file.number,
            line: grid.first_line(),
        };
        for ((record, columns), target) in file.plan.records.iter().zip(records).zip(targets) {
            self.counts.count_columns(record, &columns.fields);
            let places = target.attributes.iter().map(|(_, at)| *at);
            self.tables[target.table].push_columns(&columns, places, first);
            let money = match record.spec.name {
                "invoices" => &mut self.money,
                _ => &mut self.receipts_money,
            };
            add_money(money, columns.money);
        }
        true
    }

    /// Adds what was read behind these rows.
    fn absorb(&mut self, later: Part) {
        for table in &later.tables {
            let known = self.tables.iter_mut().find(|known| known.spec() == table.spec());
            known
                .expect("the tables of a file are made before its rows are read")
                .append(table);
        }
        self.issues.extend(later.issues);
        self.rejected.extend(later.rejected);
        self.rows.read += later.rows.read;
        self.rows.kept += later.rows.kept;
        self.rows.quarantined += later.rows.quarantined;
        self.n_skipped += later.n_skipped;
        add_money(&mut self.money, later.money);
        add_money(&mut self.receipts_money, later.receipts_money);
        self.n_unreadable_amounts += later.n_unreadable_amounts;
        self.counts.absorb(later.counts);
    }

    fn row(&mut self, file: &FileContext<'_>, targets: &[Target], event: RowEvent<'_>) {
        let row = RowContext {
            row: event.row,
            header: file.header,
            number: self.rows.read + 1,
            plan: file.plan,
        };
        let skips = file.plan.skip.iter();
        if skips
            .into_iter()
            .any(|skip| row.holds(std::slice::from_ref(skip)).unwrap_or(false))
        {
            self.n_skipped += 1;
            return;
        }
        self.rows.read += 1;
        if let Some(defect) = event.defect {
            self.reject_whole(file, event.line, event.row, defect);
            return;
        }
        let mut drafts: Vec<(usize, Draft<'_>)> = Vec::with_capacity(file.plan.records.len());
        let mut fault = None;
        for (at, record) in file.plan.records.iter().enumerate() {
            match row.holds(&record.when) {
                Ok(true) => {
                    let mut draft = row.draft(record);
                    fault = fault.or_else(|| draft.fault.take());
                    drafts.push((at, draft));
                }
                Ok(false) => {}
                Err(found) => fault = fault.or(Some(found)),
            }
        }
        match fault {
            None => self.keep(file, targets, event.line, row, drafts),
            Some(fault) => self.reject(file, event.line, event.row, *fault, &drafts),
        }
    }

    fn keep(
        &mut self,
        file: &FileContext<'_>,
        targets: &[Target],
        line: u64,
        row: RowContext<'_>,
        drafts: Vec<(usize, Draft<'_>)>,
    ) {
        self.rows.kept += 1;
        let source = Source {
            file: file.number,
            line,
        };
        for (at, draft) in drafts {
            let (record, target) = (&file.plan.records[at], &targets[at]);
            if let Some((fate, currency, total)) = self.fate(record, &draft) {
                let fate = fate.entry(currency).or_default();
                fate.read += total;
                fate.kept += total;
            }
            for &(field, code) in &draft.assumed {
                self.issues.push_with(code, || {
                    quarantine::assumption(file.name, line, record, field, &draft, code)
                });
            }
            let table = &mut self.tables[target.table];
            if record.once {
                let key = quarantine::key(record, &draft);
                if let Some(kept) = table.claim(key) {
                    let attributes = target
                        .attributes
                        .iter()
                        .map(|&(column, at)| (at, row.attribute(column)));
                    let differs = table.differs(kept, &draft.values, attributes);
                    self.n_differing.resize(file.profile.records.len(), 0);
                    self.n_differing[record.position] += u64::from(differs);
                    continue;
                }
            }
            self.counts.count(record, &draft);
            let attributes = target.attributes.iter();
            let attributes = attributes.map(|&(column, at)| (at, row.attribute(column)));
            table.push(&draft.values, attributes, source);
        }
    }

    /// Returns the money of a draft and where it is counted.
    fn fate(&mut self, record: &RecordPlan<'_>, draft: &Draft<'_>) -> Option<(&mut MoneyFate, Currency, Total)> {
        let fate = match record.spec.name {
            "invoices" => &mut self.money,
            "receipts" => &mut self.receipts_money,
            _ => return None,
        };
        let (currency, total) = evaluate::money(record, draft)?;
        Some((fate, currency, total))
    }

    fn reject(
        &mut self,
        file: &FileContext<'_>,
        line: u64,
        row: &dyn Row,
        fault: Fault,
        drafts: &[(usize, Draft<'_>)],
    ) {
        let mut money = None;
        for (at, draft) in drafts {
            let record = &file.plan.records[*at];
            if !is_document(record) {
                continue;
            }
            match self.fate(record, draft) {
                Some((fate, currency, total)) => {
                    let fate = fate.entry(currency).or_default();
                    fate.read += total;
                    fate.quarantined += total;
                    money = money.or(Some((currency, total)));
                }
                None => self.n_unreadable_amounts += 1,
            }
        }
        self.quarantine(file, line, row, fault, money);
    }

    /// Quarantines a row whose cells cannot be told apart: its money is unknown.
    fn reject_whole(&mut self, file: &FileContext<'_>, line: u64, row: &dyn Row, defect: Defect) {
        self.n_unreadable_amounts += file.plan.records.iter().filter(|record| is_document(record)).count() as u64;
        let fault = Fault {
            code: defect.code,
            column: None,
            found: defect.found,
            expected: defect.expected,
        };
        self.quarantine(file, line, row, fault, None);
    }

    fn quarantine(
        &mut self,
        file: &FileContext<'_>,
        line: u64,
        row: &dyn Row,
        fault: Fault,
        money: Option<(Currency, Total)>,
    ) {
        self.rows.quarantined += 1;
        let place = Place {
            file: file.name.to_owned(),
            line: Some(line),
            column: fault.column.clone(),
        };
        self.issues
            .push_with(fault.code, || quarantine::refusal(place.clone(), &fault));
        self.rejected.push(Rejected {
            code: fault.code,
            place,
            found: fault.found,
            expected: fault.expected,
            money,
            row: row.text(),
        });
    }

    fn declare_timeless(&mut self, column: &str) -> Result<(), ImportError> {
        let name = captions::snake_case(column);
        let mut found = false;
        for table in &mut self.tables {
            if table.optional_columns().any(|known| known == name) {
                table.set_timeless(&name);
                found = true;
            }
        }
        if found {
            return Ok(());
        }
        let mut known: Vec<&str> = self.tables.iter().flat_map(TableBuilder::optional_columns).collect();
        known.sort_unstable();
        known.dedup();
        Err(ImportError::TimelessUnknown {
            column: column.to_owned(),
            hint: captions::hint(known.iter().copied(), &[column.to_owned()]),
            present: captions::list(known),
        })
    }
}

fn add_money(money: &mut MoneyFate, later: MoneyFate) {
    for (currency, more) in later {
        let fate = money.entry(currency).or_default();
        fate.read += more.read;
        fate.kept += more.kept;
        fate.quarantined += more.quarantined;
    }
}

fn is_document(record: &RecordPlan<'_>) -> bool {
    matches!(record.spec.name, "invoices" | "receipts")
}
