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

mod error;
mod expand;
pub mod file;
mod input;
mod options;

pub use error::{SpecError, nearest};
pub use expand::expand;
pub use input::{BadInput, excerpt, json_problem, quoted, system_problem, text, utf8};
pub use options::Options;

/// An option of an [`Entry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opt {
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
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
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
        Ok((thing, Options::new(entry, self.pairs)))
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
