//! Specifications whose options are lists or ranges: one text becomes many.

use crate::SpecError;

/// The most specifications that one text may become.
const MOST: usize = 10_000;

/// What a specification with lists (`capacity=10/25/60`) or ranges (`gp=1..20`, `gp=1..2..0.25` with a step) stands for: every
/// combination of their values, the last option varying fastest. A text without any stands for itself.
///
/// `is_value` says whether an option takes a text as it is, given as `name:key=value`: such options (a ladder, a list of
/// half-lives) are left alone.
///
/// ```
/// let numbers_only = |option: &str| option.split_once('=').is_none_or(|(_, v)| v.parse::<f64>().is_ok());
/// let all = spec::expand("bola:gp=1..3,ibr=true/false", numbers_only)?;
/// assert_eq!(all.len(), 6);
/// assert_eq!(all[1], "bola:gp=1,ibr=false");
/// # Ok::<(), spec::SpecError>(())
/// ```
///
/// # Errors
/// [`SpecError::Range`] for a range that is empty, without end, or longer than 10,000 values, and for as many combinations.
pub fn expand(text: &str, is_value: impl Fn(&str) -> bool) -> Result<Vec<String>, SpecError> {
    let text = text.trim();
    let (prefix, rest) = match text.strip_prefix("preset:") {
        Some(rest) => ("preset:", rest),
        None => ("", text),
    };
    let Some(at) = rest.find([':', ',']) else { return Ok(vec![text.to_string()]) };
    let name = &rest[..at];
    let mut all = vec![format!("{prefix}{name}{}", &rest[at..=at])];
    for (n, part) in rest[at + 1..].split(',').enumerate() {
        let alone = || is_value(&format!("{prefix}{name}{}{part}", &rest[at..=at]));
        let values = match part.split_once('=') {
            Some((key, value)) if (value.contains('/') || value.contains("..")) && !alone() => {
                let values =
                    values(value).ok_or_else(|| SpecError::Range { text: part.trim().to_string() })?;
                values.into_iter().map(|v| format!("{}={v}", key.trim())).collect()
            }
            _ => vec![part.to_string()],
        };
        if all.len() * values.len() > MOST {
            return Err(SpecError::Range { text: text.to_string() });
        }
        let comma = if n > 0 { "," } else { "" };
        all = all.iter().flat_map(|a| values.iter().map(move |v| format!("{a}{comma}{v}"))).collect();
    }
    Ok(all)
}

/// The values of a list, each of which may be a range.
fn values(text: &str) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for part in text.split('/') {
        match part.split_once("..") {
            None => all.push(part.trim().to_string()),
            Some((from, rest)) => all.extend(range(from, rest)?),
        }
    }
    Some(all)
}

/// The values from `from` to the end of `to` or `to..step`, both ends included.
fn range(from: &str, rest: &str) -> Option<Vec<String>> {
    let (to, step) = rest.split_once("..").unwrap_or((rest, "1"));
    let number = |t: &str| t.trim().parse::<f64>().ok().filter(|x| x.is_finite());
    let (low, high, by) = (number(from)?, number(to)?, number(step)?);
    if by <= 0.0 || high < low {
        return None;
    }
    // A last value that rounding pushes beyond the end still counts.
    let count = ((high - low) / by + 1e-9).floor() + 1.0;
    if count > MOST as f64 {
        return None;
    }
    let places = [from, step].iter().filter_map(|t| t.trim().split_once('.')).map(|(_, d)| d.len()).max();
    let places = places.unwrap_or(0);
    Some((0..count as usize).map(|i| format!("{:.places$}", low + by * i as f64)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        expand(text, |option| option.contains("ladder")).expect("a valid range")
    }

    #[test]
    fn ranges_include_both_ends_and_keep_the_digits_of_their_step() {
        assert_eq!(all("bola:gp=1..3"), ["bola:gp=1", "bola:gp=2", "bola:gp=3"]);
        assert_eq!(all("x:a=0.1..0.3..0.1"), ["x:a=0.1", "x:a=0.2", "x:a=0.3"]);
        assert_eq!(all("preset:4g,seed=7..8"), ["preset:4g,seed=7", "preset:4g,seed=8"]);
        assert_eq!(all("x:a=1..3/10"), ["x:a=1", "x:a=2", "x:a=3", "x:a=10"]);
    }

    #[test]
    fn options_that_take_a_list_as_it_is_are_left_alone() {
        assert_eq!(all("preset:cbr,ladder=300/1200"), ["preset:cbr,ladder=300/1200"]);
        assert_eq!(all("preset:cbr,ladder=3/4,duration=60/90").len(), 2);
        assert_eq!(all("bola"), ["bola"]);
        assert_eq!(all("bola:gp=5"), ["bola:gp=5"]);
    }

    #[test]
    fn ranges_without_an_end_are_refused() {
        for text in ["x:a=3..1", "x:a=1..", "x:a=1..9..0", "x:a=1..1e9", "x:a=1..200,b=1..200", "x:a=1..nan"]
        {
            assert!(matches!(expand(text, |_| false), Err(SpecError::Range { .. })), "{text}");
        }
    }
}
