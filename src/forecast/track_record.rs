//! How good the forecast was: replayed on past days and compared with the cash that came.
//!
//! # Definition
//! For each past day the forecast is made from what was known then, and each week is compared with the cash that the items open on that day
//! brought. Bias = sum(forecast - actual) / sum(actual); WAPE = sum(|forecast - actual|) / sum(actual); coverage = share of weeks whose
//! cash lies between P10 and P90, both included, with Wilson's interval. Pinball = mean over the quantiles q = 0.1, 0.5, 0.9 of
//! sum(max(q x (actual - said), (q - 1) x (actual - said))) / sum(actual). Three baselines stand beside it: every item is paid on its due day; every item is
//! paid on its due day plus its customer's mean delay known on the day; the share of what was open a year (52 weeks) before that came in the same week. What
//! is already past is paid on the next day.
//! # Edge cases
//! Weeks that end after the last posting of the ledger are left out. Without cash, bias, WAPE and pinball are null. Last year's profile is left out where
//! nothing was open then. Weeks that follow one another, and weeks of several days that overlap, are not independent: the interval of the coverage is too
//! narrow, and a check of the shape alone.
//! # Source
//! Pinball loss: Koenker and Bassett, Econometrica 46, 1978, 33-50.

use std::collections::BTreeMap;

use super::account::Account;
use super::collections::{ForecastError, ForecastParams, forecast};
use super::hazards::{Exit, exit_of};
use super::timing::due_or_assumed;
use crate::calendar::{AsOf, Day};
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::metrics::wilson_interval;
use crate::money::{Currency, Total};
use crate::outcome::Checked;
use crate::table::Table;

/// The same weekday a year before.
const DAYS_OF_52_WEEKS: i32 = 364;

/// What made a forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// The forecast of this module.
    Forecast,
    /// Everything is paid on its due day.
    DueDate,
    /// Everything is paid on its due day plus the customer's mean delay.
    MeanDelay,
    /// The same share of what is open comes in the same week as a year ago.
    LastYear,
}

impl Method {
    fn as_str(self) -> &'static str {
        match self {
            Method::Forecast => "forecast",
            Method::DueDate => "due_date",
            Method::MeanDelay => "due_date_plus_mean_delay",
            Method::LastYear => "last_years_profile",
        }
    }
}

/// One week as a method saw it, and what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JudgedWeek {
    /// Day of the forecast.
    pub as_of: AsOf,
    /// Currency.
    pub currency: Currency,
    /// Method.
    pub method: Method,
    /// 1 for the first week after the day.
    pub week: usize,
    /// Cash forecast.
    pub forecast: Total,
    /// P10, P50 and P90; `None` for methods without quantiles.
    pub quantiles: Option<[Total; 3]>,
    /// Cash that came.
    pub actual: Total,
}

/// How a method did over some weeks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackRecordRow {
    /// Day of the forecast; `None` for all days together.
    pub as_of: Option<AsOf>,
    /// Week of the forecast, from 1; `None` for all weeks together.
    pub week: Option<usize>,
    /// Currency.
    pub currency: Currency,
    /// Method.
    pub method: Method,
    /// Weeks compared.
    pub n_weeks: usize,
    /// Cash forecast over these weeks.
    pub forecast: Total,
    /// Cash that came.
    pub actual: Total,
    /// Sum of forecast minus actual over actual.
    pub bias: Option<f64>,
    /// Sum of absolute weekly errors over actual.
    pub wape: Option<f64>,
    /// Share of weeks between P10 and P90, with its 95% interval; `None` for methods without quantiles.
    pub coverage: Option<(f64, (f64, f64))>,
    /// Mean pinball loss of the quantiles over actual.
    pub pinball: Option<f64>,
}

/// The weeks of all methods on all days.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackRecord {
    /// By day, currency, method and week.
    pub weeks: Vec<JudgedWeek>,
}

impl TrackRecord {
    /// Returns one row per currency and method over all days and weeks.
    pub fn overall(&self) -> Vec<TrackRecordRow> {
        self.rows(|_| None, |_| None)
    }

    /// Returns one row per currency, method and week of the forecast, over all days.
    pub fn by_week(&self) -> Vec<TrackRecordRow> {
        self.rows(|_| None, |week| Some(week.week))
    }

    /// Returns one row per day, currency and method, over all weeks.
    pub fn by_day(&self) -> Vec<TrackRecordRow> {
        self.rows(|week| Some(week.as_of), |_| None)
    }

    fn rows(
        &self,
        day: impl Fn(&JudgedWeek) -> Option<AsOf>,
        week: impl Fn(&JudgedWeek) -> Option<usize>,
    ) -> Vec<TrackRecordRow> {
        let mut groups: BTreeMap<_, Vec<JudgedWeek>> = BTreeMap::new();
        for judged in &self.weeks {
            let key = (day(judged), judged.currency, week(judged), judged.method);
            groups.entry(key).or_default().push(*judged);
        }
        let rows = groups.into_iter().map(|((as_of, currency, week, method), weeks)| {
            let sum = |money: fn(&JudgedWeek) -> Total| weeks.iter().map(money).sum::<Total>();
            let (forecast, actual) = (sum(|week| week.forecast), sum(|week| week.actual));
            TrackRecordRow {
                as_of,
                week,
                currency,
                method,
                n_weeks: weeks.len(),
                forecast,
                actual,
                bias: (forecast - actual).ratio(actual),
                wape: sum(|week| (week.forecast - week.actual).abs()).ratio(actual),
                coverage: coverage(&weeks),
                pinball: pinball(&weeks, actual),
            }
        });
        rows.collect()
    }

    /// Returns all days and weeks together, then week by week, then day by day.
    pub fn table(&self) -> Table {
        let rows = [self.overall(), self.by_week(), self.by_day()].concat();
        let coverage = |of: fn((f64, (f64, f64))) -> f64| rows.iter().map(move |row| row.coverage.map(of));
        Table::new("forecast_track_record")
            .day("as_of", rows.iter().map(|row| row.as_of.map(|day| day.0)))
            .int("week", rows.iter().map(|row| row.week.map(|week| week as i64)))
            .text("currency", rows.iter().map(|row| row.currency.to_string()))
            .text("method", rows.iter().map(|row| row.method.as_str().to_owned()))
            .int("n_weeks", rows.iter().map(|row| row.n_weeks as i64))
            .money("forecast", rows.iter().map(|row| row.forecast))
            .money("actual", rows.iter().map(|row| row.actual))
            .real("bias", rows.iter().map(|row| row.bias))
            .real("wape", rows.iter().map(|row| row.wape))
            .real("coverage", coverage(|(share, _)| share))
            .real("coverage_low", coverage(|(_, (low, _))| low))
            .real("coverage_high", coverage(|(_, (_, high))| high))
            .real("pinball", rows.iter().map(|row| row.pinball))
            .note(
                "actual",
                "cash on items that were open on the day; later invoices are no part of either side",
            )
            .note("coverage", "weeks between p10 and p90; 0.8 is what they promise")
    }
}

fn coverage(weeks: &[JudgedWeek]) -> Option<(f64, (f64, f64))> {
    let mut inside = 0;
    for week in weeks {
        let [p10, _, p90] = week.quantiles?;
        inside += u64::from((p10..=p90).contains(&week.actual));
    }
    let n = weeks.len() as u64;
    Some((inside as f64 / n as f64, wilson_interval(inside, n, 0.95)?))
}

fn pinball(weeks: &[JudgedWeek], actual: Total) -> Option<f64> {
    const QUANTILES: [f64; 3] = [0.1, 0.5, 0.9];
    let mut loss = 0.0;
    for week in weeks {
        for (said, quantile) in week.quantiles?.into_iter().zip(QUANTILES) {
            let above = (week.actual - said).to_feature();
            loss += (quantile * above).max((quantile - 1.0) * above) / QUANTILES.len() as f64;
        }
    }
    let actual = actual.to_feature();
    (actual > 0.0).then(|| loss / actual)
}

/// Replays the forecast on past days.
///
/// # Errors
/// What [`forecast`] refuses on any of the days.
pub fn track_record(
    ledger: &Ledger,
    days: &[AsOf],
    params: &ForecastParams,
) -> Result<Checked<TrackRecord>, ForecastError> {
    let last = ledger.span().map_or(Day::EARLIEST, |(_, last)| last);
    let mut judged = Vec::new();
    for &as_of in days {
        let made = forecast(ledger, as_of, params)?.value;
        let n_weeks = params.horizon_weeks.min(((last - as_of.0).max(0) / 7) as usize);
        let replay = Replay::of(ledger, as_of, params, n_weeks);
        let year_ago = Replay::of(ledger, AsOf(as_of.0 - DAYS_OF_52_WEEKS), params, n_weeks);
        for of_currency in &made.currencies {
            let currency = of_currency.currency;
            let actual = replay.weeks(&replay.actual, currency);
            let mut add = |method, forecast: &[Total], quantiles: &dyn Fn(usize) -> Option<[Total; 3]>| {
                judged.extend(
                    forecast
                        .iter()
                        .zip(&actual)
                        .enumerate()
                        .map(|(at, (forecast, actual))| JudgedWeek {
                            as_of,
                            currency,
                            method,
                            week: at + 1,
                            forecast: *forecast,
                            quantiles: quantiles(at),
                            actual: *actual,
                        }),
                );
            };
            let weeks: Vec<_> = of_currency.weeks().take(n_weeks).collect();
            let expected: Vec<Total> = weeks.iter().map(|week| week.expected).collect();
            add(Method::Forecast, &expected, &|at| {
                Some([weeks[at].p10, weeks[at].p50, weeks[at].p90])
            });
            add(Method::DueDate, &replay.weeks(&replay.due_date, currency), &|_| None);
            add(Method::MeanDelay, &replay.weeks(&replay.mean_delay, currency), &|_| {
                None
            });
            if let Some(profile) = year_ago.profile(currency, replay.open(currency)) {
                add(Method::LastYear, &profile, &|_| None);
            }
        }
    }
    Ok(Checked::clean(TrackRecord { weeks: judged }))
}

type Weeks = BTreeMap<Currency, Vec<Total>>;

/// What came from the items open on a day, and what the baselines said.
struct Replay {
    n_weeks: usize,
    open: BTreeMap<Currency, Total>,
    actual: Weeks,
    due_date: Weeks,
    mean_delay: Weeks,
}

impl Replay {
    fn of(ledger: &Ledger, as_of: AsOf, params: &ForecastParams, n_weeks: usize) -> Replay {
        let mut replay = Replay {
            n_weeks,
            open: BTreeMap::new(),
            actual: Weeks::new(),
            due_date: Weeks::new(),
            mean_delay: Weeks::new(),
        };
        for customer in ledger.customers() {
            let account = Account::on(ledger, customer, as_of, params.promise_tolerance_days);
            if account.items.is_empty() {
                continue;
            }
            let delay = mean_delay(ledger, customer, as_of, params);
            for item in &account.items {
                *replay.open.entry(item.currency).or_default() += item.open;
                let document = ledger.document(item.document);
                let due_on = due_or_assumed(document, &params.timing);
                let week = |day: Day| week_of(as_of, day.max(as_of.0 + 1), n_weeks);
                add(&mut replay.due_date, n_weeks, item.currency, week(due_on), item.open);
                add(
                    &mut replay.mean_delay,
                    n_weeks,
                    item.currency,
                    week(due_on + delay),
                    item.open,
                );
                for posting in ledger.postings_of(document) {
                    if exit_of(posting.nature) == Some(Exit::Cash) && posting.on > as_of.0 {
                        let week = week_of(as_of, posting.on, n_weeks);
                        add(
                            &mut replay.actual,
                            n_weeks,
                            item.currency,
                            week,
                            (-posting.delta).into(),
                        );
                    }
                }
            }
        }
        replay
    }

    fn open(&self, currency: Currency) -> Total {
        self.open.get(&currency).copied().unwrap_or_default()
    }

    /// Returns what would come each week if the same share of `open` came as of what was open here; an estimate, cut to cents.
    fn profile(&self, currency: Currency, open: Total) -> Option<Vec<Total>> {
        let scale = open.ratio(self.open(currency))?;
        let weeks = self.weeks(&self.actual, currency).into_iter();
        weeks
            .map(|came| Total::from_estimate(came.to_feature() * scale))
            .collect()
    }

    fn weeks(&self, of: &Weeks, currency: Currency) -> Vec<Total> {
        of.get(&currency)
            .cloned()
            .unwrap_or_else(|| vec![Total::ZERO; self.n_weeks])
    }
}

fn week_of(as_of: AsOf, day: Day, n_weeks: usize) -> Option<usize> {
    let week = (day - as_of.0 - 1) / 7;
    usize::try_from(week).ok().filter(|&week| week < n_weeks)
}

fn add(weeks: &mut Weeks, n_weeks: usize, currency: Currency, week: Option<usize>, money: Total) {
    if let Some(week) = week {
        weeks.entry(currency).or_insert_with(|| vec![Total::ZERO; n_weeks])[week] += money;
    }
}

/// Returns the mean days from due to settled of a customer's items settled by the day; 0 without any.
fn mean_delay(ledger: &Ledger, customer: CustomerIx, as_of: AsOf, params: &ForecastParams) -> i32 {
    let history = CustomerHistory::of(ledger, customer, Some(as_of.0));
    let delays = history
        .documents()
        .filter(|item| item.document.is_claim())
        .filter_map(|item| {
            let settled_on = item.settled_on(as_of.0)?;
            Some(f64::from(settled_on - due_or_assumed(item.document, &params.timing)))
        });
    let (n, sum) = delays.fold((0.0, 0.0), |(n, sum), delay| (n + 1.0, sum + delay));
    if n > 0.0 { f64::round(sum / n) as i32 } else { 0 }
}
