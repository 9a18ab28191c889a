//! Lumos5G v1.0: mmWave 5G throughput once a second, several runs in one file.
//!
//! | | |
//! |---|---|
//! | source | Narayanan et al.: *Lumos5G: Mapping and Predicting Commercial mmWave 5G Throughput*, IMC 2020; `Lumos5G-v1.0.csv` (CC BY 4.0) |
//! | grammar | CSV with a header; columns are found by name, of which `run_num` and `Throughput` must be there |
//! | rate | `Throughput` in Mbit/s (10^6 bit/s): iPerf 3.7, TCP downlink |
//! | time | `seq_num`: seconds of a run (option `rows`) |
//! | hold | a row is the mean of its second |
//! | end | unknown to the set; a link loops |
//! | latency | none in the file; option `latency`, default 0 |
//! | missing | 2147483647 (Android's `UNAVAILABLE`), `NA` or nothing |
//!
//! A trace is a run: runs are numbered within a way to move and a direction, so it is named by all three
//! (`12-driving-CW`), as far as the columns are there. Its rows are put in the order of `seq_num`. Seconds that a run
//! skips are in no row and not in the trace, and told.

use spec::Entry;
use units::Seconds;

use super::table::{Groups, Row, Series, Table, keep, kept, left_out, part};
use super::{Content, Format, Head, Measurement, ReadOptions, Reader, Samples, keys, text};
use crate::{NetworkError, Period, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "lumos5g",
        about: "Lumos5G v1.0 CSV: run_num, seq_num, Throughput and radio values; a trace per run",
        options: &[keys::PART, keys::ROWS, keys::LATENCY],
    },
    unit: "Mbit/s",
    time_base: "rows of one second",
    hold: "a row is the mean of its second",
    end: "loops",
    measures: Measurement::Capacity,
    detect,
    read: Reader::Many(read),
    write: None,
};

/// The columns that are kept beside the rates.
const KEPT: [&str; 8] =
    ["latitude", "longitude", "movingSpeed", "lte_rsrp", "lte_rsrq", "nr_ssRsrp", "nr_ssRsrq", "nr_ssSinr"];

fn detect(head: &Head<'_>) -> Option<&'static str> {
    head.has_columns(&["run_num", "Throughput"]).then_some("a header with the columns run_num and Throughput")
}

#[derive(Default)]
struct Run {
    /// The `seq_num` of every row with a rate; empty where the file has none.
    sequence: Vec<f64>,
    periods: Vec<Period>,
    columns: Vec<Series>,
    without: usize,
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Vec<Content>, NetworkError> {
    let length = options.row(Seconds::new(1.0))?;
    let mut table = Table::new(text(bytes)?, b',')?;
    let (run, rate) = (table.column("run_num")?, table.column("Throughput")?);
    let sequence = table.find("seq_num");
    let names: Vec<usize> = [Some(run), table.find("mobility_mode"), table.find("trajectory_direction")]
        .into_iter()
        .flatten()
        .collect();
    let empty = table.series(&KEPT, 0);
    let mut runs: Groups<Run> = Groups::default();
    let mut name = String::new();
    while let Some(row) = table.next()? {
        name_of(&row, &names, &mut name);
        let run = runs.of(&name)?;
        let Some(rate) = row.rate(rate, 0)? else {
            run.without += 1;
            continue;
        };
        if let Some(sequence) = sequence {
            run.sequence.push(row.number(sequence, 0.0..=1e15)?);
        }
        if run.columns.is_empty() {
            run.columns.clone_from(&empty);
        }
        keep(&mut run.columns, &row);
        run.periods.push(Period { duration: length, rate, latency: options.latency });
    }
    let with_rates = runs.into_iter().filter(|(_, r)| !r.periods.is_empty());
    let contents: Vec<Content> =
        with_rates.map(|(name, run)| run.content(&name, options)).collect::<Result<_, _>>()?;
    match contents.is_empty() {
        true => {
            Err(NetworkError::input(0, "the input", "without a row that has a Throughput", "rows of runs"))
        }
        false => Ok(contents),
    }
}

fn name_of(row: &Row<'_>, columns: &[usize], name: &mut String) {
    name.clear();
    for (i, column) in columns.iter().enumerate() {
        name.extend([if i > 0 { "-" } else { "" }, row.text(*column)]);
    }
}

impl Run {
    fn content(mut self, name: &str, options: &ReadOptions) -> Result<Content, NetworkError> {
        let rows = self.periods.len() + self.without;
        let mut notes = left_out(self.without, "Throughput");
        if !self.sequence.is_sorted() {
            let order = order_of(&self.sequence);
            self.periods = order.iter().map(|i| self.periods[*i]).collect();
            self.columns.iter_mut().for_each(|c| c.reorder(&order));
            self.sequence = order.iter().map(|i| self.sequence[*i]).collect();
            notes.push("the rows are put in the order of seq_num".to_string());
        }
        let steps = || self.sequence.windows(2).map(|w| w[1] - w[0]);
        let (gaps, twice) = (steps().filter(|s| *s > 1.0).count(), steps().filter(|s| *s == 0.0).count());
        if gaps > 0 {
            notes.push(format!("seq_num leaves out seconds {gaps} time(s); they are not in the trace"));
        }
        if twice > 0 {
            notes.push(format!("{twice} row(s) have the seq_num of another one; each stands for a second"));
        }
        let samples = Samples::Periods { origin: Seconds::ZERO, dropped: 0 };
        let mut recording = FORMAT.recording(Trace::new(name, self.periods)?, samples);
        recording.facts.insert("n_records".into(), rows.into());
        recording.columns = kept(self.columns);
        recording.notes = notes;
        Ok(Content::Trace(Box::new(part(recording, name, options))))
    }
}

/// The places of values in ascending order; of equal ones, in theirs.
fn order_of(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    order
}
