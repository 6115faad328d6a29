//! The data contract: the canonical tables, their columns, and which of them a row cannot do without.
//!
//! One list serves the importer, the ledger, the generator, `import --explain` and the documentation.

use crate::table::DataKind;

/// A canonical table.
#[derive(Debug, PartialEq, Eq)]
pub struct TableSpec {
    /// Name of the table and of its file without the ending.
    pub name: &'static str,
    /// Columns that together name a row; rows that agree in all of them are the same record.
    pub key: &'static [&'static str],
    /// Columns in file order.
    pub fields: &'static [FieldSpec],
    /// What a row is, in one sentence.
    pub doc: &'static str,
}

/// A column of a canonical table.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// Caption.
    pub name: &'static str,
    /// What a cell holds.
    pub kind: FieldKind,
    /// How the row fares without it.
    pub need: Need,
    /// Meaning, unit, sign.
    pub doc: &'static str,
}

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// An identifier: kept letter by letter.
    Id,
    /// Free words.
    Text,
    /// A calendar day.
    Day,
    /// Exact money that is never negative: the row's kind gives its sign.
    Money,
    /// Exact money that may be negative.
    SignedMoney,
    /// A whole number.
    Int,
    /// A rate or another real number.
    Real,
    /// Yes or no.
    Flag,
    /// A three-letter currency code.
    Currency,
    /// One of a few words.
    OneOf(&'static [&'static str]),
}

/// How a row fares without a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The row is quarantined.
    Required,
    /// The cell stays missing.
    Optional,
    /// The cell takes this value, as the contract says.
    Default(&'static str),
}

impl FieldKind {
    /// Returns the kind of column that stores such cells.
    pub const fn data_kind(self) -> DataKind {
        match self {
            FieldKind::Id | FieldKind::Text | FieldKind::Currency | FieldKind::OneOf(_) => DataKind::Text,
            FieldKind::Day => DataKind::Day,
            FieldKind::Money | FieldKind::SignedMoney => DataKind::Money,
            FieldKind::Int => DataKind::Int,
            FieldKind::Real => DataKind::Real,
            FieldKind::Flag => DataKind::Flag,
        }
    }
}

impl TableSpec {
    /// Returns a column by name.
    pub fn field(&self, name: &str) -> Option<&'static FieldSpec> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Returns the table of this name.
    pub fn by_name(name: &str) -> Option<&'static TableSpec> {
        TABLES.iter().find(|table| table.name == name)
    }
}

const fn required(name: &'static str, kind: FieldKind, doc: &'static str) -> FieldSpec {
    FieldSpec {
        name,
        kind,
        need: Need::Required,
        doc,
    }
}

const fn optional(name: &'static str, kind: FieldKind, doc: &'static str) -> FieldSpec {
    FieldSpec {
        name,
        kind,
        need: Need::Optional,
        doc,
    }
}

const fn default(name: &'static str, kind: FieldKind, value: &'static str, doc: &'static str) -> FieldSpec {
    FieldSpec {
        name,
        kind,
        need: Need::Default(value),
        doc,
    }
}

use FieldKind::{Currency, Day, Flag, Id, Int, Money, OneOf, Real, SignedMoney, Text};

const POSTED_ON: FieldSpec = optional(
    "posted_on",
    Day,
    "when the row was known; by default its own effective day",
);

/// Kinds of invoices.
pub const INVOICE_KINDS: &[&str] = &["invoice", "credit_note", "debit_note", "finance_charge"];
/// Kinds of receipts.
pub const RECEIPT_KINDS: &[&str] = &[
    "cash",
    "credit",
    "write_off",
    "discount",
    "refund",
    "reversal",
    "recovery",
];

/// Every canonical table, in the order in which they are imported and listed.
pub static TABLES: &[TableSpec] = &[
    TableSpec {
        name: "customers",
        key: &["customer_id", "valid_from"],
        doc: "what is known of a customer from a day on; a changed customer is a new row with its `valid_from`",
        fields: &[
            required("customer_id", Id, "the customer"),
            optional(
                "valid_from",
                Day,
                "first day on which the row holds; by default the day of import",
            ),
            optional("name", Text, "name as printed on worklists"),
            optional("parent_id", Id, "the customer that heads the group"),
            optional("country", Text, "country"),
            optional("region", Text, "region"),
            optional("industry", Text, "industry"),
            optional("segment", Text, "segment of the business"),
            optional("currency", Currency, "currency of the credit limit"),
            optional("credit_limit", Money, "credit limit, read together with `limit_kind`"),
            optional(
                "limit_kind",
                OneOf(&["none", "amount", "unlimited"]),
                "what the limit means; never guessed from a zero",
            ),
            optional("limit_until", Day, "last day of the limit"),
            optional("payment_terms_days", Int, "agreed days from issue to due"),
            optional("customer_since", Day, "first day of the relation"),
            optional("collector", Text, "who works the account"),
            optional("timezone", Text, "time zone for contacts"),
            optional("consumer", Flag, "whether the customer is a natural person"),
            optional(
                "status",
                OneOf(&["active", "bankrupt", "litigation", "do_not_contact"]),
                "standing of the account",
            ),
            optional("status_on", Day, "first day of the standing"),
            optional("insured_share", Real, "insured share of a loss, 0 to 1"),
            optional("insured_amount", Money, "largest insured amount"),
            optional("insured_until", Day, "last insured day"),
            POSTED_ON,
        ],
    },
    TableSpec {
        name: "invoices",
        key: &["customer_id", "invoice_id", "instalment"],
        doc: "a document that changes the balance: invoice, debit note or finance charge (+), credit note (-)",
        fields: &[
            required("invoice_id", Id, "the document"),
            default(
                "instalment",
                Int,
                "1",
                "part of the document with a due date of its own",
            ),
            required("customer_id", Id, "who owes it"),
            default(
                "kind",
                OneOf(INVOICE_KINDS),
                "invoice",
                "what the document is; gives the sign",
            ),
            required("issued_on", Day, "day of issue"),
            optional(
                "due_on",
                Day,
                "day of payment agreed; without it the document stands under `no due date`",
            ),
            required(
                "amount",
                Money,
                "amount, positive; a negative invoice is read as a credit note, with an issue",
            ),
            default("currency", Currency, "XXX", "currency of the amount"),
            POSTED_ON,
            optional("business_unit", Text, "business unit that sold"),
            optional("entity", Text, "legal entity that owns the claim"),
            optional("salesperson", Text, "who sold"),
        ],
    },
    TableSpec {
        name: "receipts",
        key: &["receipt_id", "application"],
        doc: "one line of a receipt: what was paid, credited, written off, refunded or reversed, and on which document",
        fields: &[
            required("receipt_id", Id, "the receipt"),
            default("application", Int, "1", "line of the receipt"),
            required("customer_id", Id, "who paid"),
            optional("invoice_id", Id, "the document relieved; blank: unapplied cash"),
            optional("instalment", Int, "the instalment relieved; blank: oldest due first"),
            required("paid_on", Day, "day of the money"),
            optional("applied_on", Day, "day of the application; by default `paid_on`"),
            required(
                "amount",
                Money,
                "what is relieved, in the currency of the document, positive",
            ),
            optional(
                "currency",
                Currency,
                "currency of the amount; by default the document's",
            ),
            optional(
                "received_amount",
                Money,
                "what was received, where it was another currency",
            ),
            optional("received_currency", Currency, "currency of what was received"),
            POSTED_ON,
            optional("entity", Text, "legal entity that received it"),
            default("kind", OneOf(RECEIPT_KINDS), "cash", "what the line is; gives the sign"),
            optional(
                "reverses",
                Id,
                "the line of the same customer that is reversed, as `receipt_id` or `receipt_id/application`",
            ),
            optional("document_id", Id, "the credit note that is applied"),
            optional("reason", Text, "reason of a credit, write-off or reversal"),
            optional(
                "channel",
                OneOf(&["ach", "lockbox", "card", "check", "portal", "wire"]),
                "how it was paid",
            ),
        ],
    },
    TableSpec {
        name: "disputes",
        key: &["dispute_id"],
        doc: "a customer's objection to a document",
        fields: &[
            required("dispute_id", Id, "the dispute"),
            optional("invoice_id", Id, "the disputed document"),
            required("customer_id", Id, "who disputes"),
            required("opened_on", Day, "first day of the dispute"),
            optional("closed_on", Day, "last day of the dispute; blank: still open"),
            optional("amount", Money, "disputed amount; blank: the whole open amount"),
            optional("reason", Text, "reason"),
            optional("outcome", Text, "outcome"),
            POSTED_ON,
        ],
    },
    TableSpec {
        name: "promises",
        key: &["promise_id"],
        doc: "a promise to pay",
        fields: &[
            required("promise_id", Id, "the promise"),
            required("customer_id", Id, "who promised"),
            optional("invoice_id", Id, "the document promised; blank: the account"),
            required("made_on", Day, "day the promise was made"),
            required("promised_on", Day, "day by which it was to be paid"),
            required("amount", Money, "amount promised"),
            POSTED_ON,
        ],
    },
    TableSpec {
        name: "plans",
        key: &["plan_id", "instalment"],
        doc: "one instalment of a payment plan or settlement",
        fields: &[
            required("plan_id", Id, "the plan"),
            required("customer_id", Id, "who agreed"),
            required("agreed_on", Day, "day of agreement"),
            default("instalment", Int, "1", "number of the instalment"),
            required("due_on", Day, "day it is due"),
            required("amount", Money, "amount of the instalment"),
            optional("autopay", Flag, "whether it is debited automatically"),
            optional("settlement", Flag, "whether paying the plan settles more than its sum"),
            POSTED_ON,
        ],
    },
    TableSpec {
        name: "contacts",
        key: &["contact_id"],
        doc: "an attempt to reach a customer",
        fields: &[
            required("contact_id", Id, "the contact"),
            required("customer_id", Id, "who was contacted"),
            optional("invoice_id", Id, "the document it was about"),
            required("contacted_on", Day, "day of the contact"),
            optional("direction", OneOf(&["out", "in"]), "who called whom"),
            optional("channel", Text, "call, e-mail, letter and the like"),
            optional("collector", Text, "who made it"),
            optional("reached", Flag, "whether the right party was reached"),
            optional("outcome", Text, "outcome"),
            optional("minutes", Real, "minutes spent"),
            POSTED_ON,
        ],
    },
    TableSpec {
        name: "steps",
        key: &["customer_id", "invoice_id", "level", "done_on"],
        doc: "a completed step of the escalation ladder",
        fields: &[
            required("customer_id", Id, "the customer"),
            optional("invoice_id", Id, "the document; blank: the account"),
            required("level", Int, "level of the step"),
            required("done_on", Day, "day it was done"),
            POSTED_ON,
        ],
    },
    TableSpec {
        name: "placements",
        key: &["placement_id"],
        doc: "a claim placed with an agency",
        fields: &[
            required("placement_id", Id, "the placement"),
            required("customer_id", Id, "the customer"),
            optional("invoice_id", Id, "the document; blank: the account"),
            required("agency", Text, "the agency"),
            required("placed_on", Day, "first day"),
            optional("recalled_on", Day, "last day; blank: still placed"),
            optional("amount", Money, "amount placed"),
            optional("fee_rate", Real, "share of what is recovered that the agency keeps"),
            POSTED_ON,
        ],
    },
    TableSpec {
        name: "orders",
        key: &["order_id"],
        doc: "an order, billed or not: part of the exposure until it is billed",
        fields: &[
            required("order_id", Id, "the order"),
            required("customer_id", Id, "who ordered"),
            required("ordered_on", Day, "day of the order"),
            optional("billed_on", Day, "day it was billed; blank: not yet"),
            optional("cancelled_on", Day, "day it was cancelled"),
            required("amount", Money, "amount"),
            default("currency", Currency, "XXX", "currency of the amount"),
            optional("margin", SignedMoney, "margin inside the amount"),
            POSTED_ON,
        ],
    },
    TableSpec {
        name: "holds",
        key: &["customer_id", "placed_on", "kind"],
        doc: "a credit hold",
        fields: &[
            required("customer_id", Id, "the customer"),
            required("placed_on", Day, "first day"),
            optional("released_on", Day, "day it was lifted; blank: still held"),
            default("kind", OneOf(&["manual", "rule"]), "manual", "who placed it"),
            optional("owner", Text, "who answers for it"),
            optional("review_on", Day, "day of review"),
            optional("reason", Text, "reason"),
            POSTED_ON,
        ],
    },
    TableSpec {
        name: "collectors",
        key: &["collector"],
        doc: "a collector and what he or she can take on",
        fields: &[
            required("collector", Text, "the collector"),
            optional("minutes_per_day", Real, "minutes for contacts a day"),
            optional("territories", Text, "territories, separated by `;`"),
            optional("skills", Text, "skills, separated by `;`"),
            optional(
                "authority_limit",
                Money,
                "largest amount he or she may settle or write off",
            ),
            POSTED_ON,
        ],
    },
    TableSpec {
        name: "external",
        key: &["customer_id", "source", "name", "known_on"],
        doc: "an attribute from outside, such as a bureau score, with the day it was known",
        fields: &[
            required("customer_id", Id, "the customer"),
            required("source", Text, "who says so"),
            required("name", Text, "name of the attribute"),
            required("value", Text, "its value"),
            required("known_on", Day, "day it was known"),
            POSTED_ON,
        ],
    },
    TableSpec {
        name: "fx_rates",
        key: &["date", "currency"],
        doc: "a rate to the base currency",
        fields: &[
            required("date", Day, "day of the rate"),
            required("currency", Currency, "currency"),
            required(
                "to_base",
                Real,
                "units of the base currency for one unit of this currency",
            ),
            POSTED_ON,
        ],
    },
    TableSpec {
        name: "gl_balances",
        key: &["entity", "currency", "date"],
        doc: "the control balance of the general ledger at the end of a day",
        fields: &[
            optional("entity", Text, "legal entity; blank: all"),
            required("currency", Currency, "currency"),
            required("date", Day, "day"),
            required(
                "control_balance",
                SignedMoney,
                "balance of the receivables control account",
            ),
            POSTED_ON,
        ],
    },
];
