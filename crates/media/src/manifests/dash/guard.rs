//! What the parser of manifests is given: only what the reader needs. The parser refuses a manifest for an attribute that
//! nobody asked for, makes large structures of small elements, and computes durations without a look at overflow.

use dash_mpd_core::DashMpdError;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::MediaError;
use crate::error::quoted;
use crate::manifests::limits::MAX_SEGMENTS;

/// The most elements but those of segments: each becomes up to 2 KiB.
const MAX_ELEMENTS: usize = 100_000;

/// The most elements of segments (`S`, `SegmentURL`): each becomes about 100 bytes.
const MAX_SEGMENT_ELEMENTS: usize = MAX_SEGMENTS;

/// How deep elements may be nested. MPDs need ten.
const MAX_DEPTH: usize = 64;

/// The most digits in a row of a duration: 10^12 years do not fit into 64 bits of seconds; seconds since 1970 have ten.
const MAX_DIGITS: usize = 10;

/// The needed attributes that the parser reads as durations.
const DURATIONS: [&str; 5] =
    ["duration", "mediaPresentationDuration", "start", "timeShiftBufferDepth", "suggestedPresentationDelay"];

/// Elements with the attributes of them that are wanted.
pub(super) type Wanted = &'static [(&'static str, &'static [&'static str])];

/// What the reader of the video needs of an MPD. The rest is not handed on, so that nothing of it can stop an import.
pub(super) const NEEDED: Wanted = &[
    (
        "MPD",
        &[
            "type",
            "mediaPresentationDuration",
            "availabilityStartTime",
            "publishTime",
            "timeShiftBufferDepth",
        ],
    ),
    ("ProgramInformation", &[]),
    ("Title", &[]),
    ("BaseURL", &[]),
    ("Period", &["id", "start", "duration", "href"]),
    (
        "AdaptationSet",
        &["id", "contentType", "mimeType", "codecs", "lang", "width", "height", "frameRate", "href"],
    ),
    ("Label", &[]),
    ("Role", &["schemeIdUri", "value"]),
    ("Viewpoint", &["schemeIdUri", "value"]),
    ("EssentialProperty", &["schemeIdUri", "value"]),
    ("SupplementalProperty", &["schemeIdUri", "value"]),
    (
        "Representation",
        &["id", "bandwidth", "width", "height", "frameRate", "codecs", "mimeType", "contentType"],
    ),
    (
        "SegmentTemplate",
        &[
            "media",
            "initialization",
            "duration",
            "timescale",
            "presentationTimeOffset",
            "startNumber",
            "endNumber",
        ],
    ),
    ("SegmentList", &["duration", "timescale", "presentationTimeOffset", "href"]),
    ("SegmentBase", &["timescale", "presentationTimeOffset", "indexRange"]),
    ("SegmentTimeline", &[]),
    ("S", &["t", "n", "d", "r", "k"]),
    ("SegmentURL", &["media", "mediaRange"]),
    ("Initialization", &["sourceURL", "range"]),
];

/// The attributes of an MPD that only a dynamic presentation needs.
const OF_DYNAMIC: [&str; 3] = ["availabilityStartTime", "publishTime", "timeShiftBufferDepth"];

/// What the parser is given of a manifest.
pub(super) struct Needed {
    pub(super) xml: String,
    /// What was left out and may matter.
    pub(super) notes: Vec<String>,
}

/// Checks that a text is one well-formed XML document of bounded size, without definitions of entities, and takes what is
/// wanted out of it.
pub(super) fn check(text: &str, wanted: Wanted) -> Result<Needed, MediaError> {
    let mut reader = Reader::from_str(text);
    let (mut elements, mut segments, mut depth) = (0usize, 0usize, 0usize);
    let mut needed = Needed { xml: String::with_capacity(text.len()), notes: Vec::new() };
    // How deep the element lies that is left out with all that is in it.
    let mut skipped: Option<usize> = None;
    let mut ended = false;
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let wrong = |at: usize, field: &str, found: String, expected: &str| {
            MediaError::input(line(text, at), field, found, expected)
        };
        let event = reader.read_event().map_err(|e| {
            let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
            match ended {
                true => more(text, at),
                false => wrong(at, "", format!("no XML ({})", one_line(&e.to_string())), "an MPD"),
            }
        })?;
        let (element, empty) = match &event {
            Event::Start(element) => {
                depth += 1;
                (element, false)
            }
            Event::Empty(element) => (element, true),
            Event::End(end) => {
                match skipped {
                    None => needed.xml.extend(["</", end.local_name().as_ref(), ">"]),
                    Some(from) if from == depth => skipped = None,
                    Some(_) => {}
                }
                depth = depth.saturating_sub(1);
                ended |= depth == 0;
                continue;
            }
            Event::DocType(_) => {
                let expected = "a manifest without one: entities are not expanded";
                return Err(wrong(at, "", "a document type definition".into(), expected));
            }
            Event::Eof if depth > 0 => {
                return Err(wrong(text.len(), "", "the end of the file".into(), "the end of every element"));
            }
            Event::Eof => return Ok(needed),
            Event::Text(part) if ended && !part.trim().is_empty() => {
                return Err(more(text, at + (part.len() - part.trim_start().len())));
            }
            Event::CData(_) | Event::GeneralRef(_) if ended => return Err(more(text, at)),
            Event::Text(part) if skipped.is_none() && depth > 0 => {
                needed.xml.push_str(part);
                continue;
            }
            Event::GeneralRef(name) if skipped.is_none() && depth > 0 => {
                needed.xml.extend(["&", name, ";"]);
                continue;
            }
            Event::CData(part) if skipped.is_none() && depth > 0 => {
                needed.xml.extend(["<![CDATA[", part, "]]>"]);
                continue;
            }
            _ => continue,
        };
        if ended {
            return Err(more(text, at));
        }
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
        ended |= empty && depth == 0;
        if skipped.is_some() {
            continue;
        }
        let name = element.local_name();
        let Some((name, attributes)) = wanted.iter().find(|n| n.0 == name.as_ref()) else {
            skipped = (!empty).then_some(depth);
            continue;
        };
        if let Some((name, value)) = too_long(element, attributes) {
            return Err(wrong(at, &name, quoted(&value), "a duration of less than 10^10 of each unit"));
        }
        needed.add(name, attributes, element, empty);
    }
}

/// The error about what follows a document.
fn more(text: &str, at: usize) -> MediaError {
    let rest = text.get(at..).unwrap_or_default().trim_start();
    let found =
        format!("more after the end of the manifest ({})", quoted(rest.lines().next().unwrap_or_default()));
    MediaError::input(line(text, at), "", found, "one XML document")
}

impl Needed {
    /// Adds the beginning of an element, with its needed attributes.
    fn add(&mut self, name: &str, attributes: &[&str], element: &BytesStart<'_>, empty: bool) {
        let values: Vec<(&str, String)> = element
            .attributes()
            .flatten()
            .filter_map(|a| {
                let key = *attributes.iter().find(|k| **k == a.key.local_name().as_ref())?;
                Some((key, a.normalized_value(XmlVersion::Implicit1_0).ok()?.trim().to_string()))
            })
            .collect();
        let dynamic = values.iter().any(|(key, value)| *key == "type" && value == "dynamic");
        self.xml.extend(["<", name]);
        for (key, value) in values {
            let matters = match key {
                key if name == "MPD" && OF_DYNAMIC.contains(&key) => dynamic,
                // They only describe.
                "width" | "height" => value.parse::<u64>().is_ok(),
                "presentationTimeOffset" if value.starts_with('-') => {
                    self.notes.push(format!(
                        "presentationTimeOffset is {}, which DASH does not know: read as 0",
                        quoted(&value)
                    ));
                    false
                }
                _ => true,
            };
            let written = match key {
                "href" => "xlink:href",
                // The parser has no field for it here, and one that nobody needs here.
                "presentationTimeOffset" if name == "SegmentList" => "indexRange",
                key => key,
            };
            if matters {
                self.xml.extend([" ", written, "=\"", &quick_xml::escape::escape(&value), "\""]);
            }
        }
        self.xml.push_str(if empty { "/>" } else { ">" });
    }
}

/// An attribute that is a duration of too many digits.
fn too_long(element: &BytesStart<'_>, needed: &[&str]) -> Option<(String, String)> {
    element.attributes().flatten().find_map(|attribute| {
        let name = attribute.key.local_name().as_ref().to_string();
        if !DURATIONS.contains(&name.as_str()) || !needed.contains(&name.as_str()) {
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
    // The types of the parser are no words for people.
    let expected = match expected {
        "u64" | "u32" => "a whole number",
        "i64" | "i32" => "a whole number, which may be below 0",
        "f64" => "a number",
        other => other,
    };
    let found = found.strip_prefix("invalid type: string ").unwrap_or(found);
    MediaError::input(0, place, format!("wrong: {found}"), expected)
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

fn line(text: &str, at: usize) -> usize {
    1 + text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count()
}
