//! Periods out of the samples of a time series.

use units::{BitRate, Seconds};

use super::options::Hold;
use super::text::shown;
use crate::packets::grow;
use crate::{NetworkError, Period};

/// A sample of a time series: a time of the file and the rate and latency that go with it.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) at: Seconds,
    pub(crate) rate: BitRate,
    pub(crate) latency: Seconds,
}

/// Periods out of samples in non-decreasing order of time, made while reading.
pub(crate) struct Series {
    hold: Hold,
    periods: Vec<Period>,
    pub(crate) count: usize,
    /// Samples without duration.
    pub(crate) dropped: usize,
    pub(crate) first: Option<Seconds>,
    /// The sample before, and the time from the one before that to it.
    pub(crate) before: Option<(Sample, Option<Seconds>)>,
}

impl Series {
    pub(crate) fn new(hold: Hold) -> Series {
        Series { hold, periods: vec![], count: 0, dropped: 0, first: None, before: None }
    }

    fn hold_on(&mut self, duration: Seconds, s: &Sample) {
        if duration > Seconds::ZERO {
            grow(&mut self.periods);
            self.periods.push(Period { duration, rate: s.rate, latency: s.latency });
        } else {
            self.dropped += 1;
        }
    }

    /// The next sample, whose time is `time` in its line.
    pub(crate) fn push(&mut self, line: usize, time: &[u8], sample: Sample) -> Result<(), NetworkError> {
        let since = match self.before {
            None => None,
            Some((before, _)) if sample.at < before.at => {
                let expected = format!("at least the time of the row before ({})", before.at);
                return Err(NetworkError::input(line, "time_s", shown(time), expected));
            }
            Some((before, _)) => {
                let duration = sample.at - before.at;
                self.hold_on(duration, if self.hold == Hold::Backward { &sample } else { &before });
                Some(duration)
            }
        };
        self.first.get_or_insert(sample.at);
        self.before = Some((sample, since));
        self.count += 1;
        Ok(())
    }

    /// The time of the first sample.
    pub(crate) fn origin(&self) -> Seconds {
        self.first.unwrap_or(Seconds::ZERO)
    }

    /// All periods, after `line` lines; `last` is how long the last sample of a forward-held series lasts.
    pub(crate) fn finish(&mut self, line: usize, last: Option<Seconds>) -> Result<Vec<Period>, NetworkError> {
        let Some((end, since)) = self.before else {
            return Err(NetworkError::input(0, "the input", "without samples", "at least one interval"));
        };
        if self.hold == Hold::Forward {
            let before = since.filter(|d| *d > Seconds::ZERO).unwrap_or(Seconds::new(1.0));
            self.hold_on(last.unwrap_or(before), &end);
        }
        if self.periods.is_empty() {
            let found = format!("the end, after {} sample(s)", self.count);
            return Err(NetworkError::input(line, "", found, "at least one interval of positive length"));
        }
        self.periods.shrink_to_fit();
        Ok(std::mem::take(&mut self.periods))
    }
}

/// A note for samples without duration.
pub(crate) fn dropped_note(dropped: usize) -> Vec<String> {
    match dropped {
        0 => vec![],
        n => vec![format!(
            "{n} sample(s) with the time stamp of their predecessor hold on no interval and were dropped"
        )],
    }
}
