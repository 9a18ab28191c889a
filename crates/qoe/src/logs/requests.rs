//! Requests of players that send CMCD, whoever logged them, as sessions.

use std::collections::BTreeMap;

use super::cmcd_events::Reports;
use super::timeline::{Fetched, Rung, Timeline};
use super::{Cmcd, Fault, Log};

/// When a request was made, when its first byte came and when its last: in s on the clock of the log.
pub(super) type Span = (f64, f64, f64);

/// The requests for segments of the picture, by session.
#[derive(Default)]
pub(super) struct Requests {
    sessions: BTreeMap<String, Vec<Fetched>>,
    all: usize,
    failed: usize,
    bare: usize,
    starved: usize,
    /// Reports of the event mode, whose collector has an access log too.
    reports: Reports,
}

impl Requests {
    /// Takes a request, if it is one for a segment of the picture. `span` is asked for only then.
    pub(super) fn add(
        &mut self,
        keys: Cmcd,
        status: i64,
        bytes: Option<f64>,
        span: impl FnOnce() -> Result<Span, Fault>,
    ) -> Result<(), Fault> {
        self.all += 1;
        if keys.event.is_some() {
            return self.reports.add("a report of CMCD", keys);
        }
        if !keys.is_picture() {
            return Ok(());
        }
        if !(1..400).contains(&status) {
            self.failed += 1;
            return Ok(());
        }
        self.starved += usize::from(keys.starved == Some(true));
        let above = |x: Option<f64>| x.filter(|x| *x > 0.0);
        let (Some(kbps), Some(ms), Some(bytes)) =
            (above(keys.bitrate_kbps), above(keys.duration_ms), above(bytes))
        else {
            self.bare += 1;
            return Ok(());
        };
        let (request, first_byte, finish) = span()?;
        let rung = Rung::Nominal((kbps * 1e3).round() as u64);
        let fetched = Fetched { rung, bytes, request, first_byte, finish, duration: ms / 1e3, ssim: None };
        self.sessions.entry(keys.session.unwrap_or_default()).or_default().push(fetched);
        Ok(())
    }

    /// The sessions. `field` is where the log has its requests, `what` the name of such a log with its article.
    pub(super) fn log(self, source: &'static str, field: &str, what: &str) -> Result<Log, Fault> {
        if self.sessions.is_empty() && self.reports.all() > 0 {
            return self.reports.log();
        }
        if self.sessions.is_empty() {
            let found = format!("{} entries, none of a segment with CMCD", self.all);
            let expected = format!(
                "expected a player that sends br, d and ot=v: {what} alone knows no bitrates and no durations"
            );
            return Err(Fault::new(field, format!("are {found}, {expected}")));
        }
        let mut notes =
            vec![format!("{what} does not tell of the playback: start and stalls follow from the arrivals")];
        if self.starved > 0 {
            notes.push(format!("the player told of {} empty buffer(s) (CMCD bs)", self.starved));
        }
        if self.failed > 0 {
            notes.push(format!("{} request(s) that failed are left out", self.failed));
        }
        if self.bare > 0 {
            notes.push(format!("{} segment(s) without br, d or a size are left out", self.bare));
        }
        if self.reports.all() > 0 {
            notes.push(format!("{} report(s) of CMCD's event mode are left out", self.reports.all()));
        }
        let record = |(name, fetched)| Ok((name, Timeline::of_arrivals(fetched).record(source)?));
        let sessions = self.sessions.into_iter().map(record).collect::<Result<_, Fault>>()?;
        Ok(Log { source, sessions, notes, nominal: false })
    }
}
