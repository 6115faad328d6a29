//! The additive method: what is still to come from what entered, not from what has come so far.
//!
//! Ratio of an age = sum of the increments at that age over the sum of what entered, of the origins seen there. Ultimate = latest +
//! what entered times the ratios of the ages to come. A young origin without cash yet gets a projection of its own size, where
//! the chain ladder multiplies almost nothing by a large factor.
//!
//! Source: Schmidt, K. D., Methods and models of loss reserving based on run-off triangles, CAS Forum (2006), the additive
//! (incremental loss ratio) method.

use super::Triangle;

/// What a triangle will grow to by the additive method.
#[derive(Clone, Debug, PartialEq)]
pub struct Additive {
    /// Increment at each age over what entered; `None` where nothing had entered.
    pub ratios: Vec<Option<f64>>,
    /// Value of each origin at the last age; `None` where a ratio it needs is.
    pub ultimates: Vec<Option<f64>>,
}

impl Triangle {
    /// Projects every origin to the last age from what entered it; `entered` has one entry per origin, in units of the cells.
    ///
    /// ```
    /// use arrears::metrics::triangle::Triangle;
    ///
    /// // 200 and 300 entered; the older had 80, then 120. Of the younger's 300, 40 / 200 are still to come.
    /// let triangle = Triangle::new(vec![vec![80.0, 120.0], vec![90.0]]);
    /// let additive = triangle.additive(&[200.0, 300.0]);
    /// assert_eq!(additive.ultimates, [Some(120.0), Some(90.0 + 300.0 * (40.0 / 200.0))]);
    /// ```
    pub fn additive(&self, entered: &[f64]) -> Additive {
        let seen = |age: usize| self.rows.iter().zip(entered).filter(move |(row, _)| row.len() > age);
        let ratios: Vec<Option<f64>> = (0..self.n_ages())
            .map(|age| {
                let increment = |row: &[f64]| row[age] - age.checked_sub(1).map_or(0.0, |before| row[before]);
                let increments: f64 = seen(age).map(|(row, _)| increment(row)).sum();
                let exposure: f64 = seen(age).map(|(_, entered)| entered).sum();
                (exposure > 0.0).then(|| increments / exposure)
            })
            .collect();
        let ultimates = self.rows.iter().zip(entered).map(|(row, entered)| {
            let to_come = ratios[row.len()..].iter().copied().sum::<Option<f64>>();
            row.last()
                .zip(to_come)
                .map(|(latest, to_come)| latest + entered * to_come)
        });
        Additive {
            ultimates: ultimates.collect(),
            ratios,
        }
    }
}
