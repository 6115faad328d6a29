use arrears::calendar::Month;
use arrears::generate::GenerateParams;

fn refusal(params: GenerateParams) -> String {
    params.check().unwrap_err().to_string()
}

#[test]
fn parameters_outside_their_limits_are_refused_by_name() {
    let good = GenerateParams::new(1000, 24, 1);
    let cases = [
        (
            GenerateParams { n_invoices: 0, ..good },
            "n_invoices must be from 1 to 200000000, is 0",
        ),
        (
            GenerateParams {
                n_invoices: u64::MAX,
                ..good
            },
            "n_invoices must be from 1 to 200000000, is 18446744073709551615",
        ),
        (GenerateParams::new(1000, 0, 1), "n_months must be from 1 to 600, is 0"),
        (
            GenerateParams::new(1000, u32::MAX, 1),
            "n_months must be from 1 to 600, is 4294967295",
        ),
        (
            GenerateParams {
                n_customers: Some(0),
                ..good
            },
            "n_customers must be from 1 to 20000000, is 0",
        ),
        (
            GenerateParams {
                n_customers: Some(20_000_001),
                ..good
            },
            "n_customers must be from 1 to 20000000, is 20000001",
        ),
        (
            GenerateParams {
                first_month: Month::new(1919, 12),
                ..good
            },
            "the months 1919-12 to 1921-11 must lie between 1920-01 and 2190-12",
        ),
        (
            GenerateParams {
                first_month: Month::new(2190, 1),
                ..good
            },
            "the months 2190-01 to 2191-12 must lie between 1920-01 and 2190-12",
        ),
        (
            GenerateParams {
                held_out_share: 1.5,
                ..good
            },
            "held_out_share must be from 0 to 1, is 1.5",
        ),
        (
            GenerateParams {
                held_out_share: f64::NAN,
                ..good
            },
            "held_out_share must be from 0 to 1, is NaN",
        ),
    ];
    for (params, expected) in cases {
        assert_eq!(refusal(params), expected);
    }
}

#[test]
fn the_limits_themselves_are_accepted() {
    let good = GenerateParams::new(1, 1, 0);
    assert!(good.check().is_ok());
    assert!(
        GenerateParams::new(GenerateParams::MOST_INVOICES, GenerateParams::MOST_MONTHS, u64::MAX)
            .check()
            .is_ok()
    );
    for held_out_share in [0.0, 1.0] {
        assert!(GenerateParams { held_out_share, ..good }.check().is_ok());
    }
}

#[test]
fn the_history_ends_in_december_2025_unless_told_otherwise() {
    let params = GenerateParams::new(10, 18, 3);
    assert_eq!(params.first_month + 17, Month::new(2025, 12));
}
