//! Common Media Client Data (CTA-5004, version 2 in CTA-5004-A and -B): what a player tells with its requests, and in the reports
//! of its event mode. Here it is read, for all of Segue.

use percent_encoding::percent_decode_str;

/// The keys that Segue knows, of one request or event. Numbers are as they were told, if they are finite; of a list by object
/// type (version 2) the one of the picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cmcd {
    /// `br`: the bitrate of the object, in kbit/s.
    pub bitrate_kbps: Option<f64>,
    /// `d`: how long the object plays, in ms.
    pub duration_ms: Option<f64>,
    /// `bl`: the level of the buffer, in ms.
    pub buffer_ms: Option<f64>,
    /// `mtp`: the measured throughput, in kbit/s.
    pub throughput_kbps: Option<f64>,
    /// `ot`: v, a, av, i, m and others.
    pub kind: Option<String>,
    /// `sid`: the session, 64 characters at most.
    pub session: Option<String>,
    /// `bs`: whether the buffer ran dry since the request before; told only when it did.
    pub starved: Option<bool>,
    /// `e`: the kind of event of a report: ps, bc, t, rr and others.
    pub event: Option<String>,
    /// `sta`: the state of the player: s, p, k, r, a, w, e, f, q or d.
    pub state: Option<String>,
    /// `ts`: when the event was, or its request was made, in ms since 1970.
    pub at_ms: Option<f64>,
    /// `sn`: the number of the report.
    pub sequence: Option<f64>,
    /// `pb`: the bitrate of what is shown, in kbit/s.
    pub shown_kbps: Option<f64>,
    /// `ab`: the bitrate of picture and sound together, in kbit/s.
    pub aggregate_kbps: Option<f64>,
    /// `pr`: the playback rate.
    pub rate: Option<f64>,
    /// `msd`: from the wish to play to the first frame, in ms.
    pub startup_ms: Option<f64>,
    /// `rc`: the status of a response.
    pub status: Option<f64>,
    /// `ttfb`, or `ttfbb` where that is missing: from a request to its first byte, in ms.
    pub first_byte_ms: Option<f64>,
    /// `ttlb`: from a request to its last byte, in ms.
    pub last_byte_ms: Option<f64>,
}

impl Cmcd {
    /// The keys of a text: the value of a header, with or without its name; the parameter `CMCD` of a query, or an address or a
    /// line that has it; or a list. Percent-encoding is taken off, also where a log encoded it once more.
    ///
    /// ```
    /// use qoe::logs::Cmcd;
    ///
    /// let told = Cmcd::parse("/v/7.m4s?CMCD=br%3D3200%2Cd%3D4004%2Cot%3Dv%2Csid%3D%226e2f%22&x=1");
    /// assert_eq!((told.bitrate_kbps, told.duration_ms), (Some(3200.0), Some(4004.0)));
    /// assert_eq!(told.session.as_deref(), Some("6e2f"));
    /// assert_eq!(Cmcd::parse("CMCD-Status: bs"), Cmcd { starved: Some(true), ..Cmcd::default() });
    /// ```
    pub fn parse(text: &str) -> Cmcd {
        let mut keys = Cmcd::default();
        keys.add(text);
        keys
    }

    /// Adds the keys of another text.
    pub fn add(&mut self, text: &str) {
        self.add_list(&decoded(list_in(text)));
    }

    /// Adds the keys of a list that is not encoded.
    pub(super) fn add_list(&mut self, list: &str) {
        pairs(list).for_each(|(key, value)| self.set(key, value));
    }

    /// Takes a key; one that is not known is passed over.
    pub(super) fn set(&mut self, key: &str, value: &str) {
        let number = || of_picture(value);
        let text = || value.trim_matches('"').chars().take(64).collect::<String>();
        match key {
            "br" => self.bitrate_kbps = number(),
            "d" => self.duration_ms = number(),
            "bl" => self.buffer_ms = number(),
            "mtp" => self.throughput_kbps = number(),
            "ot" => self.kind = Some(text()),
            "sid" => self.session = Some(text()),
            "bs" => self.starved = Some(matches!(value, "" | "true" | "1" | "?1")),
            "e" => self.event = Some(text()),
            "sta" => self.state = Some(text()),
            "ts" => self.at_ms = number(),
            "sn" => self.sequence = number(),
            "pb" => self.shown_kbps = number(),
            "ab" => self.aggregate_kbps = number(),
            "pr" => self.rate = number(),
            "msd" => self.startup_ms = number(),
            "rc" => self.status = number(),
            "ttfb" => self.first_byte_ms = number(),
            "ttfbb" => self.first_byte_ms = self.first_byte_ms.or(number()),
            "ttlb" => self.last_byte_ms = number(),
            _ => {}
        }
    }

    /// Whether the object is a segment that has the picture.
    pub(super) fn is_picture(&self) -> bool {
        match &self.kind {
            Some(kind) => kind == "v" || kind == "av",
            None => self.bitrate_kbps.is_some() && self.duration_ms.is_some(),
        }
    }

    /// Whether a text has CMCD in it: as a header with its name, or in a query.
    pub fn is_in(text: &str) -> bool {
        header(text).is_some() || text.contains(PARAMETER)
    }
}

/// The number of a value. In a list each may have the object type that it is of as a parameter, `(128;a 3000;v)`: that of the
/// picture counts, else the first that is of no type or of both; of the sound alone there is none.
fn of_picture(value: &str) -> Option<f64> {
    let items = || value.trim_start_matches('(').trim_end_matches(')').split_ascii_whitespace();
    let of = |item: &&str, kinds: &[&str]| item.split(';').skip(1).any(|kind| kinds.contains(&kind));
    let item = items()
        .find(|i| of(i, &["v"]))
        .or_else(|| items().find(|i| of(i, &["av"]) || !of(i, &["a", "v"])))?;
    item.split(';').next()?.parse::<f64>().ok().filter(|x| x.is_finite())
}

const PARAMETER: &str = "CMCD=";

/// The list of keys in a text, encoded as it is.
fn list_in(text: &str) -> &str {
    match text.rsplit_once(PARAMETER) {
        Some((_, rest)) => rest.split(['&', ' ', '\t', '#']).next().unwrap_or_default(),
        None => header(text).unwrap_or(text),
    }
}

/// The value of a header whose name stands before it.
fn header(text: &str) -> Option<&str> {
    let (name, value) = text.split_once(':')?;
    let is = name.len() < 16 && name.get(..4).is_some_and(|n| n.eq_ignore_ascii_case("cmcd"));
    is.then_some(value)
}

/// Without percent-encoding, of which a server's log may have put one around the other.
fn decoded(text: &str) -> String {
    let once = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let text = once(text);
    if text.contains("%3D") || text.contains("%2C") { once(&text) } else { text }
}

/// The keys of a list with their values, empty where a key stands alone; commas between quotes divide nothing.
fn pairs(list: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut quoted = false;
    let parts = list.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    parts.map(|part| part.trim().split_once('=').unwrap_or((part.trim(), "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reading_for_every_place() {
        let expected = Cmcd {
            bitrate_kbps: Some(3200.0),
            buffer_ms: Some(21_300.0),
            kind: Some("v".into()),
            session: Some("a,b".into()),
            ..Cmcd::default()
        };
        for text in [
            "br=3200,bl=21300,ot=v,sid=\"a,b\"",
            "cmcd-request: br=3200, bl=21300, ot=v, sid=\"a,b\"",
            "GET /1.m4s?x=1&CMCD=br%3D3200%2Cbl%3D21300%2Cot%3Dv%2Csid%3D%22a%2Cb%22&y=2 HTTP/1.1",
            "CMCD=br%253D3200%252Cbl%253D21300%252Cot%253Dv%252Csid%253D%2522a%252Cb%2522",
            "br=(3200;v 128;a),bl=(21300),ot=v,sid=\"a,b\"",
            "br=(128;a 3200;v),bl=(0;a 21300;v),ot=v,sid=\"a,b\"",
            "br=(128;a 3200;av),bl=(21300 0;a),ot=v,sid=\"a,b\"",
        ] {
            assert_eq!(Cmcd::parse(text), expected, "{text}");
        }
        assert_eq!(Cmcd::parse("br=(128;a)").bitrate_kbps, None);
        assert_eq!(Cmcd::parse("bs").starved, Some(true));
        assert_eq!(Cmcd::parse("bs=?0,br=inf,d=x"), Cmcd { starved: Some(false), ..Cmcd::default() });
    }
}
