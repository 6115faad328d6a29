//! Random small ledgers, as lines of the mini-language: credits, partial payments, reversals, unapplied cash, several currencies.

use arrears::calendar::Day;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Settings of a property test: how many ledgers are tried, always the same ones.
pub fn cases(n: u32) -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(20_241_231),
        failure_persistence: None,
        ..ProptestConfig::with_cases(n)
    }
}

/// First day of every random ledger; the last is at most 400 days later.
pub const FIRST_DAY: &str = "2024-01-01";

const CUSTOMERS: [&str; 4] = ["acme", "bolt", "cato", "dorn"];
const REGIONS: [&str; 4] = ["north", "south", "north", "east"];
const CURRENCIES: [&str; 2] = ["EUR", "USD"];

#[derive(Clone, Debug)]
struct RandomDocument {
    customer: usize,
    kind: &'static str,
    currency: usize,
    issued: i32,
    due_after: Option<i32>,
    cents: i64,
    salesperson: Option<&'static str>,
}

#[derive(Clone, Debug)]
struct RandomReceipt {
    kind: &'static str,
    customer: usize,
    currency: usize,
    document: Option<prop::sample::Index>,
    other: prop::sample::Index,
    paid: i32,
    applied_after: i32,
    cents: Cents,
}

/// How much a receipt brings: as good as never what closes a document, all of its amount, or half of it.
#[derive(Clone, Copy, Debug)]
enum Cents {
    Any(i64),
    All(i64),
    Half(i64),
}

fn document() -> impl Strategy<Value = RandomDocument> {
    let kind = prop_oneof![
        6 => Just("invoice"),
        1 => Just("debit_note"),
        1 => Just("finance_charge"),
        2 => Just("credit_note"),
    ];
    (
        (0..CUSTOMERS.len(), kind, 0..CURRENCIES.len(), 0..330_i32),
        weighted(0.9, -5..75_i32),
        prop_oneof![8 => 1..30_000_i64, 1 => Just(0_i64)],
        weighted(0.7, prop_oneof![Just("ann"), Just("bob")]),
    )
        .prop_map(
            |((customer, kind, currency, issued), due_after, cents, salesperson)| RandomDocument {
                customer,
                kind,
                currency,
                issued,
                due_after,
                cents,
                salesperson,
            },
        )
}

fn receipt() -> impl Strategy<Value = RandomReceipt> {
    let kind = prop_oneof![
        8 => Just("payment"),
        2 => Just("credit"),
        2 => Just("apply"),
        1 => Just("discount"),
        1 => Just("write_off"),
        1 => Just("refund"),
        2 => Just("reversal"),
        1 => Just("recovery"),
    ];
    (
        kind,
        (0..CUSTOMERS.len(), 0..CURRENCIES.len()),
        weighted(0.85, any::<prop::sample::Index>()),
        any::<prop::sample::Index>(),
        (0..390_i32, prop_oneof![3 => Just(0), 1 => 1..40_i32]),
        (1..30_000_i64).prop_flat_map(|cents| {
            prop_oneof![
                3 => Just(Cents::Any(cents)),
                2 => Just(Cents::All(cents)),
                1 => Just(Cents::Half(cents))
            ]
        }),
    )
        .prop_map(
            |(kind, (customer, currency), document, other, (paid, applied_after), cents)| RandomReceipt {
                kind,
                customer,
                currency,
                document,
                other,
                paid,
                applied_after,
                cents,
            },
        )
}

fn day(offset: i32) -> Day {
    Day::parse(FIRST_DAY).unwrap() + offset
}

fn money(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn document_line(at: usize, document: &RandomDocument) -> String {
    let due = document
        .due_after
        .map_or(String::new(), |after| format!(" due {}", day(document.issued + after)));
    let salesperson = document
        .salesperson
        .map_or(String::new(), |name| format!(" salesperson={name}"));
    format!(
        "{} d{at} {} issued {}{due} {} {}{salesperson}",
        document.kind,
        CUSTOMERS[document.customer],
        day(document.issued),
        money(document.cents),
        CURRENCIES[document.currency],
    )
}

fn receipt_line(at: usize, receipts: &[RandomReceipt], documents: &[RandomDocument]) -> String {
    let receipt = &receipts[at];
    let target = receipt
        .document
        .filter(|_| !documents.is_empty())
        .map(|document| document.index(documents.len()));
    let (customer, currency) = target.map_or((receipt.customer, receipt.currency), |target| {
        (documents[target].customer, documents[target].currency)
    });
    // A credit note of the same customer and currency, where there is one.
    let note = (0..documents.len()).find(|&note| {
        let candidate = &documents[note];
        candidate.kind == "credit_note" && (candidate.customer, candidate.currency) == (customer, currency)
    });
    // What takes back or sets off something comes after it; only cash may come before its invoice.
    let issued = |document: usize| documents[document].issued;
    let (kind, more, earliest) = match (receipt.kind, note, target) {
        ("payment", _, _) => ("payment", String::new(), 0),
        ("apply", Some(note), Some(target)) if note != target => {
            ("apply", format!(" note d{note}"), issued(note).max(issued(target)))
        }
        ("reversal", _, _) if at > 0 && receipts[receipt.other.index(at)].kind != "reversal" => {
            let original = receipt.other.index(at);
            let line = &receipts[original];
            let last_issued = documents.iter().map(|document| document.issued).max();
            let earliest = (line.paid + line.applied_after).max(last_issued.unwrap_or(0));
            ("reversal", format!(" reverses=r{original}/1"), earliest)
        }
        ("reversal", _, _) => ("payment", String::new(), 0),
        ("apply", _, target) => ("credit", String::new(), target.map_or(0, issued)),
        (kind, _, target) => (kind, String::new(), target.map_or(0, issued)),
    };
    let paid = receipt.paid.max(earliest);
    let cents = match (receipt.cents, target) {
        (Cents::All(_), Some(target)) => documents[target].cents.max(1),
        (Cents::Half(_), Some(target)) => (documents[target].cents / 2).max(1),
        (Cents::Any(cents) | Cents::All(cents) | Cents::Half(cents), _) => cents,
    };
    let target = match (kind, target) {
        ("reversal", _) | (_, None) => String::new(),
        (_, Some(target)) => format!(" -> d{target}"),
    };
    format!(
        "{kind} r{at} {} on {} applied {} {} {}{more}{target}",
        CUSTOMERS[customer],
        day(paid),
        day(paid + receipt.applied_after),
        money(cents),
        CURRENCIES[currency],
    )
}

/// Returns the lines of a small ledger, in no order that matters; every customer has a `region` from before the first day.
pub fn ledger_lines() -> impl Strategy<Value = Vec<String>> {
    (vec(document(), 1..9), vec(receipt(), 0..14), vec(0..9_usize, 0..3)).prop_map(|(documents, receipts, disputes)| {
        let customers = CUSTOMERS.iter().zip(REGIONS);
        let mut lines: Vec<String> = customers
            .map(|(customer, region)| format!("customer {customer} valid_from=2023-01-01 region={region}"))
            .collect();
        lines.extend(
            documents
                .iter()
                .enumerate()
                .map(|(at, document)| document_line(at, document)),
        );
        lines.extend(
            receipts
                .iter()
                .enumerate()
                .map(|(at, _)| receipt_line(at, &receipts, &documents)),
        );
        lines.extend(disputes.iter().enumerate().filter_map(|(at, &disputed)| {
            let document = documents.get(disputed)?;
            Some(format!(
                "dispute p{at} {} opened_on={} {} -> d{disputed}",
                CUSTOMERS[document.customer],
                day(document.issued + 10),
                money(document.cents / 2 + 1),
            ))
        }));
        lines
    })
}

/// Returns a day inside the span of the random ledgers, or shortly after it.
pub fn any_day() -> impl Strategy<Value = Day> {
    (0..430_i32).prop_map(day)
}
