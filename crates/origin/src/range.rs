//! Conditional and partial requests (RFC 9110, sections 13 and 14).

use hyper::HeaderMap;
use hyper::header::{IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE};

/// What a request gets of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    /// The bytes from the first up to the second: 206.
    Range(u64, u64),
    /// Nothing of it lies in the range: 416.
    Outside,
    /// The client has it: 304.
    Unchanged,
    /// The client wants another one: 412.
    Changed,
}

/// What the headers of a GET or HEAD ask for of a resource of `length` bytes.
pub(crate) fn part(headers: &HeaderMap, etag: &str, length: u64) -> Part {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(wanted) = text(IF_MATCH)
        && !lists(wanted, etag, false)
    {
        return Part::Changed;
    }
    if let Some(known) = text(IF_NONE_MATCH)
        && lists(known, etag, true)
    {
        return Part::Unchanged;
    }
    // A range of another version is of no use; a date never is the right one here.
    if text(IF_RANGE).is_some_and(|known| known.trim() != etag) {
        return Part::Whole;
    }
    text(RANGE).map_or(Part::Whole, |range| parse(range, length))
}

/// Whether a list of entity tags has this one.
fn lists(list: &str, etag: &str, weak: bool) -> bool {
    list.split(',').map(str::trim).any(|tag| {
        let tag = if weak { tag.strip_prefix("W/").unwrap_or(tag) } else { tag };
        tag == "*" || tag == etag
    })
}

/// One range of bytes. Of several ranges, and of what is no range, a server may send the whole (section 14.2).
fn parse(range: &str, length: u64) -> Part {
    let Some((unit, ranges)) = range.split_once('=') else { return Part::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") || ranges.contains(',') {
        return Part::Whole;
    }
    let Some((first, last)) = ranges.trim().split_once('-') else { return Part::Whole };
    // Digits only; more of them than a number holds are a large number.
    let number = |text: &str| match text.bytes().all(|b| b.is_ascii_digit()) {
        true if text.is_empty() => Some(None),
        true => Some(Some(text.parse::<u64>().unwrap_or(u64::MAX))),
        false => None,
    };
    let (Some(first), Some(last)) = (number(first.trim()), number(last.trim())) else { return Part::Whole };
    match (first, last) {
        (None, None) => Part::Whole,
        (None, Some(0)) => Part::Outside,
        (None, Some(_)) if length == 0 => Part::Outside,
        (None, Some(suffix)) => Part::Range(length.saturating_sub(suffix), length),
        (Some(first), Some(last)) if last < first => Part::Whole,
        (Some(first), _) if first >= length => Part::Outside,
        (Some(first), last) => Part::Range(first, last.map_or(length, |l| l.saturating_add(1).min(length))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_the_rfc() {
        // RFC 9110, section 14.1.2: a representation of 10 000 bytes.
        for (range, part) in [
            ("bytes=0-499", Part::Range(0, 500)),
            ("bytes=500-999", Part::Range(500, 1000)),
            ("bytes=-500", Part::Range(9500, 10_000)),
            ("bytes=9500-", Part::Range(9500, 10_000)),
            ("bytes=0-0", Part::Range(0, 1)),
            ("bytes=-1", Part::Range(9999, 10_000)),
            ("bytes=9999-10005", Part::Range(9999, 10_000)),
            ("bytes=-20000", Part::Range(0, 10_000)),
            ("bytes=10000-", Part::Outside),
            ("bytes=99999999999999999999999999-", Part::Outside),
            ("bytes=0-99999999999999999999999999", Part::Range(0, 10_000)),
            ("bytes=-0", Part::Outside),
            ("bytes=500-499", Part::Whole),
            ("bytes=0-0,-1", Part::Whole),
            ("lines=1-2", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes", Part::Whole),
        ] {
            assert_eq!(parse(range, 10_000), part, "{range}");
        }
        assert_eq!(parse("bytes=0-", 0), Part::Outside);
        assert_eq!(parse("bytes=-5", 0), Part::Outside);
    }

    #[test]
    fn conditions_come_before_ranges() {
        let with = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().expect("a value"));
            }
            part(&headers, "\"a\"", 100)
        };
        assert_eq!(with(&[("if-none-match", "\"b\", W/\"a\"")]), Part::Unchanged);
        assert_eq!(with(&[("if-none-match", "*")]), Part::Unchanged);
        assert_eq!(with(&[("if-match", "\"b\"")]), Part::Changed);
        assert_eq!(with(&[("range", "bytes=5-9"), ("if-range", "\"a\"")]), Part::Range(5, 10));
        assert_eq!(with(&[("range", "bytes=5-9"), ("if-range", "\"b\"")]), Part::Whole);
        assert_eq!(with(&[("range", "bytes=5-9"), ("if-match", "\"a\"")]), Part::Range(5, 10));
    }
}
