//! Twitch's network profiles: named lists of `{speed, duration}`, as JavaScript or as JSON.
//!
//! | | |
//! |---|---|
//! | source | Twitch: ACM MMSys 2020 grand challenge *Adaptation Algorithm for Near-Second Latency*; `normal-network-patterns.js` and `fast-network-patterns.js` of twitchtv/acm-mmsys-2020-grand-challenge at 71870070 |
//! | grammar | anything with lists in it of the form `NAME = [{speed: number, duration: number}, ...]` (or `"NAME": [...]`); keys with or without quotes, commas at the end, comments; the rest is skipped |
//! | rate | kbit/s (10^3 bit/s), see below |
//! | time | durations in seconds, above 0 |
//! | hold | explicit: every entry has its duration |
//! | end | the last entry goes on: the script never takes the limit away |
//! | latency | none in the file (the script sets 0); option `latency` |
//!
//! Every list is a trace of its own, named by the list: option `part`.
//!
//! Deviations and traps:
//! - The challenge's script hands `speed * 1024 / 8` bytes/s to Chrome, 1.024 times what the number says: option
//!   `scale=1.024`. The fact `mean_mbps_cdp_1024` is the mean of what Chrome then allows.
//! - It applies a profile only after ten seconds of steady play, which is a matter of the experiment.
//! - The lists `PROFILE_BelgiumLTE_*` of LoL+ hold kByte/s in the same place: option `scale=8`.

use spec::Entry;
use units::{BitRate, Bits, Seconds};

use super::text::shown;
use super::{
    Content, Format, Head, MAX_RATE_MBPS, MAX_TIME_S, Measurement, ReadOptions, Reader, Samples,
    WriteOptions, decimal, grow, io, keys, latency_loss, more_parts, name, number, text, wrap_loss,
};
use crate::{NetworkError, Period, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "twitch",
        about: "Twitch profiles: named lists of {speed, duration} in JavaScript or JSON",
        options: &[keys::PART, keys::SCALE_CDP, keys::LATENCY, keys::MEASURED],
    },
    unit: "kbit/s",
    time_base: "durations in seconds",
    hold: "explicit durations",
    end: "the last entry goes on",
    measures: Measurement::Capacity,
    detect,
    read: Reader::Many(read),
    write: Some(write),
};

/// What Chrome lets through of a nominal kbit/s, by the arithmetic of the challenge's script.
const CDP: f64 = 1.024;

fn detect(head: &Head<'_>) -> Option<&'static str> {
    let key = |name: &str| head.contains(&format!("{name}:")) || head.contains(&format!("\"{name}\""));
    (head.contains("[") && key("speed") && key("duration"))
        .then_some("a list of entries with speed and duration")
}

/// A piece of JavaScript or JSON.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    /// A name, a number or what stands in quotes.
    Word(&'a [u8]),
    Sign(u8),
}

/// The tokens of a text, with the line of each.
struct Tokens<'a> {
    rest: &'a [u8],
    line: usize,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (usize, Token<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (first, behind) = self.rest.split_first()?;
            let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'.' | b'+' | b'-');
            match first {
                b'/' if behind.first() == Some(&b'/') => self.skip(|rest| find(rest, b"\n")),
                b'/' if behind.first() == Some(&b'*') => self.skip(|rest| find(rest, b"*/") + 2),
                b'"' | b'\'' | b'`' => {
                    let end = behind.iter().position(|b| b == first).unwrap_or(behind.len());
                    let found = (self.line, Token::Word(&behind[..end]));
                    self.skip(|_| end + 2);
                    return Some(found);
                }
                b if word(b) => {
                    let end = self.rest.iter().position(|b| !word(b)).unwrap_or(self.rest.len());
                    let found = (self.line, Token::Word(&self.rest[..end]));
                    self.rest = &self.rest[end..];
                    return Some(found);
                }
                b if b.is_ascii_whitespace() => self.skip(|_| 1),
                b => {
                    self.rest = behind;
                    return Some((self.line, Token::Sign(*b)));
                }
            }
        }
    }
}

impl<'a> Tokens<'a> {
    /// Goes on behind so many bytes, counting lines.
    fn skip(&mut self, bytes: impl Fn(&[u8]) -> usize) {
        let (skipped, rest) = self.rest.split_at(bytes(self.rest).min(self.rest.len()));
        self.line += skipped.iter().filter(|b| **b == b'\n').count();
        self.rest = rest;
    }
}

/// Where `what` begins; the end where it does not.
fn find(text: &[u8], what: &[u8]) -> usize {
    text.windows(what.len()).position(|w| w == what).unwrap_or(text.len())
}

struct Profile<'a> {
    name: Option<&'a [u8]>,
    periods: Vec<Period>,
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Vec<Content>, NetworkError> {
    let mut tokens = Tokens { rest: text(bytes)?.as_bytes(), line: 1 };
    let mut contents: Vec<Content> = Vec::new();
    // The tokens before the current one: `name`, `=` or `:`, `[`, `{`.
    let mut before = [Token::Sign(0); 3];
    while let Some((_, token)) = tokens.next() {
        if let ([first, Token::Sign(sign), Token::Sign(b'[')], Token::Sign(b'{')) = (before, token) {
            let name = match (first, sign) {
                (Token::Word(name), b'=' | b':') => Some(name),
                _ => None,
            };
            contents.push(recording(Profile { name, periods: entries(&mut tokens, options)? }, options)?);
            more_parts(contents.len())?;
            before = [Token::Sign(0); 3];
        } else {
            before = [before[1], before[2], token];
        }
    }
    if contents.is_empty() {
        let expected = "at least one list [{speed: kbit/s, duration: s}, ...]";
        return Err(NetworkError::input(0, "the input", "without a profile", expected));
    }
    Ok(contents)
}

fn next<'a>(tokens: &mut Tokens<'a>) -> Result<(usize, Token<'a>), NetworkError> {
    let line = tokens.line;
    tokens.next().ok_or_else(|| NetworkError::input(line, "", "the end", "the end of the list: ]"))
}

fn wrong<T>(line: usize, token: Token<'_>, expected: &str) -> Result<T, NetworkError> {
    let found = match token {
        Token::Word(word) => shown(word),
        Token::Sign(sign) => shown(&[sign]),
    };
    Err(NetworkError::input(line, "", found, expected))
}

/// The entries of a list, of which the first brace has been read.
fn entries(tokens: &mut Tokens<'_>, options: &ReadOptions) -> Result<Vec<Period>, NetworkError> {
    let mut periods = Vec::new();
    loop {
        grow(&mut periods);
        periods.push(entry(tokens, options)?);
        loop {
            match next(tokens)? {
                (_, Token::Sign(b',')) => {}
                (_, Token::Sign(b'{')) => break,
                (_, Token::Sign(b']')) => {
                    periods.shrink_to_fit();
                    return Ok(periods);
                }
                (line, other) => return wrong(line, other, "another entry or the end of the list: ]"),
            }
        }
    }
}

/// An entry, of which the brace has been read.
fn entry(tokens: &mut Tokens<'_>, options: &ReadOptions) -> Result<Period, NetworkError> {
    let (mut speed, mut duration) = (None, None);
    let end = loop {
        match next(tokens)? {
            (line, Token::Sign(b'}')) => break line,
            (_, Token::Sign(b',')) => {}
            (line, Token::Word(key)) => {
                match next(tokens)? {
                    (_, Token::Sign(b':')) => {}
                    (line, other) => return wrong(line, other, "a colon"),
                }
                let (at, value) = match next(tokens)? {
                    (at, Token::Word(value)) => (at, value),
                    (at, other) => return wrong(at, other, "a number"),
                };
                match key {
                    b"speed" => speed = Some(number(at, "speed", value, 0, MAX_RATE_MBPS * 1e3)?),
                    b"duration" => duration = Some(number(at, "duration", value, 3, MAX_TIME_S)?),
                    _ => return wrong(line, Token::Word(key), "speed or duration"),
                }
            }
            (line, other) => return wrong(line, other, "speed, duration or }"),
        }
    };
    let (Some(speed), Some(duration)) = (speed, duration) else {
        return Err(NetworkError::input(end, "an entry", "without both", "speed and duration"));
    };
    if duration <= 0.0 {
        return Err(NetworkError::input(end, "duration", "0", "a number above 0"));
    }
    Ok(Period {
        duration: Seconds::from_millis(duration),
        rate: BitRate::from_kbps(speed),
        latency: options.latency,
    })
}

fn recording(profile: Profile<'_>, options: &ReadOptions) -> Result<Content, NetworkError> {
    let part = profile.name.map(|n| String::from_utf8_lossy(n).into_owned());
    let mut periods = profile.periods;
    // The mean of the numbers in the file, whatever the scale.
    let bits: Bits = periods.iter().map(|p| p.rate * p.duration).sum();
    let time: Seconds = periods.iter().map(|p| p.duration).sum();
    periods.iter_mut().for_each(|p| p.rate = p.rate * options.scale);
    let trace = Trace::new(part.clone().unwrap_or_else(|| name(options)), periods)?;
    let count = trace.periods().len();
    let samples = Samples::Periods { origin: Seconds::ZERO, dropped: 0 };
    let mut recording = FORMAT
        .recording(trace, samples)
        .fact("n_records", count)
        .fact("mean_mbps_cdp_1024", CDP * (bits / time).mbps());
    recording.part = part;
    Ok(recording.into())
}

fn write(trace: &Trace, _: &WriteOptions, out: &mut dyn std::io::Write) -> Result<Vec<String>, NetworkError> {
    let name = serde_json::Value::from(trace.name().replace(['"', '\\', '\n'], "_"));
    write!(out, "{{\"profiles\": {{{name}: [").map_err(io)?;
    for (i, p) in trace.periods().iter().enumerate() {
        let lead = if i == 0 { "" } else { "," };
        let (speed, duration) =
            (decimal::shifted(p.rate.kbps(), 0), decimal::shifted(p.duration.millis(), -3));
        write!(out, "{lead}\n  {{\"speed\": {speed}, \"duration\": {duration}}}").map_err(io)?;
    }
    writeln!(out, "\n]}}}}").map_err(io)?;
    Ok([latency_loss(trace), wrap_loss(trace)].into_iter().flatten().collect())
}
