//! What the parser of manifests is not given: it makes large structures of small elements, and computes durations without a
//! look at overflow.

use dash_mpd_core::DashMpdError;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::MediaError;
use crate::error::quoted;

/// The most elements but those of segments: each becomes up to 2 KiB.
const MAX_ELEMENTS: usize = 100_000;

/// The most elements of segments (`S`, `SegmentURL`): each becomes about 100 bytes.
const MAX_SEGMENT_ELEMENTS: usize = super::super::MAX_SEGMENTS;

/// How deep elements may be nested. MPDs need ten.
const MAX_DEPTH: usize = 64;

/// The most digits in a row of a duration: 10^10 years do not fit into 64 bits of seconds, 10^9 do.
const MAX_DIGITS: usize = 9;

/// The attributes that the parser reads as durations.
const DURATIONS: [&str; 11] = [
    "duration",
    "maxSegmentDuration",
    "maxSubsegmentDuration",
    "mediaPresentationDuration",
    "minBufferTime",
    "minimumUpdatePeriod",
    "skipAfter",
    "start",
    "starttime",
    "suggestedPresentationDelay",
    "timeShiftBufferDepth",
];

/// Checks that a text is well-formed XML of bounded size, without definitions of entities.
pub(super) fn check(text: &str) -> Result<(), MediaError> {
    let mut reader = Reader::from_str(text);
    let (mut elements, mut segments, mut depth) = (0usize, 0usize, 0usize);
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let wrong = |at: usize, field: &str, found: String, expected: &str| {
            MediaError::input(line(text, at), field, found, expected)
        };
        let event = reader.read_event().map_err(|e| {
            let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
            wrong(at, "", format!("no XML ({})", one_line(&e.to_string())), "an MPD")
        })?;
        let element = match &event {
            Event::Start(element) => {
                depth += 1;
                element
            }
            Event::Empty(element) => element,
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                continue;
            }
            Event::DocType(_) => {
                let expected = "a manifest without one: entities are not expanded";
                return Err(wrong(at, "", "a document type definition".into(), expected));
            }
            Event::Eof if depth > 0 => {
                return Err(wrong(text.len(), "", "the end of the file".into(), "the end of every element"));
            }
            Event::Eof => return Ok(()),
            _ => continue,
        };
        let count = match element.local_name().as_ref() {
            "S" | "SegmentURL" => {
                segments += 1;
                (segments, MAX_SEGMENT_ELEMENTS)
            }
            _ => {
                elements += 1;
                (elements, MAX_ELEMENTS)
            }
        };
        if count.0 > count.1 {
            let found = format!("above {}", count.1);
            return Err(wrong(at, "the number of elements", found, "at most that many"));
        }
        if depth > MAX_DEPTH {
            return Err(wrong(at, "", format!("nested more than {MAX_DEPTH} deep"), "an MPD"));
        }
        if let Some((name, value)) = too_long(element) {
            return Err(wrong(at, &name, quoted(&value), "a duration of less than 10^9 of each unit"));
        }
    }
}

/// An attribute that is a duration of too many digits.
fn too_long(element: &BytesStart<'_>) -> Option<(String, String)> {
    element.attributes().flatten().find_map(|attribute| {
        let name = attribute.key.local_name().as_ref().to_string();
        if !DURATIONS.contains(&name.as_str()) {
            return None;
        }
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
        // The parser itself cuts fractions of a second; other attributes of these names are numbers.
        let whole = value.split(['.', ',']).next().unwrap_or_default();
        let run = |run: &str| run.chars().count() > MAX_DIGITS;
        let long = whole.contains('P') && whole.split(|c: char| !c.is_numeric()).any(run);
        long.then(|| (format!("@{name}"), value.into_owned()))
    })
}

/// What the parser said: where in the tree of elements, and what is wrong there.
pub(super) fn said(error: &DashMpdError) -> MediaError {
    let text = match error {
        DashMpdError::Parsing(text) => one_line(text),
        other => one_line(&other.to_string()),
    };
    let (place, problem) = match text.split_once(": ") {
        Some((place, problem)) if !place.contains(' ') => (place, problem),
        _ => ("the manifest", text.as_str()),
    };
    let (found, expected) = problem.split_once(", expected ").unwrap_or((problem, ""));
    MediaError::input(0, place, format!("wrong: {found}"), expected)
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

fn line(text: &str, at: usize) -> usize {
    1 + text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count()
}
