//! The days on which a customer usually pays.

use std::f64::consts::TAU;

use crate::calendar::{AsOf, Day};

const WINDOW_DAYS: i32 = 365;
/// Payment days without which there is no rhythm to speak of.
const LEAST_DAYS: usize = 4;
/// How closely payment days keep to a day of the month, from which on that day is usual.
const LEAST_FIT: f64 = 0.7;
/// A day of the week with one in so many of the payment days is usual.
const USUAL_ONE_IN: usize = 4;

/// Directions of the days of a month on a circle.
#[derive(Debug)]
pub(super) struct Circle([(f64, f64); 31]);

impl Circle {
    pub fn new() -> Circle {
        Circle(std::array::from_fn(|day| (TAU * day as f64 / 31.0).sin_cos()))
    }
}

/// How a customer's payment days of a year lie in weeks and months.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rhythm {
    /// Share of payment days on the commonest day of the week.
    pub weekday_share: f64,
    /// How closely payment days keep to one day of the month, 0 to 1.
    pub day_of_month_fit: f64,
    usual: Usual,
}

#[derive(Clone, Copy, Debug)]
enum Usual {
    DayOfMonth(i32),
    Weekdays([bool; 7]),
}

impl Rhythm {
    /// Reads payment days, in order, of the year before a day; `None` of too few.
    pub fn of(paid: &[Day], day: AsOf, circle: &Circle) -> Option<Rhythm> {
        let paid = &paid[paid.partition_point(|on| *on <= day.0 - WINDOW_DAYS)..];
        if paid.len() < LEAST_DAYS {
            return None;
        }
        let mut weekdays = [0_usize; 7];
        let (mut sine, mut cosine) = (0.0, 0.0);
        for on in paid {
            weekdays[on.weekday() as usize] += 1;
            let direction = circle.0[on.day_of_month() as usize - 1];
            sine += direction.0;
            cosine += direction.1;
        }
        let n = paid.len() as f64;
        let day_of_month_fit = sine.hypot(cosine) / n;
        let usual = if day_of_month_fit >= LEAST_FIT {
            let turn = (sine.atan2(cosine) / TAU).rem_euclid(1.0);
            Usual::DayOfMonth((turn * 31.0).round() as i32 % 31 + 1)
        } else {
            Usual::Weekdays(weekdays.map(|on_day| on_day * USUAL_ONE_IN >= paid.len()))
        };
        let most = weekdays.into_iter().max().unwrap_or(0);
        Some(Rhythm {
            weekday_share: most as f64 / n,
            day_of_month_fit,
            usual,
        })
    }

    /// Returns the days from one day to the first usual payment day on it or after it.
    pub fn days_from(&self, day: Day) -> Option<i32> {
        match self.usual {
            Usual::DayOfMonth(usual) => {
                let of_month = |month: crate::calendar::Month| month.first() + (usual.min(month.n_days()) - 1);
                let this = of_month(day.month());
                let next = if this >= day { this } else { of_month(day.month() + 1) };
                Some(next - day)
            }
            Usual::Weekdays(usual) => (0..7).find(|days| usual[(day + *days).weekday() as usize]),
        }
    }
}
