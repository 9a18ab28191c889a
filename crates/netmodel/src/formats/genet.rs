//! Genet's JSON: time stamps, bandwidths and delays, of Pantheon runs (congestion control) or synthetic (ABR).
//!
//! | | |
//! |---|---|
//! | source | Xia et al.: *Genet: Automatic Curriculum Generation for Learning Adaptation in Networking*, SIGCOMM 2022 (GenetProject/Genet at 5d4303bf); the runs are those of Yan et al.: *Pantheon*, USENIX ATC 2018 |
//! | grammar | `{"timestamps": [s], "bandwidths": [Mbit/s], "delays": [ms], "loss": share, "queue": packets, "delay_noise": ms, "T_s": s}`, or with `"link_rtt": ms, "buffer_thresh": ms, "name": text` instead of the last five; other keys are ignored |
//! | rate | Mbit/s (10^6 bit/s) |
//! | time | seconds from any origin, non-decreasing |
//! | hold | forward: a bandwidth holds from its time stamp on |
//! | end | the simulators loop or hold; the last interval is as long as the first (1 s if it is the only one), option `last` |
//! | latency | `delays`: one-way, one for all or one per time stamp; a request waits for both ways, so twice as much. `link_rtt`: as it is |
//!
//! Deviations and traps:
//! - Genet's simulator never goes below 0.1 Mbit/s: option `floor=0.1`; the default is the file as it stands.
//! - `buffer_thresh` is written in ms and drawn in s; it is a matter of the player and only told.
//! - Loss, queue and delay noise are no part of a trace of rates: they are told as facts, and notes where they are not 0.

use serde::Deserialize;
use serde_json::value::RawValue;
use spec::Entry;
use units::{BitRate, Seconds};

use super::{
    Format, Head, Hold, MAX_LATENCY_MS, MAX_RATE_MBPS, MAX_TIME_S, Measurement, ReadOptions, Reader,
    Recording, Sample, Samples, Series, WriteOptions, clock, clock_loss, decimal, dropped_note, io,
    json_error, keys, name, number, quoted, text, wrap_loss,
};
use crate::{NetworkError, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "genet",
        about: "Genet JSON: timestamps, bandwidths and delays (Pantheon), or link_rtt (ABR)",
        options: &[keys::FLOOR, keys::LATENCY, keys::LAST, keys::MEASURED],
    },
    unit: "Mbit/s",
    time_base: "seconds, any origin",
    hold: "forward: from a time stamp on",
    end: "the last interval is as long as the first",
    measures: Measurement::Capacity,
    detect,
    read: Reader::One(read),
    write: Some(write),
};

const GRAMMAR: &str = "an object with timestamps, bandwidths and delays or link_rtt";

/// What every published file of Pantheon runs says; a trace says nothing about it.
const LOSS: f64 = 0.0;
const QUEUE_PACKETS: u32 = 10;

/// The arrays stay text until they are needed: read as binary fractions, 1.001 s would be no whole milliseconds.
#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    timestamps: &'a RawValue,
    #[serde(borrow)]
    bandwidths: &'a RawValue,
    #[serde(borrow)]
    delays: Option<&'a RawValue>,
    loss: Option<f64>,
    queue: Option<f64>,
    delay_noise: Option<f64>,
    link_rtt: Option<f64>,
    buffer_thresh: Option<f64>,
}

struct Numbers<'a> {
    field: &'static str,
    inside: &'a str,
}

impl<'a> Numbers<'a> {
    fn of(field: &'static str, array: &'a RawValue) -> Result<Numbers<'a>, NetworkError> {
        let text = array.get().trim();
        match text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            Some(inside) => Ok(Numbers { field, inside: inside.trim() }),
            None => Err(NetworkError::input(0, field, quoted(text), "an array of numbers")),
        }
    }

    fn texts(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let empty = self.inside.is_empty();
        self.inside.split(',').map(str::trim).filter(move |_| !empty)
    }

    fn count(&self) -> usize {
        self.texts().count()
    }

    /// Number `index`, whose text is given, times a power of ten, if it is at most `max`.
    fn checked(&self, index: usize, text: &str, shift: i32, max: f64) -> Result<f64, NetworkError> {
        number(0, "", text.as_bytes(), shift, max).map_err(|_| {
            let field = format!("{}[{index}]", self.field);
            NetworkError::input(0, field, quoted(text), format!("a number from 0 to {max:e}"))
        })
    }
}

fn detect(head: &Head<'_>) -> Option<&'static str> {
    let named = head.contains("\"timestamps\"") || head.contains("\"bandwidths\"");
    (head.starts_with('{') && named).then_some("a JSON object with timestamps or bandwidths")
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Recording, NetworkError> {
    let file: File<'_> = serde_json::from_str(text(bytes)?).map_err(|e| json_error(&e, GRAMMAR))?;
    let times = Numbers::of("timestamps", file.timestamps)?;
    let rates = Numbers::of("bandwidths", file.bandwidths)?;
    let delays = file.delays.map(|d| Numbers::of("delays", d)).transpose()?;
    let count = times.count();
    let delay_count = delays.as_ref().map_or(0, Numbers::count);
    let needed = |field: &str, found: usize| {
        let expected = format!("{count}, as many as timestamps");
        Err(NetworkError::input(0, field, format!("an array of {found} numbers"), expected))
    };
    match (rates.count(), delay_count) {
        (n, _) if n != count => return needed("bandwidths", n),
        (_, n) if n > 1 && n != count => return needed("delays", n),
        _ => {}
    }
    let rtt = match file.link_rtt {
        Some(ms) if !(0.0..=MAX_LATENCY_MS).contains(&ms) => {
            let expected = format!("a number from 0 to {MAX_LATENCY_MS:e}");
            return Err(NetworkError::input(0, "link_rtt", ms.to_string(), expected));
        }
        rtt => rtt.map_or(options.latency, Seconds::from_millis),
    };
    let mut delay_texts = delays.iter().flat_map(Numbers::texts);
    let mut series = Series::new(Hold::Forward);
    let (mut first_interval, mut latency, mut first_delay) = (None, rtt, None);
    for (i, (time, rate)) in times.texts().zip(rates.texts()).enumerate() {
        let at = Seconds::from_millis(times.checked(i, time, 3, MAX_TIME_S)?);
        let rate = BitRate::from_kbps(rates.checked(i, rate, 3, MAX_RATE_MBPS)?).max(options.floor);
        if let (Some(delays), Some(text)) = (&delays, delay_texts.next()) {
            let one_way = delays.checked(i, text, 0, MAX_LATENCY_MS / 2.0)?;
            first_delay.get_or_insert(one_way);
            latency = Seconds::from_millis(2.0 * one_way);
        }
        if let Some((before, _)) = series.before {
            if at < before.at {
                let expected = format!("at least the time before it ({})", before.at);
                return Err(NetworkError::input(0, format!("timestamps[{i}]"), at.to_string(), expected));
            }
            first_interval.get_or_insert(at - before.at);
        }
        series.push(0, b"", Sample { at, rate, latency })?;
    }
    let first_interval = first_interval.filter(|d| *d > Seconds::ZERO);
    let last = options.last.or(first_interval).unwrap_or(Seconds::new(1.0));
    let trace = Trace::new(name(options), series.finish(0, Some(last))?)?;
    let (origin, dropped) = (series.origin(), series.dropped);
    let mut recording =
        FORMAT.recording(trace, Samples::Periods { origin, dropped }).fact("n_records", count);
    let facts = [
        ("delays_ms_first", first_delay),
        ("loss", file.loss),
        ("queue", file.queue),
        ("link_rtt_ms", file.link_rtt),
        ("buffer_thresh_ms", file.buffer_thresh),
    ];
    for (fact, value) in facts {
        if let Some(value) = value {
            recording = recording.fact(fact, value);
        }
    }
    recording.notes = dropped_note(dropped);
    for (what, value) in [("loss", file.loss), ("delay_noise", file.delay_noise)] {
        if let Some(value) = value.filter(|v| *v != 0.0) {
            recording.notes.push(format!("{what} is {value} in the file; a trace of rates has none"));
        }
    }
    Ok(recording)
}

fn write(trace: &Trace, _: &WriteOptions, out: &mut dyn std::io::Write) -> Result<Vec<String>, NetworkError> {
    let (times, inexact) = clock(trace, 0.0);
    let count = trace.periods().len();
    let first = trace.period(0).latency;
    let one_delay = trace.periods().iter().all(|p| p.latency == first);
    let mut array = |key: &str, count: usize, value: &dyn Fn(usize) -> String| {
        write!(out, "{}    \"{key}\": [", if key == "timestamps" { "{\n" } else { ",\n" })?;
        for i in 0..count {
            write!(out, "{}        {}", if i == 0 { "\n" } else { ",\n" }, value(i))?;
        }
        write!(out, "\n    ]")
    };
    let delays = if one_delay { 1 } else { count };
    array("timestamps", count, &|i| decimal::shifted(times[i], -3))
        .and_then(|()| array("bandwidths", count, &|i| decimal::shifted(trace.period(i).rate.kbps(), -3)))
        .and_then(|()| {
            array("delays", delays, &|i| decimal::shifted(trace.period(i).latency.millis() / 2.0, 0))
        })
        .and_then(|()| writeln!(out, ",\n    \"loss\": {LOSS},\n    \"queue\": {QUEUE_PACKETS}\n}}"))
        .map_err(io)?;
    let mut losses: Vec<String> = [clock_loss(inexact), wrap_loss(trace)].into_iter().flatten().collect();
    let last = trace.period(count - 1).duration;
    let read_as = if count > 1 { trace.period(0).duration } else { Seconds::new(1.0) };
    if last != read_as {
        losses.push(format!(
            "the length of the last period is not written; read with last={}",
            decimal::shifted(last.millis(), -3)
        ));
    }
    losses.push(format!("a trace has no loss and no queue: written as {LOSS} and {QUEUE_PACKETS} packets"));
    Ok(losses)
}
