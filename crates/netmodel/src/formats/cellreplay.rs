//! CellReplay's side files: light trains and latency offsets. They describe delays, so they are tables.
//!
//! | | |
//! |---|---|
//! | source | Sentosa et al.: *CellReplay: Towards accurate record-and-replay for cellular networks*, NSDI 2025 |
//! | light PDO/delay | lines `time_ms base_delay_ms pdo1 pdo2 ...`, single blanks, at least three lines, times non-decreasing |
//! | latency offset | lines `psize offset_ms`, psize 100, 200, ..., 1400 bytes |
//! | heavy PDO | a Mahimahi file of packets of 1400 bytes: format `mahimahi:bytes=1400`, the one that is a trace |
//! | unit | milliseconds; packets of 1400 bytes |
//!
//! A light line says what a short train of packets meets at `time_ms`: a one-way delay (half of a measured round trip),
//! and its i-th packet `pdo_i` ms after the first. That is a latency and the beginning of a burst, no capacity: the
//! emulator lets packets beyond the train queue at the heavy opportunities. Offsets are what the size of a packet adds
//! to its delay. Replayed as a rate, both would say nothing true, so they are read as tables with columns.

use spec::Entry;

use super::lines::words;
use super::text::shown;
use super::{
    Column, Content, Format, Head, MAX_LATENCY_MS, MAX_TIME_S, Measurement, ReadOptions, Reader, TableFile,
    Values, decimal, name, number, text,
};
use crate::NetworkError;

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "cellreplay",
        about: "CellReplay light trains or latency offsets (tables; the heavy file is mahimahi:bytes=1400)",
        options: &[],
    },
    unit: "milliseconds",
    time_base: "milliseconds from the start",
    hold: "a train holds from its time on",
    end: "not a trace",
    measures: Measurement::Capacity,
    detect,
    read: Reader::Many(read),
    write: None,
};

/// The sizes of a table of offsets, in bytes.
const SIZES: [f64; 14] =
    [100.0, 200.0, 300.0, 400.0, 500.0, 600.0, 700.0, 800.0, 900.0, 1000.0, 1100.0, 1200.0, 1300.0, 1400.0];

/// What the lines are, if they are one of the two.
pub(super) fn looks_like(head: &Head<'_>) -> Option<&'static str> {
    let fields = |line: &&str| line.split(' ').count();
    let numbers = |line: &str, whole: bool| {
        line.split(' ').enumerate().all(|(i, f)| {
            let digits = f.bytes().all(|b| b.is_ascii_digit());
            decimal::parse_shifted(f, 0).is_some() && (digits || i == 1 || !whole)
        })
    };
    let lines = &head.lines;
    let sizes =
        || lines.iter().map(|l| words(l.as_bytes()).next().and_then(|f| decimal::parse_shifted(f, 0)));
    if head.cut.is_empty()
        && lines.iter().all(|l| fields(l) == 2 && numbers(l, false))
        && sizes().eq(SIZES.map(Some))
    {
        return Some("lines of the packet sizes 100 to 1400 and a number");
    }
    let varies = lines.iter().any(|l| fields(l) != fields(&lines[0]));
    let light = lines.len() >= 3 && varies && lines.iter().all(|l| fields(l) >= 3 && numbers(l, true));
    light.then_some("lines of three and more whole numbers, not all of one length")
}

fn detect(head: &Head<'_>) -> Option<&'static str> {
    looks_like(head)
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Vec<Content>, NetworkError> {
    let text = text(bytes)?;
    let first = text.lines().map(|l| words(l.as_bytes()).count()).find(|n| *n > 0);
    let table = match first {
        Some(2) => offsets(text, options)?,
        _ => light(text, options)?,
    };
    Ok(vec![Content::Table(Box::new(table))])
}

fn table(options: &ReadOptions, kind: &str, columns: [(&str, Values); 4]) -> TableFile {
    let mut facts = serde_json::Map::new();
    facts.insert("kind".into(), kind.into());
    facts.insert("n_records".into(), columns[0].1.len().into());
    let columns = columns.into_iter().filter(|(_, values)| !values.is_empty());
    TableFile {
        name: name(options),
        format: FORMAT.name(),
        facts,
        columns: columns.map(|(name, values)| Column { name: name.to_string(), values }).collect(),
        notes: vec!["describes delays: nothing to replay as a rate".to_string()],
    }
}

fn offsets(text: &str, options: &ReadOptions) -> Result<TableFile, NetworkError> {
    let mut offsets = Values::with_capacity(SIZES.len());
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let at = i + 1;
        let size = SIZES.get(offsets.len());
        let mut fields = words(line.as_bytes());
        let (Some(found), Some(offset), None) = (fields.next(), fields.next(), fields.next()) else {
            return Err(NetworkError::input(at, "", shown(line.as_bytes()), "a packet size and an offset"));
        };
        if size.is_none() || decimal::parse_shifted(found, 0) != size.copied() {
            let expected = size.map_or("nothing after 1400".to_string(), |s| format!("{s}"));
            return Err(NetworkError::input(at, "psize", shown(found), expected));
        }
        offsets.push(Some(number(at, "offset_ms", offset, 0, MAX_LATENCY_MS)?));
    }
    if offsets.len() != SIZES.len() {
        let found = format!("the end, after {} line(s)", offsets.len());
        return Err(NetworkError::input(0, "the input", found, "the 14 packet sizes 100 to 1400"));
    }
    let sizes = SIZES.map(Some).into_iter().collect();
    Ok(table(
        options,
        "latency offset",
        [("psize_bytes", sizes), ("offset_ms", offsets), ("", Values::default()), ("", Values::default())],
    ))
}

fn light(text: &str, options: &ReadOptions) -> Result<TableFile, NetworkError> {
    let lines = || text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    let count = lines().count();
    if count < 3 {
        let found = format!("of {count} line(s)");
        return Err(NetworkError::input(
            0,
            "the input",
            found,
            "at least three lines `time_ms base_delay_ms pdo ...`",
        ));
    }
    let column = || Values::with_capacity(count);
    let (mut times, mut delays, mut packets, mut spans) = (column(), column(), column(), column());
    let mut before = 0.0;
    for (i, line) in lines() {
        let at = i + 1;
        let mut fields = words(line.as_bytes());
        let (Some(time), Some(delay), Some(first)) = (fields.next(), fields.next(), fields.next()) else {
            let expected = "a time, a delay and at least one packet";
            return Err(NetworkError::input(at, "", shown(line.as_bytes()), expected));
        };
        let ms = number(at, "time_ms", time, 0, MAX_TIME_S * 1e3)?;
        if ms < before {
            let expected = format!("at least the time of the line before ({before})");
            return Err(NetworkError::input(at, "time_ms", shown(time), expected));
        }
        before = ms;
        let (mut trained, mut span) = (0u32, 0.0);
        for packet in std::iter::once(first).chain(fields) {
            let after = number(at, "pdo_ms", packet, 0, MAX_LATENCY_MS)?;
            if after < span {
                let expected = format!("at least the packet before ({span})");
                return Err(NetworkError::input(at, "pdo_ms", shown(packet), expected));
            }
            (trained, span) = (trained.saturating_add(1), after);
        }
        times.push(Some(ms));
        delays.push(Some(number(at, "base_delay_ms", delay, 0, MAX_LATENCY_MS)?));
        packets.push(Some(f64::from(trained)));
        spans.push(Some(span));
    }
    let columns =
        [("time_ms", times), ("base_delay_ms", delays), ("train_packets", packets), ("train_ms", spans)];
    Ok(table(options, "light PDO/delay", columns))
}
