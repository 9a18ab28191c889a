//! What a player tells with its requests: CMCD (CTA-5004), as a header's value or as the query parameter.

use super::{Field, Telemetry, scaled};

/// The telemetry in a list of CMCD keys: `bl` (buffer), `mtp` (throughput), `br` (bitrate), `bs` (stalled) and `sid` (the
/// session, as the viewer). Percent-encoding is taken off; keys that are not known, or whose value is no number, are passed over.
///
/// ```
/// use feedback::telemetry::{Field, cmcd};
///
/// let sample = cmcd("CMCD=bl%3D21300%2Cbr%3D3200%2Cmtp%3D25400%2Csid%3D%226e2f%22");
/// assert_eq!(sample.get(Field::Buffer), Some(21.3));
/// assert_eq!(sample.get(Field::Throughput), Some(25.4));
/// assert_eq!(sample.viewer.as_deref(), Some("6e2f"));
/// ```
pub fn cmcd(text: &str) -> Telemetry {
    let text = decoded(text);
    let list = text.rsplit_once("CMCD=").map_or(text.as_str(), |(_, list)| list);
    let mut sample = Telemetry::default();
    for part in list.split([',', '&', ' ']).map(str::trim) {
        let (key, value) = part.split_once('=').unwrap_or((part, "1"));
        match key {
            "bl" | "mtp" | "br" | "bs" => {
                let value = if value == "true" { "1" } else { value };
                if let (Some((field, factor)), Ok(number)) = (Field::find(key), value.parse::<f64>()) {
                    sample.set(field, scaled(number, factor));
                }
            }
            "sid" => sample.viewer = Some(value.trim_matches('"').chars().take(64).collect()),
            _ => {}
        }
    }
    // CMCD sends `bs` only when it is true.
    if !sample.is_empty() && sample.reported(Field::Stalled).is_none() {
        sample.set(Field::Stalled, 0.0);
    }
    sample
}

/// Whether a line looks like CMCD: one of its headers, or the query parameter.
pub(super) fn looks_like(line: &str) -> bool {
    line.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("cmcd")) || line.contains("CMCD=")
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let code = text.get(i + 1..i + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[i], code) {
            (b'%', Some(code)) => {
                out.push(code);
                i += 3;
            }
            (byte, _) => {
                out.push(byte);
                i += 1;
            }
        }
    }
    // A header's name stands in front of its value.
    let text = String::from_utf8_lossy(&out).into_owned();
    match text.split_once(':') {
        Some((name, value)) if name.len() < 16 && name.to_ascii_lowercase().starts_with("cmcd") => {
            value.to_string()
        }
        _ => text,
    }
}
