//! Objects of JSON one after the other: a line each, or in an array.

use serde_json::{Deserializer, Map, Value};

use super::Fault;

/// The most bytes that are looked at to tell what a text is.
const HEAD: usize = 64 << 10;

pub(super) fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(HEAD)]
}

/// The objects of a text, one at a time; the text may be cut off.
pub(super) struct Objects<'a> {
    rest: &'a str,
    array: bool,
    /// How many were read.
    read: usize,
}

impl<'a> Objects<'a> {
    /// None for a text that does not begin with an object or an array of objects.
    pub(super) fn of(text: &'a str) -> Option<Objects<'a>> {
        let inner = text.strip_prefix('[').map(str::trim_start);
        let rest = inner.unwrap_or(text);
        rest.starts_with('{').then_some(Objects { rest, array: inner.is_some(), read: 0 })
    }
}

impl Iterator for Objects<'_> {
    type Item = Result<(String, Map<String, Value>), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_start();
        if rest.is_empty() {
            return None;
        }
        self.read += 1;
        let place = format!("event {}", self.read);
        let mut stream = Deserializer::from_str(rest).into_iter::<Map<String, Value>>();
        let object = match stream.next() {
            Some(Ok(object)) => object,
            _ => {
                self.rest = "";
                return Some(Err(Fault::new(place, "is no JSON object")));
            }
        };
        let rest = rest[stream.byte_offset()..].trim_start();
        self.rest = match (self.array, rest.strip_prefix([',', ']'])) {
            (false, _) => rest,
            // Behind the end of the array nothing is expected, and between objects a comma.
            (true, Some(rest)) => rest,
            (true, None) => {
                self.rest = "";
                return Some(Err(Fault::new(place, "is not followed by a comma or the end of the array")));
            }
        };
        Some(Ok((place, object)))
    }
}
