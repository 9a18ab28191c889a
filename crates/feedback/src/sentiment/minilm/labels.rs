//! What the labels of a classifier mean here.

use serde_json::Value;

use super::super::Label;

/// The names of a classifier's labels, in their order.
pub(super) fn names(config: &Value) -> Vec<String> {
    let names = &config["id2label"];
    (0..MOST_LABELS).map_while(|i| names[i.to_string()].as_str().map(str::to_string)).collect()
}

const MOST_LABELS: usize = 64;

/// What the labels of a classifier mean here.
pub(super) fn meanings(names: Vec<String>) -> Result<Vec<(String, Label)>, String> {
    let count = names.len();
    let meaning = |name: &str| {
        let lower = name.to_lowercase();
        // Without names they are in the order of Barbieri et al. (TweetEval, 2020), or of SST-2 where there are two.
        let numbered = lower.strip_prefix("label_").and_then(|n| n.parse::<usize>().ok());
        let stars = lower.strip_suffix("stars").or(lower.strip_suffix("star"));
        match (numbered, stars.and_then(|n| n.trim().parse::<u8>().ok())) {
            (Some(i), _) if count == 3 => Label::ALL.get(i).copied(),
            (Some(i), _) if count == 2 => [Label::Negative, Label::Positive].get(i).copied(),
            (_, Some(1 | 2)) => Some(Label::Negative),
            (_, Some(3)) => Some(Label::Neutral),
            (_, Some(4 | 5)) => Some(Label::Positive),
            _ if lower.starts_with("neg") => Some(Label::Negative),
            _ if lower.starts_with("neu") => Some(Label::Neutral),
            _ if lower.starts_with("pos") => Some(Label::Positive),
            _ => None,
        }
    };
    let known: Option<Vec<_>> = names.iter().map(|n| Some((n.clone(), meaning(n)?))).collect();
    known.filter(|k| !k.is_empty()).ok_or_else(|| {
        format!("id2label names {names:?}, expected negative, neutral, positive, numbered labels or stars")
    })
}
