//! What contacts changed: by hand, with a hold-out, and against a ledger whose truth is known.

use arrears::decide::{
    BaseRates, MeasuredBand, Response, ResponseBand, UpliftFrom, UpliftParams, WorklistPolicy, uplift, worklist,
};
use arrears::generate::{GenerateParams, generate};
use arrears::ledger::Ledger;
use arrears::money::Currency;
use arrears::records::Records;

use super::as_of;
use crate::support::{day, ledger};

/// One age for all, so that the arithmetic stays on one line.
fn policy(uplift: UpliftParams) -> WorklistPolicy {
    WorklistPolicy {
        response: Response {
            bands: vec![ResponseBand {
                up_to_days: None,
                uplift: 0.10,
            }],
            ..Response::default()
        },
        uplift,
        ..WorklistPolicy::default()
    }
}

fn band(ledger: &Ledger, on: &str, params: UpliftParams) -> MeasuredBand {
    let measured = uplift(ledger, as_of(on), &BaseRates::none(), &policy(params)).unwrap();
    measured.bands[0].clone()
}

/// Sixty contacted customers of whom thirty pay two days later, and sixty others of whom thirty pay when nobody asked.
fn told() -> String {
    let mut text = String::new();
    for at in 0..60 {
        text += &format!("invoice {at} c{at:02} issued 2024-01-27 due 2024-02-01 100.00 EUR\n");
        text += &format!("invoice {at} u{at:02} issued 2024-01-27 due 2024-02-01 100.00 EUR\n");
        text += &format!("contact k{at} c{at:02} contacted_on=2024-02-11 direction=out\n");
        text += &format!("customer u{at:02} valid_from=2024-01-01 left_alone={}\n", at % 2 == 0);
        if at % 2 == 0 {
            text += &format!("payment c{at} c{at:02} on 2024-02-13 100.00 -> {at}\n");
            text += &format!("payment u{at} u{at:02} on 2024-02-21 100.00 -> {at}\n");
        }
    }
    text
}

#[test]
fn the_difference_to_uncontacted_days_is_pencil_and_paper() {
    let band = band(&ledger(&told()), "2024-03-12", UpliftParams::default());
    assert_eq!(band.n_contacted, 60);
    assert_eq!(band.paid_contacted, Some(0.5));
    // From issue, 2024-01-27: 15 days to the contact for each of 60, 16 after its two weeks up to the as-of day for the 30 that did not pay;
    // 25 days to payment for 30 uncontacted ones, 45 to the as-of day for the others.
    let free = 60 * 15 + 30 * 16 + 30 * 25 + 30 * 45;
    assert_eq!(band.n_free_days, free);
    // Open and uncontacted at an age: 120 up to 9 days, 60 from 10 to 19, 30 from 20 to 23, 60 after. The thirty payments fall on day 20, so that the ages
    // of 16 to 22 days have them within three days of them.
    let days_around = [
        7 * 60,
        6 * 60 + 30,
        5 * 60 + 2 * 30,
        4 * 60 + 3 * 30,
        3 * 60 + 4 * 30,
        2 * 60 + 4 * 30 + 60,
        60 + 4 * 30 + 2 * 60,
    ];
    let stay: f64 = days_around.iter().map(|days| 1.0 - 30.0 / f64::from(*days)).product();
    let without = 1.0 - stay;
    let (difference, error) = band.measured.unwrap();
    assert!((difference - (0.5 - without)).abs() < 1e-12, "{difference}");
    // Shrunk to the declared 0.10 by sd 0.05 against the error.
    let weight = 0.05 * 0.05 / (0.05 * 0.05 + error * error);
    assert!((band.uplift - (weight * difference + (1.0 - weight) * 0.10)).abs() < 1e-12);
}

#[test]
fn a_contact_whose_two_weeks_are_not_over_does_not_count() {
    let few = UpliftParams {
        min_items: 1,
        ..UpliftParams::default()
    };
    let of = |on: &str| band(&ledger(&told()), on, few.clone()).n_contacted;
    assert_eq!((of("2024-02-24"), of("2024-02-25")), (0, 60));
}

#[test]
fn too_few_contacts_leave_what_was_declared() {
    let many = UpliftParams {
        min_items: 61,
        ..UpliftParams::default()
    };
    let band = band(&ledger(&told()), "2024-03-12", many);
    assert_eq!((band.measured, band.uplift), (None, 0.10));
    let ledger = ledger("invoice 1 acme issued 2024-01-02 due 2024-02-01 10000.00 EUR");
    let made = worklist(
        &ledger,
        as_of("2024-03-12"),
        None,
        &BaseRates::none(),
        &WorklistPolicy::default(),
    )
    .unwrap();
    let notes = made.value.table().notes;
    assert!(notes.contains(&("uplift".to_owned(), "declared, not measured".to_owned())));
}

#[test]
fn a_hold_out_alone_says_what_happens_without_contact() {
    let params = UpliftParams {
        hold_out_by: "left_alone".to_owned(),
        ..UpliftParams::default()
    };
    let band = band(&ledger(&told()), "2024-03-12", params);
    // The hold-out: the thirty uncontacted customers that paid after 25 days.
    assert_eq!((band.n_contacted, band.n_free_days), (60, 30 * 25));
}

#[test]
fn disputed_claims_and_later_contacts_are_not_looked_at() {
    let base = band(&ledger(&told()), "2024-03-12", UpliftParams::default());
    let more = told()
        + "contact late c01 contacted_on=2024-03-13 direction=out\n contact in u01 contacted_on=2024-02-20 direction=in";
    assert_eq!(band(&ledger(&more), "2024-03-12", UpliftParams::default()), base);
    let disputed = told() + "dispute d c01 opened_on=2024-02-15 -> 1";
    assert_eq!(
        band(&ledger(&disputed), "2024-03-12", UpliftParams::default()).n_contacted,
        59
    );
}

#[test]
fn a_declared_uplift_can_be_kept() {
    let policy = WorklistPolicy {
        uplift_from: UpliftFrom::Declared,
        ..policy(UpliftParams::default())
    };
    let made = worklist(&ledger(&told()), as_of("2024-03-12"), None, &BaseRates::none(), &policy).unwrap();
    assert!(
        made.value
            .table()
            .notes
            .contains(&("uplift".to_owned(), "declared, not measured".to_owned()))
    );
    assert_eq!(made.value.valid_until, day("2024-03-13"));
}

/// The generator writes down, for each contact, what is settled within 30 days with it and without.
#[test]
fn a_known_effect_of_contacts_is_recovered() {
    let generated = generate(&GenerateParams::new(30_000, 36, 1).check().unwrap());
    let records = generated
        .tables
        .iter()
        .fold(Records::default(), |records, table| records.with(table).unwrap());
    let (ledger, _) = Ledger::from_records(records, day("2025-12-31")).value;
    let truth = generated
        .truths
        .iter()
        .find(|table| table.name() == "truth_contacts")
        .unwrap();
    let share = |column: &str, row: usize| {
        let money = |column: &str| truth.moneys(column).unwrap()[row].unwrap().to_feature();
        money(column) / money("overdue")
    };
    let made = truth.flags("contacted").unwrap();
    let on = truth.days("selected_on").unwrap();
    let rows: Vec<usize> = (0..truth.n_rows())
        .filter(|&row| {
            made[row] == Some(true) && on[row] >= Some(day("2024-01-01")) && on[row] <= Some(day("2025-12-01"))
        })
        .collect();
    let effect = |row: &usize| share("settled_30_if_contacted", *row) - share("settled_30_if_not", *row);
    let known = rows.iter().map(effect).sum::<f64>() / rows.len() as f64;
    let policy = WorklistPolicy {
        action_window_days: 30,
        ..WorklistPolicy::default()
    };
    let rates = BaseRates::of(&ledger, Some(Currency::parse("EUR").unwrap())).unwrap();
    let measured = uplift(&ledger, as_of("2025-12-31"), &rates, &policy).unwrap();
    // Contacts are made for what is overdue; the band of what is not due yet has claims of the same customers that no contact moves.
    let overdue = measured.bands.iter().filter(|band| band.up_to_days != Some(0));
    let (n, sum) = overdue.fold((0.0, 0.0), |(n, sum), band| {
        let own = band.n_contacted as f64;
        (
            n + own,
            sum + own * band.measured.map_or(0.0, |(difference, _)| difference),
        )
    });
    let found = sum / n;
    // Claims are counted here and money there, so that the two agree within some points only.
    assert!(
        (found - known).abs() < 0.06,
        "measured {found:.3}, known {known:.3} over {} contacts",
        rows.len()
    );
}
