//! What a user gives: specifications such as `bola:gp=5,basic=true`, read here, and errors that say clearly what is wrong
//! with one, or with a file ([`BadInput`]).
//!
//! Everything in Segue that has a name and options (rules, models, presets, profiles) is asked for in this form. A
//! registry is a list of [`Entry`]s: the name, one line about it, and its options with their defaults, which are
//! written once, as the text a user would type.
//!
//! ```
//! use spec::{Entry, Options, Spec};
//!
//! static RULES: [Entry; 1] = [Entry {
//!     name: "bola",
//!     about: "Lyapunov optimisation of utility and buffer",
//!     options: &[spec::opt("gp", "5", "weight of avoiding stalls")],
//! }];
//!
//! let (entry, options) = Spec::parse("bola:gp=8")?.find("rule", &RULES)?;
//! assert_eq!(entry.name, "bola");
//! assert_eq!(options.number("gp", 0.0..=100.0)?, 8.0);
//!
//! let wrong = Spec::parse("bla")?.find("rule", &RULES).unwrap_err();
//! assert_eq!(wrong.to_string(), "unknown rule 'bla', did you mean 'bola'? Known: bola");
//! # Ok::<(), spec::SpecError>(())
//! ```

mod expand;
pub mod file;
mod input;

pub use expand::expand;
pub use input::{BadInput, excerpt, json_problem, quoted, system_problem, text, utf8};

use std::ops::RangeBounds;

/// What is wrong with a specification.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpecError {
    /// There is no entry of that name.
    #[error("unknown {what} '{name}'{hint} Known: {known}", hint = did_you_mean(nearest))]
    UnknownName {
        /// What was looked for (rule, preset, ...).
        what: &'static str,
        /// The name given.
        name: String,
        /// The known name most like it, if one is near.
        nearest: Option<String>,
        /// All known names.
        known: String,
    },
    /// A range or list stands for nothing, or for too much.
    #[error("'{text}' is no list or range of at most 10000 values (expected 10/25/60, 1..20 or 1..2..0.25)")]
    Range {
        /// What was given.
        text: String,
    },
    /// The entry has no option of that name.
    #[error("'{name}' has no option '{key}'{hint} {known}", hint = did_you_mean(nearest))]
    UnknownOption {
        /// The entry's name.
        name: String,
        /// The option given.
        key: String,
        /// The known option most like it, if one is near.
        nearest: Option<String>,
        /// All options of the entry, in words.
        known: String,
    },
    /// An option's value is not what it takes.
    #[error("'{name}': option {key} is '{value}', expected {expected}")]
    Value {
        /// The entry's name.
        name: String,
        /// The option.
        key: String,
        /// The value given.
        value: String,
        /// What it takes.
        expected: String,
    },
    /// An option is given more than once: which value is meant cannot be known.
    #[error("'{name}': option {key} is given twice ('{first}' and '{second}'), expected once")]
    Twice {
        /// The entry's name.
        name: String,
        /// The option.
        key: String,
        /// The value that was given first.
        first: String,
        /// The value that was given after it.
        second: String,
    },
    /// The text is no specification at all.
    #[error("'{text}' is not of the form name:key=value,key=value ({})", if part.is_empty() { "an option is empty".into() } else { format!("'{part}' has no '='") })]
    Form {
        /// The whole text.
        text: String,
        /// The part at fault; empty if there is nothing where an option should be.
        part: String,
    },
}

/// The end of the sentence before the list of what is known.
fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or(".".to_string(), |n| format!(", did you mean '{n}'?"))
}

/// The known name most like `name`, if one is near enough to be a slip of the keyboard.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|k| (strsim::jaro_winkler(&name, k).max(strsim::normalized_damerau_levenshtein(&name, k)), k))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .and_then(|(score, k)| (score >= 0.65).then_some(k))
}

/// An option of an [`Entry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opt {
    /// Its key.
    pub key: &'static str,
    /// Its default, as a user would type it.
    pub default: &'static str,
    /// One line: what it is, with its unit.
    pub about: &'static str,
}

/// An [`Opt`]; short, for tables.
pub const fn opt(key: &'static str, default: &'static str, about: &'static str) -> Opt {
    Opt { key, default, about }
}

/// Something that can be asked for by name: a line of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// Its options.
    pub options: &'static [Opt],
}

/// A parsed specification: a name and `key=value` pairs, not yet checked against a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    name: String,
    pairs: Vec<(String, String)>,
}

impl Spec {
    /// Parses `name`, `name:key=value,...` or `name,key=value,...`.
    ///
    /// # Errors
    /// [`SpecError::Form`] for a part that is empty or without `=`, [`SpecError::Twice`] for a key that was given before.
    pub fn parse(text: &str) -> Result<Spec, SpecError> {
        let text = text.trim();
        let (name, rest) = match text.split_once([':', ',']) {
            Some((name, rest)) => (name, Some(rest)),
            None => (text, None),
        };
        let mut pairs = Vec::new();
        for part in rest.into_iter().flat_map(|rest| rest.split(',')).map(str::trim) {
            let Some((key, value)) = part.split_once('=') else {
                return Err(SpecError::Form { text: text.to_string(), part: part.to_string() });
            };
            let (key, value) = (key.trim(), value.trim());
            if let Some((_, first)) = pairs.iter().find(|(k, _): &&(String, String)| k == key) {
                return Err(SpecError::Twice {
                    name: name.trim().to_string(),
                    key: key.to_string(),
                    first: first.clone(),
                    second: value.to_string(),
                });
            }
            pairs.push((key.to_string(), value.to_string()));
        }
        Ok(Spec { name: name.trim().to_string(), pairs })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The entry of that name, with its options.
    ///
    /// # Errors
    /// As [`Spec::find_by`].
    pub fn find(
        self,
        what: &'static str,
        registry: impl IntoIterator<Item = &'static Entry>,
    ) -> Result<(&'static Entry, Options), SpecError> {
        self.find_by(what, registry, |entry| entry)
    }

    /// The thing of that name in a registry whose things each have an entry, with its options.
    ///
    /// # Errors
    /// [`SpecError::UnknownName`] (`what` says what the registry holds) or [`SpecError::UnknownOption`].
    pub fn find_by<T: Copy>(
        self,
        what: &'static str,
        registry: impl IntoIterator<Item = T>,
        entry_of: impl Fn(T) -> &'static Entry,
    ) -> Result<(T, Options), SpecError> {
        let things: Vec<T> = registry.into_iter().collect();
        let names = || things.iter().map(|t| entry_of(*t).name);
        let named = |t: &&T| entry_of(**t).name.eq_ignore_ascii_case(&self.name);
        let Some(&thing) = things.iter().find(named) else {
            return Err(SpecError::UnknownName {
                what,
                nearest: nearest(&self.name, names()).map(str::to_string),
                known: names().collect::<Vec<_>>().join(", "),
                name: self.name,
            });
        };
        let entry = entry_of(thing);
        for (key, _) in &self.pairs {
            if !entry.options.iter().any(|o| o.key == key) {
                let keys = || entry.options.iter().map(|o| o.key);
                let list: Vec<String> =
                    entry.options.iter().map(|o| format!("{}={}", o.key, o.default)).collect();
                let known = match list.is_empty() {
                    true => "It takes none".to_string(),
                    false => format!("Options: {}", list.join(", ")),
                };
                return Err(SpecError::UnknownOption {
                    name: entry.name.to_string(),
                    nearest: nearest(key, keys()).map(str::to_string),
                    known,
                    key: key.clone(),
                });
            }
        }
        Ok((thing, Options { entry, pairs: self.pairs }))
    }
}

/// The options of one entry as asked for: given values over defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    entry: &'static Entry,
    pairs: Vec<(String, String)>,
}

impl Options {
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

#[cfg(test)]
mod tests {
    use super::*;

    static REGISTRY: [Entry; 2] = [
        Entry {
            name: "mpc",
            about: "",
            options: &[
                opt("horizon", "5", "chunks"),
                opt("robust", "false", ""),
                opt("half-lives", "3/8", "s"),
            ],
        },
        Entry { name: "fixed", about: "", options: &[] },
    ];

    fn options(text: &str) -> Result<Options, SpecError> {
        Spec::parse(text)?.find("rule", &REGISTRY).map(|(_, o)| o)
    }

    #[test]
    fn given_values_stand_over_defaults() {
        let o = options("mpc:horizon=3,half-lives=1/4/12").expect("valid");
        assert_eq!(o.whole("horizon", 1..=9), Ok(3));
        assert_eq!(o.flag("robust"), Ok(false));
        assert_eq!(o.numbers("half-lives", 0.0..), Ok(vec![1.0, 4.0, 12.0]));
        assert!(o.given("horizon") && !o.given("robust"));
        assert_eq!(options("mpc,robust=on").expect("the preset form").flag("robust"), Ok(true));
    }

    #[test]
    fn a_slip_of_the_keyboard_is_recognised_and_anything_else_is_not() {
        let known = ["csv", "cooked", "mahimahi", "sabre"];
        assert_eq!(nearest("cvs", known), Some("csv"));
        assert_eq!(nearest("Cooked", known), Some("cooked"));
        assert_eq!(nearest("mahi", known), Some("mahimahi"));
        assert_eq!(nearest("zzz", known), None);
    }

    #[test]
    fn errors_name_the_nearest_known_name() {
        let text = |t: &str| options(t).expect_err("wrong").to_string();
        assert_eq!(text("fixd"), "unknown rule 'fixd', did you mean 'fixed'? Known: mpc, fixed");
        assert_eq!(
            text("mpc:horzon=3"),
            "'mpc' has no option 'horzon', did you mean 'horizon'? Options: horizon=5, robust=false, half-lives=3/8"
        );
        assert_eq!(text("fixed:a=1"), "'fixed' has no option 'a'. It takes none");
        assert!(text("mpc:horizon").contains("'horizon' has no '='"));
        for empty in ["mpc:", "mpc,", "mpc:,", "mpc:horizon=3,", "mpc:,horizon=3", "mpc:horizon=3,,robust=on"]
        {
            assert!(text(empty).ends_with("(an option is empty)"), "{empty}");
        }
        let o = options("mpc:horizon=nine").expect("parsed");
        let wrong = o.whole("horizon", 1..=9).expect_err("no number").to_string();
        assert_eq!(wrong, "'mpc': option horizon is 'nine', expected a whole number in 1..=9");
    }

    #[test]
    fn an_option_that_is_given_twice_is_refused() {
        for text in
            ["mpc:horizon=3,horizon=4", "mpc: horizon = 3 ,robust=on, horizon=4", "mpc,horizon=3,horizon=4"]
        {
            let wrong = options(text).expect_err("twice").to_string();
            assert_eq!(wrong, "'mpc': option horizon is given twice ('3' and '4'), expected once", "{text}");
        }
        assert!(options("mpc:horizon=3,horizon=3").is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let _ = options(&text);
        }
    }
}
