//! A profile bound to the header of one file: every name has become a position.

use std::path::Path;

use super::captions;
use super::error::ImportError;
use super::formula::Formula;
use super::profile::{Alternative, Attributes, Condition, FieldRules, Origin, Piece, Profile, RecordRules};
use super::value::{self, Value};
use crate::contract::{FieldSpec, Need, TableSpec};

/// What to make of each row of a file.
pub struct Plan<'p> {
    pub skip: Vec<Condition<usize>>,
    pub records: Vec<RecordPlan<'p>>,
    /// Words that mean "no value".
    pub empty: &'p [String],
    /// Name of the file without folder and endings.
    pub stem: String,
    /// Columns that nothing reads, for the explanation.
    pub unread: Vec<usize>,
}

/// What to make of each row for one record.
pub struct RecordPlan<'p> {
    /// Position in the profile.
    pub position: usize,
    pub spec: &'static TableSpec,
    pub when: Vec<Condition<usize>>,
    pub once: bool,
    /// Fields in the order of the contract.
    pub fields: Vec<FieldPlan<'p>>,
    /// Positions in `fields`, those a field needs before it.
    pub order: Vec<usize>,
    /// The fields that tell the money of a document or receipt; `None` for records of other tables.
    pub money: Option<MoneyPlan>,
    /// Column and name of each attribute.
    pub attributes: Vec<(usize, String)>,
}

/// Where the money of a document or receipt stands among the fields.
pub struct MoneyPlan {
    pub amount: usize,
    pub currency: usize,
    pub kind: usize,
}

/// How one field gets its value.
pub struct FieldPlan<'p> {
    pub spec: &'static FieldSpec,
    pub alternatives: Vec<AlternativePlan<'p>>,
    /// The contract's default.
    pub default: Value<'static>,
    /// Caption or name to blame in messages.
    pub blame: String,
}

/// One way for a field to get its value.
pub struct AlternativePlan<'p> {
    pub how: &'p Alternative,
    pub origin: OriginPlan,
    pub not_after: Option<NamePlan>,
    pub not_before: Option<NamePlan>,
}

/// Where a value comes from.
pub enum OriginPlan {
    Cell(usize),
    Constant(Value<'static>),
    Template(Vec<PiecePlan>),
    Formula(Formula<NamePlan>),
}

/// A piece of a template.
pub type PiecePlan = Piece<NamePlan>;

/// What a name in a profile stands for.
#[derive(Clone, Debug)]
pub enum NamePlan {
    /// Another field of the same record.
    Field(usize),
    /// A column of the source.
    Cell(usize),
}

/// Orders fields so that each comes after those it needs.
///
/// # Errors
/// The position of a field that needs itself by way of others.
pub fn order(fields: &[FieldRules]) -> Result<Vec<usize>, usize> {
    let needs: Vec<Vec<usize>> = fields
        .iter()
        .enumerate()
        .map(|(position, field)| {
            let names = field.alternatives.iter().flat_map(names);
            names.filter_map(|name| field_named(fields, position, name)).collect()
        })
        .collect();
    let (mut order, mut done) = (Vec::new(), vec![false; fields.len()]);
    while order.len() < fields.len() {
        let ready = (0..fields.len()).find(|&at| !done[at] && needs[at].iter().all(|&need| done[need]));
        match ready {
            Some(at) => {
                done[at] = true;
                order.push(at);
            }
            None => return Err((0..fields.len()).find(|&at| !done[at]).unwrap_or(0)),
        }
    }
    Ok(order)
}

/// A name means another field of the record where that field has a rule, else a column.
fn field_named(fields: &[FieldRules], but: usize, name: &str) -> Option<usize> {
    fields
        .iter()
        .position(|field| field.spec.name == name && !field.alternatives.is_empty())
        .filter(|&position| position != but)
}

fn names(alternative: &Alternative) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    names.extend(alternative.not_after.as_deref());
    names.extend(alternative.not_before.as_deref());
    match &alternative.origin {
        Origin::Column(_) | Origin::Constant(_) => {}
        Origin::Template(pieces) => names.extend(pieces.iter().filter_map(|piece| match piece {
            Piece::Name(name) => Some(name.as_str()),
            _ => None,
        })),
        Origin::Formula(formula) => formula_names(formula, &mut names),
    }
    names
}

fn formula_names<'f>(formula: &'f Formula<String>, names: &mut Vec<&'f str>) {
    match formula {
        Formula::Name(name) => names.push(name),
        Formula::Number(_) => {}
        Formula::Days(inner) | Formula::Abs(inner) => formula_names(inner, names),
        Formula::Add(left, right)
        | Formula::Subtract(left, right)
        | Formula::Min(left, right)
        | Formula::Max(left, right) => {
            formula_names(left, names);
            formula_names(right, names);
        }
    }
}

impl<'p> Plan<'p> {
    /// Binds a profile to a file.
    ///
    /// # Errors
    /// The profile knows no such file, a column is missing, or a caption stands over two columns.
    pub fn bind(profile: &'p Profile, path: &'p Path, header: &'p [String]) -> Result<Plan<'p>, ImportError> {
        let stem = stem(path);
        let records: Vec<(usize, &RecordRules)> = profile
            .records
            .iter()
            .enumerate()
            .filter(|(_, record)| record.file.as_deref().is_none_or(|file| is_named(&stem, file)))
            .collect();
        if records.is_empty() {
            let names = profile.records.iter().filter_map(|record| record.file.as_deref());
            return Err(ImportError::FileUnknown {
                path: path.to_owned(),
                profile: profile.name.clone(),
                expected: names.collect::<Vec<_>>().join(", "),
            });
        }
        let mut binder = Binder {
            path,
            header,
            read: vec![false; header.len()],
        };
        let skip = binder.conditions(&profile.source.skip_rows)?;
        let mut plans = Vec::new();
        for (position, record) in &records {
            plans.push(binder.record(*position, record)?);
        }
        for caption in &profile.source.ignore {
            if let Some(position) = binder.find(caption)? {
                binder.read[position] = true;
            }
        }
        let mut unread: Vec<usize> = (0..header.len()).filter(|&position| !binder.read[position]).collect();
        let rest = records
            .iter()
            .position(|(_, record)| record.attributes == Attributes::Rest);
        if let Some(rest) = rest {
            for position in unread.drain(..) {
                plans[rest].add_attribute(position, &header[position]);
            }
        }
        Ok(Plan {
            skip,
            records: plans,
            empty: &profile.source.empty,
            stem,
            unread,
        })
    }
}

impl Plan<'_> {
    /// Tells whether a row cannot be read without those before it: it is numbered, or adds nothing to an earlier one.
    pub fn needs_earlier_rows(&self) -> bool {
        let is_number = |piece: &PiecePlan| matches!(piece, Piece::RowNumber);
        let numbers = |alternative: &AlternativePlan<'_>| match &alternative.origin {
            OriginPlan::Template(pieces) => pieces.iter().any(is_number),
            _ => false,
        };
        self.records.iter().any(|record| {
            let mut alternatives = record.fields.iter().flat_map(|field| &field.alternatives);
            record.once || alternatives.any(numbers)
        })
    }
}

/// Returns the name of a file without folder and endings.
pub fn stem(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_owned()
}

/// Tells whether a file is one of a table's: `invoices`, `invoices-2025-03`, `invoices_2`.
fn is_named(stem: &str, file: &str) -> bool {
    stem.get(..file.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(file))
        && stem[file.len()..]
            .chars()
            .next()
            .is_none_or(|letter| !letter.is_alphabetic())
}

impl RecordPlan<'_> {
    fn add_attribute(&mut self, position: usize, caption: &str) {
        let mut name = captions::snake_case(caption);
        if name.is_empty() {
            name = format!("column_{}", position + 1);
        }
        if self.spec.field(&name).is_some() {
            name = format!("source_{name}");
        }
        let taken = |name: &str| self.attributes.iter().any(|(_, other)| other == name);
        if taken(&name) {
            let free = (2..).map(|number| format!("{name}_{number}")).find(|name| !taken(name));
            name = free.unwrap_or(name);
        }
        self.attributes.push((position, name));
    }
}

struct Binder<'p> {
    path: &'p Path,
    header: &'p [String],
    /// Columns that something reads.
    read: Vec<bool>,
}

impl<'p> Binder<'p> {
    fn find(&self, caption: &str) -> Result<Option<usize>, ImportError> {
        captions::find(self.header, caption).map_err(|caption| ImportError::CaptionTwice {
            path: self.path.to_owned(),
            caption,
        })
    }

    fn missing(&self, wanted: String, captions: &[String]) -> ImportError {
        ImportError::ColumnMissing {
            path: self.path.to_owned(),
            wanted,
            expected: captions::list(captions.iter().map(String::as_str)).replace(", ", " or "),
            present: captions::list(self.header.iter().map(String::as_str)),
            hint: captions::hint(self.header.iter().map(String::as_str), captions),
        }
    }

    fn conditions(&mut self, conditions: &[Condition<String>]) -> Result<Vec<Condition<usize>>, ImportError> {
        let mut bound = Vec::new();
        for condition in conditions {
            let Some(column) = self.find(&condition.column)? else {
                let wanted = "a condition of the profile".to_owned();
                return Err(self.missing(wanted, std::slice::from_ref(&condition.column)));
            };
            bound.push(Condition {
                column,
                test: condition.test.clone(),
                numbers: condition.numbers.clone(),
            });
        }
        Ok(bound)
    }

    fn record(&mut self, position: usize, record: &'p RecordRules) -> Result<RecordPlan<'p>, ImportError> {
        let when = self.conditions(&record.when)?;
        let mut fields = Vec::new();
        for (at, rules) in record.fields.iter().enumerate() {
            fields.push(self.field(record, at, rules)?);
        }
        let at = |name: &str| fields.iter().position(|field: &FieldPlan<'_>| field.spec.name == name);
        let money = matches!(record.spec.name, "invoices" | "receipts")
            .then(|| at("amount").zip(at("currency")).zip(at("kind")))
            .flatten()
            .map(|((amount, currency), kind)| MoneyPlan { amount, currency, kind });
        let mut plan = RecordPlan {
            position,
            spec: record.spec,
            when,
            once: record.once,
            fields,
            money,
            order: order(&record.fields).expect("the profile was checked for fields that need each other"),
            attributes: Vec::new(),
        };
        if let Attributes::Named(names) = &record.attributes {
            for caption in names {
                if let Some(column) = self.find(caption)? {
                    self.read[column] = true;
                    plan.add_attribute(column, &self.header[column]);
                }
            }
        }
        Ok(plan)
    }

    fn field(
        &mut self,
        record: &'p RecordRules,
        at: usize,
        rules: &'p FieldRules,
    ) -> Result<FieldPlan<'p>, ImportError> {
        let mut alternatives = Vec::new();
        let mut wanted: Vec<String> = Vec::new();
        for alternative in &rules.alternatives {
            match self.alternative(record, at, alternative)? {
                Ok(plan) => alternatives.push(plan),
                Err(captions) => wanted.extend(captions),
            }
        }
        if alternatives.is_empty() && rules.spec.need == Need::Required {
            let field = format!("`{}` of `{}`", rules.spec.name, record.spec.name);
            return Err(self.missing(field, &wanted));
        }
        let default = match rules.spec.need {
            Need::Default(word) => {
                value::constant(rules.spec.kind, word).expect("a default of the contract is a value of its field")
            }
            Need::Required | Need::Optional => Value::Missing,
        };
        let blame = alternatives
            .iter()
            .find_map(|alternative: &AlternativePlan| match alternative.origin {
                OriginPlan::Cell(position) => Some(self.header[position].clone()),
                _ => None,
            })
            .unwrap_or_else(|| rules.spec.name.to_owned());
        Ok(FieldPlan {
            spec: rules.spec,
            alternatives,
            default,
            blame,
        })
    }

    /// Binds one alternative, or returns the captions that the file lacks.
    #[allow(clippy::type_complexity)]
    fn alternative(
        &mut self,
        record: &'p RecordRules,
        at: usize,
        how: &'p Alternative,
    ) -> Result<Result<AlternativePlan<'p>, Vec<String>>, ImportError> {
        let mut lacking = Vec::new();
        let mut name = |binder: &mut Binder<'p>, name: &'p String| -> Result<NamePlan, ImportError> {
            if let Some(field) = field_named(&record.fields, at, name) {
                return Ok(NamePlan::Field(field));
            }
            let position = binder.find(name)?;
            match position {
                Some(position) => binder.read[position] = true,
                None => lacking.push(name.clone()),
            }
            Ok(NamePlan::Cell(position.unwrap_or(0)))
        };
        let not_after = how.not_after.as_ref().map(|day| name(self, day)).transpose()?;
        let not_before = how.not_before.as_ref().map(|day| name(self, day)).transpose()?;
        let origin = match &how.origin {
            Origin::Column(captions) => {
                let mut found = None;
                for caption in captions {
                    if found.is_none() {
                        found = self.find(caption)?;
                    }
                }
                match found {
                    Some(position) => {
                        self.read[position] = true;
                        OriginPlan::Cell(position)
                    }
                    None => return Ok(Err(captions.clone())),
                }
            }
            Origin::Constant(word) => OriginPlan::Constant(
                value::constant(record.fields[at].spec.kind, word).expect("the profile's constants were checked"),
            ),
            Origin::Template(pieces) => {
                let mut bound = Vec::new();
                for piece in pieces {
                    bound.push(match piece {
                        Piece::Words(words) => Piece::Words(words.clone()),
                        Piece::RowNumber => Piece::RowNumber,
                        Piece::FileName => Piece::FileName,
                        Piece::Name(word) => Piece::Name(name(self, word)?),
                    });
                }
                OriginPlan::Template(bound)
            }
            Origin::Formula(formula) => OriginPlan::Formula(formula.try_map(&mut |word| name(self, word))?),
        };
        if !lacking.is_empty() {
            return Ok(Err(lacking));
        }
        Ok(Ok(AlternativePlan {
            how,
            origin,
            not_after,
            not_before,
        }))
    }
}
