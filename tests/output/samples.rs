//! One plot of each kind and a report that uses them all, on numbers made up for the purpose.

use arrears::money::Total;
use arrears::outcome::{Caveat, Issue, IssueCode, Issues, Place};
use arrears::output::plot::{
    Calibration, CalibrationBin, Fan, HeatMap, HorizontalBars, Lines, PlotError, Series, Shades, StackedBars, Svg, Unit,
};
use arrears::output::report::{Plot, Report, Section, Tile};
use arrears::table::Table;

/// A customer whose name is an attack.
pub const EVIL: &str = "<script>alert(1)</script>";

fn months(n: usize) -> Vec<String> {
    (0..n)
        .map(|month| format!("{}-{:02}", 2023 + month / 12, month % 12 + 1))
        .collect()
}

fn euro() -> Unit {
    Unit::Money("EUR".to_owned())
}

pub fn aging() -> StackedBars {
    let wave = |base: f64, swing: f64| (0..18).map(move |month| base + swing * (month as f64 * 0.7).sin());
    StackedBars {
        title: "Receivables by ageing bucket".to_owned(),
        x_labels: months(18),
        x_caption: "month end".to_owned(),
        series: vec![
            Series::new("not due", wave(6.1e6, 7e5)),
            Series::new("1-30 days", wave(1.9e6, 3e5)),
            Series::new("31-60 days", wave(8e5, 2e5)),
            Series::new("61-90 days", wave(3e5, 9e4)),
            Series::new("over 90 days", wave(4e5, 1e5)),
        ],
        unit: euro(),
        shades: Shades::Severity,
    }
}

pub fn dso() -> Lines {
    let wave = |base: f64, swing: f64| (0..18).map(move |month| base + swing * (month as f64 * 0.5).cos());
    Lines {
        title: "Days sales outstanding".to_owned(),
        x_labels: months(18),
        x_caption: "month end".to_owned(),
        series: vec![
            Series::new(
                "simple",
                wave(52.0, 4.0)
                    .enumerate()
                    .map(|(month, days)| (month != 7).then_some(days)),
            ),
            Series::new("countback", wave(50.5, 5.0)),
            Series::new("best possible", wave(36.0, 2.0)),
        ],
        unit: Unit::Days,
        shades: Shades::Distinct,
    }
}

pub fn cohorts() -> Lines {
    let curve = |cohort: usize| {
        let speed = 0.45 + 0.01 * cohort as f64;
        (0..13).map(move |age| (age + cohort < 25).then(|| 0.97 * (1.0 - (-speed * age as f64).exp())))
    };
    Lines {
        title: "Share of invoiced money collected, by month of issue".to_owned(),
        x_labels: (0..13).map(|age| age.to_string()).collect(),
        x_caption: "months since issue".to_owned(),
        series: (0..18)
            .map(|cohort| Series::new(&months(18)[cohort], curve(cohort)))
            .collect(),
        unit: Unit::Percent,
        shades: Shades::Ordered,
    }
}

pub fn roll_rates() -> HeatMap {
    let label = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect();
    let row = |shares: [f64; 7]| shares.map(Some).to_vec();
    HeatMap {
        title: "Roll rates by count, average of 12 months".to_owned(),
        row_labels: label(&["not due", "1-30", "31-60", "61-90", "over 90"]),
        row_caption: "from".to_owned(),
        column_labels: label(&["not due", "1-30", "31-60", "61-90", "over 90", "paid", "credited"]),
        column_caption: "to".to_owned(),
        cells: vec![
            row([0.412, 0.188, 0.0, 0.0, 0.0, 0.391, 0.009]),
            row([0.0, 0.0, 0.267, 0.0, 0.0, 0.718, 0.015]),
            row([0.0, 0.0, 0.0, 0.423, 0.0, 0.559, 0.018]),
            row([0.0, 0.0, 0.0, 0.0, 0.611, 0.362, 0.027]),
            vec![None; 7],
        ],
    }
}

pub fn calibration() -> Calibration {
    let bin = |predicted: f64, observed: f64, n: u64| CalibrationBin {
        predicted,
        observed: Some(observed),
        interval: Some((observed * 0.8, observed * 1.2)),
        n,
    };
    Calibration {
        title: "Does the score mean a probability?".to_owned(),
        bins: vec![
            bin(0.01, 0.012, 812),
            bin(0.03, 0.027, 640),
            bin(0.06, 0.066, 511),
            bin(0.11, 0.10, 402),
            bin(0.17, 0.19, 288),
            bin(0.26, 0.24, 190),
            bin(0.38, 0.41, 121),
            bin(0.55, 0.52, 64),
        ],
    }
}

pub fn forecast() -> Fan {
    let expected: Vec<f64> = (0..13)
        .map(|week| 9e5 * (-0.12 * f64::from(week)).exp() + 4e4)
        .collect();
    Fan {
        title: "Expected collections by week".to_owned(),
        x_labels: (0..13)
            .map(|week| format!("{:02}-{:02}", 3 + week / 4, 4 + 7 * (week % 4)))
            .collect(),
        x_caption: "week starting, 2024".to_owned(),
        band: expected.iter().map(|value| Some((value * 0.7, value * 1.35))).collect(),
        band_names: ("P10".to_owned(), "P90".to_owned()),
        actual: vec![Some(8.7e5), Some(9.4e5)],
        expected: expected.into_iter().map(Some).collect(),
        unit: euro(),
    }
}

pub fn top_customers() -> HorizontalBars {
    let bar = |name: &str, value: f64| (name.to_owned(), Some(value));
    HorizontalBars {
        title: "Overdue money by customer".to_owned(),
        bars: vec![
            bar("Nordwind Maschinenbau Beteiligungsgesellschaft mbH & Co. KG", 812_345.0),
            bar("Acme Ltd", 623_100.0),
            bar(EVIL, 411_020.0),
            ("Customer without a rate".to_owned(), None),
            bar("Kleinmann", 9_120.0),
        ],
        unit: euro(),
    }
}

/// Every kind of plot by name.
pub fn every_plot() -> Vec<(&'static str, Result<Svg, PlotError>)> {
    vec![
        ("aging", aging().svg()),
        ("dso", dso().svg()),
        ("cohorts", cohorts().svg()),
        ("roll rates", roll_rates().svg()),
        ("calibration", calibration().svg()),
        ("forecast", forecast().svg()),
        ("top customers", top_customers().svg()),
    ]
}

/// A report with every part filled.
pub fn report() -> Report {
    let tile = |label: &str, value: Option<&str>, note: &str| Tile {
        label: label.to_owned(),
        value: value.map(str::to_owned),
        note: note.to_owned(),
    };
    let plot = |svg: Result<Svg, PlotError>, caption: &str| Plot {
        svg: svg.unwrap(),
        caption: caption.to_owned(),
    };
    let buckets = ["not due", "1-30 days", "31-60 days", "61-90 days", "over 90 days"];
    let totals = [
        61_034_512_300_i128,
        19_002_210_000,
        8_012_345_600,
        3_011_220_000,
        4_020_111_100,
    ];
    let aging_table = Table::new("aging")
        .note("as_of", "2024-06-30")
        .note("boundary", "due on the as-of day is not past due")
        .text("bucket", buckets.map(str::to_owned))
        .text("currency", buckets.map(|_| "EUR".to_owned()))
        .money("balance", totals.map(Total::from_units))
        .int("n_items", [4_120, 1_011, 402, 188, 201])
        .real("share", [0.642, 0.2, 0.084, 0.032, 0.042]);
    let names: Vec<String> = (0..20)
        .map(|rank| match rank {
            1 => EVIL.to_owned(),
            rank => format!("Customer {}", rank * 37 % 100),
        })
        .collect();
    let worklist = Table::new("worklist")
        .int("rank", 1..=20)
        .text("customer_id", names)
        .text("currency", (0..20).map(|_| "EUR".to_owned()))
        .money(
            "overdue",
            (0..20).map(|rank| Total::from_units(5_000_000_000 / (rank + 1))),
        )
        .int("oldest_days", (0..20).map(|rank| (rank != 4).then_some(120 - 5 * rank)))
        .real("probability", (0..20).map(|rank| 0.9 - 0.04 * rank as f64))
        .text(
            "action",
            (0..20).map(|rank| if rank % 3 == 0 { "call" } else { "remind" }.to_owned()),
        )
        .text(
            "reasons",
            (0..20).map(|_| "oldest item 93 days past due; two broken promises; limit used to 118 %".to_owned()),
        );
    let mut findings = Issues::default();
    for line in [118, 240] {
        findings.push(Issue {
            code: IssueCode::DueBeforeIssue,
            place: Place {
                file: "invoices.csv".to_owned(),
                line: Some(line),
                column: None,
            },
            message: format!("invoice <b>{line}</b> is due 2024-02-01, before it was issued 2024-03-01"),
            action: "kept, aged from its due date".to_owned(),
            hint: None,
        });
    }
    let section = |id: &str, heading: &str, lead: &str| Section {
        id: id.to_owned(),
        heading: heading.to_owned(),
        lead: lead.to_owned(),
        ..Section::default()
    };
    Report {
        title: "Receivables review".to_owned(),
        subtitle: "Sample Trading GmbH, as of 30 June 2024, in euro".to_owned(),
        facts: [
            ("as of", "2024-06-30"),
            ("ledger", "sha256:9f2c41d07be1c3aa5d1f0e6b"),
            ("run", "6c1e0b7a"),
            ("version", "0.1.0"),
        ]
        .map(|(label, value)| (label.to_owned(), value.to_owned()))
        .to_vec(),
        tiles: vec![
            tile(
                "Open receivables",
                Some("EUR 9.51m"),
                "ties to the control account to the cent",
            ),
            tile("Overdue", Some("EUR 3.40m"), "35.8% of open; 33.1% a year ago"),
            tile("DSO, countback", Some("50.5 days"), "best possible 36.0"),
            tile("Expected in 13 weeks", Some("EUR 6.20m"), "P10 5.1m, P90 7.4m"),
            tile("Provision", None, "no write-offs in the ledger"),
        ],
        sections: vec![
            Section {
                plots: vec![plot(
                    aging().svg(),
                    "Money over 90 days past due has stayed near EUR 0.4m since March 2023.",
                )],
                tables: vec![aging_table],
                findings,
                caveats: vec![Caveat(
                    "214 customers have under 6 months of history; their roll rates are left empty".to_owned(),
                )],
                definitions: vec![(
                    "days past due".to_owned(),
                    "The as-of day minus the due day; an item due on the as-of day is not past due.".to_owned(),
                )],
                ..section(
                    "aging",
                    "How old is the money?",
                    "EUR 3.40m of 9.51m is past due, most of it by less than 30 days.",
                )
            },
            Section {
                plots: vec![
                    plot(
                        roll_rates().svg(),
                        "Of the items 61 to 90 days late, 61.1% roll past 90 days.",
                    ),
                    plot(cohorts().svg(), "Newer cohorts pay a little faster."),
                    plot(dso().svg(), "The gap to best possible DSO is what lateness costs."),
                ],
                ..section("flow", "How does it move?", "Late money mostly cures within a month.")
            },
            Section {
                plots: vec![plot(
                    calibration().svg(),
                    "Points on the diagonal: the score means what it says.",
                )],
                ..section(
                    "risk",
                    "Who will pay late?",
                    "The scorecard beats the last bucket out of time.",
                )
            },
            Section {
                plots: vec![plot(
                    top_customers().svg(),
                    "Two customers owe most of the overdue money.",
                )],
                tables: vec![worklist],
                ..section("worklist", "Whom to call first?", "")
            },
            Section {
                plots: vec![plot(
                    forecast().svg(),
                    "Eight of ten weeks should fall inside the band.",
                )],
                ..section("forecast", "How much cash arrives when?", "")
            },
        ],
    }
}
