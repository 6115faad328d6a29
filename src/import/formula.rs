//! Small formulas of a profile: `issued_on + 30 days`, `min(due, cleared)`, `Amount - Outstanding`, `abs(Amount)`.

use crate::money::Amount;

/// A formula over names, which stand for fields of the record or columns of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formula<Name> {
    /// The value of a field or column.
    Name(Name),
    /// A number as it stands.
    Number(Amount),
    /// A count of days, to be added to a day.
    Days(Box<Formula<Name>>),
    /// Without its sign.
    Abs(Box<Formula<Name>>),
    /// Both sides added.
    Add(Box<Formula<Name>>, Box<Formula<Name>>),
    /// The right side taken off the left.
    Subtract(Box<Formula<Name>>, Box<Formula<Name>>),
    /// The smaller or earlier one.
    Min(Box<Formula<Name>>, Box<Formula<Name>>),
    /// The larger or later one.
    Max(Box<Formula<Name>>, Box<Formula<Name>>),
}

impl<Name> Formula<Name> {
    /// Replaces every name, or returns the first error.
    pub fn try_map<'f, Other, Error>(
        &'f self,
        replace: &mut dyn FnMut(&'f Name) -> Result<Other, Error>,
    ) -> Result<Formula<Other>, Error> {
        let mut both = |left: &'f Formula<Name>, right: &'f Formula<Name>| {
            Ok((Box::new(left.try_map(replace)?), Box::new(right.try_map(replace)?)))
        };
        Ok(match self {
            Formula::Add(left, right) => both(left, right).map(|(left, right)| Formula::Add(left, right))?,
            Formula::Subtract(left, right) => both(left, right).map(|(left, right)| Formula::Subtract(left, right))?,
            Formula::Min(left, right) => both(left, right).map(|(left, right)| Formula::Min(left, right))?,
            Formula::Max(left, right) => both(left, right).map(|(left, right)| Formula::Max(left, right))?,
            Formula::Name(name) => Formula::Name(replace(name)?),
            Formula::Number(number) => Formula::Number(*number),
            Formula::Days(inner) => Formula::Days(Box::new(inner.try_map(replace)?)),
            Formula::Abs(inner) => Formula::Abs(Box::new(inner.try_map(replace)?)),
        })
    }
}

impl Formula<String> {
    /// Reads a formula; captions with blanks or signs stand in backticks.
    ///
    /// # Errors
    /// Says what was found and what was expected.
    pub fn parse(text: &str) -> Result<Formula<String>, String> {
        let mut parser = Parser {
            tokens: tokens(text)?,
            at: 0,
        };
        let formula = parser.sum()?;
        match parser.tokens.get(parser.at) {
            None => Ok(formula),
            Some(token) => Err(format!(
                "found {token} behind the formula, expected `+`, `-` or its end"
            )),
        }
    }
}

impl std::fmt::Display for Formula<String> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Formula::Name(name) => write!(f, "`{name}`"),
            Formula::Number(number) if number.units() % crate::money::SCALE == 0 => {
                write!(f, "{}", number.units() / crate::money::SCALE)
            }
            Formula::Number(number) => write!(f, "{number}"),
            Formula::Days(inner) => write!(f, "{inner} days"),
            Formula::Abs(inner) => write!(f, "abs({inner})"),
            Formula::Add(left, right) => write!(f, "{left} + {right}"),
            Formula::Subtract(left, right) => write!(f, "{left} - {right}"),
            Formula::Min(left, right) => write!(f, "min({left}, {right})"),
            Formula::Max(left, right) => write!(f, "max({left}, {right})"),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Number(Amount),
    Sign(char),
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Token::Word(word) => write!(f, "`{word}`"),
            Token::Number(number) => write!(f, "`{number}`"),
            Token::Sign(sign) => write!(f, "`{sign}`"),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '+' | '-' | '(' | ')' | ',' => {
                tokens.push(Token::Sign(first));
                1
            }
            '`' => {
                let end = rest[1..].find('`').ok_or("found a backtick without its partner")?;
                tokens.push(Token::Word(rest[1..=end].to_owned()));
                end + 2
            }
            '0'..='9' => {
                let length = rest
                    .bytes()
                    .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
                    .count();
                let number = Amount::parse(&rest[..length]).map_err(|error| error.to_string())?;
                tokens.push(Token::Number(number));
                length
            }
            letter if letter.is_alphabetic() || letter == '_' => {
                let length: usize = rest
                    .chars()
                    .take_while(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '#'))
                    .map(char::len_utf8)
                    .sum();
                tokens.push(Token::Word(rest[..length].to_owned()));
                length
            }
            other => {
                return Err(format!(
                    "found `{other}`, expected a name, a number, `+`, `-` or a bracket"
                ));
            }
        };
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn sum(&mut self) -> Result<Formula<String>, String> {
        let mut sum = if self.take_sign('-') {
            Formula::Subtract(Box::new(Formula::Number(Amount::ZERO)), Box::new(self.term()?))
        } else {
            self.term()?
        };
        loop {
            if self.take_sign('+') {
                sum = Formula::Add(Box::new(sum), Box::new(self.term()?));
            } else if self.take_sign('-') {
                sum = Formula::Subtract(Box::new(sum), Box::new(self.term()?));
            } else {
                return Ok(sum);
            }
        }
    }

    fn term(&mut self) -> Result<Formula<String>, String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        let term = match token {
            Some(Token::Number(number)) => Formula::Number(number),
            Some(Token::Word(word)) if matches!(word.as_str(), "min" | "max" | "abs") && self.take_sign('(') => {
                let first = Box::new(self.sum()?);
                let formula = match word.as_str() {
                    "abs" => Formula::Abs(first),
                    "min" => Formula::Min(first, self.second()?),
                    _ => Formula::Max(first, self.second()?),
                };
                self.expect_sign(')')?;
                return Ok(formula);
            }
            Some(Token::Word(word)) => Formula::Name(word),
            Some(token) => return Err(format!("found {token}, expected a name or a number")),
            None => return Err("found the end, expected a name or a number".to_owned()),
        };
        if matches!(self.tokens.get(self.at), Some(Token::Word(word)) if matches!(word.as_str(), "day" | "days")) {
            self.at += 1;
            return Ok(Formula::Days(Box::new(term)));
        }
        Ok(term)
    }

    fn second(&mut self) -> Result<Box<Formula<String>>, String> {
        self.expect_sign(',')?;
        self.sum().map(Box::new)
    }

    fn take_sign(&mut self, sign: char) -> bool {
        let found = self.tokens.get(self.at) == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn expect_sign(&mut self, sign: char) -> Result<(), String> {
        if self.take_sign(sign) {
            return Ok(());
        }
        let found = self.tokens.get(self.at).map_or("the end".to_owned(), Token::to_string);
        Err(format!("found {found}, expected `{sign}`"))
    }
}
