//! What can be wrong with a specification, and the known name that was probably meant.

/// What is wrong with a specification.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpecError {
    /// There is no entry of that name.
    #[error("unknown {what} '{name}'{hint} Known: {known}", hint = did_you_mean(nearest))]
    UnknownName {
        /// What was looked for (rule, preset, ...).
        what: &'static str,
        name: String,
        /// The known name most like it, if one is near.
        nearest: Option<String>,
        known: String,
    },
    /// A range or list stands for nothing, or for too much.
    #[error("'{text}' is no list or range of at most 10000 values (expected 10/25/60, 1..20 or 1..2..0.25)")]
    Range { text: String },
    /// The entry has no option of that name.
    #[error("'{name}' has no option '{key}'{hint} {known}", hint = did_you_mean(nearest))]
    UnknownOption {
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
    Value { name: String, key: String, value: String, expected: String },
    /// An option is given more than once: which value is meant cannot be known.
    #[error("'{name}': option {key} is given twice ('{first}' and '{second}'), expected once")]
    Twice {
        name: String,
        key: String,
        /// The value that was given first.
        first: String,
        /// The value that was given after it.
        second: String,
    },
    /// The text is no specification at all.
    #[error("'{text}' is not of the form name:key=value,key=value ({})", if part.is_empty() { "an option is empty".into() } else { format!("'{part}' has no '='") })]
    Form {
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
