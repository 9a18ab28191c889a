//! Sentences with labels: what sentiment is measured on, and fitted to.

use std::path::Path;

use feedback::sentiment::Label;
use serde_json::Value;

use crate::Error;

/// A sentence, and what people say of it.
pub(super) struct Labelled {
    pub(super) text: String,
    pub(super) label: Label,
    pub(super) aspect: Option<String>,
}

/// Reads JSON lines with `text`, `label` (pos, neg, neu) and perhaps `aspect`.
pub(super) fn read(path: &Path) -> Result<Vec<Labelled>, Error> {
    let lines = spec::file::text(path).map_err(|e| Error::read(path.display(), e))?;
    let mut cases = Vec::new();
    for (i, line) in lines.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let wrong = |problem: &str| Error::input(path.display(), format_args!("line {}: {problem}", i + 1));
        let value: Value = serde_json::from_str(line).map_err(|e| wrong(&format!("no JSON: {e}")))?;
        let text = value["text"].as_str().ok_or_else(|| wrong("no text"))?;
        let label = match value["label"].as_str() {
            Some("neg") => Label::Negative,
            Some("neu") => Label::Neutral,
            Some("pos") => Label::Positive,
            _ => return Err(wrong("label is not pos, neg or neu")),
        };
        let aspect = value["aspect"].as_str().map(str::to_string);
        cases.push(Labelled { text: text.to_string(), label, aspect });
    }
    match cases.is_empty() {
        true => Err(Error::input(path.display(), "no sentences")),
        false => Ok(cases),
    }
}
