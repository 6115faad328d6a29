//! Numbers as sources write them: decimal comma, thousands, signs behind the number, debit and credit.

use std::borrow::Cow;

use crate::money::{Amount, MoneyError, SCALE};

/// How a source writes its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberFormat {
    /// Between whole units and fractions: `.` or `,`.
    pub decimal: char,
    /// Characters between groups of digits; a blank stands for every kind of space.
    pub grouping: Vec<char>,
    /// How negative numbers look, besides a leading minus.
    pub negative: Vec<NegativeStyle>,
    /// Words around the number that carry no meaning, such as `$` or `EUR`.
    pub symbols: Vec<String>,
}

/// How a negative number can look, besides a leading minus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NegativeStyle {
    /// `1.234,56-`
    TrailingMinus,
    /// `(250.00)`
    Parentheses,
    /// `1,200.00 Cr` is negative, `1,200.00 Dr` positive.
    DebitCredit,
}

impl NegativeStyle {
    /// Every style with the name a profile uses for it.
    pub const ALL: &'static [(&'static str, NegativeStyle)] = &[
        ("trailing-minus", NegativeStyle::TrailingMinus),
        ("parentheses", NegativeStyle::Parentheses),
        ("dr-cr", NegativeStyle::DebitCredit),
    ];
}

impl Default for NumberFormat {
    /// A decimal point, no grouping, a leading minus: the canonical form.
    fn default() -> NumberFormat {
        NumberFormat {
            decimal: '.',
            grouping: Vec::new(),
            negative: Vec::new(),
            symbols: Vec::new(),
        }
    }
}

impl NumberFormat {
    /// Reads a trimmed text as an amount.
    ///
    /// # Errors
    /// No number of this format, more than four decimals that matter, or outside the range of an amount.
    pub fn amount(&self, text: &str) -> Result<Amount, MoneyError> {
        if self.decimal == '.'
            && let Some(units) = short_units(text)
        {
            return Ok(Amount::from_units(units));
        }
        let plain = self
            .plain(text)
            .ok_or_else(|| MoneyError::NotANumber { found: text.to_owned() })?;
        Amount::parse(&plain).map_err(|error| match error {
            MoneyError::TooPrecise { .. } => MoneyError::TooPrecise { found: text.to_owned() },
            // The text is a number, so what the parser cannot take is too long for it.
            _ => MoneyError::OutOfRange { found: text.to_owned() },
        })
    }

    /// Reads a trimmed text as a real number.
    pub fn real(&self, text: &str) -> Option<f64> {
        self.plain(text)?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// Reads a trimmed text as a whole number; `30.0` is one.
    pub fn whole(&self, text: &str) -> Option<i64> {
        let plain = self.plain(text)?;
        match plain.split_once('.') {
            Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole.parse().ok(),
            Some(_) => None,
            None => plain.parse().ok(),
        }
    }

    /// Returns a number written this way, for messages.
    pub fn example(&self) -> String {
        let group = self.grouping.first().map(char::to_string).unwrap_or_default();
        format!("1{group}234{}56", self.decimal)
    }

    /// Rewrites a text of this format as `-1234.56`, or returns `None` where it is none.
    fn plain<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        if self.decimal == '.' && is_plain(text) {
            return Some(Cow::Borrowed(text));
        }
        let (negative, digits) = self.split_sign(text)?;
        let (whole, fraction) = digits.split_once(self.decimal).unwrap_or((digits, ""));
        let mut plain = String::with_capacity(digits.len() + 1);
        if negative {
            plain.push('-');
        }
        if whole.is_empty() {
            plain.push('0');
        }
        self.push_whole(whole, &mut plain)?;
        if !fraction.is_empty() {
            if !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
                return None;
            }
            plain.push('.');
            plain.push_str(fraction);
        }
        digits
            .bytes()
            .any(|byte| byte.is_ascii_digit())
            .then_some(Cow::Owned(plain))
    }

    /// Takes signs, symbols and debit or credit marks off both ends.
    fn split_sign<'t>(&self, text: &'t str) -> Option<(bool, &'t str)> {
        let (mut rest, mut negative, mut signed) = (text, false, false);
        loop {
            rest = rest.trim();
            let sign = if let Some(inner) = rest.strip_prefix('-') {
                Some((inner, true))
            } else if let Some(inner) = rest.strip_prefix('+') {
                Some((inner, false))
            } else {
                self.negative.iter().find_map(|style| strip_style(*style, rest))
            };
            if let Some((inner, is_negative)) = sign {
                // Two signs, as in `-(5)`, could mean either.
                if signed {
                    return None;
                }
                (rest, negative, signed) = (inner, is_negative, true);
            } else if let Some(inner) = self.symbols.iter().find_map(|symbol| strip_word(rest, symbol)) {
                rest = inner;
            } else {
                return Some((negative, rest));
            }
        }
    }

    /// Copies the whole part, checking that its groups stand where groups stand: `1,234,567` or, in India, `12,34,567`.
    fn push_whole(&self, whole: &str, plain: &mut String) -> Option<()> {
        let is_group = |letter: char| {
            self.grouping.iter().any(|&group| match group {
                ' ' => matches!(letter, ' ' | '\u{a0}' | '\u{202f}'),
                '\'' => matches!(letter, '\'' | '\u{2019}'),
                group => group == letter,
            })
        };
        let Some(separator) = whole.chars().find(|&letter| is_group(letter)) else {
            plain.push_str(whole);
            return whole.bytes().all(|digit| digit.is_ascii_digit()).then_some(());
        };
        let groups: Vec<&str> = whole.split(separator).collect();
        let (last, inner) = (groups.len() - 1, &groups[1..groups.len() - 1]);
        let width = inner.first().map_or(3, |group| group.len());
        let fits = groups[last].len() == 3
            && matches!(width, 2 | 3)
            && (1..=width).contains(&groups[0].len())
            && inner.iter().all(|group| group.len() == width)
            && groups
                .iter()
                .all(|group| group.bytes().all(|digit| digit.is_ascii_digit()));
        fits.then(|| groups.iter().for_each(|group| plain.push_str(group)))
    }
}

/// Reads a text such as `-1234.56` as ten-thousandths, where it is short enough to fit in any case.
fn short_units(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    if !(1..=14).contains(&whole.len()) || !(1..=4).contains(&fraction.len()) {
        return None;
    }
    let number = |digits: &str| {
        digits.bytes().try_fold(0_i64, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'))
        })
    };
    let places = 4 - fraction.len() as u32;
    let units = number(whole)? * SCALE + number(fraction)? * 10_i64.pow(places);
    Some(if digits.len() < text.len() { -units } else { units })
}

/// Tells whether a text already reads `-1234.56`.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let mut points = 0;
    let mut n_digits = 0;
    for byte in digits {
        match byte {
            b'0'..=b'9' => n_digits += 1,
            b'.' if n_digits > 0 => points += 1,
            _ => return false,
        }
    }
    n_digits > 0 && points <= 1 && digits.last() != Some(&b'.')
}

fn strip_style(style: NegativeStyle, text: &str) -> Option<(&str, bool)> {
    match style {
        NegativeStyle::TrailingMinus => text.strip_suffix('-').map(|rest| (rest, true)),
        NegativeStyle::Parentheses => text
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
            .map(|rest| (rest, true)),
        NegativeStyle::DebitCredit => {
            let (rest, mark) = text.split_at_checked(text.len().checked_sub(2)?)?;
            match mark.to_ascii_lowercase().as_str() {
                "dr" => Some((rest, false)),
                "cr" => Some((rest, true)),
                _ => None,
            }
        }
    }
}

fn strip_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let n = word.len();
    if text.get(..n).is_some_and(|start| start.eq_ignore_ascii_case(word)) {
        return Some(&text[n..]);
    }
    let from = text.len().checked_sub(n)?;
    text.get(from..)
        .is_some_and(|end| end.eq_ignore_ascii_case(word))
        .then(|| &text[..from])
}
