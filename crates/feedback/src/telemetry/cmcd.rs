//! What a player tells with its requests: CMCD (CTA-5004), as a header's value or as the query parameter.

use qoe::logs::Cmcd;

use super::{Field, Telemetry, scaled};

/// The telemetry in CMCD: `bl` (buffer), `mtp` (throughput), `br` (bitrate), `bs` (stalled) and `sid` (the session, as the
/// viewer), as [`Cmcd::parse`] reads them. Keys that are not known, or whose value is no number, are passed over.
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
    let told = Cmcd::parse(text);
    let mut sample = Telemetry { viewer: told.session, ..Telemetry::default() };
    for (key, value) in [("bl", told.buffer_ms), ("mtp", told.throughput_kbps), ("br", told.bitrate_kbps)] {
        if let (Some((field, factor)), Some(number)) = (Field::find(key), value) {
            sample.set(field, scaled(number, factor));
        }
    }
    // CMCD sends `bs` only when it is true.
    if told.starved.is_some() || !sample.is_empty() {
        sample.set(Field::Stalled, f64::from(u8::from(told.starved == Some(true))));
    }
    sample
}
