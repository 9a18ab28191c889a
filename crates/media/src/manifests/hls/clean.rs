//! A playlist as players read it, in the form that the parser wants.
//!
//! Written by hand and by many programs, playlists have blanks in attribute lists, commas at their ends, comments before
//! the first line and attributes that nobody needs. What matters is taken out of the lines that matter, line by line, so
//! that line numbers stay. Variables (`EXT-X-DEFINE`) are substituted.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::MediaError;
use crate::error::quoted;
use crate::manifests::limits::MAX_BYTES;

/// The longest value of a variable, in bytes.
const MAX_VALUE: usize = 4096;

pub(super) type Variables = BTreeMap<String, String>;

/// What a playlist may import.
pub(super) struct Imports<'a> {
    /// The variables of the multivariant playlist that names it.
    pub(super) variables: &'a Variables,
    /// What its own address has after `?`.
    pub(super) query: &'a str,
}

/// A playlist without what is not needed, and its variables.
pub(super) fn cleaned(text: &str, imports: Option<&Imports<'_>>) -> Result<(String, Variables), MediaError> {
    let mut clean = String::with_capacity(text.len());
    let mut variables: Option<Variables> = None;
    let mut begun = false;
    // Lines may end as on old Macs.
    let ending = if text.contains('\n') { '\n' } else { '\r' };
    for (index, line) in text.split(ending).enumerate() {
        let number = index + 1;
        let line = line.trim();
        let (tag, value) = match line.split_once(':').filter(|_| line.starts_with("#EXT")) {
            Some((tag, value)) => (tag.trim_end(), value.trim()),
            None => (line, ""),
        };
        let at = |e: MediaError| e.at_line(number);
        match tag {
            _ if !begun => {
                begun = is_header(line);
                clean.push_str(match begun {
                    true => "#EXTM3U",
                    // Comments and blank lines before the first line.
                    false if line.is_empty() || is_comment(line) => "",
                    false => line,
                });
            }
            "#EXT-X-DEFINE" => {
                define(variables.get_or_insert_default(), value, imports).map_err(at)?;
            }
            "#EXT-X-STREAM-INF" => {
                let list = Attributes::parse(value, variables.as_ref()).map_err(at)?;
                list.check_bandwidth().map_err(at)?;
                list.write(tag, &VARIANT, &mut clean);
            }
            "#EXT-X-CONTENT-STEERING" => {
                Attributes::parse(value, variables.as_ref()).map_err(at)?.write(tag, &STEERING, &mut clean);
            }
            "#EXT-X-MEDIA" => {
                let mut list = Attributes::parse(value, variables.as_ref()).map_err(at)?;
                if list.get("TYPE").is_some_and(|t| t.eq_ignore_ascii_case("AUDIO")) {
                    list.name();
                    list.write(tag, &RENDITION, &mut clean);
                }
            }
            "#EXT-X-MAP" => {
                let list = Attributes::parse(value, variables.as_ref()).map_err(at)?;
                if list.get("URI").is_some() {
                    list.write(tag, &MAP, &mut clean);
                }
            }
            "#EXT-X-PART" => {
                Attributes::parse(value, variables.as_ref()).map_err(at)?.write(tag, &PART, &mut clean);
            }
            "#EXTINF" => {
                let seconds = value.split(',').next().unwrap_or_default().trim();
                let _ = write!(clean, "#EXTINF:{seconds},");
            }
            "#EXT-X-BYTERANGE" | "#EXT-X-BITRATE" => {
                let _ = write!(clean, "{tag}:{value}");
            }
            _ if line.starts_with('#') => clean.push_str(line),
            _ => clean.push_str(&substituted(line, variables.as_ref()).map_err(at)?),
        }
        clean.push('\n');
        if clean.len() as u64 > MAX_BYTES {
            let found = "above 64 MiB with its variables";
            return Err(MediaError::input(number, "the playlist", found, "at most that many bytes"));
        }
    }
    Ok((clean, variables.unwrap_or_default()))
}

/// Whether the beginning of a file is that of a playlist.
pub(super) fn begins(head: &str) -> bool {
    let first = head.lines().map(str::trim).find(|l| !l.is_empty() && !is_comment(l));
    first.is_some_and(is_header)
}

fn is_header(line: &str) -> bool {
    line.strip_prefix("#EXTM3U").is_some_and(|rest| !rest.starts_with(|c: char| !c.is_whitespace()))
}

fn is_comment(line: &str) -> bool {
    line.starts_with('#') && !line.starts_with("#EXT")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Quoted,
    /// A whole number, which is left out where it is none.
    Number,
    /// A number with a fraction, likewise.
    Decimal,
    Pixels,
    Word,
}

const STEERING: [(&str, Form); 2] = [("SERVER-URI", Form::Quoted), ("PATHWAY-ID", Form::Quoted)];
const VARIANT: [(&str, Form); 7] = [
    ("BANDWIDTH", Form::Number),
    ("AVERAGE-BANDWIDTH", Form::Number),
    ("CODECS", Form::Quoted),
    ("RESOLUTION", Form::Pixels),
    ("FRAME-RATE", Form::Decimal),
    ("AUDIO", Form::Quoted),
    ("PATHWAY-ID", Form::Quoted),
];
const RENDITION: [(&str, Form); 5] = [
    ("TYPE", Form::Word),
    ("GROUP-ID", Form::Quoted),
    ("NAME", Form::Quoted),
    ("LANGUAGE", Form::Quoted),
    ("URI", Form::Quoted),
];
const PART: [(&str, Form); 4] =
    [("DURATION", Form::Decimal), ("URI", Form::Quoted), ("BYTERANGE", Form::Quoted), ("GAP", Form::Word)];
const MAP: [(&str, Form); 2] = [("URI", Form::Quoted), ("BYTERANGE", Form::Quoted)];

/// An attribute list, without the quotes of its values.
struct Attributes(Vec<(String, String)>);

impl Attributes {
    fn parse(list: &str, variables: Option<&Variables>) -> Result<Attributes, MediaError> {
        let (mut parts, mut part, mut inside) = (Vec::new(), String::new(), false);
        for c in list.chars() {
            inside ^= c == '"';
            match c {
                ',' if !inside => parts.push(std::mem::take(&mut part)),
                c => part.push(c),
            }
        }
        parts.push(part);
        let mut all = Vec::new();
        for part in parts {
            let Some((key, value)) = part.split_once('=') else { continue };
            let value = value.trim();
            let bare = value.trim_matches('"');
            let value = if bare == value { bare.to_string() } else { substituted(bare, variables)? };
            all.push((key.trim().to_ascii_uppercase(), value));
        }
        Ok(Attributes(all))
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// A rendition that has no name takes that of its language or group.
    fn name(&mut self) {
        if self.get("NAME").is_none() {
            let name = self.get("LANGUAGE").or(self.get("GROUP-ID")).unwrap_or("audio").to_string();
            self.0.push(("NAME".to_string(), name));
        }
    }

    /// A variant needs its bitrate.
    fn check_bandwidth(&self) -> Result<(), MediaError> {
        match self.get("BANDWIDTH") {
            Some(text) if whole(text).is_none() => {
                let field = "#EXT-X-STREAM-INF: BANDWIDTH";
                Err(MediaError::input(0, field, quoted(text), "a whole number of bit/s"))
            }
            _ => Ok(()),
        }
    }

    fn write(&self, tag: &str, known: &[(&str, Form)], clean: &mut String) {
        clean.push_str(tag);
        let mut separator = ':';
        for (key, form) in known {
            let Some(value) = self.get(key) else { continue };
            let value = match form {
                Form::Quoted => format!("\"{}\"", value.replace('"', "")),
                Form::Word => value.to_ascii_uppercase(),
                Form::Decimal => match value.parse::<f64>() {
                    Ok(number) if number.is_finite() => value.to_string(),
                    _ => continue,
                },
                Form::Number => match whole(value) {
                    Some(number) => number.to_string(),
                    None => continue,
                },
                Form::Pixels => match pixels(value) {
                    Some((width, height)) => format!("{width}x{height}"),
                    None => continue,
                },
            };
            let _ = write!(clean, "{separator}{key}={value}");
            separator = ',';
        }
    }
}

/// A whole number, perhaps with a fraction, which players cut.
fn whole(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    fraction.bytes().all(|b| b.is_ascii_digit()).then(|| whole.parse().ok())?
}

fn pixels(text: &str) -> Option<(u64, u64)> {
    let (width, height) = text.split_once(['x', 'X'])?;
    Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
}

fn define(variables: &mut Variables, list: &str, imports: Option<&Imports<'_>>) -> Result<(), MediaError> {
    let list = Attributes::parse(list, Some(variables))?;
    let wrong = |found: String, expected: &str| MediaError::input(0, "#EXT-X-DEFINE", found, expected);
    let (name, value) = if let Some(name) = list.get("NAME") {
        (name, list.get("VALUE").map(str::to_string))
    } else if let Some(name) = list.get("IMPORT") {
        let Some(value) = imports.and_then(|i| i.variables.get(name)) else {
            let found = format!("importing {}, which is not defined there", quoted(name));
            return Err(wrong(found, "a variable of the multivariant playlist, which is to be read"));
        };
        (name, Some(value.clone()))
    } else if let Some(name) = list.get("QUERYPARAM") {
        let pairs = imports.map_or("", |i| i.query).split('&').filter_map(|p| p.split_once('='));
        let found = pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string());
        // A file has no query: what refers to it says so.
        let Some(value) = found else { return Ok(()) };
        (name, Some(value))
    } else {
        return Err(wrong("without a name".to_string(), "NAME and VALUE, IMPORT or QUERYPARAM"));
    };
    let value = value.unwrap_or_default();
    if value.len() > MAX_VALUE {
        return Err(wrong(format!("{} of {} bytes", quoted(name), value.len()), "at most 4096"));
    }
    variables.insert(name.to_string(), value);
    Ok(())
}

/// A text with the values of its variables; as it is where the playlist defines none.
fn substituted(text: &str, variables: Option<&Variables>) -> Result<String, MediaError> {
    let Some(variables) = variables else { return Ok(text.to_string()) };
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{$") {
        let Some((name, behind)) = after.split_once('}') else { break };
        let Some(value) = variables.get(name) else {
            let found = format!("{}, which is not defined", quoted(&format!("{{${name}}}")));
            return Err(MediaError::input(0, "a variable", found, "an #EXT-X-DEFINE before it"));
        };
        whole.extend([before, value]);
        rest = behind;
    }
    whole.push_str(rest);
    Ok(whole)
}
