//! Settings: complete defaults, and every problem of a file by its dotted key.

use arrears::calendar::{AsOf, Day};
use arrears::config::Config;
use arrears::decide::{HoldPolicy, WorklistPolicy};
use arrears::features::{LabelParams, Unit};
use arrears::forecast::ForecastParams;
use arrears::metrics::agencies::AgenciesParams;
use arrears::metrics::aging::{AgingBoundary, AgingCredits, AgingDisputes, AgingParams};
use arrears::metrics::disputes::DisputesParams;
use arrears::metrics::dso::DsoParams;
use arrears::metrics::funnel::FunnelParams;
use arrears::metrics::promises::PromisesParams;
use arrears::metrics::recoveries::RecoveriesParams;
use arrears::metrics::recovery::RecoveryParams;
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
    assert_eq!(config.promises, PromisesParams::default());
    assert_eq!(config.disputes, DisputesParams::default());
    assert_eq!(config.recovery, RecoveryParams::default());
    assert_eq!(config.recoveries, RecoveriesParams::default());
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
fn one_tolerance_with_promises_holds_for_every_stage() {
    let config = Config::from_toml("[promises]\ntolerance_days = 7", "mine.toml").unwrap();
    assert_eq!(config.promises.tolerance_days, 7);
    assert_eq!(config.worklist.promise_tolerance_days, 7);
    assert_eq!(config.holds.promise_tolerance_days, 7);
    assert_eq!(config.forecast.promise_tolerance_days, 7);
    assert_eq!(config.train.label(Unit::Customer, 30).promise_tolerance_days, 7);
    assert_eq!(
        problems("[promises]\ntolerance_days = 400\n[recovery]\nhorizons = [30, 30]"),
        [
            "mine.toml: promises.tolerance_days: must be 0 to 365, is 400",
            "mine.toml: recovery.horizons: found the horizons [30, 30], expected at least one, each at least 1 day and above the one before it",
        ]
    );
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

#[test]
fn the_fiscal_year_is_checked_by_key() {
    let text = "[calendar]\nfiscal_year_start_month = 13\npattern = \"4-4-4\"\nweeks_start_on = \"sun\"\nweek_rule = \"first\"";
    assert_eq!(
        problems(text),
        [
            "mine.toml: calendar.fiscal_year_start_month: must be between 1 and 12, is 13",
            "mine.toml: calendar.pattern: must be one of `calendar`, `4-4-5`, `4-5-4`, `5-4-4`, is `4-4-4`",
            "mine.toml: calendar.week_rule: must be one of `nearest`, `last`, is `first`",
            "mine.toml: calendar.weeks_start_on: must be one of `monday`, `tuesday`, `wednesday`, `thursday`, `friday`, `saturday`, `sunday`, is `sun`",
        ]
    );
    let october = Config::from_toml(
        "[calendar]\nfiscal_year_start_month = 10\nweeks_start_on = \"sunday\"",
        "mine.toml",
    )
    .unwrap();
    assert_eq!((october.calendar.start_month, october.calendar.week_starts_on), (10, 6));
    assert_eq!(
        Config::built_in().calendar,
        arrears::calendar::FiscalCalendar::default()
    );
}

#[test]
fn every_choice_of_the_ageing_is_a_word_from_its_list() {
    assert_eq!(
        problems("[aging]\nbasis = \"invoice\"\ndue_day = \"late\"\ncredits = \"none\"\ndisputes = \"hidden\""),
        [
            "mine.toml: aging.basis: must be one of `due`, `issue`, `posting`, is `invoice`",
            "mine.toml: aging.due_day: must be one of `not-past-due`, `past-due`, is `late`",
            "mine.toml: aging.credits: must be one of `separate`, `own-date`, `fifo`, is `none`",
            "mine.toml: aging.disputes: must be one of `gross`, `net`, `as-late`, is `hidden`",
        ]
    );
    let text = "[aging]\ndue_day = \"past-due\"\ncredits = \"fifo\"\ndisputes = \"as-late\"";
    let aging = Config::from_toml(text, "mine.toml").unwrap().aging;
    assert_eq!(aging.boundary, AgingBoundary::PastDue);
    assert_eq!(
        (aging.credits, aging.disputes),
        (AgingCredits::Fifo, AgingDisputes::AsLate)
    );
}

#[test]
fn keys_values_and_dates_are_wrong_all_at_once() {
    let text = "[policy]\neffective_from = \"2026-02-30\"\n[holds]\nlimit_usd = 1\ngrace_days = -1\nexclusions = [{ customer = \"C1\", by = \"segment\", rules = [\"days\"], reason = \"\" }]\n[worklist]\norder = \"first\"\nstrategic = [{ by = \"segment\" }]";
    let problems = problems(text);
    let keys: Vec<&str> = problems
        .iter()
        .map(|problem| problem.split(": ").nth(1).unwrap())
        .collect();
    assert_eq!(
        keys,
        [
            "holds.limit_usd",
            "policy.effective_from",
            "worklist.strategic[0]",
            "worklist.order",
            "holds.exclusions[0].rules[0]",
            "holds.exclusions[0]",
            "holds.grace_days",
        ]
    );
}

#[test]
fn a_policy_says_on_which_days_it_holds_and_what_it_changes() {
    let text = "[policy]\nname = \"group\"\nversion = \"2026.1\"\neffective_from = \"2026-01-01\"\neffective_until = \"2026-12-31\"\n[holds]\ngrace_days = 5";
    let config = Config::from_toml(text, "mine.toml").unwrap();
    assert_eq!(
        config.policy.to_string(),
        "group 2026.1 from 2026-01-01 until 2026-12-31"
    );
    let holds = |on: &str| config.policy.caveat(AsOf(Day::parse(on).unwrap())).is_none();
    let days = ["2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01"];
    assert_eq!(days.map(holds), [false, true, true, false]);
    let keys: Vec<String> = Config::differences(text, "mine.toml")
        .unwrap()
        .into_iter()
        .map(|one| one.key)
        .collect();
    assert_eq!(
        keys,
        [
            "holds.grace_days",
            "policy.effective_from",
            "policy.effective_until",
            "policy.name",
            "policy.version"
        ]
    );
}
