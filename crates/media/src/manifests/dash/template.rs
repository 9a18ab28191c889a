//! Names made of a template: `$RepresentationID$_$Number%05d$.m4s` (ISO/IEC 23009-1, 5.3.9.4.4).

use crate::MediaError;
use crate::error::quoted;

/// The widest number: no segment has more digits.
const MAX_WIDTH: usize = 20;

/// A template, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Number { width: usize },
    Time { width: usize },
}

impl Template {
    /// Takes a template apart, and fills in what is the same for all segments.
    pub(super) fn new(text: &str, id: &str, bandwidth: u64) -> Result<Template, MediaError> {
        let wrong = |expected: &str| MediaError::input(0, "the template", quoted(text), expected);
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((plain, after)) = rest.split_once('$') {
            parts.push(Part::Text(plain.to_string()));
            let Some((identifier, after)) = after.split_once('$') else {
                return Err(wrong("a second $ after each identifier"));
            };
            let (identifier, width) = match identifier.split_once('%') {
                Some((identifier, tag)) => {
                    let width = tag.strip_prefix('0').and_then(|t| t.strip_suffix('d'));
                    let width = width.and_then(|w| w.parse::<usize>().ok()).filter(|w| *w <= MAX_WIDTH);
                    (identifier, width.ok_or_else(|| wrong("a width like %05d, of at most 20 digits"))?)
                }
                None => (identifier, 1),
            };
            parts.push(match identifier {
                "" => Part::Text("$".to_string()),
                "RepresentationID" => Part::Text(id.to_string()),
                "Bandwidth" => Part::Text(format!("{bandwidth:0width$}")),
                "Number" => Part::Number { width },
                "Time" => Part::Time { width },
                _ => return Err(wrong("the identifiers RepresentationID, Number, Time and Bandwidth")),
            });
            rest = after;
        }
        parts.push(Part::Text(rest.to_string()));
        Ok(Template(parts))
    }

    /// Whether segments have names of their own.
    pub(super) fn varies(&self) -> bool {
        self.0.iter().any(|p| !matches!(p, Part::Text(_)))
    }

    pub(super) fn name(&self, number: u64, time: u64) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Number { width } => format!("{number:0width$}"),
            Part::Time { width } => format!("{time:0width$}"),
        };
        self.0.iter().map(part).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_filled_in() {
        let name = |text: &str| Template::new(text, "v1", 500_000).map(|t| t.name(7, 90_000));
        for (text, expected) in [
            ("$RepresentationID$/$Number$.m4s", "v1/7.m4s"),
            ("s-$Number%05d$.m4s", "s-00007.m4s"),
            ("s-$Number%01d$.m4s", "s-7.m4s"),
            ("$Bandwidth$/t$Time$.m4s", "500000/t90000.m4s"),
            ("$Time%010d$", "0000090000"),
            ("a$$b$Number$", "a$b7"),
            ("init.mp4", "init.mp4"),
        ] {
            assert_eq!(name(text).as_deref(), Ok(expected), "{text}");
        }
        for bad in
            ["$Number", "$Number%5d$", "$Number%05x$", "$Number%099d$", "$SubNumber$", "$number$", "a$"]
        {
            assert!(name(bad).is_err(), "{bad}");
        }
    }
}
