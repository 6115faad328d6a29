//! Settings: complete defaults, and every problem of a file by its dotted key.

use arrears::config::Config;
use arrears::decide::{HoldPolicy, WorklistPolicy};
use arrears::features::{LabelParams, Unit};
use arrears::forecast::ForecastParams;
use arrears::metrics::agencies::AgenciesParams;
use arrears::metrics::aging::AgingParams;
use arrears::metrics::dso::DsoParams;
use arrears::metrics::funnel::FunnelParams;
use arrears::metrics::roll_rates::RollRatesParams;
use arrears::metrics::root_causes::RootCauseParams;
use arrears::metrics::sla::SlaParams;
use arrears::risk::TrainParams;

fn problems(text: &str) -> Vec<String> {
    Config::from_toml(text, "mine.toml").unwrap_err().problems
}

#[test]
fn the_built_in_settings_are_complete_and_valid() {
    assert_eq!(Config::from_toml("", "mine.toml").unwrap(), Config::built_in());
}

#[test]
fn the_file_of_defaults_says_what_the_stages_say() {
    let config = Config::built_in();
    assert_eq!(config.aging, AgingParams::default());
    assert_eq!(config.roll_rates, RollRatesParams::default());
    assert_eq!(config.dso, DsoParams::default());
    assert_eq!(config.funnel, FunnelParams::default());
    assert_eq!(config.sla, SlaParams::default());
    assert_eq!(config.agencies, AgenciesParams::default());
    assert_eq!(config.root_causes, RootCauseParams::default());
    assert_eq!(config.forecast, ForecastParams::default());
    assert_eq!(config.worklist, WorklistPolicy::default());
    assert_eq!(config.holds, HoldPolicy::default());
    let label = LabelParams::new(Unit::Customer, 30);
    assert_eq!(config.train.label(Unit::Customer, 30), label);
    assert_eq!(config.train.params("name", label), TrainParams::new("name", label));
}

#[test]
fn a_file_changes_only_what_it_names() {
    let config = Config::from_toml("[check]\nmax_findings = 7", "mine.toml").unwrap();
    assert_eq!(config.check.max_findings, 7);
}

#[test]
fn every_problem_is_named_by_its_key() {
    assert_eq!(
        problems("[check]\nmax_finding = 7\nmax_findings = \"many\""),
        [
            "mine.toml: check.max_finding: no such key; there are `max_findings`",
            "mine.toml: check.max_findings: must be a whole number, is a text in quotes",
        ]
    );
    assert_eq!(
        problems("[check]\nmax_findings = -1"),
        ["mine.toml: check.max_findings: must be at least 0, is -1"]
    );
}
