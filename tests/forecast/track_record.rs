//! The forecast's own record: arithmetic of its measures, and of the baselines beside it.

use arrears::calendar::AsOf;
use arrears::forecast::{ForecastParams, Method, TrackRecord, track_record};

use crate::support::{day, ledger, total};

/// Thirty invoices paid nine days late, so that there is something to learn from, and three that are open on 2024-06-30.
fn books() -> String {
    let mut text = String::new();
    for at in 0..30 {
        let due = day("2024-01-10") + at * 5;
        let (issued, paid) = (due - 30, due + 9);
        text += &format!(
            "invoice p{at} acme issued {issued} due {due} 100.00 EUR\npayment r{at} acme on {paid} 100.00 -> p{at}\n"
        );
    }
    text + "invoice a acme issued 2024-06-10 due 2024-07-03 300.00 EUR
            invoice b acme issued 2024-06-10 due 2024-06-20 200.00 EUR
            invoice c acme issued 2024-06-10 due 2024-07-12 500.00 EUR
            payment x acme on 2024-07-12 300.00 -> a
            payment y acme on 2024-07-04 200.00 -> b
            payment z acme on 2024-07-25 500.00 -> c
            invoice last bolt issued 2024-07-28 due 2024-08-28 1.00 EUR"
}

fn record() -> TrackRecord {
    let params = ForecastParams {
        horizon_weeks: 4,
        ..ForecastParams::default()
    };
    track_record(&ledger(&books()), &[AsOf(day("2024-06-30"))], &params)
        .unwrap()
        .value
}

#[test]
fn baselines_put_each_item_in_the_week_of_its_day() {
    let record = record();
    let weeks = |method: Method| -> Vec<_> {
        let own = record.weeks.iter().filter(|week| week.method == method);
        own.map(|week| (week.forecast, week.actual)).collect()
    };
    let money = |weeks: [(&str, &str); 4]| {
        weeks
            .map(|(forecast, actual)| (total(forecast), total(actual)))
            .to_vec()
    };
    // Weeks end on 7, 14, 21 and 28 July. What is overdue is taken as paid on the next day.
    assert_eq!(
        weeks(Method::DueDate),
        money([
            ("500.00", "200.00"),
            ("500.00", "300.00"),
            ("0.00", "0.00"),
            ("0.00", "500.00")
        ])
    );
    // Nine days later: 29 June, which is past, 12 and 21 July.
    assert_eq!(
        weeks(Method::MeanDelay),
        money([
            ("200.00", "200.00"),
            ("300.00", "300.00"),
            ("500.00", "0.00"),
            ("0.00", "500.00")
        ])
    );
    assert!(weeks(Method::LastYear).is_empty());
}

#[test]
fn the_measures_are_sums_over_weeks() {
    let record = record();
    let overall = record.overall();
    let of = |method: Method| overall.iter().find(|row| row.method == method).unwrap();
    // |500-200| + |500-300| + 0 + |0-500| over 1000; both sums are 1000.
    assert_eq!(
        (of(Method::DueDate).wape, of(Method::DueDate).bias),
        (Some(1.0), Some(0.0))
    );
    assert_eq!(of(Method::MeanDelay).wape, Some(1.0));
    assert_eq!(
        (of(Method::DueDate).coverage, of(Method::DueDate).pinball),
        (None, None)
    );
    let forecast = of(Method::Forecast);
    let weeks: Vec<_> = record
        .weeks
        .iter()
        .filter(|week| week.method == Method::Forecast)
        .collect();
    let mut inside = 0.0;
    let mut loss = 0.0;
    for week in &weeks {
        let quantiles = week.quantiles.unwrap();
        inside += f64::from(u8::from(quantiles[0] <= week.actual && week.actual <= quantiles[2]));
        for (said, q) in quantiles.iter().zip([0.1, 0.5, 0.9]) {
            let above = (week.actual - *said).to_feature();
            loss += if above > 0.0 { q * above } else { (q - 1.0) * above } / 3.0;
        }
    }
    assert_eq!(forecast.coverage.unwrap().0, inside / 4.0);
    assert!((forecast.pinball.unwrap() - loss / 1000.0).abs() < 1e-12);
    assert_eq!(
        record
            .by_week()
            .iter()
            .filter(|row| row.method == Method::Forecast)
            .count(),
        4
    );
}

#[test]
fn last_years_profile_is_scaled_to_what_is_open_now() {
    // A year (52 weeks) before, 200.00 were open of which 150.00 came in the second week.
    let text = books()
        + "
           invoice o bolt issued 2023-06-10 due 2023-07-03 200.00 EUR
           payment p bolt on 2023-07-12 150.00 -> o
           write_off w bolt on 2023-12-01 50.00 -> o";
    let params = ForecastParams {
        horizon_weeks: 4,
        ..ForecastParams::default()
    };
    let record = track_record(&ledger(&text), &[AsOf(day("2024-06-30"))], &params)
        .unwrap()
        .value;
    let weeks: Vec<_> = record
        .weeks
        .iter()
        .filter(|week| week.method == Method::LastYear)
        .map(|week| week.forecast)
        .collect();
    assert_eq!(weeks, ["0.00", "750.00", "0.00", "0.00"].map(total));
}
