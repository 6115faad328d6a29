//! What the stages cost, over a generated ledger of `ARREARS_BENCH_INVOICES`; README.md beside this file tells how to run it.

mod decode;
mod fixture;

use std::hint::black_box;

use arrears::calendar::AsOf;
use arrears::features::{LabelParams, Panel, Unit};
use arrears::import::from_text;
use arrears::ledger::Ledger;
use arrears::metrics::aging::{AgingParams, aging};
use arrears::metrics::cohorts::{CohortParams, cohorts};
use arrears::metrics::dso::{DsoParams, dso};
use arrears::metrics::flow::{FlowParams, flow};
use arrears::metrics::roll_rates::{RollRatesParams, RollUnit, roll_rates};
use arrears::metrics::timeline::{TimelineParams, timeline};
use arrears::records::Records;
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};

use crate::fixture::{
    FILES, Folder, N_INVOICES, STORED, append_to, first_month, import_into, last_day, last_month, n_customers,
};

/// Month ends of the panel.
const PANEL_DAYS: i32 = 24;

fn group<'a>(criterion: &'a mut Criterion, what: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(format!("{what}, {} invoices", *N_INVOICES));
    group.sample_size(10).throughput(Throughput::Elements(*N_INVOICES));
    group
}

/// One pass each over all months, beside the decoding of the columns that all of them read.
fn passes(criterion: &mut Criterion) {
    let mut group = group(criterion, "pass");
    group.bench_function("decode only", |bencher| {
        let folder = &STORED.folder;
        bencher.iter(|| black_box(decode::decode(folder)));
    });
    group.bench_function("open the ledger", |bencher| {
        let folder = &STORED.folder;
        bencher.iter(|| black_box(Ledger::open(folder).expect("the ledger is complete")));
    });
    let (from, to, as_of) = (first_month(), last_month(), last_day());
    group.bench_function("ageing of one day", |bencher| {
        let (ledger, groups) = (&STORED.ledger, &STORED.groups);
        bencher.iter(|| black_box(aging(ledger, as_of, groups, None, &AgingParams::default())));
    });
    group.bench_function("flow", |bencher| {
        let (ledger, groups) = (&STORED.ledger, &STORED.groups);
        bencher.iter(|| black_box(flow(ledger, from, to, groups, None, &FlowParams::default())));
    });
    for (name, unit) in [
        ("roll rates of claims", RollUnit::Item),
        ("roll rates of customers", RollUnit::Customer),
    ] {
        group.bench_function(name, |bencher| {
            let (ledger, groups) = (&STORED.ledger, &STORED.groups);
            let params = RollRatesParams {
                unit,
                n_draws: 0,
                ..RollRatesParams::default()
            };
            bencher.iter(|| black_box(roll_rates(ledger, from, to, groups, None, &params)));
        });
    }
    group.bench_function("cohorts", |bencher| {
        let (ledger, groups) = (&STORED.ledger, &STORED.groups);
        bencher.iter(|| black_box(cohorts(ledger, as_of, from, to, groups, None, &CohortParams::default())));
    });
    group.bench_function("dso", |bencher| {
        let (ledger, groups) = (&STORED.ledger, &STORED.groups);
        bencher.iter(|| black_box(dso(ledger, from, to, groups, None, &DsoParams::default())));
    });
    group.bench_function("all histories", |bencher| {
        let (ledger, groups, params) = (&STORED.ledger, &STORED.groups, TimelineParams::default());
        bencher.iter(|| black_box(timeline(ledger, as_of, from, to, groups, None, &params)));
    });
    group.finish();
}

/// Files into a new ledger, and one more day into a ledger that is there.
fn imports(criterion: &mut Criterion) {
    let mut group = group(criterion, "import");
    group.bench_function("files", |bencher| {
        let files = &FILES.1;
        bencher.iter_batched(
            || Folder::new("import"),
            |folder| {
                import_into(folder.path(), files);
                folder
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("one day more", |bencher| {
        let (day, after) = a_day_more();
        bencher.iter_batched(
            || (Folder::copy_of(&STORED.folder, "append"), day.clone()),
            |(folder, day)| {
                append_to(folder.path(), day, after.0);
                folder
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// Returns the day after the history, with as many invoices and receipts on account as a day has, of customers all over the ledger.
fn a_day_more() -> (Records, AsOf) {
    let day = AsOf(last_day().0 + 1);
    let (n_rows, n_customers) = ((*N_INVOICES / (48 * 30)).max(1), n_customers());
    let mut invoices = "invoice_id,customer_id,issued_on,due_on,amount,currency\n".to_owned();
    let mut receipts = "receipt_id,customer_id,paid_on,amount,currency\n".to_owned();
    for row in 0..n_rows {
        let (customer, due_on) = (row * n_customers / n_rows + 1, day.0 + 30);
        let day = day.0;
        invoices.push_str(&format!(
            "day-{row},C{customer:05},{day},{due_on},{}.00,EUR\n",
            100 + row % 900
        ));
        receipts.push_str(&format!("day-{row},C{customer:05},{day},{}.00,EUR\n", 50 + row % 400));
    }
    let records = from_text(&[("invoices", &invoices), ("receipts", &receipts)]);
    (records.expect("the text keeps the contract"), day)
}

/// The rows a model of customers is trained on.
fn panel(criterion: &mut Criterion) {
    let mut group = group(criterion, "panel");
    group.bench_function("customers, 24 month ends", |bencher| {
        let ledger = &STORED.ledger;
        let days: Vec<AsOf> = (0..PANEL_DAYS)
            .rev()
            .map(|back| AsOf((last_month() - back).last()))
            .collect();
        let params = LabelParams::new(Unit::Customer, 60)
            .check()
            .expect("the settings are in their ranges");
        bencher.iter(|| black_box(Panel::build(ledger, &days, &params)));
    });
    group.finish();
}

criterion_group!(benches, passes, imports, panel);
criterion_main!(benches);
