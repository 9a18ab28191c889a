//! Raw tests of the FCC's Measuring Broadband America, of web browsing or of speed: one trace per unit and site.
//!
//! | | |
//! |---|---|
//! | source | FCC, *Measuring Broadband America, raw data*: `curr_webget.csv`; used by Mao, Netravali, Alizadeh: *Pensieve*, SIGCOMM 2017 (`load_webget_data.py`) |
//! | grammar | CSV with or without its header: `unit_id,dtime,target,address,fetch_time,bytes_total,bytes_sec,...` |
//! | rate | `bytes_sec` in **bytes** per second |
//! | time | none that a trace could use: tests are about an hour apart (`dtime`) |
//! | hold | a row lasts 5 s (Pensieve; option `rows`), whatever the time between the tests |
//! | end | loops |
//! | latency | none that is used; option `latency`, default 0 |
//!
//! A file holds the tests of thousands of units. Those of one unit and one site, in the order of the file, are one trace,
//! named `unit_site` as Pensieve names them (`10322_http---edition.cnn.com`).
//!
//! The tables of the speed tests (`curr_httpgetmt.csv` downloads, `curr_httppostmt.csv` uploads) have columns of the same
//! names. They are told by `bytes_sec_interval`, `warmup_time` or their name, are read as what they are, and say so: a row
//! lasts as long as its test (`fetch_time`, 10 s), several connections saturate the link, and about an hour lies between.
//!
//! Traps: because rows are an hour apart and are played as 5 s, the autocorrelation beyond 5 s is that of hours. A page of
//! some 100 kB mostly sees slow start, so the rates are *observed*, not what the link could carry.

use spec::{Entry, Opt};
use units::{BitRate, Seconds};

use super::table::{Groups, Table, is_missing, left_out, part};
use super::{Content, Format, Head, MAX_RATE_MBPS, Measurement, ReadOptions, Reader, Samples, keys, text};
use crate::{NetworkError, Period, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "fcc",
        about: "FCC raw tests (curr_webget.csv, curr_httpgetmt.csv, curr_httppostmt.csv): a trace per unit and site",
        options: &[keys::PART, Opt { default: "5", ..keys::ROWS }, keys::LATENCY],
    },
    unit: "bytes/s",
    time_base: "rows of five seconds, by Pensieve's convention",
    hold: "a row holds for its five seconds",
    end: "loops",
    measures: Measurement::Observed,
    detect,
    read: Reader::Many(read),
    write: None,
};

/// The columns of the published files, as far as they are used.
const COLUMNS: [&str; 7] =
    ["unit_id", "dtime", "target", "address", "fetch_time", "bytes_total", "bytes_sec"];

fn detect(head: &Head<'_>) -> Option<&'static str> {
    if head.has_columns(&["unit_id", "bytes_sec"]) {
        return Some("a header with the columns unit_id and bytes_sec");
    }
    let row = |line: &str| {
        let field = |place| line.split(',').nth(place).unwrap_or_default().trim_matches(['"', ' ']);
        let unit = field(0).bytes().all(|b| b.is_ascii_digit());
        unit && is_time(field(1)) && line.split(',').count() >= COLUMNS.len()
    };
    head.all(row)
        .then_some("rows of seven columns or more, of which a unit and a date with its time are the first")
}

/// Whether a text is `YYYY-MM-DD HH:MM:SS`.
fn is_time(text: &str) -> bool {
    let shape = |(i, b): (usize, u8)| match i {
        4 | 7 => b == b'-',
        10 => b == b' ',
        13 | 16 => b == b':',
        _ => b.is_ascii_digit(),
    };
    text.len() == 19 && text.bytes().enumerate().all(shape)
}

/// The longest test, in us: a day.
const MAX_TEST_US: f64 = 86.4e9;

/// What a table holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tests {
    Web,
    Downloads,
    Uploads,
}

impl Tests {
    /// By the columns, which downloads and uploads share, and by the name of the file.
    fn of(table: &Table<'_>, options: &ReadOptions) -> Tests {
        let name = options.name.as_deref().unwrap_or_default().to_ascii_lowercase();
        let is_up = name.contains("httppost") || name.contains("upload");
        let columns = ["bytes_sec_interval", "warmup_time", "warmup_bytes"];
        match columns.iter().any(|c| table.find(c).is_some()) || name.contains("httpget") || is_up {
            true if is_up => Tests::Uploads,
            true => Tests::Downloads,
            false => Tests::Web,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Tests::Web => "web browsing",
            Tests::Downloads => "speed tests",
            Tests::Uploads => "speed tests of uploads",
        }
    }
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Vec<Content>, NetworkError> {
    let mut table = Table::with_columns(text(bytes)?, b',', &COLUMNS)?;
    let (unit, target, rate) =
        (table.column("unit_id")?, table.column("target")?, table.column("bytes_sec")?);
    let tests = Tests::of(&table, options);
    let duration = options.row(Seconds::new(5.0))?;
    let lasts = table.find("fetch_time").filter(|_| tests != Tests::Web && options.rows.is_none());
    let threads = table.find("threads");
    let mut groups: Groups<Group> = Groups::default();
    let mut name = String::new();
    while let Some(row) = table.next()? {
        name.clear();
        name.extend([row.text(unit), "_"]);
        name.extend(row.text(target).chars().map(|c| if matches!(c, ':' | '/') { '-' } else { c }));
        let group = groups.of(&name)?;
        if is_missing(row.text(rate)) {
            group.without += 1;
            continue;
        }
        let bytes_s = row.number(rate, 0.0..=MAX_RATE_MBPS * 1e6 / 8.0)?;
        let rate = BitRate::from_kbps(bytes_s * 8.0 / 1e3);
        // In us.
        let duration = match lasts {
            Some(place) => Seconds::from_millis(row.number(place, 1.0..=MAX_TEST_US)? / 1e3),
            None => duration,
        };
        if let Some(threads) = threads.and_then(|place| row.value(place)) {
            group.connections = threads;
        }
        group.periods.push(Period { duration, rate, latency: options.latency });
    }
    let with_rates = groups.into_iter().filter(|(_, g)| !g.periods.is_empty());
    let contents: Vec<Content> =
        with_rates.map(|(name, group)| group.content(&name, tests, options)).collect::<Result<_, _>>()?;
    match contents.is_empty() {
        true => Err(NetworkError::input(0, "the input", "without a row that has bytes_sec", "rows of tests")),
        false => Ok(contents),
    }
}

/// The tests of one unit and one site.
#[derive(Default)]
struct Group {
    periods: Vec<Period>,
    without: usize,
    /// How many of the last test.
    connections: f64,
}

impl Group {
    fn content(self, name: &str, tests: Tests, options: &ReadOptions) -> Result<Content, NetworkError> {
        let rows = self.periods.len() + self.without;
        let samples = Samples::Periods { origin: Seconds::ZERO, dropped: 0 };
        let mut recording = FORMAT.recording(Trace::new(name, self.periods)?, samples);
        recording.facts.insert("n_records".into(), rows.into());
        recording.notes = left_out(self.without, "bytes_sec");
        if tests != Tests::Web {
            recording.measures = Measurement::Capacity;
            recording.facts.insert("tests".into(), tests.name().into());
            recording.notes.push(format!(
                "{}, no web browsing: {} connection(s), each test as long as it took; about an hour lies between two of them",
                tests.name(),
                self.connections
            ));
        }
        Ok(Content::Trace(Box::new(part(recording, name, options))))
    }
}
