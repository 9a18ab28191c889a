//! Access logs of servers, of players that send CMCD in the query or in headers.
//!
//! | shape | recognised by | request | size |
//! |---|---|---|---|
//! | Segue's origin | lines of JSON with the schema `segue.origin-log/1` | `at_s` s after its start; first byte `first_s`, end `last_s` later | `sent` |
//! | nginx, JSON | lines of JSON named as its variables | ends at `msec` or `time_iso8601`, `request_time` s before | `body_bytes_sent`, else `bytes_sent` |
//! | combined (nginx, Apache) and the time taken at the end of the line | `[10/Oct/2024:13:55:36 +0000] "GET ` | a number with a point: s, ending at the time (nginx `$request_time`); a whole one: us from the time on (Apache `%D`) | the number after the status |
//! | W3C extended (CloudFront, IIS) | `#Fields:` | ends at `date` and `time`; `time-taken` s (IIS: ms) before | `sc-bytes` |
//!
//! CMCD is in the query of the address, in `cmcd`, or in a field whose name has `cmcd` in it (`cs(CMCD-Object)`,
//! `http_cmcd_object`). A first byte is told by the origin only. What a log does not tell is as in a HAR.

use jiff::Timestamp;
use jiff::fmt::strtime;
use serde_json::{Map, Value};

use super::requests::{Requests, Span};
use super::{Cmcd, Fault, Log, instant};

const SOURCE: &str = "access";
const ORIGIN: &str = "segue.origin-log/1";

/// Whether a text without a mark before it begins like such a log.
pub(super) fn is(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    let json = first.starts_with('{')
        && first.ends_with('}')
        && (first.contains(ORIGIN) || first.contains("\"request_time\""));
    json || is_w3c(text) || Combined::of(first).is_some()
}

fn is_w3c(text: &str) -> bool {
    text.starts_with('#')
        && text.lines().take_while(|l| l.starts_with('#')).any(|l| l.starts_with("#Fields:"))
}

pub(super) fn read(text: &str) -> Result<Log, Fault> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut requests = Requests::default();
    let lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    if is_w3c(text) {
        let mut table = W3c::default();
        for (i, line) in lines {
            table.line(i + 1, line, &mut requests)?;
        }
    } else if text.starts_with('{') {
        for (i, line) in lines {
            of_json(i + 1, line, &mut requests)?;
        }
    } else {
        for (i, line) in lines {
            let found = Combined::of(line);
            let found =
                found.ok_or_else(|| Fault::new(place(i + 1), "is no line of a combined access log"))?;
            let size = found.bytes.parse().ok();
            requests.add(Cmcd::parse(found.request), found.status, size, || found.span(i + 1))?;
        }
    }
    requests.log(SOURCE, "the lines", "an access log")
}

fn place(line: usize) -> String {
    format!("line {line}")
}

/// A time and how long before it a request came, as a span without a first byte of its own.
fn ending(end: f64, took: f64) -> Span {
    (end - took, end, end)
}

/// A number of at least 0 of a field, or what is wrong with it.
fn number(line: usize, name: &str, text: &str) -> Result<f64, Fault> {
    text.trim().parse::<f64>().ok().filter(|x| x.is_finite() && *x >= 0.0).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        Fault::new(format!("{}, {name}", place(line)), format!("is '{shown}', expected a number"))
    })
}

/// A line that is an object.
fn of_json(line: usize, text: &str, requests: &mut Requests) -> Result<(), Fault> {
    let object: Map<String, Value> =
        serde_json::from_str(text).map_err(|_| Fault::new(place(line), "is no JSON object"))?;
    let text = |name: &str| match object.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let needed = |name: &str| match text(name) {
        Some(text) => number(line, name, &text),
        None => Err(Fault::new(format!("{}, {name}", place(line)), "is missing")),
    };
    let mut keys = Cmcd::default();
    let address = ["path", "request_uri", "request", "args"].iter().find_map(|n| text(n));
    address.iter().filter(|a| Cmcd::is_in(a)).for_each(|a| keys.add(a));
    for (name, value) in &object {
        if let (true, Value::String(list)) = (name.to_ascii_lowercase().contains("cmcd"), value) {
            keys.add(list);
        }
    }
    let status = needed("status")? as i64;
    if text("schema").as_deref() == Some(ORIGIN) {
        let span = || {
            let at = needed("at_s")?;
            Ok((at, at + needed("first_s")?, at + needed("last_s")?))
        };
        // What was sent in part did not arrive.
        let whole = object.get("complete") != Some(&Value::Bool(false));
        return requests.add(keys, if whole { status } else { 0 }, Some(needed("sent")?), span);
    }
    let size = ["body_bytes_sent", "bytes_sent"].iter().find_map(|n| text(n)).and_then(|t| t.parse().ok());
    let span = || {
        let end = match text("msec") {
            Some(_) => needed("msec")?,
            None => {
                instant(&format!("{}, time_iso8601", place(line)), &text("time_iso8601").unwrap_or_default())?
            }
        };
        Ok(ending(end, needed("request_time")?))
    };
    requests.add(keys, status, size, span)
}

/// What is read of a line of a combined log.
struct Combined<'a> {
    time: &'a str,
    request: &'a str,
    status: i64,
    bytes: &'a str,
    taken: &'a str,
}

impl<'a> Combined<'a> {
    fn of(line: &'a str) -> Option<Combined<'a>> {
        let (_, rest) = line.split_once(" [")?;
        let (time, rest) = rest.split_once("] \"")?;
        let (request, rest) = rest.split_once('"')?;
        let mut words = rest.split_whitespace();
        let status = words.next()?.parse().ok()?;
        let bytes = words.next()?;
        let taken = rest.rsplit([' ', '"']).next().unwrap_or_default();
        Some(Combined { time, request, status, bytes, taken })
    }

    fn span(&self, line: usize) -> Result<Span, Fault> {
        let at = strtime::parse("%d/%b/%Y:%H:%M:%S %z", self.time).and_then(|t| t.to_timestamp());
        let at: Timestamp = at.map_err(|_| {
            let shown: String = self.time.chars().take(40).collect();
            Fault::new(
                place(line),
                format!("is of '{shown}', expected a time such as 10/Oct/2024:13:55:36 +0000"),
            )
        })?;
        let at = at.as_second() as f64;
        if self.taken.is_empty() {
            let expected = "expected how long it took at its end ($request_time of nginx, %D of Apache)";
            return Err(Fault::new(place(line), format!("does not tell of its transfer, {expected}")));
        }
        let taken = number(line, "the time taken", self.taken)?;
        Ok(match self.taken.contains('.') {
            true => ending(at, taken),
            false => (at, at + taken / 1e6, at + taken / 1e6),
        })
    }
}

/// A table in W3C's extended format: what its head said.
#[derive(Default)]
struct W3c {
    fields: Vec<String>,
    /// IIS counts milliseconds.
    iis: bool,
}

impl W3c {
    fn line(&mut self, line: usize, text: &str, requests: &mut Requests) -> Result<(), Fault> {
        if let Some(fields) = text.strip_prefix("#Fields:") {
            self.fields = fields.split_whitespace().map(str::to_ascii_lowercase).collect();
            return Ok(());
        }
        if text.starts_with('#') {
            self.iis |= text.contains("Internet Information");
            return Ok(());
        }
        let values: Vec<&str> = match text.contains('\t') {
            true => text.split('\t').collect(),
            false => text.split_whitespace().collect(),
        };
        if values.len() != self.fields.len() {
            let found = format!("has {} fields, expected {} as in #Fields", values.len(), self.fields.len());
            return Err(Fault::new(place(line), found));
        }
        let value = |name: &str| self.fields.iter().position(|f| f == name).map(|p| values[p].trim());
        let needed = |name: &str| {
            value(name).ok_or_else(|| Fault::new("#Fields", format!("are without {name}, expected it")))
        };
        let mut keys = Cmcd::default();
        value("cs-uri-query").iter().filter(|q| Cmcd::is_in(q)).for_each(|q| keys.add(q));
        let headers = self.fields.iter().zip(&values).filter(|(f, v)| f.contains("cmcd") && **v != "-");
        headers.for_each(|(_, list)| keys.add(list));
        let status = number(line, "sc-status", needed("sc-status")?)? as i64;
        let size = number(line, "sc-bytes", needed("sc-bytes")?)?;
        let span = || {
            let end = format!("{}T{}Z", needed("date")?, needed("time")?);
            let taken = number(line, "time-taken", needed("time-taken")?)?;
            Ok(ending(instant(&place(line), &end)?, if self.iis { taken / 1e3 } else { taken }))
        };
        requests.add(keys, status, Some(size), span)
    }
}
