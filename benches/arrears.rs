//! What the stages cost, over a generated ledger: `ARREARS_BENCH_INVOICES=1000000 cargo bench`.

use std::hint::black_box;

use arrears::calendar::{AsOf, Day, Month};
use arrears::generate::{GenerateParams, generate};
use arrears::ledger::{Ledger, store};
use arrears::metrics::aging::{AgingParams, aging};
use arrears::metrics::roll_rates::{RollRatesParams, roll_rates};
use arrears::metrics::segments;
use arrears::records::Records;
use arrears::table::parquet;
use criterion::{Criterion, criterion_group, criterion_main};

fn records(n_invoices: u64) -> Records {
    let params = GenerateParams::new(n_invoices, 36, 1)
        .check()
        .expect("the size is within the limits");
    generate(&params)
        .tables
        .iter()
        .fold(Records::default(), |records, table| {
            records.with(table).expect("the generator keeps the contract")
        })
}

fn stages(criterion: &mut Criterion) {
    let n_invoices = std::env::var("ARREARS_BENCH_INVOICES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(100_000);
    let imported_on = Day::parse("2025-12-31").expect("the day exists");
    let folder = std::env::temp_dir().join(format!("arrears-bench-{}", std::process::id()));
    let records = records(n_invoices);
    store::append(&folder, records, imported_on, "canonical").expect("the folder can be written");
    let ledger = Ledger::open(&folder).expect("the ledger was just written");
    let as_of = AsOf(imported_on);
    let groups = segments::groups(&ledger, as_of, &[])
        .expect("no attribute is asked for")
        .value;
    let manifest = store::read_manifest(&folder).expect("the ledger was just written");
    let files: Vec<_> = manifest
        .tables
        .values()
        .map(|entry| std::fs::read(folder.join(&entry.file)).expect("the table was just written"))
        .collect();

    let mut group = criterion.benchmark_group(format!("{n_invoices} invoices"));
    group.sample_size(10);
    group.bench_function("decode the same files", |bencher| {
        bencher.iter(|| {
            for bytes in &files {
                black_box(parquet::read("table", bytes.clone()).expect("the table was just written"));
            }
        });
    });
    group.bench_function("open the ledger", |bencher| {
        bencher.iter(|| black_box(Ledger::open(&folder).expect("the ledger was just written")));
    });
    group.bench_function("ageing", |bencher| {
        bencher.iter(|| black_box(aging(&ledger, as_of, &groups, None, &AgingParams::default())));
    });
    group.bench_function("roll rates over 24 months", |bencher| {
        let (from, to) = (Month::new(2024, 1), Month::new(2025, 12));
        bencher.iter(|| {
            black_box(roll_rates(
                &ledger,
                from,
                to,
                &groups,
                None,
                &RollRatesParams::default(),
            ))
        });
    });
    group.finish();
    // What a benchmark leaves behind is only disk; failing to remove it changes no figure.
    let _ = std::fs::remove_dir_all(&folder);
}

criterion_group!(benches, stages);
criterion_main!(benches);
