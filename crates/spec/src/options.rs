//! The values of options: as given, else by default, read as numbers, words, flags and lists.

use std::ops::RangeBounds;

use crate::{Entry, SpecError};

/// The options of one entry as asked for: given values over defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    entry: &'static Entry,
    pairs: Vec<(String, String)>,
}

impl Options {
    pub(crate) fn new(entry: &'static Entry, pairs: Vec<(String, String)>) -> Options {
        Options { entry, pairs }
    }

    /// The text of an option: as given, else its default. Empty for a key the entry does not have.
    pub fn text(&self, key: &str) -> &str {
        let given = self.pairs.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        given.or_else(|| self.entry.options.iter().find(|o| o.key == key).map(|o| o.default)).unwrap_or("")
    }

    /// Whether the user gave this option.
    pub fn given(&self, key: &str) -> bool {
        self.pairs.iter().any(|(k, _)| k == key)
    }

    /// The error for a value that is not what the option takes.
    pub fn wrong(&self, key: &str, expected: impl Into<String>) -> SpecError {
        SpecError::Value {
            name: self.entry.name.to_string(),
            key: key.to_string(),
            value: self.text(key).to_string(),
            expected: expected.into(),
        }
    }

    /// A finite number in a range.
    ///
    /// # Errors
    /// [`SpecError::Value`].
    pub fn number(
        &self,
        key: &str,
        range: impl RangeBounds<f64> + std::fmt::Debug,
    ) -> Result<f64, SpecError> {
        match self.text(key).parse::<f64>() {
            Ok(x) if x.is_finite() && range.contains(&x) => Ok(x),
            _ => Err(self.wrong(key, format!("a number in {range:?}"))),
        }
    }

    /// A whole number in a range.
    ///
    /// # Errors
    /// [`SpecError::Value`].
    pub fn whole(
        &self,
        key: &str,
        range: impl RangeBounds<usize> + std::fmt::Debug,
    ) -> Result<usize, SpecError> {
        match self.text(key).parse::<usize>() {
            Ok(x) if range.contains(&x) => Ok(x),
            _ => Err(self.wrong(key, format!("a whole number in {range:?}"))),
        }
    }

    /// `true` or `false` (also yes/no, on/off, 1/0).
    ///
    /// # Errors
    /// [`SpecError::Value`].
    pub fn flag(&self, key: &str) -> Result<bool, SpecError> {
        match self.text(key).to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(true),
            "false" | "no" | "off" | "0" => Ok(false),
            _ => Err(self.wrong(key, "true or false")),
        }
    }

    /// Numbers separated by `/`, each in a range; at least one.
    ///
    /// # Errors
    /// [`SpecError::Value`].
    pub fn numbers(
        &self,
        key: &str,
        range: impl RangeBounds<f64> + std::fmt::Debug,
    ) -> Result<Vec<f64>, SpecError> {
        let parsed: Option<Vec<f64>> = self
            .text(key)
            .split('/')
            .map(|p| p.trim().parse::<f64>().ok().filter(|x| x.is_finite() && range.contains(x)))
            .collect();
        parsed.ok_or_else(|| self.wrong(key, format!("numbers in {range:?} separated by '/'")))
    }

    /// A finite number in a range; None where nothing was given and there is no default.
    ///
    /// # Errors
    /// [`SpecError::Value`].
    pub fn optional_number(
        &self,
        key: &str,
        range: impl RangeBounds<f64> + std::fmt::Debug,
    ) -> Result<Option<f64>, SpecError> {
        self.optional_text(key).map(|_| self.number(key, range)).transpose()
    }

    /// The text of an option; None where nothing was given and there is no default.
    pub fn optional_text(&self, key: &str) -> Option<&str> {
        Some(self.text(key)).filter(|t| !t.is_empty())
    }

    /// What the given word stands for.
    ///
    /// # Errors
    /// [`SpecError::Value`] for another word.
    pub fn choice<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Result<T, SpecError> {
        let text = self.text(key);
        let chosen = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        let names = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        chosen.map(|(_, value)| *value).ok_or_else(|| self.wrong(key, format!("one of {}", names())))
    }
}
