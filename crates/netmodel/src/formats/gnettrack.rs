//! G-NetTrack Pro logs, the form of the Irish (UCC) 5G data set: a row per second with radio values beside the rates.
//!
//! | | |
//! |---|---|
//! | source | Raca, Leahy, Sreenan, Quinlan: *Beyond Throughput, The Next Generation: a 5G Dataset with Channel and Context Metrics*, MMSys 2020; github.com/uccmisl/5Gdataset |
//! | grammar | CSV with a header; columns are found by name, of which `Timestamp` and `DL_bitrate` must be there |
//! | rate | `DL_bitrate` in kbit/s (10^3 bit/s) |
//! | time | `Timestamp`, `YYYY.MM.DD_HH.MM.SS`, a resolution of 1 s |
//! | hold | every row lasts 1 s (the set's own use); with `rows=timestamp` rows of one time stamp become their mean and hold until the next later one, the last for 1 s |
//! | end | loops |
//! | latency | none in the file (`PINGAVG` is nearly always missing); option `latency`, default 0 |
//! | missing | `-` or nothing |
//!
//! # Capacity or observed
//!
//! Only the download logs of the set saturate the link; those of Netflix and Amazon Prime pause with their player. A file
//! does not say which it is, its `State` does: `I` is idle. Of the twelve logs at hand the four downloads are idle in 0.1
//! to 1.8 % of their rows, the eight videos in 11 to 66 %; above [`IDLE`] a log is taken as observed.
//!
//! Traps: about one row in 24 repeats the time stamp of the row before it (event rows), every tenth step is 2 s; RSRP, SNR
//! and CQI are of the serving cell (the LTE anchor), NRxRSRP and NRxRSRQ of the 5G cell. A clock that goes back counts
//! for nothing in `rows=1`; with `rows=timestamp` its rows are left out until the clock is where it was.

use serde_json::{Map, Value};
use spec::{Entry, Opt};
use units::{BitRate, Seconds};

use super::moment::Moment;
use super::table::{Counts, Row, Table, keep, kept, left_out, room};
use super::{Format, Head, Measurement, ReadOptions, Reader, Recording, Rows, Samples, keys, name, text};
use crate::{NetworkError, Period, Trace, stats};

/// The share of rows in the state "idle" above which a log is that of an application which pauses.
const IDLE: f64 = 0.05;

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "gnettrack",
        about: "G-NetTrack Pro CSV (Irish 5G): Timestamp, DL_bitrate and radio values",
        options: &[
            Opt {
                about: "how long a row lasts in s, or timestamp: until the next later time stamp",
                ..keys::ROWS
            },
            keys::LATENCY,
        ],
    },
    unit: "kbit/s",
    time_base: "rows of one second (time stamps as an option)",
    hold: "a row is the mean of its second",
    end: "loops",
    measures: Measurement::Capacity,
    detect,
    read: Reader::One(read),
    write: None,
};

/// The columns that are kept beside the rates.
const KEPT: [&str; 12] = [
    "Longitude",
    "Latitude",
    "Speed",
    "RSRP",
    "RSRQ",
    "SNR",
    "CQI",
    "RSSI",
    "UL_bitrate",
    "PINGAVG",
    "NRxRSRP",
    "NRxRSRQ",
];
/// The columns whose missing values are counted.
const COUNTED: [&str; 7] = ["RSRP", "RSRQ", "SNR", "CQI", "NRxRSRP", "NRxRSRQ", "PINGAVG"];
/// The columns of which the mean is told, and under which name.
const MEANS: [(&str, &str); 4] =
    [("RSRP", "rsrp_mean"), ("RSRQ", "rsrq_mean"), ("SNR", "snr_mean"), ("CQI", "cqi_mean")];

fn detect(head: &Head<'_>) -> Option<&'static str> {
    head.has_columns(&["Timestamp", "DL_bitrate"])
        .then_some("a header with the columns Timestamp and DL_bitrate")
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Recording, NetworkError> {
    let text = text(bytes)?;
    let mut table = Table::new(text, b',')?;
    let (time, rate) = (table.column("Timestamp")?, table.column("DL_bitrate")?);
    let room = room(text, 64);
    let mut series = table.series(&KEPT, room);
    let mut context = Context::new(&table);
    let length = match options.rows {
        Some(Rows::Each(length)) => length,
        _ => Seconds::new(1.0),
    };
    let mut rows = Vec::with_capacity(room);
    let mut stamps = Stamps { periods: Vec::with_capacity(room), ..Stamps::default() };
    let (mut records, mut without) = (0usize, 0usize);
    while let Some(row) = table.next()? {
        records += 1;
        context.add(&row);
        let at = seconds(row.text(time)).ok_or_else(|| row.wrong(time, "YYYY.MM.DD_HH.MM.SS"))?;
        let Some(rate) = row.rate(rate, 3)? else {
            without += 1;
            continue;
        };
        keep(&mut series, &row);
        rows.push(Period { duration: length, rate, latency: options.latency });
        stamps.add(at, rate, options.latency);
    }
    if rows.is_empty() {
        let found = format!("{records} row(s) without DL_bitrate");
        return Err(NetworkError::input(0, "the input", found, "rows with a rate"));
    }
    let by_timestamp = Trace::new(name(options), stamps.finish())?;
    let mut columns = kept(series);
    let idle = context.idle as f64 / records as f64;
    let mut facts = context.facts(&columns);
    facts.insert("n_records".into(), records.into());
    let trace = match options.rows {
        Some(Rows::ByTimestamp) => {
            facts.insert("rule".into(), "by_timestamp".into());
            columns.clear(); // they are of rows, not of time stamps
            by_timestamp
        }
        _ => {
            facts.insert("rule".into(), format!("row_as_{}s", length.get()).into());
            facts.insert("by_timestamp".into(), rates(&by_timestamp));
            Trace::new(name(options), rows)?
        }
    };
    let samples = Samples::Periods { origin: Seconds::ZERO, dropped: 0 };
    let mut recording = FORMAT.recording(trace, samples);
    (recording.facts, recording.columns) = (facts, columns);
    recording.notes = left_out(without, "DL_bitrate");
    if idle > IDLE {
        recording.measures = Measurement::Observed;
        recording.notes.push(format!(
            "idle in {:.0} % of its rows: what an application took, not what the link could carry",
            idle * 100.0
        ));
    }
    if stamps.backwards > 0 {
        recording
            .notes
            .push(format!("{} row(s) with a time stamp before that of their predecessor", stamps.backwards));
    }
    Ok(recording)
}

/// The statistics of the other way to read the rows.
fn rates(trace: &Trace) -> Value {
    let stats = stats::of_trace(trace);
    let mut value = serde_json::to_value(&stats.rates).unwrap_or(Value::Null);
    if let Some(rates) = value.as_object_mut() {
        rates.insert("dropped_nonpositive".into(), stats.dropped_nonpositive.into());
    }
    value
}

/// The periods of rows whose time stamps count.
#[derive(Default)]
struct Stamps {
    periods: Vec<Period>,
    /// The running time stamp, the sum of its rates in kbit/s, and how many they are.
    now: Option<(i64, f64, usize)>,
    latency: Seconds,
    backwards: usize,
}

impl Stamps {
    fn add(&mut self, at: i64, rate: BitRate, latency: Seconds) {
        self.latency = latency;
        match &mut self.now {
            Some((now, sum, count)) if *now == at => (*sum, *count) = (*sum + rate.kbps(), *count + 1),
            Some((now, ..)) if *now > at => self.backwards += 1,
            _ => {
                self.close(at);
                self.now = Some((at, rate.kbps(), 1));
            }
        }
    }

    /// Ends the running time stamp where the next one begins.
    fn close(&mut self, next: i64) {
        if let Some((at, sum, count)) = self.now {
            let duration = Seconds::new((next - at) as f64);
            let rate = BitRate::from_kbps(sum / count as f64);
            self.periods.push(Period { duration, rate, latency: self.latency });
        }
    }

    /// All periods, the last of 1 s.
    fn finish(&mut self) -> Vec<Period> {
        if let Some((at, ..)) = self.now {
            self.close(at + 1);
        }
        std::mem::take(&mut self.periods)
    }
}

/// What the rows say beside their rates.
struct Context {
    missing: Vec<(&'static str, usize, usize)>,
    cell: Option<usize>,
    last_cell: Option<String>,
    cell_changes: usize,
    mode: Option<usize>,
    modes: Counts,
    state: Option<usize>,
    idle: usize,
}

impl Context {
    fn new(table: &Table<'_>) -> Context {
        let counted = COUNTED.iter().filter_map(|c| table.find(c).map(|place| (*c, place, 0)));
        Context {
            missing: counted.collect(),
            cell: table.find("RAWCELLID").or_else(|| table.find("CellID")),
            last_cell: None,
            cell_changes: 0,
            mode: table.find("NetworkMode"),
            modes: Counts::default(),
            state: table.find("State"),
            idle: 0,
        }
    }

    fn add(&mut self, row: &Row<'_>) {
        for (_, place, count) in &mut self.missing {
            // The 5G cell's 2147483647 is Android's word, not the log's: it is no value, but not missing.
            *count += usize::from(matches!(row.text(*place), "" | "-"));
        }
        if let Some(cell) = self.cell.map(|c| row.text(c)) {
            let last = self.last_cell.get_or_insert_with(|| cell.to_string());
            if last != cell {
                self.cell_changes += 1;
                last.clear();
                last.push_str(cell);
            }
        }
        if let Some(mode) = self.mode {
            self.modes.add(row.text(mode));
        }
        self.idle += usize::from(self.state.is_some_and(|s| row.text(s) == "I"));
    }

    fn facts(self, columns: &[super::Column]) -> Map<String, Value> {
        let mut facts = Map::new();
        for (column, fact) in MEANS {
            let values = columns.iter().filter(|c| c.name == column).flat_map(|c| c.values.iter().flatten());
            let (mut sum, mut count) = (0.0, 0usize);
            values.for_each(|v| (sum, count) = (sum + v, count + 1));
            facts.insert(fact.into(), (count > 0).then(|| sum / count as f64).into());
        }
        let missing = self.missing.iter().map(|m| (m.0.to_string(), Value::from(m.2)));
        facts.insert("missing".into(), missing.collect());
        facts.insert("cell_changes".into(), self.cell_changes.into());
        facts.insert("mode_counts".into(), self.modes.json());
        facts
    }
}

/// The seconds of a time stamp `YYYY.MM.DD_HH.MM.SS` on a calendar without leap seconds.
fn seconds(text: &str) -> Option<i64> {
    match Moment::parse(text)? {
        Moment::OfCalendar(seconds) if text.contains('_') => Some(seconds as i64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar() {
        let between = |a: &str, b: &str| seconds(b).expect("a time") - seconds(a).expect("a time");
        assert_eq!(between("2019.12.31_23.59.59", "2020.01.01_00.00.00"), 1);
        assert_eq!(between("2020.02.28_00.00.00", "2020.03.01_00.00.00"), 2 * 86_400);
        assert_eq!(between("2019.02.28_00.00.00", "2019.03.01_00.00.00"), 86_400);
        assert_eq!(between("1970.01.01_00.00.00", "2020.01.01_00.00.00"), 1_577_836_800);
        for bad in
            ["", "2020.01.01", "2020.13.01_00.00.00", "2020.01.01_24.00.00", "2020.1_1.1.1", "a.b.c_d.e.f"]
        {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
