//! An import under way: each row is kept with all its records or quarantined as a whole, and its money is counted with it.

use std::borrow::Cow;
use std::path::Path;

use super::builder::TableBuilder;
use super::evaluate::{self, Draft, RowContext};
use super::explain::Explanation;
use super::plan::{Plan, RecordPlan};
use super::profile::Profile;
use super::source::{self, BytesRead, Defect, Row, RowEvent};
use super::value::Fault;
use super::{ImportError, ImportParams, Imported, captions, quarantine};
use crate::contract::TABLES;
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked, Issues, Place};
use crate::records::{Fate, MoneyFate, Records, Rejected, Source};

/// Rows between two calls of the progress function.
const ROWS_PER_STEP: u64 = 4096;

/// An import under way.
pub(super) struct Importer<'p> {
    profile: &'p Profile,
    tables: Vec<TableBuilder>,
    files: Vec<String>,
    issues: Issues,
    caveats: Vec<Caveat>,
    rejected: Vec<Rejected>,
    rows: Fate<u64>,
    n_skipped: u64,
    money: MoneyFate,
    receipts_money: MoneyFate,
    n_unreadable_amounts: u64,
    /// Rows per record of the profile that differ from the row kept for their key.
    n_differing: Vec<u64>,
    explanation: Explanation,
}

/// Where the records of one file go.
struct FileContext<'f> {
    name: &'f str,
    number: u32,
    header: &'f [String],
    plan: &'f Plan<'f>,
    targets: Vec<Target>,
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
            tables: Vec::new(),
            files: Vec::new(),
            issues: Issues::default(),
            caveats: Vec::new(),
            rejected: Vec::new(),
            rows: Fate::default(),
            n_skipped: 0,
            money: MoneyFate::new(),
            receipts_money: MoneyFate::new(),
            n_unreadable_amounts: 0,
            n_differing: vec![0; profile.records.len()],
            explanation: Explanation::default(),
        }
    }

    pub(super) fn file(
        &mut self,
        path: &Path,
        bytes_read: BytesRead,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), ImportError> {
        let mut reader = source::open(path, &self.profile.source, bytes_read.clone())?;
        let header = reader.captions().to_vec();
        let plan = Plan::bind(self.profile, path, &header)?;
        let name = path.display().to_string();
        let number = u32::try_from(self.files.len()).expect("fewer than 2^32 files are named on a command line");
        self.files.push(name.clone());
        let targets = plan.records.iter().map(|record| self.target(record)).collect();
        self.explanation.start(&plan, &header);
        let context = FileContext {
            name: &name,
            number,
            header: &header,
            plan: &plan,
            targets,
        };
        let mut n_rows = 0_u64;
        reader.for_each(&mut |event| {
            self.row(&context, event);
            n_rows += 1;
            if n_rows.is_multiple_of(ROWS_PER_STEP) {
                progress(bytes_read.get());
            }
        })?;
        if n_rows == 0 {
            self.caveats
                .push(Caveat(format!("`{name}` holds a header and no rows")));
        }
        Ok(())
    }

    fn target(&mut self, record: &RecordPlan<'_>) -> Target {
        let found = self.tables.iter().position(|table| table.spec() == record.spec);
        let table = found.unwrap_or_else(|| {
            self.tables.push(TableBuilder::new(record.spec));
            self.tables.len() - 1
        });
        for column in &self.profile.records[record.position].timeless {
            self.tables[table].set_timeless(&captions::snake_case(column));
        }
        let attributes = record.attributes.iter();
        let attributes = attributes
            .map(|(column, name)| (*column, self.tables[table].attribute(name)))
            .collect();
        Target { table, attributes }
    }

    fn row(&mut self, file: &FileContext<'_>, event: RowEvent<'_>) {
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
            None => self.keep(file, event.line, row, drafts),
            Some(fault) => self.reject(file, event.line, event.row, fault, &drafts),
        }
    }

    fn keep(&mut self, file: &FileContext<'_>, line: u64, row: RowContext<'_>, drafts: Vec<(usize, Draft<'_>)>) {
        self.rows.kept += 1;
        let source = Source {
            file: file.number,
            line,
        };
        for (at, draft) in drafts {
            let (record, target) = (&file.plan.records[at], &file.targets[at]);
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
                    self.n_differing[record.position] += u64::from(table.differs(kept, &draft.values, attributes));
                    continue;
                }
            }
            self.explanation.count(record, &draft);
            let attributes = target.attributes.iter();
            let attributes = attributes.map(|&(column, at)| (at, row.attribute(column).map(Cow::into_owned)));
            table.push(draft.values, attributes, source);
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

    pub(super) fn finish(mut self, params: &ImportParams) -> Result<Checked<Imported>, ImportError> {
        for column in &params.timeless {
            self.declare_timeless(column)?;
        }
        for (record, &n_differing) in self.profile.records.iter().zip(&self.n_differing) {
            if n_differing > 0 {
                self.caveats.push(Caveat(format!(
                    "{n_differing} rows say something else about their `{}` than the first row with the same key; the first row counts",
                    record.spec.name
                )));
            }
        }
        let in_contract_order = |table: &TableBuilder| TABLES.iter().position(|spec| spec == table.spec());
        self.tables.sort_by_key(in_contract_order);
        let explanation = self.explanation.table(&self.profile.name);
        Ok(Checked {
            value: Imported {
                records: Records {
                    tables: self.tables.into_iter().map(TableBuilder::finish).collect(),
                    files: self.files,
                },
                rejected: self.rejected,
                rows: self.rows,
                n_skipped: self.n_skipped,
                money: self.money,
                receipts_money: self.receipts_money,
                n_unreadable_amounts: self.n_unreadable_amounts,
                explanation,
            },
            issues: self.issues,
            caveats: self.caveats,
        })
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

fn is_document(record: &RecordPlan<'_>) -> bool {
    matches!(record.spec.name, "invoices" | "receipts")
}
