//! Settings: complete defaults, and every problem of a file by its dotted key.

use arrears::calendar::{AsOf, Day};
use arrears::config::Config;
use arrears::decide::{EscalationPolicy, HoldPolicy, InterestPolicy, LimitsPolicy, SettlementPolicy, WorklistPolicy};
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
    assert_eq!(config.limits, LimitsPolicy::default());
    assert_eq!(config.escalation, EscalationPolicy::default());
    assert_eq!(config.settlement, SettlementPolicy::default());
    assert_eq!(config.interest, InterestPolicy::default());
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
    assert_eq!(config.limits.promise_tolerance_days, 7);
    assert_eq!(config.escalation.promise_tolerance_days, 7);
    assert_eq!(config.settlement.promise_tolerance_days, 7);
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

#[test]
fn every_problem_of_the_ladder_is_named_by_its_key() {
    let step = |name: &str, days: i32| {
        format!(
            "{{ name = \"{name}\", days = {days}, gap_days = 0, channel = \"email\", letter = \"x\", min_amount = \"ten\" }}"
        )
    };
    let text = format!(
        "[escalation]\ndays_between_contacts = 0\nsteps = [{}, {}]",
        step("a", 5),
        step("a", 5)
    );
    assert_eq!(
        problems(&text),
        [
            "mine.toml: escalation.steps[0].min_amount: found `ten`, expected a decimal number such as `1234.56`",
            "mine.toml: escalation.steps[1].min_amount: found `ten`, expected a decimal number such as `1234.56`",
            "mine.toml: escalation.steps[0].gap_days: must be 1 to 3650, is 0",
            "mine.toml: escalation.steps[1].name: must be a name of its own, is `a`",
            "mine.toml: escalation.steps[1].gap_days: must be 1 to 3650, is 0",
            "mine.toml: escalation.steps[1].days: must be above 5, that of the step before, is 5",
            "mine.toml: escalation.days_between_contacts: must be 1 to 36500, is 0",
        ]
    );
    assert_eq!(
        problems(
            "[escalation]\nsteps = []\nlegal = { min_amount = \"-1.00\" }\nwrite_off = { any_days_past_due = 100 }"
        ),
        [
            "mine.toml: escalation.steps: must be at least one from the due day on, is 0",
            "mine.toml: escalation.write_off.any_days_past_due: must be at least write_off.days_past_due 180, is 100",
            "mine.toml: escalation.legal.min_amount: must be at least 0, is -1.00",
        ]
    );
}

#[test]
fn rates_of_late_interest_are_exact_decimals_in_order() {
    let text = "[interest]\nrate = \"base-and-margin\"\nbase_rates = [{ from = \"2024-07-01\", rate = \"0.0425\" }, { from = \"2024-01-01\", rate = \"4.5 %\" }]";
    assert_eq!(
        problems(text),
        [
            "mine.toml: interest.base_rates[1].rate: must be a decimal number such as \"0.08\", is `4.5 %`",
            "mine.toml: interest.base_rates[1].from: must be after 2024-07-01, the day before it, is 2024-01-01",
        ]
    );
    assert_eq!(
        problems("[interest]\nrate = \"base-and-margin\"\nday_count = \"30/360\"\nyearly_rate = \"0.12345678901\""),
        [
            "mine.toml: interest.day_count: must be one of `actual/365`, `actual/360`, is `30/360`",
            "mine.toml: interest.base_rates: must be at least one rate, is empty",
        ]
    );
    assert_eq!(
        problems("[settlement]\nadherence = 0.0\n[interest]\nyearly_rate = \"0.12345678901\""),
        [
            "mine.toml: settlement.adherence: must be above 0 and at most 1, is 0",
            "mine.toml: interest.yearly_rate: must be -1 to 10, with at most 10 decimals, is 0.12345678901",
        ]
    );
}

#[test]
fn limits_fall_with_risk_and_terms_rise() {
    let text = "[limits]\nbands = [{ up_to = 0.2, multiple = 0.5 }, { up_to = 0.1, multiple = 1.0 }]\nstep = \"0.00\"\n[limits.terms]\nallowed = [30, 14]";
    assert_eq!(
        problems(text),
        [
            "mine.toml: limits.step: must be above 0, is 0.00",
            "mine.toml: limits.bands: must be closed by a band without an end, is 2",
            "mine.toml: limits.bands[1].up_to: must be above the band before it, is 0.1",
            "mine.toml: limits.bands[1].multiple: must be at most 0.5, that of less risk, is 1",
            "mine.toml: limits.terms.allowed: must be days from 0 to 365, each above the one before it, is [30, 14]",
        ]
    );
}
