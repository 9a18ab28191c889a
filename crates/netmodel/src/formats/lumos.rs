//! Lumos' chunk logs: a row per downloaded video chunk, with its size and the time that it took.
//!
//! | | |
//! |---|---|
//! | source | Lv, Wu, Wang, Li, Xie: *Lumos: towards Better Video Streaming QoE through Accurate Throughput Prediction*, INFOCOM 2022; github.com/GreenLv/Lumos |
//! | grammar | CSV with a header; columns are found by name, of which `chunk_size` and `delivery_time` must be there |
//! | rate | `chunk_size / delivery_time`, the size in **kbit** (the set's own text says KBytes), the time in s |
//! | time | durations: `delivery_time` in s |
//! | hold | explicit: a row is one delivery |
//! | end | unknown to the logs; a link loops |
//! | latency | none in the file (a delivery's time includes its round trip); option `latency`, default 0 |
//!
//! The rates are *observed*: small chunks show low ones. Time between deliveries is in no row and not in the trace.

use spec::Entry;
use units::{BitRate, Seconds};

use super::table::{Counts, Table, keep, kept, room};
use super::{
    Format, Head, MAX_RATE_MBPS, MAX_TIME_S, MIN_ROW_S, Measurement, ReadOptions, Reader, Recording, Samples,
    keys, name, text,
};
use crate::{NetworkError, Period, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "lumos",
        about: "Lumos chunk CSV: chunk_size (kbit) and delivery_time (s) of every chunk",
        options: &[keys::LATENCY],
    },
    unit: "kbit per delivery",
    time_base: "delivery times in seconds",
    hold: "explicit: a row is one delivery; the time between them is left out",
    end: "loops",
    measures: Measurement::Observed,
    detect,
    read: Reader::One(read),
    write: None,
};

fn detect(head: &Head<'_>) -> Option<&'static str> {
    head.has_columns(&["chunk_size", "delivery_time"])
        .then_some("a header with the columns chunk_size and delivery_time")
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Recording, NetworkError> {
    let text = text(bytes)?;
    let room = room(text, 8);
    let mut table = Table::new(text, b',')?;
    let (size, time) = (table.column("chunk_size")?, table.column("delivery_time")?);
    let state = table.find("player_state");
    let mut series = table.series(&["bitrate", "chunk_size"], room);
    let mut periods: Vec<Period> = Vec::with_capacity(room);
    let mut states = Counts::default();
    let (mut kbit, mut seconds, mut records, mut dropped) = (0.0, 0.0, 0usize, 0usize);
    while let Some(row) = table.next()? {
        let chunk = row.number(size, 0.0..=1e15)?;
        let delivery = row.number(time, 0.0..=MAX_TIME_S)?;
        (kbit, seconds, records) = (kbit + chunk, seconds + delivery, records + 1);
        if let Some(state) = state {
            states.add(row.text(state));
        }
        if delivery < MIN_ROW_S {
            dropped += 1;
            continue;
        }
        let rate = BitRate::from_kbps(chunk / delivery);
        if rate.mbps() > MAX_RATE_MBPS {
            return Err(row.wrong(time, format!("a time for a rate of at most {MAX_RATE_MBPS:e} Mbit/s")));
        }
        keep(&mut series, &row);
        periods.push(Period { duration: Seconds::new(delivery), rate, latency: options.latency });
    }
    if periods.is_empty() {
        let found = format!("{records} delivery(s) without duration");
        return Err(NetworkError::input(0, "the input", found, "rows of deliveries"));
    }
    let samples = Samples::Periods { origin: Seconds::ZERO, dropped };
    let mut recording = FORMAT.recording(Trace::new(name(options), periods)?, samples);
    recording.columns = kept(series);
    if dropped > 0 {
        recording.notes.push(format!("{dropped} delivery(s) took no time and were dropped"));
    }
    let facts = &mut recording.facts;
    facts.insert("n_records".into(), records.into());
    facts.insert("total_kbit".into(), kbit.into());
    facts.insert("total_delivery_s".into(), seconds.into());
    facts.insert("mean_throughput_kbps".into(), (kbit / seconds).into());
    facts.insert("states".into(), states.json());
    Ok(recording)
}
